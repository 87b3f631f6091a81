"""The same work done twice: a row of the benchmark."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

REPEATS = 7

Work = Callable[[], object]


@dataclass(frozen=True)
class Row:
    """One comparison; seconds are per replica and step, the best of the repeats.

    Args:
        name: The work.
        ours_s: Seconds of the library.
        reference: What it is compared with.
        reference_s: Seconds of that.
        ratio: ``reference_s / ours_s``.
        lowest: The smallest ratio of two runs that followed each other.
        highest: The largest.
        minimum: The smallest acceptable ratio: about two thirds of the one that two cores of an
            AMD EPYC showed, with room for other processors.
        accuracy: Largest difference between the two results: relative where both saw the same
            samples, Kolmogorov distance where they drew their own.
    """

    name: str
    ours_s: float
    reference: str
    reference_s: float
    ratio: float
    lowest: float
    highest: float
    minimum: float
    accuracy: float


def seconds_of(work: Work) -> float:
    """Seconds that one call takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def compare(
    name: str,
    ours: Work,
    reference: str,
    other: Work,
    minimum: float,
    accuracy: float,
    *,
    ours_work: float = 1.0,
    other_work: float = 1.0,
    apart_s: float = 0.0,
    repeats: int | None = None,
) -> Row:
    """Time both in turns, so that a busy moment hits both.

    The ratio of the best times lies between the lowest and the highest ratio of a pair.

    Args:
        name: The work.
        ours: Does it with the library.
        reference: What it is compared with.
        other: Does it with that.
        minimum: The smallest acceptable ratio.
        accuracy: Largest difference between the two results.
        ours_work: Units of work that a call of ours does.
        other_work: Units of work that a call of the other does.
        apart_s: Seconds per unit of the other that were measured apart.
        repeats: Number of pairs; default: 7.
    """
    pairs = [
        (seconds_of(ours) / ours_work, seconds_of(other) / other_work + apart_s)
        for _ in range(repeats or REPEATS)
    ]
    ratios = [theirs / own for own, theirs in pairs]
    ours_s, other_s = (min(times) for times in zip(*pairs, strict=True))
    ratio = other_s / ours_s
    return Row(name, ours_s, reference, other_s, ratio, min(ratios), max(ratios), minimum, accuracy)
