"""The stochastic equation in the clock of constant noise: one step, limits, laws of the theory."""

import math
from itertools import pairwise

import numpy as np
import pytest
import torch

from traindyn.balance_regularization.experiments.noise import fill_normal
from traindyn.balance_regularization.experiments.samples import noise_strength
from traindyn.balance_regularization.experiments.unit_noise import (
    clock_rate,
    clock_step,
    sample_two_layer_law,
)
from traindyn.balance_regularization.theory.moments import moments
from traindyn.balance_regularization.theory.stationary import stationary_law
from traindyn.data import ScalarRegression
from traindyn.inference import estimate_ks_distance

COEFFICIENTS = (2.0, 2.0, 3.0, 1.0, 1.0)
DATA = moments(ScalarRegression(slope=1.0, noise=1.0))


def stream(seed=0):
    return torch.Generator().manual_seed(seed)


def test_normal_numbers_have_the_moments_of_the_normal_law():
    """400,000 numbers; five standard errors of the first, second and fourth moment (6e-7)."""
    n = 400_000
    x = fill_normal(torch.empty(n, dtype=torch.float64), stream()).numpy()
    assert abs(x.mean()) < 5 / math.sqrt(n)
    assert abs((x**2).mean() - 1) < 5 * math.sqrt(2 / n)
    assert abs((x**4).mean() - 3) < 5 * math.sqrt(96 / n)


def test_normal_numbers_are_those_of_single_precision():
    x = fill_normal(torch.empty(40, dtype=torch.float64), stream())
    assert (x == torch.empty(40).normal_(generator=stream()).double()).all()


def test_clock_and_step_by_hand():
    v = np.array([0.0, 2.0])
    assert clock_rate(v, COEFFICIENTS, 0.1) == pytest.approx([4.8, 4.8])
    assert (clock_rate(v, COEFFICIENTS, 0.1) == 16 * noise_strength(v, COEFFICIENTS, 0.1)).all()
    assert clock_step(COEFFICIENTS, 0.1, 0.5) == pytest.approx(0.2)  # g(1) = 1
    assert clock_step(COEFFICIENTS, 10.0, 0.5) == 1.0


def test_two_steps_by_hand():
    temperature, start, step = 0.1, 0.5, 0.1
    found = sample_two_layer_law(COEFFICIENTS, temperature, start, 2 * step, 3, stream(), 0.25)
    generator, kicks = stream(), []
    for _ in range(3):
        kicks.append(fill_normal(torch.empty(3, dtype=torch.float64), generator).numpy())
    log_v = np.full(3, math.log(start))
    for old, new in pairwise(kicks):
        v = np.exp(log_v)
        drift = -0.25 - (v - 1) / (4 * noise_strength(v, COEFFICIENTS, temperature))
        log_v = log_v + step * drift + math.sqrt(step) * (old + new) / 2
    assert found == pytest.approx(np.exp(log_v))


@pytest.mark.parametrize(("ratio", "clock_time"), [(0.1, 192.0), (0.3, 192.0), (0.6, 432.0)])
def test_the_law_is_that_of_eq_15_in_the_clock(ratio, clock_time):
    """40,000 replicas leave a distance of 0.0135 by chance once in a million."""
    temperature = ratio * DATA.critical_temperature
    v = sample_two_layer_law(COEFFICIENTS, temperature, 1.0, clock_time, 40_000, stream())
    law = stationary_law(
        DATA, temperature, clock=lambda v: clock_rate(v, COEFFICIENTS, temperature)
    )
    assert estimate_ks_distance(v, law.cdf).value < 0.005 + 0.0135
    plain = stationary_law(DATA, temperature)
    assert estimate_ks_distance(v, plain.cdf).value > 0.03  # without the clock it is another law


def test_the_law_depends_on_time_scales_only_through_their_ratio():
    """Moments times c, at the same T: f and Tg grow alike, and the clock does not see it."""
    plain = sample_two_layer_law(COEFFICIENTS, 0.1, 1.0, 5.0, 10, stream())
    faster = tuple(3 * moment for moment in COEFFICIENTS)
    assert sample_two_layer_law(faster, 0.1, 1.0, 5.0, 10, stream()) == pytest.approx(plain)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"start": 0.0}, "start must be positive"),
        ({"clock_time": 0.0}, "clock_time must be positive"),
        ({"temperature": 0.0}, "temperature must be positive"),
        ({"resolution": -1.0}, "resolution must be positive"),
        ({"replicas": 0}, "replicas must be at least 1"),
        ({"data": (2.0, 2.0, 2.0, 1.0, 1.0)}, "data must be noisy at the minimum"),
    ],
)
def test_bad_arguments_are_named(changes, message):
    good = {
        "data": COEFFICIENTS,
        "temperature": 0.1,
        "start": 1.0,
        "clock_time": 1.0,
        "replicas": 1,
        "generator": stream(),
    }
    with pytest.raises(ValueError, match=message):
        sample_two_layer_law(**{**good, **changes})
