"""Properties of ``propagation`` and ``ratios``: against exact fractions and many digits."""

from __future__ import annotations

import math
import sys
from fractions import Fraction

import mpmath
import numpy as np
from harness import Property
from hypothesis import strategies as st
from scipy import special
from strategies import any_number, mistreated, numbers, samples, seeds
from table_inference import slow_half

from traindyn import inference
from traindyn.inference import Estimate, exact

Z = -special.ndtri(1e-3 / (2 * 5000))
LARGEST = Fraction(sys.float_info.max)
DIGITS = 1400
"""They hold the squares of the smallest and of the largest double side by side."""

REFUSED = "what has no estimate"


def fields(found):
    return (
        *(found.value, found.stderr, found.n),
        *(found.degrees_of_freedom, found.drawn, found.unit),
    )


def quantile(freedom):
    return slow_half(0.0, 1.0, Z, freedom)


def is_finite(*values):
    return all(math.isfinite(value) for value in values)


def to_double(x):
    """The nearest double of a fraction or of a number of many digits; infinite beyond them."""
    x = mpmath.mpf(x.numerator) / x.denominator if isinstance(x, Fraction) else x
    try:
        return float(x)
    except OverflowError:
        return math.copysign(math.inf, x)


def slow_root(x):
    with mpmath.workdps(DIGITS):
        return to_double(mpmath.sqrt(mpmath.mpf(x.numerator) / x.denominator))


def close_estimates(actual, expected):
    """Fields to nine digits and up to the rounding of terms; noise does not vanish otherwise."""
    if REFUSED in (actual, expected):
        return False
    value, error, n, freedom, *rest, (rounding, of_error) = expected
    tiny = 0 < actual[1] < 1e-300 and error < 1e-300  # squares of so little have no digits
    return bool(
        (actual[0] == value or abs(actual[0] - value) <= rounding + 5e-324)
        and (actual[1] == error or tiny or abs(actual[1] - error) <= 1e-9 * error + of_error)
        and (actual[1] > 0 or error <= of_error)
        and (actual[2], *actual[4:]) == (n, *rest)
        and (actual[3] == freedom or tiny or abs(actual[3] - freedom) <= 1e-9 * freedom)
    )


# --- sums -----------------------------------------------------------------------------------------


def common_unit(terms):
    units = sorted({term.unit for term in terms})
    return units[0] if len(units) == 1 else "1"


def slow_sum(weights, terms, rounding=1e-14):
    """The sum of weights, fractions, times estimates, by Welch's formula."""
    unit = common_unit(terms)
    pairs = [(Fraction(w), term) for w, term in zip(weights, terms, strict=True) if w]
    signs = {math.copysign(1, w * t.value) for w, t in pairs if math.isinf(t.value)}
    if len(signs) == 2:
        return REFUSED
    value = signs.pop() * math.inf if signs else sum(w * Fraction(t.value) for w, t in pairs)
    size = max([0, *(abs(w * Fraction(t.value)) for w, t in pairs if is_finite(t.value))])
    noisy = [(w, t) for w, t in pairs if t.drawn]
    endless = any(math.isinf(t.stderr) for _, t in noisy)
    squares = [] if endless else [(w * Fraction(t.stderr)) ** 2 for w, t in noisy]
    if LARGEST < abs(value) < math.inf:
        return REFUSED
    error = math.inf if endless else slow_root(Fraction(sum(squares)))
    if math.isinf(error) and not endless:
        return REFUSED
    value = value if value in (math.inf, -math.inf) else to_double(Fraction(value))
    tail = unit, (to_double(Fraction(size)) * rounding, 0.0)
    if not noisy:
        return value, 0.0, 1, math.inf, False, *tail
    n, least = min(t.n for _, t in noisy), min(t.degrees_of_freedom for _, t in noisy)
    if endless or not sum(squares):
        return value, error, n, least, True, *tail
    shares = [
        square**2 / Fraction(t.degrees_of_freedom)
        for square, (_, t) in zip(squares, noisy, strict=True)
        if is_finite(t.degrees_of_freedom)
    ]
    freedom = to_double(sum(squares) ** 2 / sum(shares)) if any(shares) else math.inf
    return value, error, n, freedom, True, *tail


def slow_combination(weights, estimates):
    weights = [Fraction(float(w)) for w in np.array(weights, dtype=float)]
    return slow_sum(weights, list(estimates))


def slow_slope(abscissas, estimates, rounding=1e-12):
    t = [Fraction(float(x)) for x in np.array(abscissas, dtype=float)]
    return slope_over(t, list(estimates), rounding)


def slope_over(t, estimates, rounding):
    if len(set(t)) < 2 or len(t) != len(estimates):
        return REFUSED
    mean = sum(t) / len(t)
    norm = sum((x - mean) ** 2 for x in t)
    return slow_sum([(x - mean) / norm for x in t], estimates, rounding)


def slow_log(x):
    with mpmath.workdps(40):
        return Fraction(mpmath.nstr(mpmath.log(mpmath.mpf(x)), 35)) if x > 0 else -math.inf


def slow_log_slope(abscissas, estimates):
    t = [slow_log(float(x)) for x in np.array(abscissas, dtype=float)]
    if -math.inf in t or len(set(t)) < 2:
        return REFUSED
    logs = [slow_monotone(estimate, "log") for estimate in estimates]
    if REFUSED in logs or len(logs) != len(t):
        return REFUSED
    logs = [Estimate(*log[:3], "1", *log[3:5]) for log in logs]
    spacing = min(float(abs(a - b)) for a in t for b in t if a != b)
    return slope_over(t, logs, 1e-12 + 1e-15 * float(max(map(abs, t))) / spacing)


def close_log_slopes(actual, expected):
    """As other estimates, to as many digits as the logarithms of the abscissas have."""
    if REFUSED in (actual, expected):
        return False
    value, error, (rounding, _) = *expected[:2], expected[-1]
    loose = rounding + 1e-6 * abs(value), 1e-6 * error if error < math.inf else 0.0
    return close_estimates(actual, (*expected[:-1], loose))


# --- functions ------------------------------------------------------------------------------------

FUNCTIONS = {
    "exp": (math.exp, mpmath.exp),
    "log": (math.log, lambda x: mpmath.log(x) if x > 0 else math.inf),
    "sqrt": (math.sqrt, lambda x: mpmath.sqrt(x) if x >= 0 else math.inf),
    "inverse": (lambda x: 1 / x, lambda x: 1 / x if x else math.inf),
    "cube": (lambda x: x**3, lambda x: x**3),
    "negative": (lambda x: -x, lambda x: -x),
    "numpy": (lambda x: np.log10(np.float32(x)) * 0 + np.float64(x), lambda x: x if x > 0 else 1j),
    "nothing": (lambda x: None, None),
    "text": (lambda x: "1", None),
    "complex": (lambda x: 1j, None),
    "array": (lambda x: np.array([x, x]), None),
    "endless": (lambda x: math.inf, None),
    "nan": (lambda x: np.float32("nan"), None),
    "no function": (3, None),
}
SMOOTH = ["exp", "log", "sqrt", "inverse", "cube", "negative"]


def slow_monotone(estimate, name):
    """Both ends of the interval, mapped with many digits."""
    function = FUNCTIONS[name][1]
    if function is None:
        return REFUSED

    def mapped(x):
        if math.isinf(x):
            x = mpmath.mpf(x)
        found = function(mpmath.mpf(x))
        return to_double(found) if isinstance(found, mpmath.mpf) else math.inf

    value = mapped(estimate.value)
    if not is_finite(value):
        return REFUSED
    if not estimate.drawn:
        return value, 0.0, 1, math.inf, False, "1", (1e-14 * abs(value), 0.0)
    half = slow_half(0.0, estimate.stderr, Z, estimate.degrees_of_freedom)
    whole = math.isinf(half)
    ends = (-math.inf, math.inf) if whole else (estimate.value - half, estimate.value + half)
    low, high = sorted(mapped(end) for end in ends)
    reach = max(high - value, value - low, 0.0)
    error = reach / Z if is_finite(reach) else math.inf
    unit = 1e-12 * max(abs(value), *(abs(x) if is_finite(x) else 0 for x in (low, high)))
    return value, error, estimate.n, math.inf, True, "1", (unit, unit)


# --- ratios ---------------------------------------------------------------------------------------


def slow_fieller(x, y, errors, n, freedom, unit=0):
    """The farther root of Fieller's polynomial, with more digits than doubles can ask for."""
    if y == 0 or abs(x / y) > LARGEST:
        return REFUSED
    value, (error_x, error_y, covariance) = to_double(x / y), errors
    head = value, 0.0, n, freedom, True, "1", (unit + 1e-14 * abs(value), unit)
    if error_x == 0 and error_y == 0:
        return head
    spread = value, math.inf, n, math.inf, *head[4:]
    if math.inf in (error_x, error_y):
        return spread
    with mpmath.workdps(DIGITS):
        x, y, covariance = (mpmath.mpf(v.numerator) / v.denominator for v in (x, y, covariance))
        error_x, error_y = (
            mpmath.sqrt(mpmath.mpf(Fraction(v).numerator) / Fraction(v).denominator)
            for v in (error_x, error_y)
        )
        q = mpmath.mpf(quantile(freedom)) if math.isfinite(quantile(freedom)) else mpmath.inf
        two, one, none = (
            y**2 - q**2 * error_y**2,
            x * y - q**2 * covariance,
            x**2 - (q * error_x) ** 2,
        )
        if two <= 0:
            return spread
        root = mpmath.sqrt(max(one**2 - two * none, 0))
        reach = max(abs((one + root) / two - x / y), abs((one - root) / two - x / y))
        error = to_double(reach) / Z  # what reaches beyond the doubles is the whole line
    return value, error, n, math.inf, *head[4:]


def slow_ratio(upper, lower):
    if not is_finite(upper.value, lower.value):
        return REFUSED
    x, y = Fraction(upper.value), Fraction(lower.value)
    noisy = [estimate for estimate in (upper, lower) if estimate.drawn]
    if not noisy:
        if y == 0 or abs(x / y) > LARGEST:
            return REFUSED
        found = to_double(x / y)
        return found, 0.0, 1, math.inf, False, "1", (1e-14 * abs(found), 0.0)
    n = min(estimate.n for estimate in noisy)
    freedom = min(estimate.degrees_of_freedom for estimate in noisy)
    errors = [e if math.isinf(e) else Fraction(e) ** 2 for e in (upper.stderr, lower.stderr)]
    return slow_fieller(x, y, (*errors, Fraction(0)), n, freedom)


def slow_ratio_of_means(upper, lower):
    x, y = ([Fraction(float(v)) for v in np.array(v, dtype=float)] for v in (upper, lower))
    if len(x) != len(y):
        return REFUSED
    n = len(x)
    means = sum(x) / n, sum(y) / n
    moments = [
        sum((a - m) * (b - k) for a, b in zip(u, v, strict=True)) / (n * (n - 1))
        for u, v, m, k in (
            (x, x, means[0], means[0]),
            (y, y, means[1], means[1]),
            (x, y, *means),
        )
    ]
    if means[1] == 0:
        return REFUSED
    unit = 1e-13 * to_double(
        max(map(abs, x)) / abs(means[1])
        + abs(means[0] / means[1]) * (max(map(abs, y)) / abs(means[1]))
    )
    return slow_fieller(*means, moments, n, n - 1.0, unit)


# --- the largest ----------------------------------------------------------------------------------


def slow_largest(estimates):
    estimates = list(estimates)
    if not estimates:
        return REFUSED
    return slow_extreme(estimates, [(e.value, *interval_of(e, len(estimates))) for e in estimates])


def slow_farthest(estimates, predictions):
    estimates, predictions = list(estimates), np.array(predictions, dtype=float)
    if not estimates or len(estimates) != len(predictions):
        return REFUSED
    found = []
    for estimate, p in zip(estimates, map(float, predictions), strict=True):
        low, high = interval_of(estimate, len(estimates))
        inside = low <= p <= high
        ends = abs(low - p), abs(high - p)
        found.append((abs(estimate.value - p), 0.0 if inside else min(ends), max(ends)))
    return slow_extreme(estimates, found)


def interval_of(estimate, count):
    z = -special.ndtri(1e-3 / (2 * 5000 * count))
    half = slow_half(0.0, estimate.stderr, z, estimate.degrees_of_freedom)
    if math.isinf(half):
        return -math.inf, math.inf
    return estimate.value - half, estimate.value + half


def slow_extreme(estimates, triples):
    value, low, high = (max(column) for column in zip(*triples, strict=True))
    noisy = [estimate for estimate in estimates if estimate.drawn]
    sizes = [abs(x) for triple in triples for x in triple if is_finite(x)]
    tail = common_unit(estimates), 2 * (1e-14 * max(sizes, default=0.0),)
    if not noisy:
        return value, 0.0, 1, math.inf, False, *tail
    n = min(estimate.n for estimate in noisy)
    if not any(estimate.stderr for estimate in noisy):
        return value, 0.0, n, math.inf, True, *tail
    reach = max(high - value, value - low) if is_finite(value, low, high) else math.inf
    return value, reach / Z, n, math.inf, True, *tail


# --- what is drawn --------------------------------------------------------------------------------

SPECIAL = (0.0, 5e-324, 1e-310, 1e-200, 1e-16, 1.0, 1e16, 1e200, 1.7e308, math.inf)

units = st.sampled_from(["1", "1", "1/s"])
freedoms = st.sampled_from([math.inf, math.inf, 1.0, 3.0, 99.0])
certain = st.builds(exact, numbers(-9, 9), units)
uncertain = st.builds(
    Estimate, numbers(-9, 9), numbers(0, 2) | st.just(0.0), st.integers(1, 99), units, freedoms
)
estimates = st.one_of(uncertain, uncertain, certain)
lists = st.lists(estimates, min_size=1, max_size=4)
positive = st.builds(
    Estimate, numbers(1, 9), numbers(0, 0.1), st.integers(1, 99), st.just("1"), st.just(math.inf)
) | st.builds(exact, numbers(1, 9))

any_value = st.one_of(
    numbers(-9, 9), st.sampled_from([s * x for x in SPECIAL for s in (1, -1)]), st.floats()
).filter(lambda x: x == x)
any_estimate = st.one_of(
    estimates,
    st.builds(exact, any_value),
    st.builds(Estimate, any_value, any_value.map(abs), st.integers(1, 99), units, freedoms),
)
extreme = st.builds(
    Estimate,
    st.sampled_from([1.7e308, -1.7e308, math.inf, -math.inf, 0.0, 1e-200]),
    st.sampled_from([0.0, 5e-324, 1e-310, 1e-200, 1.7e308, math.inf]),
    *(st.integers(1, 99), st.just("1"), st.sampled_from([1.0, 1.5, math.inf])),
)
any_estimate |= extreme
odd = any_number()
any_estimates = st.one_of(
    st.lists(extreme, min_size=1, max_size=4),
    st.lists(any_estimate, max_size=4),
    st.lists(any_estimate, max_size=3).map(tuple),
    st.lists(st.one_of(any_estimate, odd), max_size=2),
    odd,
)


def beside(found, elements):
    """As many other elements as a list has, mostly."""

    def pair(chosen):
        n = len(chosen) if isinstance(chosen, list | tuple) else 2
        same = st.lists(elements, min_size=n, max_size=n)
        return st.tuples(
            st.one_of(same, same, same.map(np.array), st.lists(elements, max_size=3), odd),
            st.just(chosen),
        )

    return found.flatmap(pair)


def ordinary_beside(found, elements, unique=False):
    return found.flatmap(
        lambda chosen: st.tuples(
            st.lists(elements, min_size=len(chosen), max_size=len(chosen), unique=unique),
            st.just(chosen),
        )
    )


weights = st.sampled_from([1.0, -1.0, 0.0, 0.5, 2.0]) | numbers(-9, 9)
any_weight = st.one_of(weights, any_value, st.integers(-9, 9))
times = st.integers(0, 99).map(float)
any_time = st.one_of(times, st.sampled_from([0.1, 1e9, 1e9 + 1, 1e200, 1e-200, 1e-320]), any_value)


@st.composite
def replicas(draw):
    """Two samples of the same replicas, the second with a mean far from zero."""
    n = draw(st.integers(8, 30))
    generator = np.random.default_rng(draw(seeds))
    lower = draw(st.sampled_from([1.0, -3.0, 100.0])) * (1 + 0.05 * generator.normal(size=n))
    own = generator.normal(size=n) * draw(st.sampled_from([0.0, 0.01, 1.0]))
    return draw(numbers(-3, 3)) * lower + own, lower


any_samples = mistreated(samples(2, 12))
several = any_samples | st.integers(2, 4).flatmap(lambda n: samples(n, n))

TABLE = {
    "traindyn.inference.propagation.combination": Property(
        lambda *given: fields(inference.combination(*given)),
        slow_combination,
        ordinary_beside(lists, weights),
        beside(any_estimates, any_weight),
        agree=close_estimates,
    ),
    "traindyn.inference.propagation.difference": Property(
        lambda *given: fields(inference.difference(*given)),
        lambda one, other: slow_sum([1, -1], [one, other]),
        st.tuples(estimates, estimates),
        st.tuples(any_estimate | odd, any_estimate | odd),
        agree=close_estimates,
    ),
    "traindyn.inference.propagation.monotone": Property(
        lambda estimate, name: fields(inference.monotone(estimate, FUNCTIONS[name][0])),
        slow_monotone,
        st.tuples(positive, st.sampled_from(SMOOTH)),
        st.tuples(any_estimate | odd, st.sampled_from(sorted(FUNCTIONS))),
        agree=close_estimates,
    ),
    "traindyn.inference.ratios.ratio": Property(
        lambda *given: fields(inference.ratio(*given)),
        slow_ratio,
        st.tuples(estimates, positive),
        st.tuples(any_estimate | odd, any_estimate | positive | odd),
        agree=close_estimates,
    ),
    "traindyn.inference.ratios.ratio_of_means": Property(
        lambda *given: fields(inference.ratio_of_means(*given)),
        slow_ratio_of_means,
        replicas(),
        st.one_of(
            st.tuples(several, several),
            replicas().map(lambda pair: (1e-200 * pair[0], 1e-200 * pair[1])),
            replicas().map(lambda pair: (1e200 * pair[0], 1e-100 * pair[1])),
            replicas().map(lambda pair: (3 * pair[1], pair[1])),
            st.tuples(odd, any_samples),
        ),
        agree=close_estimates,
    ),
    "traindyn.inference.propagation.slope": Property(
        lambda *given: fields(inference.slope(*given)),
        slow_slope,
        ordinary_beside(st.lists(estimates, min_size=2, max_size=4), times, unique=True),
        st.one_of(
            beside(any_estimates, any_time),
            ordinary_beside(st.lists(estimates, min_size=2, max_size=4), st.just(0.1)),
        ),
        agree=close_estimates,
    ),
    "traindyn.inference.propagation.log_slope": Property(
        lambda *given: fields(inference.log_slope(*given)),
        slow_log_slope,
        ordinary_beside(
            st.lists(positive, min_size=2, max_size=4), times.map(lambda t: t + 1), True
        ),
        beside(st.lists(positive, max_size=3) | any_estimates, any_time.map(abs) | any_time),
        agree=close_log_slopes,
    ),
    "traindyn.inference.propagation.largest": Property(
        lambda given: fields(inference.largest(given)),
        slow_largest,
        st.tuples(lists),
        st.tuples(any_estimates),
        agree=close_estimates,
    ),
    "traindyn.inference.propagation.farthest": Property(
        lambda predictions, given: fields(inference.farthest(given, predictions)),
        lambda predictions, given: slow_farthest(given, predictions),
        ordinary_beside(lists, numbers(-9, 9)),
        beside(any_estimates, any_value),
        agree=close_estimates,
    ),
}
