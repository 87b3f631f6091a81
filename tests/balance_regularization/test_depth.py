"""Nets of any depth: eq. 14 against slow references, the simulations against exact small cases."""

import math

import numpy as np
import pytest
import torch
from scipy import integrate

from traindyn.balance_regularization.experiments.deep_digits import accuracy_on_digits
from traindyn.balance_regularization.experiments.depth import follow_deep_sgd, sample_deep_sde
from traindyn.balance_regularization.studies.deep_runs import step_variance
from traindyn.balance_regularization.theory.depth import (
    coupling_power,
    exponent_integral,
    law_of_depth,
    log_drift,
)
from traindyn.balance_regularization.theory.depth_limits import (
    hot_median,
    law_of_infinite_depth,
    local_exponent,
    log_density_infinite_depth,
    tail_exponent,
)
from traindyn.balance_regularization.theory.moments import Moments, moments
from traindyn.balance_regularization.theory.stationary import stationary_law
from traindyn.balance_regularization.theory.subnets import minority_clock
from traindyn.data import ScalarRegression
from traindyn.inference import estimate_ks_distance

UNIT = Moments(1.0, 0.0, 1.0, 1.0, 1.0)
SKEW = Moments(1.0, 0.5, 2.0, 0.7, 1.3)
LIGHT = Moments(0.0, 0.0, 1.0, 1.0, 1.0)
COEFFICIENTS = (1.0, 0.0, 1.0, 1.0, 1.0)


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


# --- eq. 14 ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("data", [UNIT, SKEW, LIGHT])
@pytest.mark.parametrize("width", [1, 7])
def test_depth_1_is_the_closed_form_at_any_width(data, width):
    temperature = 0.4 * data.critical_temperature
    law = law_of_depth(data, temperature, 1, width)
    reference = stationary_law(data, temperature)
    assert law.distance(reference.cdf) < 1e-12
    assert law.mean == pytest.approx(reference.mean, rel=1e-11)


@pytest.mark.parametrize(("depth", "width"), [(1, 1), (2, 1), (2, 4), (5, 3)])
def test_exponent_is_the_integral_of_eq_14(depth, width):
    log_v = np.linspace(-4.0, 4.0, 401)
    found = exponent_integral(log_v, SKEW, depth, width)

    def integrand(v):
        front = width ** (1 - 2 / (depth + 1)) / (depth + 1)
        return front * SKEW.force(v) / (v ** (2 * depth / (depth + 1)) * SKEW.noise(v))

    for i in (0, 150, 250, 400):
        exact, _ = integrate.quad(integrand, SKEW.minimum, math.exp(log_v[i]), epsabs=1e-13)
        assert found[i] == pytest.approx(exact, rel=1e-9)
    assert (found >= 0).all()


@pytest.mark.parametrize(("depth", "width"), [(1, 1), (2, 1), (2, 4), (3, 1), (8, 8)])
@pytest.mark.parametrize("data", [UNIT, SKEW])
def test_log_v_does_not_drift_on_average(data, depth, width):
    temperature = 0.5 * data.critical_temperature
    law = law_of_depth(data, temperature, depth, width)
    assert abs(log_drift(law, data, temperature, depth, width)) < 1e-6
    other = law_of_depth(data, 0.7 * data.critical_temperature, depth, width)
    assert abs(log_drift(other, data, temperature, depth, width)) > 1e-3


def test_width_drops_out_at_depth_1_only():
    assert law_of_depth(UNIT, 0.5, 1, 9).distance(law_of_depth(UNIT, 0.5, 1).cdf) == 0
    assert law_of_depth(UNIT, 0.5, 2, 4).distance(law_of_depth(UNIT, 0.5, 2).cdf) > 0.2


def test_cold_law_sits_at_the_minimum():
    law = law_of_depth(SKEW, 1e-4 * SKEW.critical_temperature, 3)
    assert law.mean == pytest.approx(SKEW.minimum, rel=1e-3)


@pytest.mark.parametrize("depth", [1, 2, 3, 9])
def test_tail_exponent_is_the_far_slope(depth):
    assert local_exponent(1e5, SKEW, 0.3, depth) == pytest.approx(tail_exponent(depth), abs=1e-4)
    assert [tail_exponent(1), tail_exponent(2), tail_exponent(3)] == [3.5, 4.0, 4.25]


@pytest.mark.parametrize("depth", [2, 3, 5])
def test_hot_median_is_the_limit(depth):
    ratios = [
        float(law_of_depth(UNIT, t, depth).quantile(np.array(0.5))) / hot_median(UNIT, t, depth)
        for t in (3.0, 30.0, 300.0)
    ]
    assert abs(ratios[2] - 1) < abs(ratios[1] - 1) < abs(ratios[0] - 1)
    assert ratios[2] == pytest.approx(1, abs=1e-3)
    power = 1 / coupling_power(depth)
    quotient = hot_median(UNIT, 20.0, depth) / hot_median(UNIT, 10.0, depth)
    assert quotient == pytest.approx(2**-power)


def test_infinite_depth_solves_its_equation():
    """d log p / dv = -3/v - g'/g - f/(Θ v² g)."""
    theta, v, step = 0.7, np.array([0.2, 1.0, 3.0]), 1e-5
    low, high = (log_density_infinite_depth(np.log(v + h), SKEW, theta) for h in (-step, step))
    g = SKEW.noise(v)
    slope = 2 * SKEW.alpha1 * v - 2 * SKEW.alpha2
    exact = -3 / v - slope / g - SKEW.force(v) / (theta * v**2 * g)
    assert (high - low) / (2 * step) == pytest.approx(exact, rel=1e-6)


def test_great_depth_approaches_infinite_depth():
    limit = law_of_infinite_depth(UNIT, 0.5)
    distances = [law_of_depth(UNIT, 0.5, d, d).distance(limit.cdf) for d in (64, 512, 20_000)]
    assert distances[0] > distances[1] > distances[2]
    assert distances[2] < 1e-3


def test_minority_clock_against_its_implicit_solution():
    c, speed = 0.8, 2 * 2 * 0.3

    def elapsed(z):  # from dz/dt = speed (c + 1/z)
        return (z / c - math.log(1 + c * z) / c**2) / speed

    end = minority_clock(2.0, 0.3, c, 2, 5.0)
    assert elapsed(end) - elapsed(2.0) == pytest.approx(5.0, rel=1e-6)


# --- simulations ----------------------------------------------------------------------------------


def test_cold_equation_relaxes_as_gradient_flow():
    """Without noise d log v/dt = -2(D+1) (v/d)^a (v - 1)."""
    run = sample_deep_sde(COEFFICIENTS, 1e-12, 2, 3, 0.2, 0.4, 2, generator(), resolution=0.01)
    path = integrate.solve_ivp(
        lambda _, s: -6 * (np.exp(s) / 3) ** (1 / 3) * (np.exp(s) - 1), (0, 0.4), [math.log(0.2)]
    )
    assert run.v == pytest.approx(math.exp(path.y[0, -1]), rel=0.02)


def test_replicas_take_several_starts_in_turn():
    run = sample_deep_sde(COEFFICIENTS, 1e-12, 2, 1, [0.2, 3.0], 1e-9, 5, generator())
    assert run.v == pytest.approx([0.2, 3.0, 0.2, 3.0, 0.2], rel=1e-6)


def test_equation_samples_the_law_and_its_tail():
    run = sample_deep_sde(COEFFICIENTS, 0.5, 2, 1, 0.14, 3.0, 3000, generator(), threshold=1.0)
    law = law_of_depth(UNIT, 0.5, 2)
    assert estimate_ks_distance(run.v, law.cdf).value < 0.04
    above = run.time_above.mean() / 1.5
    assert above == pytest.approx(float(1 - law.cdf(np.array(1.0))), rel=0.15)
    assert (run.log_above[run.time_above == 0] == 0).all()


def test_one_step_of_sgd_by_hand():
    data = ScalarRegression(slope=1.0, noise=0.0, inputs="rademacher")
    start = np.array([[0.5, 2.0, 0.4], [-1.0, 0.3, 0.2]])
    run = follow_deep_sgd(data, start, 0.1, 1, [0, 1], 2, generator())
    v = start.prod(axis=1)
    slope = 0.2 * (v.sum() - 1)
    after = (start - slope * v[:, None] / start).prod(axis=1)
    assert run.subnets[0, :, 0] == pytest.approx(v)
    assert run.subnets[1, :, 0] == pytest.approx(after)
    assert run.coupled_time[1] == pytest.approx(0.1 * abs(v[0] * v[1]) ** (1 / 3))
    assert run.times.tolist() == [0.0, 0.1]


@pytest.mark.parametrize("depth", [1, 2, 3])
def test_step_variance_is_that_of_a_simulated_step(depth):
    """20,000 steps: the relative standard deviation is 0.7 %, so 4 % fails one time in 10⁸."""
    data, rate = ScalarRegression(slope=1.0, noise=10.0, inputs="rademacher"), 1e-4
    start = np.ones((1, depth + 1))
    run = follow_deep_sgd(data, start, rate, 1, [1], 20_000, generator())
    expected = step_variance(depth, moments(data), rate)
    assert np.log(run.subnets[0, 0]).var() == pytest.approx(expected, rel=0.04)


def test_digits_are_learned_and_the_seed_decides():
    one, same = (accuracy_on_digits(1, 0.6, 60, 2, generator(3)) for _ in range(2))
    assert (one == same).all()
    assert (one > 0.7).all()


# --- messages -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: law_of_depth(UNIT, 0.5, 0), "depth must be at least 1, got 0"),
        (lambda: law_of_depth(UNIT, 0.5, 2, 0), "width must be at least 1, got 0"),
        (lambda: law_of_depth(UNIT, 1.5, 1), "temperature must lie below 1"),
        (lambda: law_of_depth(UNIT, -1.0, 2), "temperature must be positive"),
        (lambda: hot_median(UNIT, 3.0, 1), "depth must be at least 2, got 1"),
        (lambda: local_exponent(1.0, UNIT, 0.5, 2), "v must lie above 2v"),
        (lambda: exponent_integral(np.linspace(1, 2, 9), UNIT, 2), "log_v must reach around"),
        (lambda: law_of_infinite_depth(UNIT, 0.0), "temperature must be positive"),
        (lambda: log_density_infinite_depth(np.zeros(2), LIGHT, 0.5), "delta of data"),
        (lambda: minority_clock(1.0, 0.0, 1.0, 2, 1.0), "noise_rate must be positive"),
        (
            lambda: sample_deep_sde(COEFFICIENTS, 0.5, 0, 1, 1.0, 1.0, 1, generator()),
            "depth must be at least 1, got 0",
        ),
        (
            lambda: sample_deep_sde(COEFFICIENTS, 0.5, 1, 1, 1.0, 0.0, 1, generator()),
            "time must be positive and finite, got 0",
        ),
        (
            lambda: follow_deep_sgd(
                ScalarRegression(), np.ones((2, 1)), 0.1, 1, [1], 1, generator()
            ),
            "start must be a finite table",
        ),
        (
            lambda: follow_deep_sgd(
                ScalarRegression(), np.full((1, 3), 9.0), 9.0, 1, [0, 20], 2, generator()
            ),
            "learning_rate must be small enough",
        ),
        (lambda: accuracy_on_digits(0, 0.1, 1, 1, generator()), "depth must be at least 1"),
        (lambda: accuracy_on_digits(1, 0.1, 0, 1, generator()), "steps must be at least 1"),
    ],
)
def test_messages_name_argument_value_and_range(call, message):
    with pytest.raises(ValueError, match=message):
        call()
