"""Absorption without label noise: exact cases, quadrature, another scheme for the same equation."""

import math

import numpy as np
import pytest
import torch
from scipy import integrate

from traindyn.balance_regularization.experiments.absorption import absorb
from traindyn.balance_regularization.experiments.samples import sample_two_layer_sde
from traindyn.balance_regularization.theory.absorption import (
    drift_exponent,
    interpolation_moments,
    probability_of_zero,
    probability_to_touch,
)
from traindyn.balance_regularization.theory.moments import Moments

DATA = interpolation_moments(1.0, 2.0)


def stream(seed=0):
    return torch.Generator().manual_seed(seed)


def ends(start=0.5, temperature=2.0, pairs=1000, slope=1.0, **settings):
    return absorb(slope, 2.0, 1.0, temperature, start, pairs, stream(), **settings)


@pytest.mark.parametrize("temperature", [0.75, 2.0])
@pytest.mark.parametrize("start", [0.1, 0.7])
def test_probability_is_a_ratio_of_integrals_of_the_scale_function(temperature, start):
    data = interpolation_moments(1.5, 2.0, 0.8)
    theta = data.beta1 / (2 * temperature * data.alpha1 * 1.5)

    def mass(low):
        power = 0.5 - theta  # substitute v = x^(1/power), regular at 0
        return integrate.quad(
            lambda x: (1.5 - x ** (1 / power)) ** theta / power, low**power, 1.5**power
        )[0]

    assert probability_of_zero(data, temperature, start) == pytest.approx(
        mass(start) / mass(0), rel=1e-6
    )


def test_touching_tends_to_absorption():
    assert probability_to_touch(DATA, 2.0, 0.3, 1e-60) == pytest.approx(
        probability_of_zero(DATA, 2.0, 0.3), abs=1e-4
    )
    assert probability_to_touch(DATA, 0.4, 0.3, 1e-60) < 1e-6


def test_below_the_threshold_and_above_the_minimum_zero_is_out_of_reach():
    assert drift_exponent(DATA, 0.5) == 0.5
    assert probability_of_zero(DATA, 0.5, 0.3) == 0
    assert probability_of_zero(DATA, 5.0, 1.0) == 0
    assert ends(start=2.0, pairs=100).all()


def test_another_scheme_finds_the_same_probability():
    """Log-Euler steps of log v at a fine resolution, until every replica is near 0 or k."""
    coefficients = (2.0, 2.0, 2.0, 1.0, 1.0)
    v = sample_two_layer_sde(coefficients, 2.0, 0.3, 2500, 2000, stream(1), resolution=0.03)
    assert ((v < 1e-6) | (abs(v - 1) < 1e-2)).mean() > 0.99
    zero = (ends(start=0.3, pairs=2000) == 0).mean()
    assert abs((v < 0.5).mean() - zero) < 5 * math.sqrt(0.25 / 2000 + 0.25 / 4000)


def test_opposite_kicks_seldom_lead_both_of_a_pair_to_zero():
    """2,000 pairs, where independent ones scatter by 0.011 and opposite ones by 0.008."""
    zero = ends(start=0.5, pairs=2000) == 0
    assert set(ends(pairs=50).flat) == {0, 1}
    assert zero.all(axis=0).mean() < zero.mean() ** 2 / 2
    assert zero[0].mean() == pytest.approx(zero[1].mean(), abs=0.06)


def test_units_of_v_do_not_matter():
    """Scaling k, v and 1/T together leaves the path alone."""
    one = ends(pairs=100)
    assert np.array_equal(one, ends(start=1.0, slope=2.0, temperature=1.0, pairs=100))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"start": 0.0}, "start must be positive"),
        ({"start": 1.0}, "start must differ from slope"),
        ({"temperature": -1.0}, "temperature must be positive"),
        ({"slope": math.inf}, "slope must be positive and finite"),
        ({"resolution": 0.0}, "resolution must be positive"),
        ({"log_cutoff": 1.0}, "log_cutoff must be at least 30"),
        ({"pairs": 0}, "replicas must be at least 1"),
        ({"start": 2.0, "reading": "stratonovich"}, "start must lie below slope"),
    ],
)
def test_bad_input_is_named(change, message):
    with pytest.raises(ValueError, match=message):
        ends(**change)


def test_an_unknown_reading_is_named(unchecked):
    with pytest.raises(ValueError, match="reading must be 'ito'"):
        ends(reading="other")


def test_theory_names_bad_input():
    with pytest.raises(ValueError, match="delta must be 0"):
        drift_exponent(Moments(2.0, 2.0, 3.0, 1.0, 1.0), 1.0)
    with pytest.raises(ValueError, match="temperature must be positive"):
        drift_exponent(DATA, 0.0)
    with pytest.raises(ValueError, match="start must be positive"):
        probability_of_zero(DATA, 1.0, -0.1)
    with pytest.raises(ValueError, match="cutoff < start < 1"):
        probability_to_touch(DATA, 1.0, 0.1, 0.2)
    with pytest.raises(ValueError, match="alpha1 must be positive"):
        interpolation_moments(1.0, 0.0)
