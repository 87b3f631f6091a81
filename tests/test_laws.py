"""Laws on a grid against laws that scipy knows in closed form."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from traindyn.laws import GridLaw


def uniform(n=11):
    points = np.linspace(0.0, 1.0, n)
    return GridLaw(points, points, 0.5, 1 / 12)


def normal(n=401, mean=0.0, width=1.0):
    coordinate = np.linspace(-8.0, 8.0, n)
    return GridLaw.from_log_density(coordinate, mean + width * coordinate, -(coordinate**2) / 2)


# --- exact cases ----------------------------------------------------------------------------------


def test_uniform_law():
    law = uniform()
    v = np.array([-1.0, 0.0, 0.25, 0.999, 2.0])
    assert law.cdf(v) == pytest.approx([0, 0, 0.25, 0.999, 1])
    assert law.density(np.array([-1.0, 0.25, 0.5, 2.0])) == pytest.approx([0, 1, 1, 0])
    assert law.quantile(np.array([0.0, 0.3, 1.0])) == pytest.approx([0, 0.3, 1])
    assert law.distance(np.square) == pytest.approx(0.25)  # v - v² at 1/2, a grid point
    assert law.distance(law.cdf) == 0


def test_distribution_function_of_a_step_in_the_grid():
    """Between points it is linear, so that the density is a histogram's."""
    law = GridLaw(np.array([0.0, 1.0, 3.0]), np.array([0.0, 0.5, 1.0]), 1.25, 1.0)
    assert law.cdf(np.array([0.5, 2.0])) == pytest.approx([0.25, 0.75])
    assert law.density(np.array([0.5, 2.0])) == pytest.approx([0.5, 0.25])


# --- against scipy --------------------------------------------------------------------------------


def test_normal_law_from_its_density():
    law = normal()
    v = np.linspace(-4, 4, 33)
    assert law.mean == pytest.approx(0, abs=1e-12)
    assert law.variance == pytest.approx(1, abs=1e-10)
    assert law.cdf(v) == pytest.approx(stats.norm.cdf(v), abs=1e-4)
    assert law.density(v) == pytest.approx(stats.norm.pdf(v), abs=1e-3)
    assert law.quantile(np.array([0.025, 0.975])) == pytest.approx([-1.96, 1.96], abs=1e-3)
    assert law.expect(lambda v: v**4) == pytest.approx(3, abs=1e-10)
    assert law.expect(np.ones_like) == pytest.approx(1)


def test_a_law_on_the_half_line_from_a_logarithmic_grid():
    """v = exp(s) has the weight p(v) v."""
    s = np.linspace(-30.0, 6.0, 4001)
    v = np.exp(s)
    law = GridLaw.from_log_density(s, v, stats.gamma(1.5).logpdf(v) + s)
    assert law.mean == pytest.approx(1.5, rel=1e-9)
    assert law.variance == pytest.approx(1.5, rel=1e-9)
    assert law.distance(stats.gamma(1.5).cdf) < 1e-5


def test_error_of_the_distribution_function_is_of_second_order():
    errors = [normal(n).distance(stats.norm.cdf) for n in (41, 81, 161)]
    orders = np.log2(np.array(errors[:-1]) / errors[1:])
    assert orders == pytest.approx(2.0, abs=0.1)


# --- invariances ----------------------------------------------------------------------------------

LAW = normal(201, mean=1.0, width=2.0)


@given(st.floats(0.001, 0.999))
def test_quantile_inverts_the_distribution_function(probability):
    p = np.array([probability])
    assert LAW.cdf(LAW.quantile(p)) == pytest.approx(p, abs=1e-9)


@given(st.floats(-100, 100), st.floats(0.01, 100), st.floats(-500, 500))
def test_laws_move_with_their_unit_and_origin(shift, scale, constant):
    s = np.linspace(-8.0, 8.0, 101)
    weight = -(s**2) / 2 + 0.3 * s
    plain = GridLaw.from_log_density(s, s, weight)
    moved = GridLaw.from_log_density(s, shift + scale * s, weight + constant)
    assert moved.mean == pytest.approx(shift + scale * plain.mean, abs=1e-9)
    assert moved.variance == pytest.approx(scale**2 * plain.variance)
    assert moved.values == pytest.approx(plain.values, abs=1e-9)


# --- input ----------------------------------------------------------------------------------------

POINTS = np.array([0.0, 1.0, 2.0])
CDF = np.array([0.0, 0.5, 1.0])


@pytest.mark.parametrize(
    ("points", "cdf", "message"),
    [
        (POINTS[::-1].copy(), CDF, "points must be one increasing axis"),
        (np.array([0.0, 0.0, 1.0]), CDF, "points must be one increasing axis"),
        (np.array([0.0, math.nan, 1.0]), CDF, "points must be one increasing axis"),
        (POINTS, CDF[::-1].copy(), "cdf must rise from 0 to 1, got 1 to 0"),
        (POINTS, CDF / 2, "cdf must rise from 0 to 1, got 0 to 0.5"),
        (POINTS, np.array([0.0, math.nan, 1.0]), "cdf must rise from 0 to 1"),
        (POINTS, np.array([0.0, 1.1, 1.0]), "cdf must rise from 0 to 1"),
    ],
)
def test_a_law_rejects(points, cdf, message):
    with pytest.raises(ValueError, match=message):
        GridLaw(points, cdf, 1.0, 1.0)


def test_a_law_needs_one_value_per_point(unchecked):
    with pytest.raises(ValueError, match="points must be one increasing axis of the length of cdf"):
        GridLaw(POINTS, CDF[:2], 1.0, 1.0)


@pytest.mark.parametrize(
    ("coordinate", "log_weight", "message"),
    [
        (np.linspace(-1, 1, 5), np.zeros(5), "log_weight must vanish at both ends of the grid"),
        (np.linspace(-9, 0, 50), -(np.linspace(-9, 0, 50) ** 2), "log_weight must vanish at both"),
        (np.linspace(-9, 9, 5), np.array([-99, 0, math.nan, 0, -99]), "got 1 values that are not"),
        (np.linspace(-9, 9, 5), np.array([-99, 0, math.inf, 0, -99]), "got 1 values that are not"),
        (np.geomspace(1, 9, 5), -np.ones(5), "coordinate must increase in equal steps"),
        (np.linspace(1, -1, 5), -np.ones(5), "coordinate must increase in equal steps"),
    ],
)
def test_a_density_is_rejected(coordinate, log_weight, message):
    with pytest.raises(ValueError, match=message):
        GridLaw.from_log_density(coordinate, coordinate, log_weight)


def test_expect_needs_a_density():
    with pytest.raises(ValueError, match="expect needs a law built from a density"):
        uniform().expect(np.square)


def test_the_density_is_that_of_the_grid_up_to_its_ends():
    law = GridLaw(np.array([0.0, 2.0]), np.array([0.0, 1.0]), 1.0, 1 / 3)
    assert law.density(np.array([-0.1, 0.0, 0.3, 2.0, 2.1])).tolist() == [0.0, 0.5, 0.5, 0.5, 0.0]


def test_the_quantile_is_the_smallest_point_of_its_probability():
    law = GridLaw(np.arange(5.0), np.array([0.0, 0.0, 0.5, 0.5, 1.0]), 2.0, 1.0)
    assert law.quantile(np.array([0.0, 0.25, 0.5, 0.75, 1.0])).tolist() == [1.0, 1.5, 2.0, 3.5, 4.0]


@pytest.mark.parametrize("bad", [-0.1, 1.1, math.nan])
def test_quantiles_of_what_is_no_probability_are_refused(bad):
    with pytest.raises(ValueError, match=r"probability must lie in \[0, 1\]"):
        uniform().quantile(np.array([0.5, bad]))


def test_a_law_at_infinity_nothing_and_not_a_number():
    law = uniform()
    assert law.cdf(np.array([-np.inf, np.inf])).tolist() == [0.0, 1.0]
    assert law.density(np.array([-np.inf, np.inf])).tolist() == [0.0, 0.0]
    assert law.cdf(np.empty(0)).shape == law.quantile(np.empty((2, 0))[0]).shape == (0,)
    for function in (law.cdf, law.density):
        with pytest.raises(ValueError, match="v must be numbers, got 1 of 1"):
            function(np.array([math.nan]))


@pytest.mark.parametrize("moments", [(math.nan, 1.0), (0.5, math.inf), (0.5, 0.0), (0.5, -1.0)])
def test_a_law_has_finite_moments(moments):
    with pytest.raises(ValueError, match=r"(mean|variance) must be"):
        GridLaw(np.array([0.0, 1.0]), np.array([0.0, 1.0]), *moments)
