"""The peak of the density in closed form against the density itself."""

import math

import pytest

from traindyn.balance_regularization.theory.modes import (
    density_peaks,
    mode,
    mode_slope,
    stated_mode_limit,
)
from traindyn.balance_regularization.theory.moments import Moments, moments
from traindyn.data import ScalarRegression

GAMMA = Moments(0.0, 0.0, 100.0, 1.0, 1.0)


def test_the_gamma_law_peaks_on_a_line():
    for ratio in (0.1, 0.2, 0.3):
        assert mode(GAMMA, 0.01 * ratio) == pytest.approx(1 - 3 * ratio)
        assert density_peaks(GAMMA, 0.01 * ratio) == [pytest.approx(1 - 3 * ratio, abs=1e-6)]
    assert mode(GAMMA, 0.0034) is None
    assert density_peaks(GAMMA, 0.0034) == []


@pytest.mark.parametrize("noise", [0.4, 1.0, 2.0])
@pytest.mark.parametrize("ratio", [0.05, 0.3])
def test_the_formula_finds_the_peak(noise, ratio):
    data = moments(ScalarRegression(1.0, noise))
    temperature = ratio * data.critical_temperature
    assert density_peaks(data, temperature) == [pytest.approx(mode(data, temperature), abs=1e-5)]


def test_the_slope_is_the_derivative_at_zero():
    data = moments(ScalarRegression(1.5, 1.0))
    step = 1e-6
    assert (mode(data, step) - data.minimum) / step == pytest.approx(mode_slope(data), rel=1e-3)


def test_the_stated_limit_is_where_the_square_root_vanishes():
    for noise in (1.0, 3.0):
        data = moments(ScalarRegression(1.0, noise))
        limit = stated_mode_limit(1.0, noise)
        slope = data.beta1 - 10 * data.alpha2 * limit
        square = slope**2 + 28 * data.alpha1 * limit * (data.beta2 - 3 * data.alpha3 * limit)
        assert square == pytest.approx(0, abs=1e-12)
    assert stated_mode_limit(1.0, 0.5) == math.inf


def test_between_a_third_and_the_stated_limit_the_root_is_negative():
    data = moments(ScalarRegression(1.0, 4.0))
    temperature = 0.36 * data.critical_temperature
    assert temperature < stated_mode_limit(1.0, 4.0)
    assert mode(data, temperature) is None
    assert density_peaks(data, temperature) == []


def test_temperature_must_be_positive():
    with pytest.raises(ValueError, match="temperature must be positive"):
        mode(GAMMA, 0.0)
