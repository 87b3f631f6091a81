"""Propagation: exact cases, slow references, and coverage of the truth."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from traindyn.inference import (
    BOOK_RANDOM_TESTS,
    Estimate,
    combination,
    critical_value,
    difference,
    estimate_mean,
    exact,
    farthest,
    largest,
    log_slope,
    monotone,
    ratio,
    ratio_of_means,
    slope,
)

Z = critical_value()
values = st.floats(-1e3, 1e3)
errors = st.floats(1e-3, 1e3)


def half(estimate):
    return estimate.half_width(Z)


# --- sums -----------------------------------------------------------------------------------------


def test_difference_has_the_degrees_of_freedom_of_welch():
    """Two samples, against the formula that scipy prints for Welch's test."""
    generator = np.random.default_rng(0)
    x, y = generator.normal(size=7), 3 * generator.normal(size=12)
    found = difference(estimate_mean(x), estimate_mean(y))
    known = stats.ttest_ind(x, y, equal_var=False)
    assert found.degrees_of_freedom == pytest.approx(known.df, rel=1e-12)
    assert found.value / found.stderr == pytest.approx(known.statistic, rel=1e-12)
    assert found.n == 7


@given(st.lists(st.tuples(values, values, errors), min_size=1, max_size=5))
def test_combination_is_the_slow_sum(terms):
    found = combination([c for c, _, _ in terms], [Estimate(v, e) for _, v, e in terms])
    assert found.value == pytest.approx(math.fsum(c * v for c, v, _ in terms), rel=1e-12, abs=1e-9)
    slow = math.sqrt(math.fsum((c * e) ** 2 for c, _, e in terms))
    assert found.stderr == pytest.approx(slow, rel=1e-12)
    assert found.drawn is any(c for c, _, _ in terms)


def test_what_is_exact_stays_exact():
    assert not difference(exact(3.0), exact(1.0)).drawn
    assert not ratio(exact(3.0), exact(1.0)).drawn
    assert not monotone(exact(3.0), math.exp).drawn
    assert not log_slope([1.0, 2.0], [exact(3.0), exact(6.0)]).drawn
    assert not largest([exact(3.0), exact(1.0)]).drawn
    assert combination([0.0, 1.0], [Estimate(1.0, 0.5), exact(2.0)]) == exact(2.0)
    assert difference(Estimate(1.0, 0.0), exact(2.0)).drawn  # a draw without scatter


def test_units_stay_where_they_agree():
    assert difference(exact(3.0, "1/s"), exact(1.0, "1/s")).unit == "1/s"
    assert difference(exact(3.0, "1/s"), exact(1.0, "s")).unit == "1"


# --- functions ------------------------------------------------------------------------------------


def test_a_function_maps_the_ends_of_the_interval():
    found = monotone(Estimate(1.0, 0.1), math.exp)
    assert found.value == math.e
    assert half(found) == pytest.approx(math.exp(1 + 0.1 * Z) - math.e, rel=1e-12)
    falling = monotone(Estimate(2.0, 0.1), lambda x: 1 / x)
    assert half(falling) == pytest.approx(1 / (2 - 0.1 * Z) - 0.5, rel=1e-12)


def test_an_interval_beyond_the_domain_decides_nothing():
    assert monotone(Estimate(1.0, 1.0), math.log).stderr == math.inf
    assert monotone(Estimate(700.0, 100.0), math.exp).stderr == math.inf


# --- ratios ---------------------------------------------------------------------------------------


def fieller(x, y, sx, sy, sxy, q):
    """Ends of Fieller's interval from its polynomial, with numpy's roots."""
    return np.sort(
        np.roots([y * y - q * q * sy * sy, -2 * (x * y - q * q * sxy), x * x - q * q * sx * sx])
    )


@given(values, errors, st.floats(1.0, 100.0), st.floats(1e-3, 0.1))
def test_ratio_is_fiellers(x, sx, y, sy):
    found = ratio(Estimate(x, sx), Estimate(y, sy))
    low, high = fieller(x, y, sx, sy, 0.0, Z)
    assert half(found) == pytest.approx(max(high - x / y, x / y - low), rel=1e-6)


def test_ratio_by_what_may_be_zero_decides_nothing():
    assert ratio(Estimate(1.0, 0.1), Estimate(1.0, 0.2)).stderr == math.inf


def test_ratio_of_means_is_fiellers_for_pairs():
    generator = np.random.default_rng(2)
    y = 2 + 0.2 * generator.normal(size=30)
    x = 3 * y + 0.1 * generator.normal(size=30)
    found = ratio_of_means(x, y)
    c = np.cov(x, y) / 30
    q = stats.t.isf(stats.norm.sf(Z), 29)
    ends = fieller(x.mean(), y.mean(), c[0, 0] ** 0.5, c[1, 1] ** 0.5, c[0, 1], q)
    assert half(found) == pytest.approx(np.abs(ends - found.value).max(), rel=1e-9)
    unpaired = ratio(estimate_mean(x), estimate_mean(y))
    assert half(found) < half(unpaired) / 3  # the common scatter cancels


def test_proportional_samples_have_an_exact_ratio():
    y = np.linspace(1.0, 2.0, 30)
    assert ratio_of_means(2 * y, y).stderr == pytest.approx(0.0, abs=1e-12)


# --- slopes ---------------------------------------------------------------------------------------


@given(st.lists(st.tuples(values, errors), min_size=3, max_size=6))
def test_slope_is_that_of_least_squares(points):
    t = np.arange(len(points)) ** 1.5
    found = slope(list(t), [Estimate(v, e) for v, e in points])
    fit = np.polyfit(t, [v for v, _ in points], 1)[0]
    assert found.value == pytest.approx(fit, rel=1e-7, abs=1e-7)


def test_exponent_of_a_noisy_power_law():
    """x = t^3 with errors of 1 %, which a logarithm sees as 0.01."""
    t = [1.0, 2.0, 4.0, 8.0]
    found = log_slope(t, [Estimate(u**3, 0.01 * u**3) for u in t])
    logs = np.log(t) - np.mean(np.log(t))
    assert found.value == pytest.approx(3.0, rel=1e-12)
    assert found.stderr == pytest.approx(0.01 / math.sqrt(logs @ logs), rel=0.03)


# --- the largest ----------------------------------------------------------------------------------


def test_largest_of_equal_noise_reaches_down_to_all():
    """Ten draws about one truth: the largest overshoots, and the interval still holds it."""
    generator = np.random.default_rng(3)
    for _ in range(200):
        draws = [Estimate(1 + 0.1 * generator.normal(), 0.1) for _ in range(10)]
        low, high = largest(draws).interval(Z)
        assert low <= 1.0 <= high  # expected misses 200 · 2e-7


def test_largest_by_hand():
    z = critical_value(tests=2 * BOOK_RANDOM_TESTS)
    found = largest([Estimate(1.0, 0.5), Estimate(2.0, 0.1)])
    assert found.value == 2.0
    assert half(found) == pytest.approx(max(1 + 0.5 * z, 2 + 0.1 * z) - 2.0, rel=1e-12)
    assert largest([Estimate(1.0, math.inf), exact(2.0)]).stderr == math.inf


def test_farthest_is_never_negative():
    found = farthest([Estimate(1.0, 0.5), Estimate(2.0, 0.1)], [1.0, 1.5])
    z = critical_value(tests=2 * BOOK_RANDOM_TESTS)
    assert found.value == 0.5
    assert half(found) == pytest.approx(max(0.5 * z, 0.5 + 0.1 * z) - 0.5, rel=1e-12)


def test_equal_draws_are_random_without_scatter():
    assert largest([Estimate(1.0, 0.0, 9), exact(0.5)]).drawn


# --- errors ---------------------------------------------------------------------------------------


@pytest.mark.usefixtures("unchecked")
@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: combination([1.0], [exact(1.0), exact(2.0)]), "coefficients must be 2, got 1"),
        (lambda: combination([], []), "estimates must be at least 1, got none"),
        (lambda: difference(1.0, exact(1.0)), "each of estimates must be of type Estimate"),
        (lambda: monotone(exact(0.0), math.log), "function must be finite at 0, got inf"),
        (lambda: ratio(exact(1.0), exact(0.0)), "lower must not be near zero, got 0.0"),
        (lambda: ratio(exact(math.inf), exact(1.0)), "value of upper must be"),
        (lambda: ratio_of_means(np.ones(3), np.ones(4)), "lower must have 3 samples"),
        (lambda: slope([1.0, 1.0], [exact(1.0)] * 2), "abscissas must differ"),
        (lambda: log_slope([0.0, 1.0], [exact(1.0)] * 2), "abscissas must be positive"),
        (lambda: log_slope([1.0, 2.0], [exact(-1.0)] * 2), "estimates must be positive, got -1.0"),
        (lambda: largest([]), "estimates must be at least 1, got none"),
        (lambda: farthest([exact(1.0)], [1.0, 2.0]), "predictions must be 1, got 2"),
    ],
)
def test_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
