"""How a verdict follows from the outcomes of a part, and a claim's verdict from its parts'."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Literal, get_args

from traindyn.inference import Outcome

Verdict = Literal["falsified", "inconclusive", "toy", "verified"]

VERDICTS: tuple[Verdict, ...] = get_args(Verdict)
"""All verdicts, weakest first: a claim is as strong as its weakest part."""

SIZES_OF_A_TREND = 3

SAME_RUN = "same run"
"""The kind of a control that is never enough alone."""


def verdict_of(
    outcome: Outcome,
    controls: Sequence[tuple[str, Outcome]],
    *,
    asymptotic: bool = False,
    sizes: int = 0,
    trend_holds: bool = False,
) -> Verdict:
    """The verdict of a part.

    ``falsified``: the measurement fails. ``inconclusive``: it is undecided, a control does not
    fail, or the trend of an asymptotic claim does not hold. ``toy``: it passes, but no control was
    run, or none but the same run looked at elsewhere, or (for an asymptotic claim) fewer than three
    sizes. ``verified``: all is there.

    Args:
        outcome: Whether the measurement passes.
        controls: Of each control its kind, and whether it passes the same rule.
        asymptotic: Whether the statement holds in a limit.
        sizes: Number of sizes that were run.
        trend_holds: Whether the deviation shrinks over them.

    >>> verdict_of("pass", [("wrong theory", "fail")]), verdict_of("pass", [("same run", "fail")])
    ('verified', 'toy')
    """
    if outcome == "fail":
        return "falsified"
    if outcome == "undecided" or any(control != "fail" for _, control in controls):
        return "inconclusive"
    alone = all(kind == SAME_RUN for kind, _ in controls)
    if alone or (asymptotic and sizes < SIZES_OF_A_TREND):
        return "toy"
    return "inconclusive" if asymptotic and not trend_holds else "verified"


def weakest(verdicts: Iterable[Verdict]) -> Verdict:
    """The weakest of some verdicts, at least one.

    >>> weakest(["verified", "toy", "inconclusive"])
    'inconclusive'
    """
    return min(verdicts, key=VERDICTS.index)


def shrinks(gaps: Sequence[tuple[float, float]]) -> bool:
    """Whether deviations with half-widths shrink over at least three sizes.

    The last must be smaller than the first by more than both errors, and none may be larger than
    the one before by more than theirs. What diverged shows no trend.

    >>> shrinks([(0.4, 0.0), (0.2, 0.0), (0.1, 0.0)]), shrinks([(0.4, 0.1), (0.3, 0.1), (0.3, 0.1)])
    (True, False)
    """
    if len(gaps) < SIZES_OF_A_TREND or not all(math.isfinite(x) for gap in gaps for x in gap):
        return False
    grows = any(_larger(later, earlier) for earlier, later in pairwise(gaps))
    return _larger(gaps[0], gaps[-1]) and not grows


def _larger(one: tuple[float, float], other: tuple[float, float]) -> bool:
    """Whether one of two (value, half-width) is larger than the other by more than both errors."""
    return bool(one[0] - other[0] > math.hypot(one[1], other[1]))
