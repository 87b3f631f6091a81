"""Estimates and decisions: exact cases, slow references, invariances, measured error rates.

Every statistical test runs under a fixed seed. Its comment states the chance that a correct
implementation fails it under a fresh one; where the expected count is binomial, `limits` makes that
chance 1e-6.
"""

import math
import statistics

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import stats

from traindyn import inference
from traindyn.inference import (
    Estimate,
    critical_value,
    decide,
    estimate_by_bootstrap,
    estimate_fraction,
    estimate_ks_distance,
    estimate_mean,
    estimate_variance,
    integrated_autocorrelation_time,
)

OUTCOMES = ("fail", "undecided", "pass")
numbers = st.floats(-1e6, 1e6)
positive = st.floats(1e-6, 1e6)
samples_of_numbers = st.lists(numbers, min_size=2, max_size=30).map(np.array)


def limits(trials: int, low: float, high: float | None = None) -> tuple[float, float]:
    """Counts that a rate between `low` and `high` leaves with probability 1e-6 at most."""
    high = low if high is None else high
    return stats.binom.ppf(5e-7, trials, low), stats.binom.isf(5e-7, trials, high)


# --- the estimate ---------------------------------------------------------------------------------


def test_interval_of_a_deterministic_value_is_the_value():
    assert Estimate(0.1).interval(5.0) == (0.1, 0.1)
    assert Estimate(math.inf).interval(5.0) == (math.inf, math.inf)
    assert not Estimate(0.1).random


def test_interval_of_an_unknown_error_is_the_whole_line():
    assert Estimate(1.0, math.inf).interval(2.0) == (-math.inf, math.inf)


def test_few_degrees_of_freedom_widen_the_interval_to_students_quantile():
    z = critical_value(0.05, 1)
    half_width = Estimate(0.0, 2.0, 5, degrees_of_freedom=4.0).half_width(z)
    assert half_width == pytest.approx(2 * 2.7764451, rel=1e-7)  # from a printed table of t(4)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((math.nan,), "value must be a number or infinite, got nan"),
        ((1.0, -0.5), "stderr must be at least 0, got -0.5"),
        ((1.0, math.nan), "stderr must be at least 0, got nan"),
        ((1.0, 0.5, 0), "n must be at least 1, got 0"),
        ((1.0, 0.5, 2, "1", 0.5), "degrees_of_freedom must be at least 1, got 0.5"),
    ],
)
def test_estimate_rejects(arguments, message):
    with pytest.raises(ValueError, match=message):
        Estimate(*arguments)


@given(numbers, positive, st.floats(1, 50), st.floats(0.01, 8), st.floats(0.01, 8))
def test_interval_grows_with_z_and_with_fewer_degrees_of_freedom(value, stderr, freedom, one, two):
    estimate = Estimate(value, stderr, degrees_of_freedom=freedom)
    assert estimate.half_width(min(one, two)) <= estimate.half_width(max(one, two))
    assert estimate.half_width(one) >= one * stderr * (1 - 1e-9)
    more = Estimate(value, stderr, degrees_of_freedom=freedom + 1)
    assert more.half_width(one) <= estimate.half_width(one) * (1 + 1e-9)
    low, high = estimate.interval(one)
    assert low <= value <= high


@given(numbers, positive, st.floats(-100, 100), st.floats(0, 5))
def test_scaling_an_estimate_scales_its_interval(value, stderr, factor, z):
    estimate = Estimate(value, stderr, 7, "s", 6.0)
    ends = sorted(factor * end for end in estimate.interval(z))
    scale = abs(factor) * (abs(value) + estimate.half_width(z)) + 1e-300
    assert estimate.scaled(factor).interval(z) == pytest.approx(ends, abs=1e-12 * scale)
    assert (estimate.scaled(factor).n, estimate.scaled(factor).unit) == (7, "s")


# --- the budget and the decision ------------------------------------------------------------------


def test_critical_value_splits_the_budget():
    assert critical_value() == pytest.approx(4.891638, abs=1e-6)
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
def test_the_rule_errs_at_half_alpha_where_it_errs_most(truth, n):
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


def test_the_rule_errs_less_inside_and_outside():
    trials, alpha, generator = 5_000, 0.05, np.random.default_rng(5)
    z = critical_value(alpha, 1)
    inside = outcomes(9.0, (-10.0, 10.0), alpha, trials, generator)
    outside = outcomes(11.0, (-10.0, 10.0), alpha, trials, generator)
    for wrong in (inside["fail"], outside["pass"]):  # fails by chance: 1e-6 each
        low, high = limits(trials, stats.norm.sf(z + 1))
        assert low <= wrong <= high


@pytest.mark.parametrize("bound", [2.5, 3.0, 4.0])
def test_power_of_the_rule(bound):
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


def test_a_family_of_tests_keeps_its_budget():
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


# --- mean and variance ----------------------------------------------------------------------------


@given(samples_of_numbers)
def test_mean_and_variance_equal_the_textbook_sums(x):
    values = [float(v) for v in x]
    n, mean = len(values), statistics.fmean(values)
    scale = max(abs(v) for v in values) + 1.0
    estimate = estimate_mean(x)
    assert estimate.value == pytest.approx(mean, abs=1e-12 * scale)
    variance = sum((v - mean) ** 2 for v in values) / (n - 1)
    assert estimate.stderr == pytest.approx(math.sqrt(variance / n), abs=1e-7 * scale)
    assert (estimate.n, estimate.degrees_of_freedom) == (n, n - 1)
    spread = estimate_variance(x)
    assert spread.value == pytest.approx(variance, abs=1e-9 * scale**2)
    fourth = sum((v - mean) ** 4 for v in values) / n
    squared = max(fourth - (n - 3) / (n - 1) * variance**2, 0.0) / n
    assert spread.stderr**2 == pytest.approx(squared, abs=1e-9 * scale**4)


@given(samples_of_numbers, st.sampled_from([0.25, 2.0, 1024.0]), st.sampled_from([-1.0, 1.0]))
def test_mean_and_variance_change_with_the_unit(x, size, sign):
    """A factor that is a power of two changes no digit."""
    factor = size * sign
    mean, scaled = estimate_mean(x), estimate_mean(factor * x)
    assert (scaled.value, scaled.stderr) == (factor * mean.value, size * mean.stderr)
    assume(estimate_variance(x).value > 1e-300)
    variance, scaled = estimate_variance(x), estimate_variance(factor * x)
    assert scaled.value == size**2 * variance.value
    assert scaled.stderr == pytest.approx(size**2 * variance.stderr, rel=1e-9)


@given(samples_of_numbers, st.randoms())
def test_mean_and_variance_do_not_depend_on_the_order(x, random):
    shuffled = x.copy()
    random.shuffle(shuffled)
    scale = float(np.abs(x).max()) + 1.0
    assert estimate_mean(shuffled).value == pytest.approx(estimate_mean(x).value, abs=1e-12 * scale)
    assert estimate_variance(shuffled).value == pytest.approx(
        estimate_variance(x).value, abs=1e-9 * scale**2
    )


@pytest.mark.parametrize(
    "estimator",
    [
        estimate_mean,
        estimate_variance,
        lambda x: estimate_by_bootstrap(x, np.mean, np.random.default_rng(0)),
        lambda x: estimate_ks_distance(x, stats.norm.cdf),
    ],
)
def test_estimators_reject_what_is_not_finite_or_too_short(estimator):
    with pytest.raises(ValueError, match="must be finite, got 2 of 3 values that are not"):
        estimator(np.array([1.0, math.nan, math.inf]))
    with pytest.raises(ValueError, match="must hold at least 2"):
        estimator(np.array([1.0]))


@pytest.mark.parametrize("n", [2, 5])
def test_mean_of_few_normal_samples_covers_exactly(n):
    trials, z, generator = 5_000, critical_value(0.05, 1), np.random.default_rng(n)
    missed = 0
    for _ in range(trials):
        low, high = estimate_mean(3.0 + 2.0 * generator.normal(size=n)).interval(z)
        missed += not low <= 3.0 <= high
    low, high = limits(trials, 0.05)  # fails by chance: 1e-6
    assert low <= missed <= high


def test_mean_of_few_normal_samples_keeps_the_budget_of_the_book():
    """At the book's z a normal quantile misses 1.6 % of the means of four samples.

    Expected misses: 1e-6 times 10,000; one happens by chance with probability 0.01, two with 5e-5,
    three with 2e-7.
    """
    trials, z, generator = 10_000, critical_value(), np.random.default_rng(11)
    missed = 0
    for x in generator.normal(size=(trials, 4)):
        low, high = estimate_mean(x).interval(z)
        missed += not low <= 0.0 <= high
    assert missed <= 2


LAWS = {"normal": (3.0, 2_000), "exponential": (9.0, 4_000)}


@pytest.mark.parametrize("law", LAWS)
def test_variance_covers_and_its_error_is_right(law):
    fourth, n = LAWS[law]
    trials, z, generator = 1_000, critical_value(0.05, 1), np.random.default_rng(n)
    draw = getattr(generator, f"standard_{law}")
    estimates = [estimate_variance(draw(size=n)) for _ in range(trials)]
    intervals = [estimate.interval(z) for estimate in estimates]
    missed = sum(not low <= 1.0 <= high for low, high in intervals)
    # The rate is 5 % up to a skewness that fades like 1/n: 5.0 % and 5.7 % in 30,000 trials.
    low, high = limits(trials, 0.045, 0.065)  # fails by chance: below 1e-6
    assert low <= missed <= high
    exact = math.sqrt((fourth - (n - 3) / (n - 1)) / n)
    # The scatter of 1,000 estimates is known to 1/sqrt(2000) = 2.2 %: 12 % is five of those.
    assert np.std([e.value for e in estimates]) == pytest.approx(exact, rel=0.12)
    # The mean error has itself an error below 1 %, and a bias of order 1/n.
    assert np.mean([e.stderr for e in estimates]) == pytest.approx(exact, rel=0.03)
    # Unbiased: five errors of the mean of the estimates, by chance 6e-7.
    assert abs(np.mean([e.value for e in estimates]) - 1.0) < 5 * exact / math.sqrt(trials)


# --- the fraction ---------------------------------------------------------------------------------


@given(st.integers(1, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_fraction_reaches_the_farther_end_of_the_exact_interval(case):
    """The ends solve: as many hits or more, or as few or fewer, have probability 5e-7."""
    hits, trials = case
    estimate = estimate_fraction(hits, trials)
    low = stats.beta.ppf(5e-7, hits, trials - hits + 1) if hits else 0.0
    high = stats.beta.isf(5e-7, hits + 1, trials - hits) if hits < trials else 1.0
    reach = max(estimate.value - low, high - estimate.value)
    assert estimate.half_width(critical_value()) == pytest.approx(reach, rel=1e-6)
    mirrored = estimate_fraction(trials - hits, trials)
    assert mirrored.stderr == pytest.approx(estimate.stderr, rel=1e-6)
    assert (estimate.value, estimate.n, estimate.random) == (hits / trials, trials, True)


def test_fraction_covers(monkeypatch):
    """Budget 10 % for one test: over all outcomes, the interval misses at most that often."""
    monkeypatch.setattr(inference, "BOOK_ERROR_RATE", 0.1)
    monkeypatch.setattr(inference, "BOOK_RANDOM_TESTS", 1)
    hits, z = np.arange(41), critical_value()
    intervals = np.array([estimate_fraction(int(k), 40).interval(z) for k in hits])
    for probability in (0.002, 0.03, 0.2, 0.5, 0.7, 0.97, 0.998):
        missed = (intervals[:, 0] > probability) | (intervals[:, 1] < probability)
        assert stats.binom.pmf(hits, 40, probability)[missed].sum() <= 0.1


@pytest.mark.parametrize(
    ("hits", "trials", "message"),
    [
        (0, 0, "trials must be at least 1, got 0"),
        (-1, 5, r"hits must lie in \[0, 5\], got -1"),
        (6, 5, r"hits must lie in \[0, 5\], got 6"),
    ],
)
def test_fraction_rejects(hits, trials, message):
    with pytest.raises(ValueError, match=message):
        estimate_fraction(hits, trials)


# --- the bootstrap --------------------------------------------------------------------------------


def test_bootstrap_of_the_mean_has_its_closed_form():
    """Resampled means scatter by sqrt(sum (x - mean)^2) / n; 4,000 give it to 1.1 %."""
    x = np.random.default_rng(3).exponential(size=40)
    estimate = estimate_by_bootstrap(x, np.mean, np.random.default_rng(4), resamples=4_000)
    assert estimate.value == np.mean(x)
    exact = math.sqrt(np.sum((x - x.mean()) ** 2)) / len(x)
    assert estimate.stderr == pytest.approx(exact, rel=0.056)  # five errors; by chance 6e-7
    assert (estimate.n, estimate.degrees_of_freedom) == (40, 39)


def test_bootstrap_resamples_whole_rows():
    """The rows hold equal pairs: their difference is 0 in every resample."""
    rows = np.repeat(np.random.default_rng(0).normal(size=(20, 1)), 2, axis=1)

    def difference(x):
        return float(np.max(np.abs(x[:, 0] - x[:, 1])))

    assert estimate_by_bootstrap(rows, difference, np.random.default_rng(1)).stderr == 0.0


def test_bootstrap_depends_on_its_generator_only():
    x = np.random.default_rng(0).normal(size=30)
    one, two, other = (
        estimate_by_bootstrap(x, np.median, np.random.default_rng(seed), 50) for seed in (1, 1, 2)
    )
    assert one == two
    assert one.stderr != other.stderr


def test_bootstrap_of_a_median_covers():
    """The coverage of a bootstrap is 95 % only in the limit; 10,000 trials gave 93.8 %."""
    trials, z, generator = 400, critical_value(0.05, 1), np.random.default_rng(8)
    truth, missed = math.log(2.0), 0

    def median(v):
        return float(np.partition(v, 50)[50])

    for _ in range(trials):
        x = generator.exponential(size=101)
        low, high = estimate_by_bootstrap(x, median, generator, 100).interval(z)
        missed += not low <= truth <= high
    low, high = limits(trials, 0.05, 0.075)  # fails by chance: below 1e-6
    assert low <= missed <= high


def test_bootstrap_rejects_few_resamples():
    with pytest.raises(ValueError, match="resamples must be at least 50, got 49"):
        estimate_by_bootstrap(np.arange(3.0), np.mean, np.random.default_rng(0), 49)


# --- the Kolmogorov distance ----------------------------------------------------------------------


def uniform_cdf(v):
    return np.clip(v, 0.0, 1.0)


@given(st.lists(st.floats(0, 1), min_size=2, max_size=20).map(np.array))
def test_ks_distance_equals_a_search_over_all_places(x):
    """Just below and at each sample, counting one by one."""
    gaps = []
    for v in x:
        below = sum(other < v for other in x) / len(x)
        at = sum(other <= v for other in x) / len(x)
        gaps += [abs(below - v), abs(at - v)]
    assert estimate_ks_distance(x, uniform_cdf).value == pytest.approx(max(gaps), abs=1e-12)


@given(st.lists(st.floats(0.01, 0.99), min_size=2, max_size=20).map(np.array))
def test_ks_distance_does_not_depend_on_the_scale_of_the_axis(x):
    stretched = estimate_ks_distance(np.exp(x), lambda v: uniform_cdf(np.log(v)))
    assert stretched.value == pytest.approx(estimate_ks_distance(x, uniform_cdf).value, abs=1e-12)


def test_ks_interval_reaches_the_inequality_of_massart():
    x = np.linspace(0.005, 0.995, 100)
    low, high = estimate_ks_distance(x, uniform_cdf).interval(critical_value())
    radius = (high - low) / 2
    assert 2 * math.exp(-2 * 100 * radius**2) == pytest.approx(1e-6)
    correlated = estimate_ks_distance(x, uniform_cdf, effective_n=25)
    assert correlated.n == 25
    assert correlated.half_width(critical_value()) == pytest.approx(2 * radius)


@pytest.mark.parametrize(
    ("cdf", "effective_n", "message"),
    [
        (uniform_cdf, 0, r"effective_n must lie in \[1, 3\], got 0"),
        (uniform_cdf, 4, r"effective_n must lie in \[1, 3\], got 4"),
        (lambda v: v * math.nan, None, r"cdf must return 3 probabilities in \[0, 1\]"),
        (lambda v: 3 * v, None, r"cdf must return 3 probabilities in \[0, 1\]"),
        (lambda v: v[:2], None, r"cdf must return 3 probabilities in \[0, 1\]"),
    ],
)
def test_ks_distance_rejects(cdf, effective_n, message):
    with pytest.raises(ValueError, match=message):
        estimate_ks_distance(np.array([0.1, 0.2, 0.9]), cdf, effective_n)


def test_ks_interval_covers_the_true_distance(monkeypatch):
    """Budget 10 % for one test. The prediction v^2 is 1/4 away from the uniform law."""
    monkeypatch.setattr(inference, "BOOK_ERROR_RATE", 0.1)
    monkeypatch.setattr(inference, "BOOK_RANDOM_TESTS", 1)
    trials, n, generator, z = 2_000, 60, np.random.default_rng(9), critical_value()
    missed = {0.0: 0, 0.25: 0}
    for x in generator.random(size=(trials, n)):
        for truth, cdf in ((0.0, uniform_cdf), (0.25, np.square)):
            low, high = estimate_ks_distance(x, cdf).interval(z)
            missed[truth] += not low <= truth <= high
    # The true law: the inequality is nearly sharp, the exact rate is that of the finite-n law.
    rate = stats.kstwo.sf(math.sqrt(math.log(20) / (2 * n)), n)
    assert 0.08 < rate < 0.1
    low, high = limits(trials, rate)  # fails by chance: 1e-6
    assert low <= missed[0.0] <= high
    # Another law: the inequality only promises at most 10 %. Fails by chance: below 1e-6.
    assert missed[0.25] <= limits(trials, 0.1)[1]


# --- the autocorrelation time ---------------------------------------------------------------------


def autoregression(correlation, times, replicas, generator):
    """A stationary series x' = correlation x + noise of unit variance, one column per replica."""
    x = np.empty((times, replicas))
    x[0] = generator.normal(size=replicas)
    noise = math.sqrt(1 - correlation**2) * generator.normal(size=(times, replicas))
    for t in range(1, times):
        x[t] = correlation * x[t - 1] + noise[t]
    return x


@pytest.mark.parametrize("correlation", [0.0, 0.5, 0.9])
def test_autocorrelation_time_of_an_autoregression(correlation):
    """Exact: tau = (1 + r) / (2 - 2 r).

    Its error is tau sqrt((4 W + 2) / samples) with the window W = 5 tau (Sokal), and the window
    drops r^W of the sum at most; the tolerance is five errors (by chance 6e-7) and that.
    """
    x = autoregression(correlation, 2_000, 100, np.random.default_rng(int(10 * correlation)))
    exact = (1 + correlation) / (2 - 2 * correlation)
    window = 5 * exact
    error = exact * math.sqrt((4 * window + 2) / x.size)
    bias = correlation**window / (1 - correlation)
    assert integrated_autocorrelation_time(x) == pytest.approx(exact, abs=5 * error + bias)


def test_autocorrelation_time_gives_the_error_of_a_mean():
    """The mean of T correlated samples scatters like that of T / 2 tau independent ones."""
    times, replicas = 400, 2_000
    x = autoregression(0.8, times, replicas, np.random.default_rng(21))
    effective = times / (2 * integrated_autocorrelation_time(x))
    # The scatter of 2,000 means is known to 1.6 %, edges cost tau / T = 1 %: 10 % is over 5 errors.
    assert x.mean(axis=0).std() == pytest.approx(1 / math.sqrt(effective), rel=0.1)


def test_autocorrelation_time_equals_the_sums():
    x = autoregression(0.6, 60, 3, np.random.default_rng(2))
    mean = sum(x.flat) / x.size
    variance = sum((v - mean) ** 2 for v in x.flat) / x.size
    tau = 0.5
    for lag in range(1, 60):
        pairs = [(x[t, r], x[t + lag, r]) for t in range(60 - lag) for r in range(3)]
        tau += sum((a - mean) * (b - mean) for a, b in pairs) / len(pairs) / variance
        if lag >= 5 * tau:
            break
    assert tau > 0.5
    assert integrated_autocorrelation_time(x) == pytest.approx(tau)


@given(st.integers(0, 2**32 - 1), st.floats(-100, 100), st.floats(0.01, 100))
def test_autocorrelation_time_does_not_depend_on_unit_origin_or_column_order(seed, shift, scale):
    x = autoregression(0.3, 50, 4, np.random.default_rng(seed))
    tau = integrated_autocorrelation_time(x)
    assert integrated_autocorrelation_time(shift - scale * x[:, ::-1]) == pytest.approx(tau)


def test_alternating_samples_count_as_independent():
    """tau below 1/2 would promise more information than samples."""
    x = autoregression(-0.9, 500, 4, np.random.default_rng(0))
    assert integrated_autocorrelation_time(x) == 0.5


@pytest.mark.parametrize(
    ("series", "message"),
    [
        (np.zeros((9, 2)), r"series must be \(time, replicas\) with at least 10 times"),
        (np.ones((10, 2)), "series must vary, got a constant"),
        (np.full((10, 2), math.nan), "series must be finite, got 20 of 20 values"),
        (np.ones((30, 1)) * [0.0, 1.0], "series must be longer than 5 autocorrelation times"),
    ],
)
def test_autocorrelation_time_rejects(series, message):
    with pytest.raises(ValueError, match=message):
        integrated_autocorrelation_time(series)
