"""Values, gradients and curvatures of the costs agree with each other and with slow references."""

import numpy as np
import pytest

from traindyn.saddle_to_saddle.experiments.costs import Logistic, Regression, SquaredError

GENERATOR = np.random.default_rng(0)
TARGET = GENERATOR.standard_normal((3, 4))
MASK = GENERATOR.random((3, 4)) < 0.6
X, Y = GENERATOR.standard_normal((4, 20)), GENERATOR.standard_normal((3, 20))
COSTS = {
    "all entries": SquaredError(TARGET),
    "some entries": SquaredError(TARGET, MASK),
    "regression": Regression(X, Y),
    "logistic": Logistic(np.sign(TARGET)),
}


@pytest.fixture(params=COSTS)
def cost(request):
    return COSTS[request.param]


def test_gradient_is_the_slope_of_the_value(cost):
    a, step = GENERATOR.standard_normal((3, 4)), 1e-6
    for index in np.ndindex(3, 4):
        move = np.zeros((3, 4))
        move[index] = step
        slope = (cost.value(a + move) - cost.value(a - move)) / (2 * step)
        assert abs(slope - cost.gradient(a)[index]) < 1e-8


def test_curvature_is_the_slope_of_the_gradient(cost):
    a, direction = GENERATOR.standard_normal((2, 3, 4))
    step = 1e-6
    slope = (cost.gradient(a + step * direction) - cost.gradient(a - step * direction)) / (2 * step)
    np.testing.assert_allclose(cost.curvature(a, direction), slope, atol=1e-8)


def test_a_batch_is_its_members(cost):
    batch = GENERATOR.standard_normal((5, 3, 4))
    np.testing.assert_allclose(cost.value(batch), [cost.value(a) for a in batch])
    np.testing.assert_allclose(cost.gradient(batch), [cost.gradient(a) for a in batch])
    assert cost.shape == (3, 4)


def test_regression_is_the_mean_over_samples():
    a = GENERATOR.standard_normal((3, 4))
    expected = np.mean([0.5 * ((a @ x - y) ** 2).sum() for x, y in zip(X.T, Y.T, strict=True)])
    np.testing.assert_allclose(COSTS["regression"].value(a), expected)


def test_hidden_error_is_over_the_hidden_entries():
    a = GENERATOR.standard_normal((3, 4))
    hidden = [(a[i] - TARGET[i]) ** 2 for i in np.ndindex(3, 4) if not MASK[i]]
    np.testing.assert_allclose(COSTS["some entries"].hidden_error(a), np.mean(hidden))
    with pytest.raises(ValueError, match="mask must hide"):
        COSTS["all entries"].hidden_error(a)


@pytest.mark.usefixtures("unchecked")
def test_bad_data_are_named():
    with pytest.raises(ValueError, match="target must be a finite matrix"):
        SquaredError(np.full((2, 2), np.nan))
    with pytest.raises(ValueError, match="mask must be boolean"):
        SquaredError(np.eye(2), np.ones((2, 3), dtype=bool))
    with pytest.raises(ValueError, match="one column per sample, got 3 and 2"):
        Regression(np.ones((2, 3)), np.ones((2, 2)))
    with pytest.raises(ValueError, match="signs must be 1 or -1"):
        Logistic(np.array([[0.5]]))


def test_one_target_per_network():
    generator = np.random.default_rng(0)
    targets = generator.standard_normal((3, 2, 2))
    masks = np.array([[[True, False], [True, True]]] * 3)
    a = generator.standard_normal((3, 2, 2))
    together = SquaredError(targets, masks)
    apart = [SquaredError(t, m) for t, m in zip(targets, masks, strict=True)]
    for name in ("value", "gradient", "hidden_error"):
        one_by_one = [getattr(cost, name)(b) for cost, b in zip(apart, a, strict=True)]
        np.testing.assert_allclose(getattr(together, name)(a), one_by_one)
    np.testing.assert_allclose(together.hidden_power, targets[:, 0, 1] ** 2)
