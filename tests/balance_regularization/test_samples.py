"""Samples of stationary laws: exact cases, slow references, the laws of the theory.

Kolmogorov distances are compared with the radius that n samples of the true law leave with
probability 1e-6 (Dvoretzky, Kiefer, Wolfowitz, Massart).
"""

import math

import numpy as np
import pytest
import torch
from scipy import stats

from traindyn.balance_regularization.experiments import samples
from traindyn.balance_regularization.experiments.noise import fill_batch_means, fill_normal
from traindyn.balance_regularization.experiments.samples import (
    mean_squares_of_regression_sgd,
    noise_strength,
    sample_regression_sde,
    sample_regression_sgd,
    sample_two_layer_sde,
    sample_two_layer_sgd,
    step_rate,
)
from traindyn.balance_regularization.experiments.trajectories import sgd_step
from traindyn.balance_regularization.theory.moments import moments
from traindyn.balance_regularization.theory.stationary import (
    regression_variance,
    regression_variance_scatter,
    stationary_law,
)
from traindyn.data import ScalarRegression
from traindyn.inference import estimate_ks_distance, estimate_variance

GAUSSIAN = ScalarRegression(slope=1.0, noise=1.0)
LIGHT = ScalarRegression(slope=1.0, noise=10.0, inputs="rademacher")
LIGHT_MOMENTS = (0.0, 0.0, 100.0, 1.0, 1.0)
GAUSSIAN_MOMENTS = (2.0, 2.0, 3.0, 1.0, 1.0)


def stream(seed=0):
    return torch.Generator().manual_seed(seed)


def radius(n):
    return math.sqrt(math.log(2e6) / (2 * n))


# --- two layers, discrete -------------------------------------------------------------------------


def test_samples_are_the_products_of_the_weights(monkeypatch):
    """Two chunks use one stream one after the other."""
    monkeypatch.setattr(samples, "CHUNK", 4)
    v = sample_two_layer_sgd(GAUSSIAN, 0.64, 0.02, 1, 5, 6, stream())
    generator, expected = stream(), []
    for size in (4, 2):
        step = sgd_step(GAUSSIAN, 0.02, 1, size, generator)
        u, w = (torch.full((size,), 0.8, dtype=torch.float64) for _ in range(2))
        for _ in range(5):
            u, w, _ = step(u, w)
        expected += (u * w).tolist()
    assert v.tolist() == expected


def test_records_are_the_ends_of_shorter_runs():
    rows = sample_two_layer_sgd(LIGHT, 1.0, 0.003, 1, [0, 2, 7], 5, stream())
    np.testing.assert_array_equal(rows[0], 1.0)
    for row, steps in zip(rows[1:], (2, 7), strict=True):
        np.testing.assert_array_equal(
            row, sample_two_layer_sgd(LIGHT, 1.0, 0.003, 1, steps, 5, stream())
        )


def test_two_layers_reach_their_gamma_law():
    """At T = 0.3 T_c and σ = 10 the chain is 0.009 away from the law; 20,000 replicas."""
    v = sample_two_layer_sgd(LIGHT, 1.0, 0.003, 1, 3_500, 20_000, stream())
    law = stationary_law(moments(LIGHT), 0.003)
    assert estimate_ks_distance(v, law.cdf).value < 0.009 + radius(20_000)
    doubled = stationary_law(moments(LIGHT), 0.006)
    assert estimate_ks_distance(v, doubled.cdf).value > 0.1


# --- two layers, continuous -----------------------------------------------------------------------


def test_noise_and_clock_by_hand():
    v = np.array([0.0, 2.0])
    assert noise_strength(v, GAUSSIAN_MOMENTS, 0.1) == pytest.approx([0.3, 0.3])
    assert step_rate(v, GAUSSIAN_MOMENTS, 0.1) == pytest.approx([1.2 + 2, 1.2 + 4 + 2])


def test_a_step_of_the_equation_is_log_normal():
    """One step: log v has the drift -4(f + Tg)dt and the variance 16Tg dt; five errors (6e-7)."""
    n, temperature, start, resolution = 20_000, 0.1, 0.5, 0.08
    v = sample_two_layer_sde(GAUSSIAN_MOMENTS, temperature, start, 1, n, stream(), resolution)
    noise = temperature * (2 * 0.25 - 4 * 0.5 + 3)
    dt = resolution / (4 * noise + 1 + 2)
    steps = np.log(v / start)
    variance = 16 * noise * dt
    assert steps.mean() == pytest.approx(
        -4 * (0.5 - 1 + noise) * dt, abs=5 * math.sqrt(variance / n)
    )
    assert steps.var() == pytest.approx(variance, rel=5 * math.sqrt(2 / n))


def test_without_noise_the_equation_is_gradient_flow():
    """v' = -4v(v - 1) is logistic; the error of the clock's steps halves with the resolution."""
    quiet = (0.0, 0.0, 1e-24, 1.0, 1.0)
    errors = []
    for resolution in (0.04, 0.02, 0.01):
        v, steps = 0.2, 40
        time = 0.0
        for _ in range(steps * round(0.04 / resolution)):
            dt = resolution / (2 * v + 2)
            time += dt
            v *= math.exp(-4 * (v - 1) * dt)
        (ours,) = sample_two_layer_sde(
            quiet, 1.0, 0.2, steps * round(0.04 / resolution), 1, stream(), resolution
        )
        assert ours == pytest.approx(v, rel=1e-9)
        exact = 1 / (1 + 4 * math.exp(-4 * time))
        errors.append(abs(ours - exact))
    assert np.array(errors[:-1]) / errors[1:] == pytest.approx(2.0, abs=0.15)


def test_the_equation_reaches_the_law_of_its_clock():
    """The weak error is of first order: 0.02 is a fifth of the resolution."""
    data, temperature = moments(GAUSSIAN), 0.1
    v = sample_two_layer_sde(GAUSSIAN_MOMENTS, temperature, 1.0, 400, 20_000, stream(), 0.1)
    law = stationary_law(
        data, temperature, clock=lambda v: step_rate(v, GAUSSIAN_MOMENTS, temperature)
    )
    distance = estimate_ks_distance(v, law.cdf).value
    assert distance < 0.02 + radius(20_000)
    plain = estimate_ks_distance(v, stationary_law(data, temperature).cdf).value
    assert plain > 2 * distance  # without the clock the law is another one


def test_the_equation_scales_with_time():
    """Moments times c, at the same T: f and Tg grow alike, and so does the clock. Same v."""
    plain = sample_two_layer_sde(GAUSSIAN_MOMENTS, 0.1, 1.0, 20, 10, stream())
    faster = tuple(3 * moment for moment in GAUSSIAN_MOMENTS)
    assert sample_two_layer_sde(faster, 0.1, 1.0, 20, 10, stream()) == pytest.approx(plain)


# --- regression -----------------------------------------------------------------------------------


@pytest.mark.parametrize("data", [GAUSSIAN, LIGHT])
def test_regression_equals_torchs_optimizer(data):
    generator = stream()
    second, cross = torch.empty(2, 1, dtype=torch.float64)
    v = torch.tensor(1.0, dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.SGD([v], lr=0.01)
    for _ in range(100):
        fill_batch_means(data, second, cross, 4, generator)
        optimizer.zero_grad()
        (second[0] * v**2 - 2 * cross[0] * v).backward()
        optimizer.step()
    assert sample_regression_sgd(data, 0.01, 4, 100, 1, stream()) == pytest.approx([v.item()])


def test_variance_of_regression_is_exact():
    """S = 8, η = 0.2, whose fourth moments are finite; five errors of the variance: 6e-7."""
    v = sample_regression_sgd(GAUSSIAN, 0.2, 8, 40, 30_000, stream())
    measured, exact = estimate_variance(v), regression_variance(1.0, 0.2, 8)
    assert measured.value == pytest.approx(exact, abs=5 * measured.stderr)
    continuous = stationary_law(moments(GAUSSIAN), 0.2 / 8, 0).variance
    assert abs(measured.value - continuous) > 5 * measured.stderr


@pytest.mark.parametrize("data", [GAUSSIAN, LIGHT])
def test_mean_squares_are_those_of_the_states_on_the_way(data):
    rate, size, burn_in, steps = 0.01, 4, 3, 5
    states = [
        sample_regression_sgd(data, rate, size, burn_in + i + 1, 6, stream()) for i in range(steps)
    ]
    expected = np.mean((np.array(states) - data.slope) ** 2, axis=0)
    found = mean_squares_of_regression_sgd(data, rate, size, burn_in, steps, 6, stream())
    assert found == pytest.approx(expected)


def test_mean_squares_scatter_as_predicted():
    """3,000 replicas; five errors (6e-7) of the mean and of the scatter, kurtosis below 5."""
    rate, size, steps, replicas = 0.2, 8, 100, 3000
    found = mean_squares_of_regression_sgd(GAUSSIAN, rate, size, 13, steps, replicas, stream())
    relative = found / regression_variance(1.0, rate, size)
    scatter = regression_variance_scatter(rate, size, steps)
    assert relative.mean() == pytest.approx(1, abs=5 * scatter / math.sqrt(replicas))
    assert relative.std() == pytest.approx(scatter, rel=5 / math.sqrt(replicas))


def test_regression_in_continuous_time_takes_euler_steps():
    """Four steps by hand from the minimum, recorded after the first, the third and the last."""
    paths = sample_regression_sde(GAUSSIAN_MOMENTS, 0.1, 0.05, [1, 3, 4], 5, stream())
    generator, v = stream(), torch.ones(5, dtype=torch.float64)
    rows = []
    for _ in range(4):
        kick = fill_normal(torch.empty(5, dtype=torch.float64), generator)
        noise = 0.1 * (2 * v**2 - 4 * v + 3)
        v = v - 2 * (v - 1) * 0.05 + 2 * torch.sqrt(noise * 0.05) * kick
        rows.append(v.numpy())
    assert paths == pytest.approx(np.array(rows)[[0, 2, 3]])


def test_steps_of_the_linear_equation_widen_its_variance_by_first_order():
    """Constant noise: the variance of Euler steps is Tα₃/β₁ / (1 - β₁h), exactly."""
    for step in (0.2, 0.1):
        v = sample_regression_sde(LIGHT_MOMENTS, 0.005, step, [60], 20_000, stream())[0]
        law = stats.norm(1.0, math.sqrt(0.5 / (1 - step)))
        assert estimate_ks_distance(v, law.cdf).value < radius(20_000)


# --- input ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("start", [0.0, -1.0, math.nan])
def test_start_must_be_positive(start):
    with pytest.raises(ValueError, match=f"start must be positive, got {start}"):
        sample_two_layer_sgd(GAUSSIAN, start, 0.1, 1, 1, 1, stream())
    with pytest.raises(ValueError, match=f"start must be positive, got {start}"):
        sample_two_layer_sde(GAUSSIAN_MOMENTS, 0.1, start, 1, 1, stream())


@pytest.mark.parametrize(
    ("sample", "message"),
    [
        (
            lambda: sample_two_layer_sgd(GAUSSIAN, 1.0, 0.0, 1, 1, 1, stream()),
            "learning_rate must be positive and finite, got 0.0",
        ),
        (
            lambda: sample_two_layer_sgd(GAUSSIAN, 1.0, 0.1, 0, 1, 1, stream()),
            "batch_size must be at least 1, got 0",
        ),
        (
            lambda: sample_two_layer_sgd(GAUSSIAN, 1.0, 0.1, 1, 1, 0, stream()),
            "replicas must be at least 1, got 0",
        ),
        (
            lambda: sample_two_layer_sde(GAUSSIAN_MOMENTS, 0.0, 1.0, 1, 1, stream()),
            "temperature must be positive, got 0.0",
        ),
        (
            lambda: sample_two_layer_sde(GAUSSIAN_MOMENTS, 0.1, 1.0, 1, 1, stream(), -1.0),
            "resolution must be positive, got -1.0",
        ),
        (
            lambda: sample_two_layer_sde(GAUSSIAN_MOMENTS, 0.1, 1.0, 1, 0, stream()),
            "replicas must be at least 1, got 0",
        ),
        (
            lambda: sample_regression_sgd(GAUSSIAN, math.nan, 1, 1, 1, stream()),
            "learning_rate must be positive and finite, got nan",
        ),
        (
            lambda: sample_regression_sgd(GAUSSIAN, 0.1, 1, 1, 0, stream()),
            "replicas must be at least 1, got 0",
        ),
        (
            lambda: mean_squares_of_regression_sgd(GAUSSIAN, 0.1, 1, 0, 0, 1, stream()),
            "burn_in and steps must be at least 0 and 1, got 0 and 0",
        ),
        (
            lambda: sample_two_layer_sgd(GAUSSIAN, 1.0, 0.1, 1, [2, 1], 1, stream()),
            "records must be step counts that increase",
        ),
        (
            lambda: sample_regression_sde(GAUSSIAN_MOMENTS, -1.0, 0.1, [1], 1, stream()),
            "temperature must be positive, got -1.0",
        ),
        (
            lambda: sample_regression_sde(GAUSSIAN_MOMENTS, 0.1, 0.0, [1], 1, stream()),
            "time_step must be positive, got 0.0",
        ),
        (
            lambda: sample_regression_sde(GAUSSIAN_MOMENTS, 0.1, 0.1, [2, 1], 1, stream()),
            "records must be step counts that increase",
        ),
        (
            lambda: sample_regression_sde(GAUSSIAN_MOMENTS, 0.1, 0.1, [1], 0, stream()),
            "replicas must be at least 1, got 0",
        ),
    ],
)
def test_samplers_reject(sample, message):
    with pytest.raises(ValueError, match=message):
        sample()
