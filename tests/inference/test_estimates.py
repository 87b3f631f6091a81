"""Estimates: exact cases, slow references, invariances, measured error rates.

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

from traindyn.inference import (
    Estimate,
    critical_value,
    estimate_by_bootstrap,
    estimate_fraction,
    estimate_ks_distance,
    estimate_mean,
    estimate_median,
    estimate_variance,
    estimates,
    exact,
)
from traindyn.random_matrices import MarchenkoPastur

numbers = st.floats(-1e6, 1e6)
positive = st.floats(1e-6, 1e6)
samples_of_numbers = st.lists(numbers, min_size=2, max_size=30).map(np.array)


# --- the estimate ---------------------------------------------------------------------------------


def test_interval_of_a_deterministic_value_is_the_value():
    assert exact(0.1).interval(5.0) == (0.1, 0.1)
    assert exact(math.inf).interval(5.0) == (math.inf, math.inf)
    assert not exact(0.1).random


def test_interval_of_an_unknown_error_is_the_whole_line():
    assert Estimate(1.0, math.inf).interval(2.0) == (-math.inf, math.inf)


def test_few_degrees_of_freedom_widen_the_interval_to_students_quantile():
    z = critical_value(0.05, 1)
    half_width = Estimate(0.0, 2.0, 5, degrees_of_freedom=4.0).half_width(z)
    assert half_width == pytest.approx(2 * 2.7764451, rel=1e-7)  # from a printed table of t(4)


@pytest.mark.usefixtures("unchecked")
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((math.nan, 0.0), "value must be a number or infinite, got nan"),
        ((1.0, -0.5), "stderr must be at least 0, got -0.5"),
        ((1.0, math.nan), "stderr must be at least 0, got nan"),
        ((1.0, 0.5, 0), "n must be at least 1, got 0"),
        ((1.0, 0.5, 2, "1", 0.5), "degrees_of_freedom must be at least 1, got 0.5"),
        ((1.0, 0.5, 2, "1", 1.0, False), "stderr must be 0 for what is not drawn, got 0.5"),
        ((1.0, 0.0, 2, "1", 1.0, 1), "drawn must be of type bool, got 1"),
    ],
)
def test_estimate_rejects(arguments, message):
    with pytest.raises(ValueError, match=message):
        Estimate(*arguments)


def test_an_error_has_no_default_and_zero_is_no_declaration():
    with pytest.raises(TypeError, match="stderr"):
        Estimate(1.0)
    assert Estimate(1.0, 0.0).drawn
    assert estimate_mean(np.ones(5)).drawn
    assert not exact(1.0).drawn
    assert not estimate_mean(np.ones(5)).random  # no noise is seen


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
def test_mean_of_few_normal_samples_covers_exactly(n, limits):
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
def test_variance_covers_and_its_error_is_right(law, limits):
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
    """The ends solve: as many hits or more, or as few or fewer, have probability 1e-7."""
    hits, trials = case
    estimate = estimate_fraction(hits, trials)
    low = stats.beta.ppf(1e-7, hits, trials - hits + 1) if hits else 0.0
    high = stats.beta.isf(1e-7, hits + 1, trials - hits) if hits < trials else 1.0
    reach = max(estimate.value - low, high - estimate.value)
    assert estimate.half_width(critical_value()) == pytest.approx(reach, rel=1e-6)
    mirrored = estimate_fraction(trials - hits, trials)
    assert mirrored.stderr == pytest.approx(estimate.stderr, rel=1e-6)
    assert (estimate.value, estimate.n, estimate.random) == (hits / trials, trials, True)


def test_fraction_covers(monkeypatch):
    """Budget 10 % for one test: over all outcomes, the interval misses at most that often."""
    monkeypatch.setattr(estimates, "BOOK_ERROR_RATE", 0.1)
    monkeypatch.setattr(estimates, "BOOK_RANDOM_TESTS", 1)
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


def test_bootstrap_of_a_median_covers(limits):
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
    assert 2 * math.exp(-2 * 100 * radius**2) == pytest.approx(2e-7)
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


def test_ks_interval_covers_the_true_distance(monkeypatch, limits):
    """Budget 10 % for one test. The prediction v^2 is 1/4 away from the uniform law."""
    monkeypatch.setattr(estimates, "BOOK_ERROR_RATE", 0.1)
    monkeypatch.setattr(estimates, "BOOK_RANDOM_TESTS", 1)
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


# --- any unit, no noise, atoms --------------------------------------------------------------------


@pytest.mark.parametrize("value", [0.1, -3.3e200, 1e-320, 0.0])
def test_equal_samples_have_no_error(value):
    for count in (2, 7, 1000):
        mean = estimate_mean(np.full(count, value))
        assert (mean.value, mean.stderr, mean.random) == (value, 0.0, False)
        variance = estimate_variance(np.full(count, value))
        assert (variance.value, variance.stderr) == (0.0, 0.0)


@pytest.mark.parametrize("unit", [2.0**-1020, 2.0**-700, 2.0**700, 2.0**1020])
def test_the_mean_holds_in_any_unit(unit):
    x = np.array([0.3, -0.2, 1.7, 0.9])
    one, other = estimate_mean(x), estimate_mean(unit * x)
    assert (other.value, other.stderr) == (unit * one.value, unit * one.stderr)


def test_noise_below_the_smallest_double_is_noise():
    assert estimate_mean(np.array([5e-324, 1e-323])).random
    assert estimate_variance(np.array([1e-200, 3e-200])).random
    assert Estimate(1.0, 1e-200).scaled(1e-200).random
    with pytest.raises(ValueError, match="samples must have moments below"):
        estimate_variance(np.array([1e200, 3e200]))
    with pytest.raises(ValueError, match="factor must keep"):
        Estimate(1e200, 1.0).scaled(1e200)


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_diverged_samples_are_refused(bad):
    x = np.array([1.0, bad, 2.0])
    for call in (
        estimate_mean,
        estimate_variance,
        lambda x: estimate_ks_distance(x, stats.norm.cdf),
        lambda x: estimate_by_bootstrap(x, np.mean, np.random.default_rng(0)),
    ):
        with pytest.raises(ValueError, match="samples must be finite, got 1 of 3"):
            call(x)


def test_a_statistic_must_return_a_finite_number(unchecked):
    for statistic in (lambda x: math.nan, lambda x: math.inf, lambda x: x, lambda x: "1"):
        with pytest.raises(ValueError, match="what statistic returns must be finite"):
            estimate_by_bootstrap(np.arange(3.0), statistic, np.random.default_rng(0))
    with pytest.raises(ValueError, match="statistic must be a function"):
        estimate_by_bootstrap(np.arange(3.0), None, np.random.default_rng(0))
    with pytest.raises(ValueError, match=r"generator must be a numpy\.random\.Generator"):
        estimate_by_bootstrap(np.arange(3.0), np.mean, 0)


def test_the_distance_from_a_law_with_an_atom():
    x = np.random.default_rng(0).standard_normal((100, 400))
    values = np.concatenate([np.zeros(300), np.linalg.svd(x, compute_uv=False) ** 2 / 100])
    assert estimate_ks_distance(values, MarchenkoPastur(4.0).cdf).value < 0.02
    # half of the samples lie beyond the support, which the law ends at 1
    few = np.array([0.0, 0.0, 9.0, 9.0])
    assert estimate_ks_distance(few, MarchenkoPastur(4.0).cdf).value == pytest.approx(0.5)
    one = estimate_ks_distance(np.ones(5), lambda v: np.where(v >= 1, 1.0, 0.0))
    assert one.value == 0.0


def test_a_function_that_falls_is_no_distribution():
    with pytest.raises(ValueError, match="cdf must not fall, got a fall of 0"):
        estimate_ks_distance(np.array([0.1, 3.0]), stats.norm.sf)


# --- the median -----------------------------------------------------------------------------------


def test_interval_of_a_median_ends_at_order_statistics():
    """For n = 60 the tails of Bin(60, 1/2) below 11 and 10 are 3.0e-7 and 5.6e-8; 1e-7 is asked."""
    tails = [sum(math.comb(60, i) for i in range(k)) / 2**60 for k in (10, 11, 12)]
    rank = sum(tail <= 1e-7 for tail in tails) + 9
    x = np.arange(60.0) ** 2
    found = estimate_median(np.random.default_rng(0).permutation(x))
    assert found.value == (29**2 + 30**2) / 2
    reach = max(x[60 - rank] - found.value, found.value - x[rank - 1])
    assert found.half_width(critical_value()) == pytest.approx(reach, rel=1e-12)


@pytest.mark.parametrize(("n", "finite"), [(2, False), (23, False), (24, False), (25, True)])
def test_few_samples_bound_no_median(n, finite):
    """2·2^-24 = 1.2e-7 is below 2e-7, yet the interval of 24 samples must leave out one end only.

    P(Bin(24, 1/2) < 1) = 6e-8 is at most 1e-7, so that 24 samples suffice.
    """
    assert math.isfinite(estimate_median(np.arange(float(n))).stderr) is (finite or n == 24)


def test_median_covers_that_of_a_skewed_law():
    """At z = 2 (tests share the budget of one) coverage is at least 95 %; medians of 31 draws."""
    generator = np.random.default_rng(1)
    missed = 0
    for _ in range(400):
        found = estimate_median(generator.exponential(size=41))
        missed += abs(found.value - math.log(2)) > found.half_width(critical_value())
    assert missed == 0  # expected 400 · 2e-7
