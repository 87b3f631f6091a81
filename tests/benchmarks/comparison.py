"""The same work done twice: a row of the benchmark."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

REPEATS = 7


@dataclass(frozen=True)
class Row:
    """One comparison; seconds are per replica and step, the best of the repeats.

    Args:
        name: The work.
        ours_s: Seconds of the library.
        reference: What it is compared with.
        reference_s: Seconds of that.
        ratio: ``reference_s / ours_s``.
        minimum: The smallest acceptable ratio.
        accuracy: Largest difference between the two results: relative where both saw the same
            samples, Kolmogorov distance where they drew their own.
    """

    name: str
    ours_s: float
    reference: str
    reference_s: float
    ratio: float
    minimum: float
    accuracy: float


def best_seconds(
    ours: Callable[[], object], reference: Callable[[], object], repeats: int = REPEATS
) -> list[float]:
    """Best time of either function, taken in turns so that a busy moment hits both."""
    best = [float("inf"), float("inf")]
    for _ in range(repeats):
        for i, function in enumerate((ours, reference)):
            start = time.perf_counter()
            function()
            best[i] = min(best[i], time.perf_counter() - start)
    return best
