"""The tail of the scheme of Euler and Maruyama: its moments, and its limit of small steps."""

import numpy as np
import pytest

from traindyn.balance_regularization.studies.data import STANDARD
from traindyn.balance_regularization.theory.euler import tail_exponent_of_scheme
from traindyn.balance_regularization.theory.moments import Moments, moments
from traindyn.balance_regularization.theory.stationary import tail_exponent_depth0

DATA = moments(STANDARD)


@pytest.mark.parametrize("temperature", [0.25, 0.5])
def test_small_steps_have_the_tail_of_the_equation(temperature):
    plain = tail_exponent_depth0(DATA, temperature)
    shifts = [tail_exponent_of_scheme(DATA, temperature, h) - plain for h in (0.02, 0.01, 1e-5)]
    assert abs(shifts[2]) < 1e-4
    assert shifts[0] == pytest.approx(2 * shifts[1], rel=0.2, abs=2e-3)  # of first order


def test_a_second_moment_ends_where_the_scheme_tells():
    # E|1 - a + b xi|² = 1 at b² = 2a - a², where the power κ is two
    data, h = Moments(1.0, 0.0, 1.0, 1.0, 1.0), 0.05
    a = 2 * data.beta1 * h
    temperature = (2 * a - a**2) / (4 * data.alpha1 * h)
    assert tail_exponent_of_scheme(data, temperature, h) == pytest.approx(3.0, abs=1e-6)


def test_the_power_is_one_of_drawn_factors():
    h, temperature = 0.02, 0.5
    power = tail_exponent_of_scheme(DATA, temperature, h) - 1
    xi = np.random.default_rng(0).standard_normal(10**6)
    factors = np.abs(1 - 2 * DATA.beta1 * h + np.sqrt(4 * temperature * DATA.alpha1 * h) * xi)
    grown = factors**power
    # five errors of the mean: fails twice in a million by chance
    assert grown.mean() == pytest.approx(1.0, abs=5 * grown.std() / 1000)


@pytest.mark.parametrize("step", [0.0, 0.5])
def test_refuses_steps(step):
    with pytest.raises(ValueError, match=r"time_step must lie in \(0, 0.5\)"):
        tail_exponent_of_scheme(DATA, 0.5, step)
