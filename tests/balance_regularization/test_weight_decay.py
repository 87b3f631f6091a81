"""Weight decay at any depth: theory against slow references, simulations against exact cases."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy import integrate, linalg

from traindyn.balance_regularization.experiments.depth import follow_deep_sgd
from traindyn.balance_regularization.experiments.weight_decay import follow_decay
from traindyn.balance_regularization.theory.moments import Moments
from traindyn.balance_regularization.theory.stationary import stationary_law
from traindyn.balance_regularization.theory.weight_decay import (
    basin_edge,
    growth_at_zero,
    mean_time_to_zero,
    probability_below,
)
from traindyn.data import ScalarRegression

UNIT = Moments(1.0, 0.0, 1.0, 1.0, 1.0)
SKEW = Moments(1.0, 0.5, 2.0, 0.7, 1.3)
COEFFICIENTS = (1.0, 0.0, 1.0, 1.0, 1.0)


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


# --- theory ---------------------------------------------------------------------------------------


def test_growth_at_zero_is_the_limit_of_the_drift():
    """Drift of log v from the equation of one weight, u = v^(1/(D+1)), by Ito's formula."""
    temperature, decay = 0.3, 0.2
    for depth in (1, 2, 3):
        v = 1e-60
        product = v ** (depth / (depth + 1))  # of the other layers
        u = v ** (1 / (depth + 1))
        g, f = SKEW.noise(v), SKEW.force(v)
        # d log v = sum over layers of du/u - (du/u)²/2
        weight = -2 * f * product / u - 2 * decay
        spread = 4 * temperature * g * (product / u) ** 2
        drift = (depth + 1) * (weight - spread / 2)
        assert growth_at_zero(SKEW, temperature, depth, decay) == pytest.approx(drift, rel=1e-9)


def test_only_depth_1_resists_small_decay():
    assert growth_at_zero(UNIT, 0.5, 1, 0.1) > 0 > growth_at_zero(UNIT, 0.5, 2, 0.1)
    assert growth_at_zero(UNIT, 0.5, 1, 0.6) < 0
    assert growth_at_zero(UNIT, 0.5, 2, 0.0) == 0


@pytest.mark.parametrize("depth", [2, 3, 6])
def test_basin_edge_divides_gradient_flow(depth):
    """Without noise d log v/dt = -2(D+1)(γ + q f) changes sign there, from fall to rise."""
    edge, power = basin_edge(SKEW, depth, 0.1), (depth - 1) / (depth + 1)

    def drift(v):
        return -(0.1 + v**power * SKEW.force(v))

    assert drift(0.9 * edge) < 0 < drift(1.1 * edge)
    small = basin_edge(SKEW, depth, 1e-4)
    assert small == pytest.approx((1e-4 / SKEW.beta2) ** (1 / power), rel=0.01)


def test_basin_is_everything_where_decay_beats_the_loss():
    """At depth 2 the largest v^(1/3)(1 - v) is 0.4725, at v = 1/4."""
    assert basin_edge(UNIT, 2, 0.472) < 0.25
    assert basin_edge(UNIT, 2, 0.473) == math.inf


def test_mean_time_is_the_double_integral_over_scale_and_speed():
    temperature, depth, decay, start, cutoff = 0.6, 2, 0.3, 0.5, 0.01

    def slope(s):  # 2 drift / variance
        v, q = math.exp(s), math.exp(s / 3)
        g = SKEW.noise(v)
        return -(decay + q * SKEW.force(v) + q**2 * temperature * g) / (3 * q**2 * temperature * g)

    def scale(s):
        return math.exp(-integrate.quad(slope, 0.0, s, epsrel=1e-8)[0])

    def speed(s):
        v, q = math.exp(s), math.exp(s / 3)
        return 2 / (36 * q**2 * temperature * SKEW.noise(v) * scale(s))

    x = np.linspace(math.log(cutoff), 6.0, 1201)
    speeds, scales = np.array([speed(s) for s in x]), np.array([scale(s) for s in x])
    beyond = integrate.cumulative_simpson(speeds[::-1], dx=x[1] - x[0], initial=0.0)[::-1]
    until = np.linspace(x[0], math.log(start), 2001)
    reference = integrate.simpson(np.interp(until, x, scales * beyond), x=until)
    found = mean_time_to_zero(SKEW, temperature, depth, decay, start, cutoff)
    assert found == pytest.approx(reference, rel=2e-3)


def test_noiseless_fall_takes_the_time_of_gradient_flow():
    """Where decay beats the loss everywhere the time at T → 0 is the integral of 1/drift."""

    def pace(s):
        return 1 / (6 * (0.6 + np.exp(s / 3) * (np.exp(s) - 1)))

    exact, _ = integrate.quad(pace, math.log(1e-6), math.log(0.5))
    found = mean_time_to_zero(UNIT, 1e-5, 2, 0.6, 0.5, 1e-6)
    assert found == pytest.approx(exact, rel=0.01)


def test_mean_time_keeps_its_digits_however_long():
    times = [mean_time_to_zero(UNIT, 0.5, 2, g, 0.14, 1e-6) for g in (0.01, 0.02, 0.05, 0.1)]
    assert times[0] > 1e30
    assert times[0] > times[1] > times[2] > times[3] > 100
    finer = mean_time_to_zero(UNIT, 0.5, 2, 0.02, 0.14, 1e-6, points=8000)
    assert times[1] == pytest.approx(finer, rel=1e-3)


def test_survivors_decay_at_the_rate_of_the_mean_time():
    start = 0.14
    wait = mean_time_to_zero(UNIT, 0.5, 2, 0.08, start, 1e-6)
    times = [wait, 2 * wait, 3 * wait]
    alive = 1 - probability_below(UNIT, 0.5, 2, 0.08, start, 1e-6, times)
    assert alive[1:] / alive[:-1] == pytest.approx([math.exp(-1)] * 2, rel=0.02)


def test_depth_1_relaxes_to_the_shifted_law():
    """There decay is a shift of β₂: the probability tends to that of the shifted law."""
    shifted = replace(UNIT, beta2=0.9)
    law = stationary_law(shifted, 0.5)
    found = probability_below(UNIT, 0.5, 1, 0.1, 0.3, 0.05, [60.0], points=4000)
    assert found[0] == pytest.approx(float(law.cdf(np.array(0.05))), rel=0.01)


def test_probability_is_the_exponential_of_a_slow_generator():
    """A dense matrix of central differences on a coarse grid, exponentiated."""
    s = np.linspace(math.log(0.02) - 3.0, 4.0, 401)
    v, q, h = np.exp(s), np.exp(s / 3), s[1] - s[0]
    g = 0.5 * UNIT.noise(v)
    drift = -6 * (0.3 + q * UNIT.force(v) + q**2 * g)
    half = 18 * q**2 * g
    matrix = np.zeros((401, 401))
    inner = np.arange(1, 400)
    matrix[inner, inner + 1] = half[1:-1] / h**2 + drift[1:-1] / (2 * h)
    matrix[inner, inner - 1] = half[1:-1] / h**2 - drift[1:-1] / (2 * h)
    matrix[inner, inner] = -2 * half[1:-1] / h**2
    matrix[0, :2] = 2 * half[0] / h**2 * np.array([-1.0, 1.0])  # walls
    matrix[-1, -2:] = 2 * half[-1] / h**2 * np.array([1.0, -1.0])
    indicator = (s < math.log(0.02)).astype(float)
    times = [2.0, 8.0]
    slow = [np.interp(math.log(0.3), s, linalg.expm(matrix * t) @ indicator) for t in times]
    found = probability_below(UNIT, 0.5, 2, 0.3, 0.3, 0.02, times, points=3000)
    assert found == pytest.approx(np.array(slow), abs=0.01)
    assert 0.1 < found[0] < found[1]


# --- simulations ----------------------------------------------------------------------------------


def test_cold_equation_is_gradient_flow_with_decay():
    nets = [(1, 0.2), (2, 0.2), (3, 0.0)]
    found = follow_decay(COEFFICIENTS, 1e-14, nets, 0.3, [0.3, 0.6], 2, generator(), 0.005)
    for i, (depth, decay) in enumerate(nets):
        power = (depth - 1) / (depth + 1)

        def drift(_, s, depth=depth, decay=decay, power=power):
            return -2 * (depth + 1) * (decay + np.exp(power * s) * (np.exp(s) - 1))

        path = integrate.solve_ivp(drift, (0, 0.6), [math.log(0.3)], t_eval=[0.3, 0.6], rtol=1e-9)
        assert found[:, i, 0] == pytest.approx(path.y[0], abs=0.01)


def test_decay_alone_is_exact():
    """At v = 1e-30 and depth 2 the loss is slower than decay by 1e-9."""
    found = follow_decay(COEFFICIENTS, 0.5, [(2, 0.1)], 1e-30, [5.0], 3, generator())
    assert found - math.log(1e-30) == pytest.approx(-3.0, abs=1e-6)


def test_equation_falls_as_predicted():
    """1,000 replicas: the standard deviation is 0.016, so 0.08 fails one time in 10⁶."""
    found = follow_decay(COEFFICIENTS, 0.5, [(2, 0.2)], 0.14, [15.0], 1000, generator())
    exact = probability_below(UNIT, 0.5, 2, 0.2, 0.14, 1e-6, [15.0])[0]
    assert 0.2 < exact < 0.8
    assert (found[0, 0] < math.log(1e-6)).mean() == pytest.approx(exact, abs=0.08)


def test_one_step_of_sgd_with_decay_by_hand():
    data = ScalarRegression(slope=1.0, noise=0.0, inputs="rademacher")
    start = np.array([[0.5, 2.0, 0.4]])
    run = follow_deep_sgd(data, start, 0.1, 1, [1], 2, generator(), 0.3)
    v = start.prod()
    after = start - 0.1 * (2 * (v - 1) * v / start + 2 * 0.3 * start)
    assert run.subnets[0, 0, 0] == pytest.approx(after.prod())


# --- messages -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: growth_at_zero(UNIT, 0.5, 0, 0.1), "depth must be at least 1, got 0"),
        (lambda: growth_at_zero(UNIT, 0.0, 2, 0.1), "temperature must be positive"),
        (lambda: growth_at_zero(UNIT, 0.5, 2, -0.1), "decay must be at least 0 and finite"),
        (lambda: basin_edge(UNIT, 1, 0.1), "depth must be at least 2, got 1"),
        (lambda: basin_edge(UNIT, 2, 0.0), "decay must be positive and finite, got 0"),
        (lambda: mean_time_to_zero(UNIT, 0.5, 2, 0.1, 0.1, 0.2), "0 < cutoff < start"),
        (lambda: probability_below(UNIT, 0.5, 2, 0.1, 0.0, 0.1, [1.0]), "start must lie in"),
        (lambda: probability_below(UNIT, 0.5, 2, 0.1, 0.1, 0.1, [2.0, 1.0]), "times must be"),
        (
            lambda: follow_decay(COEFFICIENTS, 0.5, [(0, 0.1)], 0.1, [1.0], 1, generator()),
            "nets must have depth >= 1",
        ),
        (
            lambda: follow_decay(COEFFICIENTS, 0.5, [(2, 0.1)], 0.1, [0.0], 1, generator()),
            "times must be positive and increase",
        ),
        (
            lambda: follow_decay(COEFFICIENTS, 0.5, [(2, 0.1)], -1.0, [1.0], 1, generator()),
            "start must be positive and finite",
        ),
        (
            lambda: follow_deep_sgd(
                ScalarRegression(), np.ones((1, 2)), 0.1, 1, [1], 1, generator(), -1.0
            ),
            "weight_decay must be at least 0 and finite",
        ),
    ],
)
def test_messages_name_argument_value_and_range(call, message):
    with pytest.raises(ValueError, match=message):
        call()
