"""Temperatures at which the peak goes and comes back, against eq. 16 and the density."""

import pytest

from traindyn.balance_regularization.theory.modes import density_peaks, stated_mode_limit
from traindyn.balance_regularization.theory.moments import Moments, moments
from traindyn.balance_regularization.theory.reentrance import peak_limits
from traindyn.data import ScalarRegression

NEARLY_PROPORTIONAL = Moments(1.0, 1.0, 1.005, 1.0, 0.41)


def test_the_square_root_of_eq_16_vanishes_there():
    data = NEARLY_PROPORTIONAL
    limits = peak_limits(data)
    assert len(limits) == 2
    for t in limits:
        slope = data.beta1 - 10 * data.alpha2 * t
        excess = data.beta2 - 3 * data.alpha3 * t
        assert slope**2 + 28 * data.alpha1 * t * excess == pytest.approx(0, abs=1e-12)


def test_there_is_no_peak_between_them():
    low, high = peak_limits(NEARLY_PROPORTIONAL)
    peaks = [density_peaks(NEARLY_PROPORTIONAL, t) for t in (0.95 * low, 1.05 * low, 0.95 * high)]
    assert [len(found) for found in peaks] == [1, 0, 0]
    assert high < NEARLY_PROPORTIONAL.critical_temperature
    assert density_peaks(NEARLY_PROPORTIONAL, 1.03 * high)


@pytest.mark.parametrize("noise", [1.0, 3.0])
def test_gaussian_data_have_the_one_that_the_paper_states(noise):
    data = moments(ScalarRegression(1.0, noise))
    assert peak_limits(data) == (pytest.approx(stated_mode_limit(1.0, noise)),)


def test_units_of_v_and_of_the_temperature_do_not_matter():
    """v in other units: β₂ and α₂ carry one, α₃ two."""
    c = 3.0
    scaled = Moments(1.0, c, 1.005 * c**2, 1.0, 0.41 * c)
    expected = [t / c for t in peak_limits(NEARLY_PROPORTIONAL)]
    assert peak_limits(scaled) == pytest.approx(expected)
