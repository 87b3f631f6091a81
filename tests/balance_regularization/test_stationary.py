"""Stationary laws: closed forms against quadrature of the equation of motion, and against scipy."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, stats

from traindyn.balance_regularization.theory.moments import Moments, moments
from traindyn.balance_regularization.theory.stationary import (
    balance_residual,
    gamma_variance,
    hill_exponent,
    regression_variance,
    regression_variance_scatter,
    stationary_law,
    tail_exponent_depth0,
)
from traindyn.data import ScalarRegression

GAUSSIAN = moments(ScalarRegression(1.0, 1.0))
LIGHT = moments(ScalarRegression(1.0, 10.0, "rademacher"))
SKEW = Moments(1.0, 0.5, 2.0, 0.7, 1.3)


def law_without_current(drift, diffusion, grid):
    """p ∝ exp(∫ 2·drift / diffusion² dv) / diffusion², integrated numerically."""
    squared = diffusion(grid) ** 2
    potential = integrate.cumulative_simpson(2 * drift(grid) / squared, x=grid, initial=0)
    density = np.exp(potential - potential.max()) / squared
    return density / integrate.simpson(density, x=grid)


# --- against the equation of motion ---------------------------------------------------------------


@pytest.mark.parametrize("data", [GAUSSIAN, LIGHT, SKEW])
@pytest.mark.parametrize("ratio", [0.05, 0.2])
def test_depth_0_is_the_law_without_current(data, ratio):
    """dv = -2f dt + 2 sqrt(Tg) dW."""
    temperature = ratio * data.critical_temperature
    width = math.sqrt(temperature * data.noise(data.minimum) / data.beta1)
    v = data.minimum + width * np.linspace(-30, 30, 60_001)
    density = law_without_current(
        lambda v: -2 * data.force(v), lambda v: 2 * np.sqrt(temperature * data.noise(v)), v
    )
    law = stationary_law(data, temperature, 0)
    near = slice(25_000, 35_001, 500)  # five widths to either side
    assert law.density(v[near]) == pytest.approx(density[near], rel=1e-3, abs=1e-3 * density.max())
    cdf = integrate.cumulative_simpson(density, x=v, initial=0)
    assert law.cdf(v[near]) == pytest.approx(cdf[near], abs=1e-4)


@pytest.mark.parametrize("data", [GAUSSIAN, LIGHT, SKEW])
@pytest.mark.parametrize("ratio", [0.1, 0.3, 0.7])
def test_depth_1_is_the_law_without_current(data, ratio):
    """d log v = -4(f + Tg) dt + 4 sqrt(Tg) dW, from dv = 2u du with Ito's term."""
    temperature = ratio * data.critical_temperature
    s = np.linspace(-40 / min((1 / ratio - 1) / 2, 1), 12, 200_001)

    def drift(s):
        v = np.exp(s)
        return -4 * (data.force(v) + temperature * data.noise(v)) + 0 * s

    density = law_without_current(
        drift, lambda s: 4 * np.sqrt(temperature * data.noise(np.exp(s))), s
    )
    law = stationary_law(data, temperature)
    cdf = integrate.cumulative_simpson(density, x=s, initial=0)
    assert np.abs(law.cdf(np.exp(s)) - cdf).max() < 1e-4
    mean = integrate.simpson(density * np.exp(s), x=s)
    assert law.mean == pytest.approx(mean, rel=2e-3)  # the reference grid ends at v = e^12


def test_without_input_fluctuations_depth_0_is_normal():
    law = stationary_law(LIGHT, 0.003, 0)
    assert law.variance == pytest.approx(0.003 * 100)
    assert law.distance(stats.norm(1.0, math.sqrt(0.3)).cdf) < 1e-5


@pytest.mark.parametrize("ratio", [0.1, 0.5, 0.9])
def test_without_input_fluctuations_depth_1_is_a_gamma_law(ratio):
    law = stationary_law(LIGHT, ratio * LIGHT.critical_temperature)
    gamma = stats.gamma((1 / ratio - 1) / 2, scale=2 * ratio)
    assert law.distance(gamma.cdf) < 1e-4
    assert law.mean == pytest.approx(gamma.mean(), rel=1e-9)
    assert law.variance == pytest.approx(gamma.var(), rel=1e-9)
    assert gamma_variance(ratio) == pytest.approx(gamma.var())


def test_strong_label_noise_tends_to_the_gamma_law():
    """Distance from the Gamma law at T = T_c / 2 falls as 1/σ², the size of α₁/α₃."""
    gamma = stats.gamma(0.5, scale=1.0)
    distances = []
    for noise in (10.0, 20.0, 40.0):
        data = moments(ScalarRegression(1.0, noise))
        law = stationary_law(data, 0.5 * data.critical_temperature)
        distances.append(law.distance(gamma.cdf))
    assert np.log2(np.array(distances[:-1]) / distances[1:]) == pytest.approx(2.0, abs=0.3)


# --- identities, mutants, clock -------------------------------------------------------------------


@pytest.mark.parametrize("data", [GAUSSIAN, LIGHT, SKEW])
@pytest.mark.parametrize("mutant", [None, "stratonovich", "no Ito drift", "doubled temperature"])
def test_only_the_true_law_keeps_the_mean_of_log_v(data, mutant):
    temperature = 0.3 * data.critical_temperature
    law = stationary_law(data, temperature, mutant=mutant)
    residual = abs(balance_residual(law, data, temperature))
    assert residual < 1e-8 if mutant is None else residual > 0.05


def test_mutants_of_the_gamma_law():
    """Without fluctuations of the input g is constant, and each mutant is another Gamma law."""
    ratio = 0.3
    temperature = ratio * LIGHT.critical_temperature
    for mutant, shape, scale in (
        ("no Ito drift", (1 / ratio - 1) / 2 - 0.5, 2 * ratio),
        ("stratonovich", (1 / ratio - 1) / 2 + 1, 2 * ratio),
        ("doubled temperature", (1 / (2 * ratio) - 1) / 2, 4 * ratio),
    ):
        law = stationary_law(LIGHT, temperature, mutant=mutant)
        assert law.distance(stats.gamma(shape, scale=scale).cdf) < 1e-4


def test_a_clock_weighs_the_density():
    """The clock 1/v turns Gamma(shape) into Gamma(shape + 1)."""
    law = stationary_law(LIGHT, 0.005, clock=lambda v: v)
    assert law.distance(stats.gamma(1.5, scale=1.0).cdf) < 1e-4


@settings(max_examples=20)
@given(st.floats(0.1, 10), st.floats(0.1, 10), st.floats(0.05, 0.9), st.sampled_from([0, 1]))
def test_a_law_moves_with_the_units_of_input_and_output(x, y, ratio, depth):
    """In other units of x and y, v is measured in y / x; T g and f scale together."""
    data = Moments(x**4 * 1.0, x**3 * y * 0.5, (x * y) ** 2 * 2.0, x**2 * 0.7, x * y * 1.3)
    temperature = ratio * SKEW.critical_temperature
    law = stationary_law(SKEW, temperature, depth)
    # a step of v is gradient times the rate, at depth 1 times v as well
    other = stationary_law(data, temperature / (x * y if depth else x**2), depth)
    quantiles = np.linspace(0.05, 0.95, 7)
    assert other.quantile(quantiles) == pytest.approx(law.quantile(quantiles) * y / x, rel=1e-3)


# --- variance, tails ------------------------------------------------------------------------------


@pytest.mark.parametrize(("rate", "size"), [(0.1, 1), (0.3, 2), (0.5, 8)])
def test_variance_of_regression_solves_its_recursion(rate, size):
    """E(v' - k)² = E(1 - 2ηm)² E(v - k)² + 4η² E(mean of xε)², with E m² = 1 + 2/S."""
    variance = 0.0
    for _ in range(2_000):
        variance *= 1 - 4 * rate + 4 * rate**2 * (1 + 2 / size)
        variance += 4 * rate**2 * 1.5**2 / size
    assert regression_variance(1.5, rate, size) == pytest.approx(variance, rel=1e-9)


def test_variance_of_regression_tends_to_that_of_the_law():
    """The relative difference is η(1 + 2/S) over 1 - 2η/S: it halves with the learning rate."""
    gaps = []
    for rate in (0.04, 0.02, 0.01):
        law = stationary_law(GAUSSIAN, rate, 0)
        gaps.append(regression_variance(1.0, rate, 1) / law.variance - 1)
    assert np.array(gaps[:-1]) / gaps[1:] == pytest.approx(2.0, abs=0.15)


@given(st.floats(0, 1))
def test_the_parabola_is_symmetric_and_highest_in_the_middle(ratio):
    variance = gamma_variance(ratio)
    assert variance == pytest.approx(gamma_variance(1 - ratio), abs=1e-12)
    assert 0 <= variance <= 0.5 == gamma_variance(0.5)


@pytest.mark.parametrize(("temperature", "exponent"), [(0.25, 4.0), (0.5, 3.0), (1.0, 2.5)])
def test_tail_of_the_density_at_depth_0(temperature, exponent):
    """Between v = 100 and 1,000 the survival function has the slope 1 - exponent, up to O(1/v)."""
    assert tail_exponent_depth0(GAUSSIAN, temperature) == pytest.approx(exponent)
    survival = 1 - stationary_law(GAUSSIAN, temperature, 0).cdf(np.array([100.0, 1000.0]))
    assert 1 - np.log10(survival[1] / survival[0]) == pytest.approx(exponent, rel=0.02)


def test_hill_exponent_equals_the_estimator_on_quantiles():
    """1 + 1 / mean log(v / v₀) over many equally likely points above the threshold."""
    law = stationary_law(GAUSSIAN, 0.5, 0)
    probabilities = np.linspace(law.cdf(np.array([2.0]))[0], 1, 400_002)[1:-1]
    above = law.quantile(probabilities)
    by_hand = 1 + 1 / np.log(above / 2).mean()
    assert hill_exponent(law, 2.0) == pytest.approx(by_hand, rel=1e-3)


def test_hill_exponent_tends_to_the_exponent_of_the_density():
    """α = 3.5 at depth 1 with fluctuating inputs."""
    law = stationary_law(GAUSSIAN, 0.25)
    gaps = [abs(hill_exponent(law, v) - 3.5) for v in (5.0, 20.0, 80.0)]
    assert gaps[0] > 2 * gaps[1] > 4 * gaps[2]


# --- input ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("temperature", [0.0, -1.0, math.nan, math.inf])
@pytest.mark.parametrize("depth", [0, 1])
def test_temperature_must_be_positive(temperature, depth):
    message = f"temperature must be positive and finite, got {temperature}"
    with pytest.raises(ValueError, match=message):
        stationary_law(LIGHT, temperature, depth)
    with pytest.raises(ValueError, match=message):
        tail_exponent_depth0(GAUSSIAN, temperature)


@pytest.mark.parametrize(
    ("ratio", "mutant"),
    [(1.0, None), (2.0, None), (0.5, "no Ito drift"), (0.5, "doubled temperature")],
)
def test_above_the_critical_temperature_there_is_no_law(ratio, mutant):
    with pytest.raises(ValueError, match=r"temperature must lie below 0.01 \(critical\)"):
        stationary_law(LIGHT, ratio * 0.01, mutant=mutant)


def test_the_reading_of_stratonovich_makes_the_tail_of_depth_0_heavier_by_one():
    """Its density carries the noise amplitude, which grows as v."""
    true, wrong = (stationary_law(GAUSSIAN, 0.5, 0, mutant=m) for m in (None, "stratonovich"))
    far = 300.0
    assert hill_exponent(true, far) - hill_exponent(wrong, far) == pytest.approx(1.0, rel=0.02)


def test_other_mutants_belong_to_depth_1():
    with pytest.raises(ValueError, match="at depth 0, got 'no Ito drift'"):
        stationary_law(LIGHT, 0.001, 0, mutant="no Ito drift")


def test_depth_is_0_or_1(unchecked):
    with pytest.raises(ValueError, match="depth must be 0 or 1, got 2"):
        stationary_law(LIGHT, 0.001, 2)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((1.0, 0.0, 1), r"learning_rate must lie in \(0, 0.333333\), got 0.0"),
        ((1.0, 0.5, 2), r"learning_rate must lie in \(0, 0.5\), got 0.5"),
        ((1.0, 0.1, 0), "batch_size must be at least 1, got 0"),
        ((-1.0, 0.1, 1), "noise must be at least 0, got -1.0"),
    ],
)
def test_variance_of_regression_rejects(arguments, message):
    with pytest.raises(ValueError, match=message):
        regression_variance(*arguments)


@pytest.mark.parametrize("ratio", [-0.1, 1.1, math.nan])
def test_gamma_variance_rejects(ratio):
    with pytest.raises(ValueError, match=r"ratio must lie in \[0, 1\]"):
        gamma_variance(np.array([0.5, ratio]))


def test_bounded_data_have_no_power_law_tail():
    with pytest.raises(ValueError, match="alpha1 must be positive for a power-law tail, got 0"):
        tail_exponent_depth0(LIGHT, 0.001)


@pytest.mark.parametrize(
    ("threshold", "message"),
    [(0.0, "threshold must be positive"), (1e6, "threshold must leave mass above it")],
)
def test_hill_exponent_rejects(threshold, message):
    with pytest.raises(ValueError, match=message):
        hill_exponent(stationary_law(LIGHT, 0.005), threshold)


def test_a_longer_grid_holds_the_variance_of_heavier_tails():
    """The variance at depth 0 is Tg(v*) / (β₁ - Tα₁); the cut fraction is e^((3-p)·reach)."""
    data = moments(ScalarRegression(slope=1.0, noise=1.0))
    temperature = 0.45  # nine tenths of the temperature of infinite variance: p - 3 = 1/9
    exact = temperature / (1 - 2 * temperature)
    for reach, error in ((25.0, math.exp(-25 / 9)), (100.0, math.exp(-100 / 9))):
        law = stationary_law(data, temperature, 0, reach=reach)
        assert 0 < 1 - law.variance / exact < 3 * error
    with pytest.raises(ValueError, match=r"reach must lie in \[25, 300\], got 24"):
        stationary_law(data, temperature, 0, reach=24.0)


def test_scatter_of_the_regression_variance_without_memory():
    """S = 1, one step: as η → 0 the error is normal, and squares of N steps scatter by 2/Nη."""
    rate, steps = 1e-6, 10**9
    assert regression_variance_scatter(rate, 1, steps) ** 2 == pytest.approx(
        2 / (steps * 2 * rate), rel=1e-4
    )
    with pytest.raises(ValueError, match=r"finite fourth moment, got 0\.3"):
        regression_variance_scatter(0.3, 1, 10)
    with pytest.raises(ValueError, match="batch_size and steps must be at least 1"):
        regression_variance_scatter(0.1, 1, 0)
