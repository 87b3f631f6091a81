"""Rates and times of the scalar model: closed forms against small steps and exact limits."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg import eigh_tridiagonal

from traindyn.balance_regularization.theory.dynamics import (
    imbalance_spread_in_valley,
    relaxation_time,
    residual_imbalance_of_flow,
)
from traindyn.balance_regularization.theory.moments import Moments, moments
from traindyn.data import ScalarRegression

LIGHT = moments(ScalarRegression(1.0, 10.0, "rademacher"))
DATA = Moments(2.0, 2.0, 3.0, 1.5, 1.2)


# --- relaxation -----------------------------------------------------------------------------------


def test_relaxation_time_at_half_the_critical_temperature():
    assert relaxation_time(LIGHT, 0.005) == pytest.approx(4.0)
    assert relaxation_time(DATA, DATA.critical_temperature / 2) == pytest.approx(4 / DATA.beta2)


def test_relaxation_time_is_that_of_diffusion_with_drift():
    """The generator of d log v = -c dt + sqrt(2D) dW has the gap c²/4D (Ornstein, half line).

    At v = 0: c = 4(Tα₃ - β₂), 2D = 16Tα₃.
    """
    temperature = 0.4 * DATA.critical_temperature
    noise = temperature * DATA.alpha3
    gap = (4 * (DATA.beta2 - noise)) ** 2 / (4 * 8 * noise)
    assert relaxation_time(DATA, temperature) == pytest.approx(1 / gap)


@pytest.mark.parametrize("ratio", [0.05, 0.1, 0.15, 0.3, 0.5])
def test_relaxation_time_is_that_of_the_slowest_mode_of_the_generator(ratio):
    """On a grid of log v that reaches from far below the wall of small v to far above v*."""
    temperature = ratio * LIGHT.critical_temperature
    noise = 16 * temperature * LIGHT.alpha3
    reach = 150 if ratio > 0.2 else 20  # the continuum begins above its edge by 1/reach²
    log_v = np.linspace(-reach, 2.5, 12_000)
    drift = -4 * (LIGHT.beta1 * np.exp(log_v) - LIGHT.beta2 + temperature * LIGHT.alpha3)
    width = log_v[1] - log_v[0]
    tilt = np.exp((drift[1:] + drift[:-1]) * width / 2 / noise)  # √(density ratio) of neighbors
    out = np.zeros_like(log_v)
    out[:-1] += tilt
    out[1:] += 1 / tilt
    rates = noise / 2 / width**2
    levels = eigh_tridiagonal(
        rates * out, np.full(len(tilt), -rates), eigvals_only=True, select="i", select_range=(0, 1)
    )
    assert levels[0] == pytest.approx(0.0, abs=1e-3)
    assert relaxation_time(LIGHT, temperature) == pytest.approx(1 / levels[1], rel=0.03)


def test_relaxation_slows_down_critically():
    """As (1 - r)^-2: halving the distance from T_c takes four times as long."""
    times = [relaxation_time(LIGHT, 0.01 * (1 - d)) for d in (0.02, 0.01, 0.005)]
    assert np.array(times[1:]) / times[:-1] == pytest.approx(4.0, rel=0.03)


@pytest.mark.parametrize(
    ("temperature", "message"),
    [
        (0.01, "temperature must lie below 0.01, got 0.01"),
        (0.0, "temperature must be positive and finite, got 0.0"),
        (math.nan, "temperature must be positive and finite, got nan"),
    ],
)
def test_relaxation_time_rejects(temperature, message):
    with pytest.raises(ValueError, match=message):
        relaxation_time(LIGHT, temperature)


# --- gradient descent -----------------------------------------------------------------------------


def descend(data, u, w, rate, time=20.0):
    for _ in range(round(time / rate)):
        f = data.force(u * w)
        u, w = u - 2 * rate * f * w, w - 2 * rate * f * u
    return u, w


def test_descent_loses_the_predicted_imbalance_at_first_order():
    """Loss over prediction tends to 1; its error halves with the learning rate."""
    start = 2.0, 0.3
    prefactor = residual_imbalance_of_flow(DATA, *start)
    before = start[0] ** 2 - start[1] ** 2
    gaps = []
    for rate in (0.004, 0.002, 0.001):
        u, w = descend(DATA, *start, rate)
        gaps.append((1 - (u * u - w * w) / before) / (rate * prefactor) - 1)
    assert abs(gaps[-1]) < 0.01
    assert np.array(gaps[:-1]) / gaps[1:] == pytest.approx(2.0, abs=0.1)


def test_prefactor_of_a_balanced_start_in_closed_form():
    """From u = w, v' = -4fv: ∫f² dt = ∫(f / 4v) dv from v* to v."""
    u = 1.4
    v, minimum = u * u, DATA.minimum
    integral = (DATA.beta1 * (v - minimum) - DATA.beta2 * math.log(v / minimum)) / 4
    assert residual_imbalance_of_flow(DATA, u, u) == pytest.approx(4 * integral, rel=1e-8)


@settings(max_examples=20)
@given(st.floats(0.2, 2), st.floats(0.2, 2))
def test_prefactor_does_not_know_which_weight_is_which(u, w):
    """Exchange and joint sign leave the loss alone; in the valley nothing is lost."""
    prefactor = residual_imbalance_of_flow(DATA, u, w)
    assert residual_imbalance_of_flow(DATA, w, u) == pytest.approx(prefactor, abs=1e-9)
    assert residual_imbalance_of_flow(DATA, -u, -w) == pytest.approx(prefactor, abs=1e-9)
    assert residual_imbalance_of_flow(DATA, u, DATA.minimum / u) == pytest.approx(0, abs=1e-9)


def test_a_start_that_ends_at_the_saddle_is_rejected():
    with pytest.raises(ValueError, match=r"u \+ w must not be 0, got u = 1.5 and w = -1.5"):
        residual_imbalance_of_flow(DATA, 1.5, -1.5)


# --- spread along the valley ----------------------------------------------------------------------


@pytest.mark.parametrize(("minimum", "imbalance"), [(1.0, 0.0), (1.0, 4.0), (0.5, -2.0)])
def test_spread_grows_linearly_at_first(minimum, imbalance):
    """E d² = d₀² + 4q sqrt(d₀² + 4v*²) t + O(t²)."""
    rate, time = 0.5, 1e-3
    spread = imbalance_spread_in_valley(minimum, imbalance, rate, time)
    growth = 4 * rate * math.sqrt(imbalance**2 + 4 * minimum**2) * time
    assert spread - imbalance**2 == pytest.approx(growth, rel=0.01)


def test_spread_far_out_solves_a_linear_equation():
    """Where |d| is far above v*, dM/dt = 4q E|d|, and E|d| = d₀: the mean stays."""
    spread = imbalance_spread_in_valley(0.01, 10.0, 0.1, 2.0)
    assert spread == pytest.approx(100 + 4 * 0.1 * 10 * 2, rel=1e-3)


def test_damping_shrinks_the_imbalance():
    """At first E d² loses 2cqd²/(1 − cρ) per unit of time, with ρ the squared norm."""
    rate, time, damping, imbalance = 0.1, 0.1, 0.02, 30.0
    plain = imbalance_spread_in_valley(1.0, imbalance, rate, time)
    damped = imbalance_spread_in_valley(1.0, imbalance, rate, time, damping)
    norm = math.hypot(imbalance, 2.0)
    lost = 2 * damping * rate * imbalance**2 / (1 - damping * norm) * time
    # the next order in time is 1 %, and the solver keeps 1e-6 of 900
    assert plain - damped == pytest.approx(lost, rel=0.03)


def test_spread_equals_simulated_paths():
    """Euler steps of the diffusion, 20,000 paths; five standard errors: 6e-7 by chance."""
    generator = np.random.default_rng(0)
    minimum, start, rate, time, damping, steps = 1.0, 1.0, 0.5, 1.0, 0.1, 200
    d = np.full(20_000, start)
    for _ in range(steps):
        norm = np.sqrt(d * d + 4 * minimum**2)
        kick = np.sqrt(4 * rate * norm * time / steps)
        pull = damping * rate / np.maximum(1 - damping * norm, 0.1)
        d = d * (1 - pull * time / steps) + kick * generator.normal(size=d.size)
    square = d * d
    expected = imbalance_spread_in_valley(minimum, start, rate, time, damping)
    weak_error = 0.005 * expected  # of the steps, first order in 1/200
    assert square.mean() == pytest.approx(
        expected, abs=5 * square.std() / math.sqrt(d.size) + weak_error
    )


@settings(max_examples=5)
@given(st.floats(0.5, 3), st.floats(-3, 3))
def test_spread_depends_on_the_unit_of_v_only_through_ratios(scale, imbalance):
    """d, v* and q·t share the unit u²: scaling all scales E d² by the square."""
    plain = imbalance_spread_in_valley(1.0, imbalance, 0.3, 1.0)
    scaled = imbalance_spread_in_valley(scale, scale * imbalance, 0.3 * scale, 1.0)
    assert scaled == pytest.approx(scale**2 * plain, rel=1e-3)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((0.0, 1.0, 1.0, 1.0), "minimum must be positive, got 0.0"),
        ((1.0, 1.0, -1.0, 1.0), "noise_rate must be positive, got -1.0"),
        ((1.0, 1.0, 1.0, math.nan), "time must be positive, got nan"),
        ((1.0, 1.0, 1.0, 1.0, -0.1), "damping must be at least 0, got -0.1"),
    ],
)
def test_spread_rejects(arguments, message):
    with pytest.raises(ValueError, match=message):
        imbalance_spread_in_valley(*arguments)
