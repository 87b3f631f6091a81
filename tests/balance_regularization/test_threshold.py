"""Critical temperatures in closed form."""

import pytest

from traindyn.balance_regularization.theory.moments import Moments
from traindyn.balance_regularization.theory.threshold import (
    collapse_growth,
    critical_temperature,
    second_order_critical_temperature,
    step_size_coefficient,
)

DATA = Moments(2.0, 2.0, 3.0, 1.0, 1.0)


def test_weight_decay_shifts_the_critical_temperature():
    assert critical_temperature(DATA) == DATA.critical_temperature
    assert critical_temperature(DATA, 0.25) == 0.25


def test_growth_vanishes_at_the_critical_temperature():
    for decay in (0.0, 0.4):
        at_threshold = collapse_growth(DATA, critical_temperature(DATA, decay), decay)
        assert at_threshold == pytest.approx(0, abs=1e-15)
    assert collapse_growth(DATA, 0.0) == 4


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
    with pytest.raises(ValueError, match="batch_size must be at least 1"):
        step_size_coefficient(0, 3.0)
    with pytest.raises(ValueError, match="kurtosis must be at least 1"):
        step_size_coefficient(1, 0.5)
