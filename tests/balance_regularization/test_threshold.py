"""Critical temperatures in closed form."""

import math

import numpy as np
import pytest

from traindyn.balance_regularization.experiments.collapse import growth_per_step
from traindyn.balance_regularization.theory.moments import Moments, moments
from traindyn.balance_regularization.theory.threshold import (
    collapse_growth,
    collapse_growth_of_steps,
    critical_temperature,
    second_order_critical_temperature,
    step_size_coefficient,
)
from traindyn.data import ScalarRegression

DATA = Moments(2.0, 2.0, 3.0, 1.0, 1.0)


def test_weight_decay_shifts_the_critical_temperature():
    assert critical_temperature(DATA) == DATA.critical_temperature
    assert critical_temperature(DATA, 0.25) == 0.25


def test_growth_vanishes_at_the_critical_temperature():
    for decay in (0.0, 0.4):
        at_threshold = collapse_growth(DATA, critical_temperature(DATA, decay), decay)
        assert at_threshold == pytest.approx(0, abs=1e-15)
    assert collapse_growth(DATA, 0.0) == 4


@pytest.mark.parametrize("batch_size", [1, 4])
@pytest.mark.parametrize("ratio", [0.6, 1.4])
def test_growth_of_steps_is_exact_to_the_first_order(batch_size, ratio):
    """Its error is of second order: doubling σ divides it by sixteen."""
    errors = []
    for noise in (40.0, 80.0):
        data = ScalarRegression(slope=1.0, noise=noise, inputs="rademacher")
        law = moments(data)
        temperature = ratio * law.critical_temperature
        rate = batch_size * temperature
        exact = growth_per_step(data, rate, batch_size) / rate
        errors.append(exact - collapse_growth_of_steps(law, temperature, batch_size, 9 / 5))
    assert errors[0] / errors[1] == pytest.approx(16, rel=0.2)


def test_growth_of_steps_of_the_antibalanced_state():
    """E log(1 − 2ηm)² over uniform noise, for the batch mean m of xy; the next order is 4e-5."""
    law, temperature = Moments(0.0, 0.0, 100.0, 1.0, 1.0), 0.003
    m = 1 + math.sqrt(300) * (2 * (np.arange(200_000) + 0.5) / 200_000 - 1)
    exact = np.log((1 - 2 * temperature * m) ** 2).mean() / temperature
    found = collapse_growth_of_steps(law, temperature, 1, 9 / 5, wrong_sign=True)
    assert found == pytest.approx(exact, abs=1e-3)
    assert abs(found - collapse_growth_of_steps(law, temperature, 1, 9 / 5)) > 7


@pytest.mark.parametrize("batch_size", [1, 3])
def test_growth_of_steps_vanishes_where_the_coefficient_says(batch_size):
    data, coefficient = Moments(0.0, 0.0, 1e6, 1.0, 1.0), step_size_coefficient(batch_size, 9 / 5)
    threshold = data.beta2 / (data.alpha3 + coefficient * data.beta2**2)
    assert collapse_growth_of_steps(data, threshold, batch_size, 9 / 5) == pytest.approx(
        0, abs=1e-9
    )


def test_second_order_lowers_the_critical_temperature():
    assert second_order_critical_temperature(DATA, 1) == 0.25
    assert second_order_critical_temperature(DATA, 3) == 1 / 6


def test_a_normal_batch_mean_needs_three_times_the_batch():
    assert step_size_coefficient(4, kurtosis=3.0) == 12


@pytest.mark.parametrize("decay", [-0.1, 1.0])
def test_weight_decay_that_forbids_learning_is_named(decay):
    with pytest.raises(ValueError, match=r"weight_decay must lie in \[0, 1\.0\)"):
        critical_temperature(DATA, decay)


def test_bad_coefficients_are_named():
    with pytest.raises(ValueError, match="temperature must be positive"):
        collapse_growth_of_steps(DATA, 0.0, 1, 3.0)
    with pytest.raises(ValueError, match="batch_size must be at least 1"):
        step_size_coefficient(0, 3.0)
    with pytest.raises(ValueError, match="kurtosis must be at least 1"):
        step_size_coefficient(1, 0.5)
