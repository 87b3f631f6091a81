"""Growth near zero and the critical learning rate against sampling and expansions."""

import math

import numpy as np
import pytest
from scipy import integrate, stats

from traindyn.balance_regularization.experiments.collapse import (
    critical_learning_rate,
    growth_per_step,
    mean_log_normal,
)
from traindyn.balance_regularization.theory.threshold import step_size_coefficient
from traindyn.data import ScalarRegression


def light(noise):
    return ScalarRegression(slope=1.0, noise=noise, inputs="rademacher")


@pytest.mark.parametrize("mean", [0.0, 0.3, 1.7, 15.0, 25.0, 400.0])
def test_mean_log_of_a_normal_variable_is_the_integral(mean):
    split = [-mean] if mean < 12 else None
    expected, _ = integrate.quad(
        lambda z: stats.norm.pdf(z) * math.log(abs(mean + z)), -12, 12, points=split, limit=500
    )
    # the quadrature of the logarithm is good to about 1e-8, the tail beyond 12 to 1e-30
    assert mean_log_normal(mean, 1.0) == pytest.approx(expected, abs=1e-7)


def test_mean_log_scales_and_ignores_signs():
    assert mean_log_normal(-0.6, 0.2) == pytest.approx(math.log(0.2) + mean_log_normal(3.0, 1.0))


@pytest.mark.parametrize(
    ("data", "batch_size"),
    [
        (light(5.0), 1),
        (light(5.0), 3),
        (ScalarRegression(slope=1.0, noise=4.0), 1),
        (ScalarRegression(slope=2.0, noise=0.5), 1),
    ],
)
def test_growth_is_the_mean_over_drawn_batches(data, batch_size):
    generator = np.random.default_rng(0)
    n, rate, decay = 400_000, 0.03, 0.0 if data.inputs == "gaussian" else 0.2
    shape = (n, batch_size)
    if data.inputs == "gaussian":
        x = generator.normal(size=shape)
        xy = data.slope * x**2 + data.noise * x * generator.normal(size=shape)
    else:
        width = math.sqrt(3) * data.noise
        xy = data.slope + generator.uniform(-width, width, size=shape)
    logs = 2 * np.log(np.abs(1 - 2 * rate * decay + 2 * rate * xy.mean(axis=1)))
    error = logs.std() / math.sqrt(n)
    # four tests at 5 standard errors: a false alarm in 2 of a million runs
    assert abs(growth_per_step(data, rate, batch_size, decay) - logs.mean()) < 5 * error


@pytest.mark.parametrize("batch_size", [1, 2, 3, 4, 7])
@pytest.mark.parametrize("rate", [0.01, 0.07])
def test_growth_on_bounded_data_is_the_integral_over_their_law(batch_size, rate):
    """Closed form where it does not cancel, quadrature elsewhere; at 0.07 the factor has a zero."""
    data, law = light(10.0), stats.irwinhall(batch_size)
    middle, half = 1 + 2 * rate, 2 * rate * math.sqrt(3) * 10

    def integrand(m):
        density = law.pdf((m + 1) * batch_size / 2) * batch_size / 2
        return density * math.log((middle + half * m) ** 2)

    zero = [-middle / half] if middle < half else None
    expected, _ = integrate.quad(integrand, -1, 1, points=zero, limit=500)
    assert growth_per_step(data, rate, batch_size) == pytest.approx(expected, abs=1e-7)


def test_the_critical_rate_is_a_root_and_decays_move_it():
    data = light(10.0)
    rate = critical_learning_rate(data, 0.01)
    assert growth_per_step(data, rate) == pytest.approx(0, abs=1e-10)
    assert growth_per_step(data, 0.9 * rate) > 0 > growth_per_step(data, 1.1 * rate)
    shifted = critical_learning_rate(data, 0.005, weight_decay=0.5)
    assert shifted / rate == pytest.approx(0.5, rel=0.01)  # step-size order 1/σ²


def test_gaussian_data_with_little_noise_never_collapse():
    assert critical_learning_rate(ScalarRegression(1.0, 4.0), 1 / 18) == math.inf
    assert critical_learning_rate(ScalarRegression(1.0, 5.0), 1 / 27) < math.inf


@pytest.mark.parametrize("batch_size", [1, 2])
def test_the_coefficient_of_the_first_correction_is_approached_at_first_order(batch_size):
    predicted = step_size_coefficient(batch_size, kurtosis=9 / 5)

    def error(noise):
        rate = critical_learning_rate(light(noise), batch_size / noise**2, batch_size)
        return noise**2 * (batch_size / (rate * noise**2) - 1) - predicted

    # the next order is 1/σ²: doubling σ divides the error by four
    assert error(10.0) / error(20.0) == pytest.approx(4, rel=0.1)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((light(1.0), 0.0), "learning_rate must be positive"),
        ((light(1.0), 0.1, 0), "batch_size must be at least 1"),
        ((ScalarRegression(), 0.1, 2), "1 for Gaussian data, got 2"),
        ((light(1.0), 0.1, 1, -1.0), "weight_decay must be at least 0"),
    ],
)
def test_bad_arguments_are_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        growth_per_step(*arguments)


def test_a_law_without_spread_at_zero_has_no_logarithm():
    with pytest.raises(ValueError, match="deviation must be at least 0, got 0"):
        mean_log_normal(0.0, 0.0)
