"""Properties of ``traindyn.inference`` and ``traindyn.system.arguments``."""

from __future__ import annotations

import math
from fractions import Fraction

import mpmath
import numpy as np
from harness import Property
from hypothesis import strategies as st
from scipy import special, stats
from strategies import (
    any_count,
    any_number,
    generators,
    mistreated,
    numbers,
    samples,
    seeds,
)

from traindyn import inference
from traindyn.inference import Estimate, estimates
from traindyn.inference import samples as checks
from traindyn.random_matrices import MarchenkoPastur
from traindyn.system import arguments

mpmath.mp.dps = 50


def rng(seed):
    return np.random.default_rng(seed) if isinstance(seed, int) and seed >= 0 else seed


def exact(x):
    return [Fraction(float(v)) for v in np.array(x, dtype=float).ravel()]


def rounded(x):
    return float(mpmath.mpf(x.numerator) / x.denominator)


def root(x):
    return float(mpmath.sqrt(mpmath.mpf(x.numerator) / x.denominator))


def pair(estimate):
    return estimate.value, estimate.stderr


def slow_mean(x):
    x = exact(x)
    mean = sum(x) / len(x)
    variance = sum((v - mean) ** 2 for v in x) / (len(x) - 1)
    return rounded(mean), root(variance / len(x)), float(max(abs(v) for v in x))


def slow_variance(x):
    x = exact(x)
    n, mean = len(x), sum(x) / len(x)
    squares = sum((v - mean) ** 2 for v in x)
    variance = squares / (n - 1)
    fourth = sum((v - mean) ** 4 for v in x) / n
    error = root((fourth - variance**2 * Fraction(n - 3, n - 1)) / n)
    return rounded(variance), error, float(max(abs(v) for v in x)) ** 2


def as_exact(actual, expected):
    """To nine digits of the error or fourteen of the largest sample, and never without noise."""
    value, error, largest = expected
    unit = 1e-14 * largest + 1e-322
    return (
        abs(actual[0] - value) <= unit + 1e-9 * abs(value)
        and abs(actual[1] - error) <= unit + 1e-9 * error
        and (actual[1] > 0) == (error > 0 or (value > 0 and actual[0] != value) or actual[1] > 0)
        and (error > 0) <= (actual[1] > 0)
    )


def slow_fraction(hits, trials):
    level = inference.BOOK_ERROR_RATE / inference.BOOK_RANDOM_TESTS / 2
    value = hits / trials
    high = 1.0 if hits == trials else stats.beta.isf(level, hits + 1, trials - hits)
    low = 0.0 if hits == 0 else stats.beta.ppf(level, hits, trials - hits + 1)
    return value, max(high - value, value - low) / inference.critical_value()


def slow_median(x):
    """The middle, and the ends by counting subsets: at most one in ten million misses low."""
    x = sorted(exact(x))
    n = len(x)
    middle = (x[n // 2] + x[(n - 1) // 2]) / 2
    largest = float(max(abs(v) for v in x))
    rank = 0
    while sum(math.comb(n, k) for k in range(rank + 1)) * 10**7 < 2**n:
        rank += 1
    if rank == 0:
        return rounded(middle), math.inf, largest
    reach = max(x[n - rank] - middle, middle - x[rank - 1])
    return rounded(middle), rounded(reach) / inference.critical_value(), largest


def as_median(actual, expected):
    """A median up to rounding at its own size; noise does not vanish."""
    value, error, _ = expected
    unit = 1e-14 * abs(value) + 1e-322
    return abs(actual[0] - value) <= unit and (
        actual[1] == error
        or (abs(actual[1] - error) <= unit + 1e-9 * error and (error > 0) <= (actual[1] > 0))
    )


STATISTICS = {
    "mean": np.mean,
    "largest": np.max,
    "nothing": lambda x: float("nan"),
    "infinite": lambda x: np.inf,
    "array": lambda x: x,
    "text": lambda x: "1",
    "no function": 3,
}


def slow_bootstrap(x, name, seed, resamples):
    x, generator = np.array(x, dtype=float), rng(seed)
    drawn = [STATISTICS[name](x[generator.integers(len(x), size=len(x))]) for _ in range(resamples)]
    return STATISTICS[name](x), root(Fraction(slow_mean(drawn)[1]) ** 2 * len(drawn)), 1e-300


def bootstrap(x, name, seed, resamples):
    return pair(inference.estimate_by_bootstrap(x, STATISTICS[name], rng(seed), resamples))


def as_resampled(actual, expected):
    return bool(np.allclose(actual, expected[:2], rtol=1e-9, atol=1e-300)) and (
        (actual[1] > 0) == (expected[1] > 0)
    )


LAWS = {
    "uniform": (lambda v: np.clip(v, 0, 1), lambda v: min(max(v, 0), 1)),
    "normal": (stats.norm.cdf, stats.norm.cdf),
    "wide": (MarchenkoPastur(4.0).cdf, lambda v: float(MarchenkoPastur(4.0).cdf(v))),
    "one value": (lambda v: np.asarray(v >= 1) * 1.0, lambda v: float(v >= 1)),
    "no law": (lambda v: v, lambda v: v),
    "falls": (
        lambda v: 1 / (1 + np.exp(np.clip(v, -99, 99))),
        lambda v: 1 / (1 + math.exp(max(min(v, 99), -99))),
    ),
    "shape": (lambda v: 0.5, None),
    "no function": (None, None),
}


def slow_distance(x, name, n=None):
    x = np.array(x, dtype=float)
    law, found = LAWS[name][1], 0.0
    for v in x:
        left = right = law(v)
        if name == "wide" and v == 0:
            left = 0.0
        if name == "one value":
            left = float(v > 1)
        found = max(found, abs(np.mean(x <= v) - right), abs(np.mean(x < v) - left))
    radius = math.sqrt(math.log(2 * 5000 / 1e-3) / (2 * (n or len(x))))
    return found, radius / inference.critical_value()


def slow_time(x):
    x = np.array(x, dtype=float)
    x = x / np.abs(x).max()
    x = x - x.mean()
    x = x / np.abs(x).max()
    variance, tau = (x * x).mean(), 0.5
    for lag in range(1, len(x)):
        tau += (
            np.mean(
                [
                    [a * b for a, b in zip(p, q, strict=False)]
                    for p, q in zip(x[lag:], x[:-lag], strict=False)
                ]
            )
            / variance
        )
        if lag >= 5 * tau:
            return max(tau, 0.5)
    return None


def decided(interval, accept):
    (low, high), (lower, upper) = interval, accept
    if low >= lower and high <= upper:
        return "pass"
    return "fail" if high < lower or low > upper else "undecided"


def made_of(e):
    return e.value, e.stderr, e.n, e.degrees_of_freedom, e.drawn


def made(*fields):
    return made_of(Estimate(*fields))


def slow_made(value, stderr, n, unit, freedom, random):
    """The fields as they were given; what is not random has no error."""
    assert isinstance(unit, str)
    assert random is True or (random is False and stderr == 0)
    return float(value), float(stderr), int(n), float(freedom), random


def slow_half(value, stderr, z, freedom):
    z = float(np.asarray(z))
    if stderr == 0 or z == 0:
        return 0.0
    if math.isinf(freedom):
        return z * stderr
    return -stats.t.ppf(special.ndtr(-z), freedom) * stderr


def slow_interval(value, stderr, z, freedom):
    half = slow_half(value, stderr, z, freedom)
    return (-math.inf, math.inf) if math.isinf(half) else (value - half, value + half)


def estimate(value, stderr, freedom=math.inf):
    return Estimate(value, stderr, degrees_of_freedom=freedom)


def same(actual, expected):
    return bool(np.allclose(actual, expected, rtol=1e-9, atol=0, equal_nan=False))


def equal(actual, expected):
    return actual == expected


def in_words(interval):
    low, high = interval[1:-1].split(",")
    return lambda x: (
        (float(low) < x or (interval[0] == "[" and float(low) == x))
        and (x < float(high) or (interval[-1] == "]" and x == float(high)))
    )


INTERVALS = ("(0, 1)", "[0, inf)", "[-inf, inf]", "(-inf, inf)", "[1e-3, 0.5]", "(0, inf]")
THINGS = st.one_of(any_number(), mistreated(samples(0, 5)), st.text(max_size=5))

data = samples(2, 12)
some_data = mistreated(samples(0, 12))
half = st.tuples(numbers(-9, 9), numbers(0, 9), numbers(0, 8), st.integers(1, 99).map(float))
some_half = st.tuples(st.floats(allow_nan=False), numbers(0, 1e300), any_number(), numbers(1, 1e9))
some_seed = st.one_of(seeds, generators)
series = st.one_of(samples(30, 40, (3,)), samples(10, 12, (2,)))

TABLE = {
    "traindyn.system.arguments.real_array": Property(
        arguments.real_array,
        lambda name, x, axes: np.array(x, dtype=float),
        st.tuples(st.just("x"), samples(1, 9), st.just(1)),
        st.tuples(st.just("x"), THINGS, st.sampled_from([None, 0, 1, 2])),
        agree=lambda a, b: a.dtype == b.dtype and np.array_equal(a, b),
    ),
    "traindyn.system.arguments.probabilities": Property(
        arguments.probabilities,
        lambda name, x: np.array(x, dtype=float),
        st.tuples(st.just("p"), samples(1, 9).map(lambda x: np.clip(x, 0, 1))),
        st.tuples(st.just("p"), THINGS),
        agree=lambda a, b: np.array_equal(a, b) and not ((b < 0) | (b > 1)).any(),
    ),
    "traindyn.system.arguments.real_number": Property(
        arguments.real_number,
        lambda name, x, allowed: float(np.asarray(x)) if in_words(allowed)(x) else None,
        st.tuples(st.just("x"), numbers(0.01, 0.49), st.sampled_from(INTERVALS)),
        st.tuples(st.just("x"), THINGS, st.sampled_from(INTERVALS)),
        agree=equal,
    ),
    "traindyn.system.arguments.whole_number": Property(
        arguments.whole_number,
        lambda name, x, low, high: int(x) if low <= x <= high and x is not True else None,
        st.tuples(st.just("n"), st.integers(0, 9), st.just(0), st.just(9)),
        st.tuples(st.just("n"), any_count(), st.integers(-5, 5), st.sampled_from([9, 2**53])),
        agree=equal,
    ),
    "traindyn.system.arguments.numpy_generator": Property(
        lambda seed: arguments.numpy_generator(rng(seed)).random(),
        lambda seed: np.random.default_rng(seed).random(),
        st.tuples(seeds),
        st.tuples(some_seed),
    ),
    "traindyn.system.arguments.require_callable": Property(
        arguments.require_callable,
        lambda name, x: None if callable(x) else "refused",
        st.tuples(st.just("f"), st.sampled_from([len, lambda x: x, int])),
        st.tuples(st.just("f"), THINGS),
        agree=equal,
    ),
    "traindyn.inference.decisions.critical_value": Property(
        inference.critical_value,
        lambda rate, tests: -special.ndtri(float(rate) / (2 * int(tests))),
        st.tuples(numbers(1e-9, 0.9), st.integers(1, 10**6)),
        st.tuples(any_number() | numbers(0, 1), any_count()),
    ),
    "traindyn.inference.decisions.decide": Property(
        inference.decide,
        decided,
        st.tuples(*2 * [st.tuples(numbers(-9, 9), numbers(-9, 9)).map(sorted).map(tuple)]),
        st.tuples(*2 * [st.tuples(any_number(), any_number()) | THINGS]),
        agree=equal,
    ),
    "traindyn.inference.estimates.Estimate": Property(
        made,
        slow_made,
        st.tuples(
            numbers(-9, 9),
            numbers(0, 9),
            *(st.integers(1, 9), st.just("m"), numbers(1, 9), st.just(True)),
        ),
        st.tuples(
            any_number(),
            any_number(),
            any_count(),
            st.sampled_from(["", "1", None]),
            any_number() | numbers(1, 9),
            st.sampled_from([True, False, None, 1, "random"]),
        ),
        agree=same,
    ),
    "traindyn.inference.estimates.exact": Property(
        lambda *given: (*made_of(inference.exact(*given)), inference.exact(*given).unit),
        lambda value, unit: (float(value), 0.0, 1, math.inf, False, unit),
        st.tuples(numbers(-9, 9), st.sampled_from(["1", "1/s"])),
        st.tuples(any_number(), st.sampled_from(["1", "", None, 3, "\ud800"])),
        agree=equal,
    ),
    "traindyn.inference.estimates.error_of": Property(
        estimates.error_of,
        lambda reach: (
            min(float(reach), math.inf) / -special.ndtri(1e-7) or float(reach > 0) * 5e-324
        ),
        st.tuples(numbers(0, 9)),
        st.tuples(st.one_of(numbers(0, 1e300), st.sampled_from([0.0, 5e-324, 1e-310, math.inf]))),
        agree=same,
    ),
    "traindyn.inference.estimates.Estimate.half_width": Property(
        lambda v, e, z, f: estimate(v, e, f).half_width(z), slow_half, half, some_half, agree=same
    ),
    "traindyn.inference.estimates.Estimate.interval": Property(
        lambda v, e, z, f: estimate(v, e, f).interval(z),
        slow_interval,
        half,
        some_half,
        agree=same,
    ),
    "traindyn.inference.estimates.Estimate.scaled": Property(
        lambda v, e, factor: pair(estimate(v, e).scaled(factor)),
        lambda v, e, factor: (v * float(factor), e * abs(float(factor))),
        st.tuples(numbers(-9, 9), numbers(0, 9), numbers(-9, 9)),
        st.tuples(st.floats(allow_nan=False), numbers(0, 1e300), any_number()),
        agree=lambda a, b: (
            bool(np.allclose(a, b, rtol=1e-9, atol=1e-300)) and (a[1] > 0) >= (b[1] > 0)
        ),
    ),
    "traindyn.inference.estimates.estimate_mean": Property(
        lambda x: pair(inference.estimate_mean(x)),
        slow_mean,
        st.tuples(data),
        st.tuples(some_data),
        agree=as_exact,
    ),
    "traindyn.inference.estimates.estimate_variance": Property(
        lambda x: pair(inference.estimate_variance(x)),
        slow_variance,
        st.tuples(data),
        st.tuples(some_data),
        agree=as_exact,
    ),
    "traindyn.inference.estimates.estimate_fraction": Property(
        lambda hits, trials: pair(inference.estimate_fraction(hits, trials)),
        slow_fraction,
        st.tuples(st.integers(0, 99), st.integers(99, 10**6)),
        st.tuples(any_count(), any_count() | st.integers(0, 2 * 10**9)),
        agree=lambda a, b: bool(np.allclose(a, b, rtol=2e-3, atol=0)),
    ),
    "traindyn.inference.estimates.estimate_median": Property(
        lambda x: pair(inference.estimate_median(x)),
        slow_median,
        st.tuples(samples(2, 60)),
        st.tuples(mistreated(samples(0, 60))),
        agree=as_median,
    ),
    "traindyn.inference.estimates.estimate_by_bootstrap": Property(
        bootstrap,
        slow_bootstrap,
        st.tuples(data, st.sampled_from(["mean", "largest"]), seeds, st.just(50)),
        st.tuples(
            some_data, st.sampled_from(sorted(STATISTICS)), some_seed, any_count() | st.just(50)
        ),
        agree=as_resampled,
    ),
    "traindyn.inference.estimates.estimate_ks_distance": Property(
        lambda x, name, n=None: pair(inference.estimate_ks_distance(x, LAWS[name][0], n)),
        slow_distance,
        st.tuples(
            samples(2, 12).map(lambda x: np.round(np.abs(x))),
            st.sampled_from(["uniform", "normal", "wide", "one value"]),
            st.just(2),
        ),
        st.tuples(some_data, st.sampled_from(sorted(LAWS)), any_count() | st.none()),
    ),
    "traindyn.inference.samples.finite_samples": Property(
        checks.finite_samples,
        lambda name, x: np.array(x, dtype=float),
        st.tuples(st.just("x"), data),
        st.tuples(st.just("x"), THINGS),
    ),
    "traindyn.inference.samples.require_finite": Property(
        checks.require_finite,
        lambda name, x: None if np.isfinite(np.array(x, dtype=float)).all() else "refused",
        st.tuples(st.just("x"), data),
        st.tuples(st.just("x"), THINGS),
        agree=equal,
    ),
    "traindyn.inference.samples.scaled": Property(
        lambda x: [*(float(v) * Fraction(2) ** checks.scaled(x)[1] for v in checks.scaled(x)[0])],
        lambda x: [float(v) for v in x],
        st.tuples(data.filter(np.any)),
        st.tuples(data.filter(np.any)),
        agree=lambda a, b: [float(v) for v in a] == b,
    ),
    "traindyn.inference.samples.unscaled": Property(
        checks.unscaled,
        lambda name, x, exponent: float(Fraction(x) * Fraction(2) ** exponent),
        st.tuples(st.just("x"), numbers(0, 1), st.integers(-99, 99)),
        st.tuples(st.just("x"), numbers(0, 1), st.integers(-900, 900)),
    ),
    "traindyn.inference.samples.spread": Property(
        checks.spread,
        lambda x: root(Fraction(slow_mean(x)[1]) ** 2 * len(x)),
        st.tuples(data),
        st.tuples(data),
    ),
    "traindyn.inference.series.integrated_autocorrelation_time": Property(
        inference.integrated_autocorrelation_time,
        slow_time,
        st.tuples(samples(40, 40, (3,)).filter(lambda x: slow_time(x) is not None)),
        st.tuples(mistreated(series)),
    ),
}
