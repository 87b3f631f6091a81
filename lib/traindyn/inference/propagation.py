"""Errors of what is computed from estimates: sums, slopes, functions, and the largest of several.

Where the law of the result is known only through the ends of an interval, ``stderr`` is scaled such
that ``z·stderr`` reaches the farther end at the book's error rate: a decision is then never too
sure.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from numbers import Real
from typing import Any

import numpy as np

from traindyn.inference.decisions import BOOK_RANDOM_TESTS, critical_value
from traindyn.inference.estimates import Estimate, error_of, exact
from traindyn.inference.samples import scaled
from traindyn.system.arguments import (
    all_of,
    real_array,
    real_number,
    require_callable,
    require_kind,
    short,
)


def combination(coefficients: Sequence[float], estimates: Sequence[Estimate]) -> Estimate:
    r"""Linear combination :math:`\sum_i c_i x_i` of independent estimates.

    .. math::

        \mathrm{se}^2 = \sum_i c_i^2\,\mathrm{se}_i^2, \qquad
        \nu = \frac{\mathrm{se}^4}{\sum_i c_i^4\,\mathrm{se}_i^4 / \nu_i},

    the degrees of freedom of Welch and Satterthwaite. The count is the smallest of those that are
    random; the unit is lost where they differ.

    Args:
        coefficients: Finite numbers, one for each estimate.
        estimates: At least one.

    Raises:
        ValueError: If the numbers of coefficients and estimates differ or are zero, one is not
            finite, or the result is beyond the doubles.

    Source: F. Satterthwaite, Biometrics Bull. 2 (1946) 110.

    >>> combination([1.0, -1.0], [Estimate(3.0, 0.3), Estimate(1.0, 0.4)])
    Estimate(value=2.0, stderr=0.5, n=1, unit='1')
    """
    terms = _several("estimates", estimates)
    weights = real_array("coefficients", coefficients)
    if len(weights) != len(terms):
        raise ValueError(f"coefficients must be {len(terms)}, got {len(weights)}")
    parts = [term.scaled(float(c)) for c, term in zip(weights, terms, strict=True) if c]
    value = _sum([part.value for part in parts])
    units = {term.unit for term in terms}
    unit = units.pop() if len(units) == 1 else "1"
    noisy = [part for part in parts if part.drawn]
    if not noisy:
        return exact(value, unit)
    error = math.hypot(*(part.stderr for part in noisy))
    if math.isinf(error) and not any(math.isinf(part.stderr) for part in noisy):
        raise ValueError(f"estimates must have errors below 1.8e308, got {short(noisy[0].stderr)}")
    return Estimate(value, error, min(p.n for p in noisy), unit, _freedom(noisy, error))


def _sum(values: Sequence[float]) -> float:
    """The sum to the nearest double; infinite if a value is."""
    try:
        return math.fsum(values)
    except (OverflowError, ValueError):  # beyond the doubles, or infinite with both signs
        raise ValueError(
            f"estimates must have a sum below 1.8e308, got {short(list(values))}"
        ) from None


def _freedom(noisy: Sequence[Estimate], error: float) -> float:
    """The degrees of freedom of a sum with the standard error ``error``."""
    least = min(part.degrees_of_freedom for part in noisy)
    if error == 0 or math.isinf(error):
        return least
    share = math.fsum((part.stderr / error) ** 4 / part.degrees_of_freedom for part in noisy)
    return max(1 / share, least) if share else math.inf  # the smallest doubles have no digits


def difference(one: Estimate, other: Estimate) -> Estimate:
    """The difference ``one - other`` of independent estimates, see :func:`combination`.

    Raises:
        ValueError: If one is no estimate.

    >>> difference(Estimate(3.0, 0.3), exact(1.0))
    Estimate(value=2.0, stderr=0.3, n=1, unit='1')
    """
    return combination([1.0, -1.0], [one, other])


def monotone(estimate: Estimate, function: Callable[[float], float]) -> Estimate:
    """A monotone function of an estimate: the ends of the interval are mapped.

    No derivative is taken, so that the interval is as sure as that of the estimate; outside the
    domain of the function (where it raises ``ValueError`` or returns NaN) it is the whole line.

    Args:
        estimate: The estimate.
        function: Such as ``math.log`` or ``math.sqrt``, monotone between the ends.

    Raises:
        ValueError: If the function has no finite value at the estimate, or an argument is of
            another kind.

    >>> monotone(exact(4.0), math.sqrt)
    Estimate(value=2.0, stderr=0.0, n=1, unit='1')
    """
    require_kind("estimate", estimate, Estimate)
    require_callable("function", function)
    value = _mapped(function, estimate.value)
    if not math.isfinite(value):
        raise ValueError(f"function must be finite at {estimate.value:.6g}, got {value}")
    if not estimate.drawn:
        return exact(value)
    low, high = (_mapped(function, end) for end in estimate.interval(critical_value()))
    return _reaching(value, min(low, high), max(low, high), estimate.n)


def _mapped(function: Callable[[float], float], value: float) -> float:
    """A function's value; infinite where it has none."""
    try:
        result: Any = function(value)
    except (ValueError, ArithmeticError):
        return math.inf
    if isinstance(result, Real) and result != result:
        return math.inf
    return real_number("what function returns", result, "[-inf, inf]")


def _reaching(value: float, low: float, high: float, n: int, unit: str = "1") -> Estimate:
    """The estimate whose interval reaches the farther of two ends."""
    if not math.isfinite(value):
        return Estimate(value, math.inf, n, unit)
    return Estimate(value, error_of(max(high - value, value - low)), n, unit)


def slope(abscissas: Sequence[float], estimates: Sequence[Estimate]) -> Estimate:
    r"""Slope of independent estimates over their abscissas, by unweighted least squares.

    .. math:: b = \sum_i \frac{(t_i - \bar t)\,x_i}{\sum_j (t_j - \bar t)^2}.

    Args:
        abscissas: Finite numbers, not all equal.
        estimates: As many, at least two.

    Raises:
        ValueError: If the abscissas are equal, or the numbers differ.

    >>> slope([0.0, 1.0, 2.0], [exact(1.0), exact(3.0), exact(5.0)]).value
    2.0
    """
    t = real_array("abscissas", abscissas, least=2)
    if t.min() == t.max():
        raise ValueError(f"abscissas must differ, got {short(t)}")
    if len(t) != len(values := _several("estimates", estimates)):
        raise ValueError(f"abscissas must be {len(values)}, got {len(t)}")
    t, outer = scaled(t)
    centered, inner = scaled(t - t.mean())
    centered -= centered.mean()  # what rounding has left of the mean
    weights = np.ldexp(centered / (centered @ centered), -outer - inner)
    if not np.isfinite(weights).all():
        raise ValueError(f"abscissas must differ by more than 1e-308, got {short(t)}")
    return combination([float(weight) for weight in weights], values)


def log_slope(abscissas: Sequence[float], estimates: Sequence[Estimate]) -> Estimate:
    """Exponent of a power law: slope of log estimate over log abscissa, see :func:`slope`.

    Args:
        abscissas: Positive numbers, not all equal.
        estimates: As many, with positive values.

    Raises:
        ValueError: If one is not positive, or as :func:`slope`.

    >>> round(log_slope([1.0, 10.0], [exact(2.0), exact(200.0)]).value, 12)
    2.0
    """
    t = real_array("abscissas", abscissas, least=2)
    values = _several("estimates", estimates)
    if not (t > 0).all():
        raise ValueError(f"abscissas must be positive, got {short(t)}")
    if low := [estimate.value for estimate in values if not estimate.value > 0]:
        raise ValueError(f"estimates must be positive, got {low[0]}")
    logs = [monotone(estimate, _log) for estimate in values]
    return slope([float(x) for x in np.log(t)], logs)


def _log(value: float) -> float:
    return math.log(value) if value > 0 else -math.inf


def largest(estimates: Sequence[Estimate]) -> Estimate:
    r"""The largest of several true values, each known by an independent or dependent estimate.

    The largest estimate overshoots: it picks the luckiest noise. With half-widths :math:`h_i` that
    hold together (Bonferroni: each at the book's error rate over their number), the largest true
    value lies between :math:`\max_i (x_i - h_i)` and :math:`\max_i (x_i + h_i)`; ``stderr`` reaches
    the farther end from the largest estimate.

    Args:
        estimates: At least one.

    Raises:
        ValueError: If there is none, or one is something else.

    >>> largest([exact(1.0), exact(3.0)])
    Estimate(value=3.0, stderr=0.0, n=1, unit='1')
    """
    values = _several("estimates", estimates)
    ends = _joint(values)
    return _extreme(values, [(e.value, *pair) for e, pair in zip(values, ends, strict=True)])


def farthest(estimates: Sequence[Estimate], predictions: Sequence[float]) -> Estimate:
    r"""The largest distance of several true values from their predictions, see :func:`largest`.

    Each distance :math:`|x_i - p_i|` lies within :math:`h_i` of the measured one, and is not
    negative.

    Args:
        estimates: At least one.
        predictions: Finite numbers, one for each estimate.

    Raises:
        ValueError: If there is none, the numbers differ, or one is something else.

    >>> farthest([exact(1.0), exact(3.0)], [1.5, 2.0]).value
    1.0
    """
    values = _several("estimates", estimates)
    predicted = real_array("predictions", predictions)
    if len(predicted) != len(values):
        raise ValueError(f"predictions must be {len(values)}, got {len(predicted)}")
    distances = []
    for estimate, (low, high), p in zip(values, _joint(values), predicted.tolist(), strict=True):
        least = max(low - p, p - high, 0.0)
        distances.append((abs(estimate.value - p), least, max(high - p, p - low)))
    return _extreme(values, distances)


def _joint(values: Sequence[Estimate]) -> list[tuple[float, float]]:
    """Intervals that all hold at the error rate of one test."""
    z = critical_value(tests=BOOK_RANDOM_TESTS * len(values))
    return [estimate.interval(z) for estimate in values]


def _extreme(values: Sequence[Estimate], triples: Sequence[tuple[float, float, float]]) -> Estimate:
    """The largest of several centers with the largest of their lower and of their upper ends."""
    value, low, high = (max(column) for column in zip(*triples, strict=True))
    noisy = [estimate for estimate in values if estimate.drawn]
    units = {estimate.unit for estimate in values}
    unit = units.pop() if len(units) == 1 else "1"
    if not noisy:
        return exact(value, unit)
    if not any(estimate.stderr for estimate in noisy):
        return replace(exact(value, unit), n=min(e.n for e in noisy), drawn=True)
    return _reaching(value, low, high, min(e.n for e in noisy), unit)


def _several(name: str, estimates: Sequence[Estimate]) -> tuple[Estimate, ...]:
    found = all_of(name, estimates, Estimate)
    if not found:
        raise ValueError(f"{name} must be at least 1, got none")
    return found
