"""Balance, drift, depth and minima of the noise chapter: exact cases and slow references."""

import numpy as np
import pytest

from traindyn.anisotropic_noise.experiments.data import draw_regression
from traindyn.anisotropic_noise.experiments.digits import digits_data, train
from traindyn.anisotropic_noise.experiments.minima import (
    around,
    both_layers,
    two_layer_minimum,
)
from traindyn.anisotropic_noise.results.estimators import shares
from traindyn.anisotropic_noise.theory.balance import (
    balanced_part,
    entropy_production,
    lag_antisymmetry,
    mean_pair_weight,
    residual_kurtosis,
    variance_of_variances,
)
from traindyn.anisotropic_noise.theory.covariance import solve_lyapunov
from traindyn.anisotropic_noise.theory.depth import (
    BottleneckNoise,
    deep_jacobian,
    layer_variances,
)
from traindyn.anisotropic_noise.theory.drift import drift_of_balance, stationary_values
from traindyn.anisotropic_noise.theory.flatness import window_variance
from traindyn.anisotropic_noise.theory.frozen_noise import frozen_noise_error, shift_of_share
from traindyn.anisotropic_noise.theory.many_samples import sampling_distance
from traindyn.anisotropic_noise.theory.regression import RegressionNoise
from traindyn.anisotropic_noise.theory.two_layers import (
    first_layer_variances,
    inverse_relation,
    jacobian,
    second_layer_variances,
)


def generator():
    return np.random.default_rng(0)


def spd(size):
    root = generator().standard_normal((size, 2 * size))
    return root @ root.T / (2 * size)


def test_balanced_part_commutes_and_the_rest_has_no_diagonal():
    h, d = spd(4), spd(4)[::-1, ::-1]
    part = balanced_part(h, d)
    np.testing.assert_allclose(h @ part, part @ h, atol=1e-12)
    np.testing.assert_allclose(balanced_part(h, d - part), 0, atol=1e-12)


def test_no_current_and_no_entropy_exactly_where_noise_commutes():
    h, d = spd(4), spd(4)[::-1, ::-1]
    balanced = solve_lyapunov(h, balanced_part(h, d))
    np.testing.assert_allclose(lag_antisymmetry(h, balanced, 0.1), 0, atol=1e-13)
    assert abs(entropy_production(h, balanced, 0.1)) < 1e-12
    driven = solve_lyapunov(h, d)
    assert np.abs(lag_antisymmetry(h, driven, 0.1)).max() > 1e-4
    assert entropy_production(h, driven, 0.1) > 1e-4
    once, twice = (entropy_production(h, driven, rate) for rate in (0.1, 0.2))
    assert twice == pytest.approx(2 * once)


def test_lagged_moment_is_that_of_one_step():
    h, c = spd(3), spd(3)
    lagged = c @ (np.eye(3) - 0.1 * h)
    np.testing.assert_allclose((lagged - lagged.T) / 2, lag_antisymmetry(h, c, 0.1), atol=1e-15)


def test_kurtosis_of_residuals_is_measured():
    g = generator()
    found = []
    for _ in range(40):
        x, y = draw_regression(200, 100, g, law="rademacher")
        r = RegressionNoise(x, y[:, 0]).residuals
        found.append(np.mean(r**4) / np.mean(r**2) ** 2)
    # 8,000 residuals: standard error 0.05
    assert abs(np.mean(found) - residual_kurtosis(1.0, 0.5)) < 0.2


def test_spread_vanishes_with_equal_residuals_and_pairs_weigh_at_most_one():
    assert variance_of_variances(0.3, np.array([1.0, 2.0]), 1.0) == 0
    assert mean_pair_weight(np.array([1.0, 3.0])) == pytest.approx((1 + 0.75) / 2)


def test_drift_vanishes_at_the_stationary_values():
    a2, b2 = stationary_values(np.array([2.0, 1.0]), 8, 2)
    first, second = np.zeros((2, 8)), np.diag(np.sqrt(b2))
    first[0, 0], first[1, 1] = np.sqrt(a2)
    np.testing.assert_allclose(drift_of_balance(first, second, 1.0, 0.1, 1), 0, atol=1e-15)
    np.testing.assert_allclose(a2 * b2, [4.0, 1.0])


def test_window_variance_is_that_of_the_process():
    # variance within a window of an autoregressive process, from its correlations
    rate, steps = 0.01, 500
    correlation = (1 - rate) ** np.abs(np.subtract.outer(np.arange(steps), np.arange(steps)))
    slow = 1 - correlation.mean()
    np.testing.assert_allclose(window_variance(np.array([rate * steps]))[0], slow, rtol=0.01)
    assert (np.diff(window_variance(np.geomspace(1e-4, 1e4, 200))) > 0).all()


def test_deep_jacobian_of_two_layers_is_the_shared_one():
    g = generator()
    first, second = g.standard_normal((4, 3)), g.standard_normal((2, 4))
    np.testing.assert_allclose(deep_jacobian([first, second]), jacobian(first, second))


def test_layers_share_the_whole_variance():
    s = np.array([3.0, 1.0, 0.2])
    total = sum(layer_variances(s, 4, layer) for layer in range(1, 5))
    np.testing.assert_allclose(total, 1)
    np.testing.assert_allclose(
        layer_variances(s, 2, 2), second_layer_variances(np.sqrt(s), np.sqrt(s))
    )
    with pytest.raises(ValueError, match="layer must lie in"):
        layer_variances(s, 2, 3)


def test_second_and_first_layer_add_up_and_the_relation_is_the_same_curve():
    a = np.array([0.5, 1.0, 2.0])
    second = second_layer_variances(a, np.ones(1))[0]
    np.testing.assert_allclose(second + first_layer_variances(a, np.ones(1))[0], 1)
    widths = np.sqrt(8 * (np.e - 1) * 0.3) / a
    np.testing.assert_allclose(inverse_relation(widths, 1.0, 0.3), second)


def test_bottleneck_is_a_minimum_with_the_right_rank():
    x, y = draw_regression(200, 5, generator(), outputs=4)
    noise = BottleneckNoise(x, y, 2)
    first, second = noise.layers()
    residual = x @ (second @ first).T - y
    np.testing.assert_allclose(second.T @ residual.T @ x, 0, atol=1e-9)
    hessian, _ = noise.matrices()
    values = np.linalg.eigvalsh(hessian)
    assert values.min() > -1e-10
    assert (values > 1e-9 * values.max()).sum() == 2 * (5 + 4 - 2)
    with pytest.raises(ValueError, match="hidden must lie in"):
        BottleneckNoise(x, y, 4)


def test_minima_have_the_map_and_the_singular_values():
    best = generator().standard_normal((2, 6))
    first, second = two_layer_minimum(best, 5, np.array([2.0, 0.5]), np.ones(3), generator())
    np.testing.assert_allclose(second @ first, best)
    np.testing.assert_allclose(np.linalg.svd(second)[1], [2.0, 0.5])
    with pytest.raises(ValueError, match="free_values must be 3 numbers"):
        two_layer_minimum(best, 5, np.array([2.0, 0.5]), np.ones(2), generator())
    with pytest.raises(ValueError, match="second_values must be 2 positive"):
        two_layer_minimum(best, 5, np.array([2.0, -0.5]), np.ones(3), generator())
    with pytest.raises(ValueError, match="hidden must lie in"):
        two_layer_minimum(best, 1, np.array([2.0, 0.5]), np.ones(0), generator())


def test_replicas_have_their_covariance():
    first, second = np.ones((2, 3)), np.ones((1, 2))
    covariance = spd(8)
    one, two = around(first, second, covariance, 50_000, generator())
    # standard error of a covariance of 50,000 pairs: below 1 %
    (both,) = both_layers(iter([(one, two)]), (first, second), (np.eye(6), np.eye(2)))
    found = both.T @ both / len(both)
    np.testing.assert_allclose(found, covariance, atol=0.05 * covariance.max())


def test_digits_are_scaled_and_windows_are_bounded():
    x, y = digits_data()
    np.testing.assert_allclose((x**2).sum(axis=1).mean(), 8)
    np.testing.assert_allclose(y.mean(axis=0), 0, atol=1e-14)
    found = train(400, (100, 200), 2, generator())
    assert sorted(found) == [100, 200]
    layer = found[100]
    np.testing.assert_allclose(layer.covariance, layer.covariance.mT, atol=1e-16)
    assert (np.linalg.eigvalsh(layer.hidden) > -1e-12).all()
    with pytest.raises(ValueError, match="windows must lie in"):
        train(10, (8,), 2, generator())


@pytest.mark.parametrize("away", [np.zeros(3), np.array([0.8, -0.5, 0.2])])
def test_the_noise_of_many_samples_scatters_as_the_eighth_moments_say(away):
    # the slow reference: the noise of many draws, against its law at the weights
    generator = np.random.default_rng(0)
    spread, samples, found = np.array([0.5, 1.0, 2.0]), 2000, []
    for _ in range(400):
        x = generator.standard_normal((samples, 3)) * np.sqrt(spread)
        residual = x @ away + 0.7 * generator.standard_normal(samples)
        gradient = x.T @ residual / samples
        covariance = (x * residual[:, None]).T @ (x * residual[:, None]) / samples
        law = np.mean(residual**2) * x.T @ x / samples + 2 * np.outer(gradient, gradient)
        found.append(np.sum((covariance - law) ** 2))
    inputs = np.diag(spread)
    product = np.outer(inputs @ away, inputs @ away)
    limit = (0.49 + away @ inputs @ away) * inputs + product
    relative = np.array(found) / np.sum(limit**2)
    expected = sampling_distance(inputs, away, 0.49, samples)
    # fails less than once in 1,000 seeds; a term of the three that is missing takes a tenth or more
    assert abs(relative.mean() - expected) < 4 * relative.std() / 400**0.5
    assert relative.std() / 400**0.5 < 0.05 * expected


def test_the_distance_of_many_samples_has_a_unit_and_falls_with_their_number():
    away = np.array([0.3, 0.4])
    one = sampling_distance(np.eye(2), away, 1.0, 10)
    assert sampling_distance(4 * np.eye(2), away / 2, 1.0, 20) == pytest.approx(one / 2)
    for wrong in ({"label_variance": 0.0}, {"samples": 0}):
        arguments = {"inputs": np.eye(2), "away": away, "label_variance": 1.0, "samples": 9}
        with pytest.raises(ValueError, match=next(iter(wrong))):
            sampling_distance(**{**arguments, **wrong})


def test_frozen_noise_errs_by_what_fluctuating_residuals_add():
    inputs, rate, batch, noise = 200, 1e-3, 4, 1.0
    # Gaussian inputs of unit variance: C = (1 - rate)² C + rate²/S (noise + (d + 1) C)
    linear = rate * noise / (batch * (2 - rate))
    exact = rate * noise / (batch * (2 - rate) - rate * (inputs + 1))
    error = frozen_noise_error(np.eye(inputs)[None], rate, batch)
    assert exact / linear - 1 == pytest.approx(error, rel=1 / inputs + 2 * error)


def test_no_error_of_the_right_prediction_shifts_a_share_farther():
    rng = np.random.default_rng(0)
    wrong, right = rng.standard_normal((2, 5, 3, 3))
    gone, whole = shares(1.01 * right, wrong, right)
    assert abs(gone.sum() / whole.sum() - 1) <= shift_of_share(0.01, wrong, right)
    gone, whole = shares(1.01 * right, 2 * right, right)
    assert abs(gone.sum() / whole.sum() - 1) == pytest.approx(
        shift_of_share(0.01, 2 * right, right)
    )
