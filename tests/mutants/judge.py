"""What a mutant did to the rows of its claims: whether a verdict changed, and by how gentle a step.

A mutant is *caught* if a verdict changes while the numbers of that row stay near what they were:
the book must tell a claim from its nearest wrong neighbor. What crashes, gives no number or moves
a number far away would be noticed by anybody.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any, Literal, NamedTuple

Outcome = Literal["caught", "survived", "blunt", "crash"]

FACTOR = 3.0
"""Ratio of a number to what it was, beyond which nobody needs a bound to see the change."""


class Row(NamedTuple):
    """What counts of a ledger's row."""

    verdict: str
    value: float | None
    """The measured value; None: not finite."""
    goal: float | None
    """What it is held against: the prediction, or the limit."""
    unit: str = "1"


class Change(NamedTuple):
    """A row whose verdict changed."""

    row: str
    before: str
    after: str
    kind: str
    """``fine``, ``blunt`` or ``crash``."""


class Judgement(NamedTuple):
    """What came of a mutant."""

    outcome: Outcome
    changes: tuple[Change, ...]


def judge(before: Mapping[str, Row], after: Mapping[str, Row], broken: Iterable[str]) -> Judgement:
    """Compare the rows of claims with those that a mutant gives.

    Args:
        before: Rows of the sources as they are, by id.
        after: Rows of the mutant.
        broken: Claims that gave no rows.
    """
    changes = tuple(
        Change(name, row.verdict, after[name].verdict, kind_of(row, after[name]))
        for name, row in before.items()
        if name in after and after[name].verdict != row.verdict
    )
    kinds = {change.kind for change in changes}
    if "fine" in kinds:
        return Judgement("caught", changes)
    if "crash" in kinds or any(broken) or before.keys() - after.keys():
        return Judgement("crash", changes)
    return Judgement("blunt" if kinds else "survived", changes)


def kind_of(before: Row, after: Row) -> str:
    """Whether a row changed gently: ``fine``, ``blunt``, or ``crash`` where a number is gone.

    A number without unit that is held against zero is a relative deviation: what moved by a factor
    is one plus it. Any other number held against zero is tested for its sign, which may change.
    """
    pairs = [(before.value, after.value), (before.goal, after.goal)]
    if any(new is None and old is not None for old, new in pairs):
        return "crash"
    if before.goal == 0 == after.goal:
        old, new = pairs[0]
        far = old is not None and new is not None and _far_from_zero(old, new, before.unit)
        return "blunt" if far else "fine"
    return (
        "blunt"
        if any(old is not None and new is not None and _far(old, new) for old, new in pairs)
        else "fine"
    )


def _far(old: float, new: float) -> bool:
    """Whether a number has moved by more than :data:`FACTOR`, or changed its sign.

    >>> _far(1.0, 2.9), _far(1.0, 3.1), _far(-1.0, 0.5), _far(0.0, 0.1)
    (False, True, True, True)
    """
    return new != old if old == 0 else not 1 / FACTOR <= new / old <= FACTOR


def _far_from_zero(old: float, new: float, unit: str) -> bool:
    """The same for a number that is held against zero.

    >>> _far_from_zero(1e-3, 1.9, "1"), _far_from_zero(1e-3, 2.1, "1")
    (False, True)
    >>> _far_from_zero(0.2, -0.5, "steps"), _far_from_zero(0.2, -0.7, "steps")
    (False, True)
    """
    return abs(new) > FACTOR * max(abs(old), (unit == "1") * (1 - 1 / FACTOR))


def rows_of_ledger(rows: Iterable[dict[str, Any]]) -> dict[str, Row]:
    """What counts of the rows of a ledger, by their ids."""
    found = {}
    for row in rows:
        goal = row["rule"]["limit"] if row["prediction"] is None else row["prediction"]
        measured = row["measurement"]
        found[row["id"]] = Row(
            row["verdict"], _finite(measured["value"]), _finite(goal), measured["unit"]
        )
    return found


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None
