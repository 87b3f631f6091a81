"""Decisions: exact cases, invariances, measured error rates and power.

Every statistical test runs under a fixed seed. Its comment states the chance that a correct
implementation fails it under a fresh one; where the expected count is binomial, `limits` makes that
chance 1e-6.
"""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from traindyn.inference import (
    Estimate,
    critical_value,
    decide,
    estimate_mean,
)

OUTCOMES = ("fail", "undecided", "pass")
numbers = st.floats(-1e6, 1e6)
positive = st.floats(1e-6, 1e6)


def test_critical_value_splits_the_budget():
    assert critical_value() == pytest.approx(5.199338, abs=1e-6)
    tail = stats.norm.sf(critical_value(0.2, 20))
    assert 20 * 2 * tail == pytest.approx(0.2)


@given(st.floats(1e-9, 0.9), st.integers(1, 10**6), st.integers(1, 10**6))
def test_more_tests_need_a_larger_critical_value(rate, few, many):
    few, many = sorted((few, many))
    assert critical_value(rate, few) <= critical_value(rate, many)
    assert critical_value(rate / 2, few) > critical_value(rate, few)


@pytest.mark.parametrize(
    ("rate", "tests", "message"),
    [
        (0.0, 1, r"error_rate must lie in \(0, 1\), got 0.0"),
        (1.0, 1, r"error_rate must lie in \(0, 1\), got 1.0"),
        (math.nan, 1, r"error_rate must lie in \(0, 1\), got nan"),
        (0.05, 0, "tests must be at least 1, got 0"),
    ],
)
def test_critical_value_rejects(rate, tests, message):
    with pytest.raises(ValueError, match=message):
        critical_value(rate, tests)


@pytest.mark.parametrize(
    ("measured", "outcome"),
    [
        ((1.0, 2.0), "pass"),  # a common end belongs to the range
        ((2.0, 3.0), "undecided"),  # a touching end is an overlap
        ((math.nextafter(2.0, 3.0), 3.0), "fail"),
        ((0.0, math.nextafter(1.0, 0.0)), "fail"),
        ((0.0, 1.0), "undecided"),
        ((0.0, 3.0), "undecided"),
        ((-math.inf, math.inf), "undecided"),
        ((math.inf, math.inf), "fail"),
    ],
)
def test_decide_at_the_ends(measured, outcome):
    assert decide(measured, (1.0, 2.0)) == outcome


@pytest.mark.parametrize(
    ("measured", "accept", "message"),
    [
        ((2.0, 1.0), (0.0, 1.0), r"interval must be ordered, got \(2.0, 1.0\)"),
        ((math.nan, 1.0), (0.0, 1.0), "interval must be ordered"),
        ((0.0, 1.0), (1.0, 0.0), r"accept must be ordered, got \(1.0, 0.0\)"),
        ((0.0, 1.0), (0.0, math.nan), "accept must be ordered"),
    ],
)
def test_decide_rejects(measured, accept, message):
    with pytest.raises(ValueError, match=message):
        decide(measured, accept)


@given(numbers, positive, numbers, positive, st.floats(1, 100))
def test_a_wider_range_never_turns_pass_into_fail(value, half, prediction, bound, factor):
    measured = (value - half, value + half)
    narrow = decide(measured, (prediction - bound, prediction + bound))
    wide = decide(measured, (prediction - factor * bound, prediction + factor * bound))
    assert OUTCOMES.index(wide) >= OUTCOMES.index(narrow)


@given(numbers, positive, numbers, positive, st.floats(0, 1))
def test_a_sharper_measurement_never_reverses_a_decision(value, half, prediction, bound, factor):
    accept = (prediction - bound, prediction + bound)
    blurred = decide((value - half, value + half), accept)
    sharp = decide((value - factor * half, value + factor * half), accept)
    assert blurred in (sharp, "undecided")


@given(numbers, positive, numbers, positive)
def test_a_decision_does_not_depend_on_sign_or_unit(value, half, prediction, bound):
    measured, accept = (value - half, value + half), (prediction - bound, prediction + bound)
    outcome = decide(measured, accept)
    assert decide((-measured[1], -measured[0]), (-accept[1], -accept[0])) == outcome
    assert decide((4 * measured[0], 4 * measured[1]), (4 * accept[0], 4 * accept[1])) == outcome


def outcomes(truths, accept, alpha, trials, generator, n=None):
    """Rates of the outcomes of repeated measurements of a truth, standard error 1."""
    z = critical_value(alpha, 1)
    count = dict.fromkeys(OUTCOMES, 0)
    for _ in range(trials):
        if n is None:
            measured = Estimate(truths + generator.normal(), 1.0)
        else:
            measured = estimate_mean(truths + math.sqrt(n) * generator.normal(size=n))
        count[decide(measured.interval(z), accept)] += 1
    return count


@pytest.mark.parametrize("n", [None, 4])
@pytest.mark.parametrize("truth", [10.0, -10.0])
def test_the_rule_errs_at_half_alpha_where_it_errs_most(truth, n, limits):
    """At the edge of acceptance a false alarm and a miss have the probability alpha / 2 each.

    With n = 4 the standard error comes from four samples: a normal quantile would err at 7 %.
    """
    trials, alpha = 5_000, 0.05
    bound = 10.0 if n is None else 10.0 + 1e-9
    count = outcomes(
        truth, (-bound, bound), alpha, trials, np.random.default_rng([n or 1, int(truth + 10)]), n
    )
    low, high = limits(trials, alpha / 2)  # fails by chance: 1e-6 per line
    assert low <= count["fail"] <= high
    assert low <= count["pass"] <= high


def test_the_rule_errs_less_inside_and_outside(limits):
    trials, alpha, generator = 5_000, 0.05, np.random.default_rng(5)
    z = critical_value(alpha, 1)
    inside = outcomes(9.0, (-10.0, 10.0), alpha, trials, generator)
    outside = outcomes(11.0, (-10.0, 10.0), alpha, trials, generator)
    for wrong in (inside["fail"], outside["pass"]):  # fails by chance: 1e-6 each
        low, high = limits(trials, stats.norm.sf(z + 1))
        assert low <= wrong <= high


@pytest.mark.parametrize("bound", [2.5, 3.0, 4.0])
def test_power_of_the_rule(bound, limits):
    """With a bound of b errors a true claim passes with probability 2 Phi(b - z) - 1.

    A control at distance b + d fails with probability Phi(d - z).
    """
    trials, alpha, generator = 4_000, 0.05, np.random.default_rng(int(10 * bound))
    z = critical_value(alpha, 1)
    true = outcomes(0.0, (-bound, bound), alpha, trials, generator)
    low, high = limits(trials, 2 * stats.norm.cdf(bound - z) - 1)  # fails by chance: 1e-6
    assert low <= true["pass"] <= high
    control = outcomes(bound + 3.0, (-bound, bound), alpha, trials, generator)
    low, high = limits(trials, stats.norm.cdf(3.0 - z))  # fails by chance: 1e-6
    assert low <= control["fail"] <= high


def test_a_family_of_tests_keeps_its_budget(limits):
    """Twenty tests at the edge of acceptance share 0.4; half of it is for false alarms."""
    trials, tests, budget = 1_000, 20, 0.4
    z, generator = critical_value(budget, tests), np.random.default_rng(7)
    wrong = 0
    for _ in range(trials):
        family = [Estimate(1.0 + noise, 1.0) for noise in generator.normal(size=tests)]
        wrong += any(decide(m.interval(z), (-9.0, 1.0)) == "fail" for m in family)
    rate = 1 - (1 - budget / (2 * tests)) ** tests
    assert rate < budget / 2
    low, high = limits(trials, rate)  # fails by chance: 1e-6
    assert low <= wrong <= high
