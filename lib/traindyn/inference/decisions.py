"""The error budget of the book, and the decision about one interval.

The chance that *any* random test of the book decides wrongly because of noise is at most
:data:`BOOK_ERROR_RATE`, shared equally by :data:`BOOK_RANDOM_TESTS` tests (Bonferroni).
"""

from __future__ import annotations

from typing import Literal

from scipy import special

from traindyn.system.arguments import real_number, short, whole_number

BOOK_ERROR_RATE = 1e-3
"""Probability that noise alone turns at least one decision of the book wrong."""

BOOK_RANDOM_TESTS = 5000
"""Random tests (parts and controls) that the error budget pays for.

A fixed number keeps a verdict independent of chapters added later; the site build counts the
tests that were really made and refuses to publish more than this.
"""

Outcome = Literal["pass", "fail", "undecided"]


def critical_value(error_rate: float = BOOK_ERROR_RATE, tests: int = BOOK_RANDOM_TESTS) -> float:
    r"""Two-sided normal quantile :math:`z = \Phi^{-1}(1 - \alpha / 2N)` of the error budget.

    Args:
        error_rate: Family-wise error rate :math:`\alpha` in (0, 1).
        tests: Number :math:`N \ge 1` of random tests that share it.

    Raises:
        ValueError: If an argument leaves its range.

    >>> round(critical_value(0.05, 1), 4)
    1.96
    """
    error_rate = real_number("error_rate", error_rate, "(0, 1)")
    tests = whole_number("tests", tests, 1)
    if not (tail := error_rate / (2 * tests)) > 0:
        raise ValueError(f"error_rate must be above 1e-323 for each test, got {error_rate}")
    return float(-special.ndtri(tail))


def decide(interval: tuple[float, float], accept: tuple[float, float]) -> Outcome:
    """Compare a measured interval with the range of acceptance.

    Returns:
        ``"pass"`` if the interval lies inside the range, ``"fail"`` if the two are disjoint,
        ``"undecided"`` if they overlap in part.

    Raises:
        ValueError: If either interval is empty.

    >>> [decide(measured, (0.8, 1.2)) for measured in [(0.9, 1.1), (1.3, 1.5), (1.1, 1.3)]]
    ['pass', 'fail', 'undecided']
    """
    (low, high), (lower, upper) = _ordered("interval", interval), _ordered("accept", accept)
    if lower <= low and high <= upper:
        return "pass"
    if high < lower or low > upper:
        return "fail"
    return "undecided"


def _ordered(name: str, ends: tuple[float, float]) -> tuple[float, float]:
    if not isinstance(ends, tuple | list) or len(ends) != 2:
        raise ValueError(f"{name} must hold two numbers, got {short(ends)}")
    try:
        low, high = (real_number(name, end, "[-inf, inf]") for end in ends)
    except ValueError:
        low, high = 1.0, 0.0
    if not low <= high:
        raise ValueError(f"{name} must be ordered, got {short(ends)}")
    return low, high
