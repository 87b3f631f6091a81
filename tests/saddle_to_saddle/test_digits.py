"""Predictions from data, training on them, and their figure."""

import numpy as np
import pytest

from traindyn import style
from traindyn.saddle_to_saddle.experiments.costs import Regression
from traindyn.saddle_to_saddle.experiments.descent import descend
from traindyn.saddle_to_saddle.experiments.digits import (
    FitRun,
    digits_regression,
    random_starts,
    train_fits,
)
from traindyn.saddle_to_saddle.experiments.networks import LinearNetwork
from traindyn.saddle_to_saddle.figures.digits import digits
from traindyn.saddle_to_saddle.results.digits import DigitsRun, EscapeTimes
from traindyn.saddle_to_saddle.studies.digits import _compressed
from traindyn.saddle_to_saddle.theory.digits import (
    fitted_singular_values,
    linear_escape_rate,
    relu_escape_rate,
)

STEPS = np.array([0, 10, 40])


def train_fit(depth, scale, steps, generator, *, rectified, width=40):
    x, y = digits_regression()
    network = LinearNetwork(64, 10, width, depth)
    start = random_starts(network, scale, generator, 1)
    return train_fits(network, x, y, start, steps, rectified=rectified)[0]


def test_networks_train_together_as_apart():
    x, y = digits_regression(9)
    network = LinearNetwork(64, 10, 5, 2)
    starts = random_starts(network, 0.3, np.random.default_rng(0), 3)
    together = train_fits(network, x, y, starts, STEPS, rectified=True)
    for run, start in zip(together, starts, strict=True):
        alone = train_fits(network, x, y, start[None], STEPS, rectified=True)[0]
        np.testing.assert_allclose(run.loss, alone.loss)
        np.testing.assert_allclose(run.singular_values, alone.singular_values, atol=1e-12)


def test_data_are_centered_and_scaled():
    x, y = digits_regression()
    assert x.shape == (64, 599)
    np.testing.assert_allclose(x.mean(axis=1), 0, atol=1e-14)
    np.testing.assert_allclose(y.mean(axis=1), 0, atol=1e-14)
    np.testing.assert_allclose((x**2).sum(axis=0).mean(), 1)


def test_fit_is_that_of_least_squares():
    x, y = digits_regression()
    fit = np.linalg.lstsq(x.T, y.T, rcond=1e-9)[0].T @ x
    expected = np.linalg.svd(fit, compute_uv=False) / np.sqrt(x.shape[1])
    np.testing.assert_allclose(fitted_singular_values(x, y), expected, atol=1e-10)


def test_linear_training_is_descent_on_the_moments():
    x, y = digits_regression()
    run = train_fit(3, 0.1, STEPS, np.random.default_rng(0), rectified=False)
    network, cost = LinearNetwork(64, 10, 40, 3), Regression(x, y)
    theta = descend(network, cost, network.random(0.1, np.random.default_rng(0)), 0.5, STEPS)
    np.testing.assert_allclose(run.loss, cost.value(network.product(theta)), atol=1e-12)
    outputs = network.product(theta) @ x / np.sqrt(x.shape[1])
    np.testing.assert_allclose(
        run.singular_values, np.linalg.svd(outputs, compute_uv=False), atol=1e-10
    )


def test_rectified_gradient_is_that_of_torch():
    import torch

    x, y = (torch.tensor(v) for v in digits_regression())
    network = LinearNetwork(64, 10, 8, 3)
    theta = network.random(0.3, np.random.default_rng(0))
    layers = [torch.tensor(w, requires_grad=True) for w in network.layers(theta)]
    optimizer = torch.optim.SGD(layers, lr=0.5)
    for _ in range(10):
        optimizer.zero_grad()
        hidden = x
        for w in layers[:-1]:
            hidden = torch.relu(w @ hidden)
        loss = ((layers[-1] @ hidden - y) ** 2).sum() / (2 * x.shape[1])
        loss.backward()
        optimizer.step()
    run = train_fit(3, 0.3, np.array([9, 10]), np.random.default_rng(0), rectified=True, width=8)
    np.testing.assert_allclose(run.loss[0], loss.item(), rtol=1e-12)


def test_relu_rate_is_the_best_of_a_fine_grid():
    generator = np.random.default_rng(1)
    x, y = generator.standard_normal((2, 30)), generator.standard_normal((3, 30))
    angles = np.linspace(0, 2 * np.pi, 20_001)
    w = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    rates = np.linalg.norm(np.maximum(w @ x, 0) @ y.T / 30, axis=1)
    # at a kink the value is off by the last step, 2 / 300, times the jump of the slope there
    found = relu_escape_rate(x, y, generator)
    np.testing.assert_allclose(found, rates.max(), rtol=1e-3)


def test_symmetric_data_make_the_relu_rate_half_the_linear_one():
    generator = np.random.default_rng(2)
    x, y = generator.standard_normal((4, 20)), generator.standard_normal((3, 20))
    x, y = np.hstack([x, -x]), np.hstack([y, -y])
    np.testing.assert_allclose(
        relu_escape_rate(x, y, generator), linear_escape_rate(x, y) / 2, rtol=1e-6
    )


@pytest.mark.parametrize("rectified", [False, True])
def test_escape_takes_the_predicted_time(rectified):
    x, y = digits_regression()
    rate = (
        relu_escape_rate(x, y, np.random.default_rng(0)) if rectified else linear_escape_rate(x, y)
    )
    scales = np.array([1e-4, 1e-5])
    runs = [
        train_fit(2, s, np.arange(100, 400, 4), np.random.default_rng(1), rectified=rectified)
        for s in scales
    ]
    found = EscapeTimes(scales, np.array([[0.5 * r.half_time(0.15)] for r in runs]), rate, 0.5)
    # the directions that wait have not died out: scale^(1 - s2/s1) of the last decade, below 1 %
    np.testing.assert_allclose(found.slopes, found.predicted_slope, rtol=0.01)


def test_bad_arguments_are_named():
    run = FitRun(STEPS, np.array([[0.0], [0.1], [0.2]]), np.zeros(3))
    np.testing.assert_allclose(run.half_time(0.15), 25)
    with pytest.raises(ValueError, match="level must lie between"):
        run.half_time(0.3)
    with pytest.raises(ValueError, match="scale must be positive"):
        train_fit(2, 0.0, STEPS, np.random.default_rng(0), rectified=False)
    with pytest.raises(ValueError, match="starts and sweeps"):
        relu_escape_rate(np.eye(2), np.eye(2), np.random.default_rng(0), starts=0)


def test_figure_shows_runs_levels_and_times():
    steps = np.array([0, 100, 1000])
    values = np.array([[0.0, 0.0], [0.3, 0.0], [0.3, 0.2]])
    run = FitRun(steps, values, np.array([1.0, 0.5, 0.4]))
    times = {"linear": EscapeTimes(np.array([0.1, 0.01]), np.array([[10.0], [30.0]]), 0.1, 0.5)}
    figure = digits(DigitsRun(run, run, np.array([0.3, 0.2]), times))
    titles = [axes.get_title() or axes.get_title(loc="left") for axes in figure.axes]
    assert titles == ["Linear, three layers", "ReLU, three layers", "Two layers"]
    assert len(figure.axes[0].lines) == 4
    assert {line.get_color() for line in figure.axes[2].lines} == {style.BLUE}


def test_compressed_data_train_linear_networks_alike():
    x, y = digits_regression(9)
    fewer = _compressed(x, y)
    assert fewer[0].shape[1] < x.shape[1]
    network = LinearNetwork(64, 10, 5, 2)
    start = random_starts(network, 0.3, np.random.default_rng(0), 1)
    one, other = (
        train_fits(network, *data, start, STEPS, rectified=False)[0] for data in ((x, y), fewer)
    )
    np.testing.assert_allclose(one.singular_values, other.singular_values, atol=1e-12)
