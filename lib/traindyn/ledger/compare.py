"""Two ledgers side by side: which rows agree, which moved, and what differed in the runs."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

from traindyn.ledger.rows import format_estimate
from traindyn.ledger.rules import NOT_TOLD
from traindyn.ledger.texts import one_line
from traindyn.ledger.validation import Ledger, Row, check_ledger
from traindyn.system.arguments import finite_number

ROUNDING = 1e-9
"""Relative difference of two numbers that says nothing: libraries and processors differ by it."""


@dataclass(frozen=True)
class Comparison:
    """Result of :func:`compare_ledgers`.

    Args:
        settings: Lines for scale, seed and versions that differ.
        changed: Lines for rows whose verdict or presence differs.
        moved: Lines for rows with equal verdict whose values differ by more than their errors.
        restated: Lines for rows that do not say the same: statement, prediction, rule, controls.
        equal: Number of rows that agree in all of this.
    """

    settings: list[str]
    changed: list[str]
    moved: list[str]
    restated: list[str]
    equal: int

    @property
    def agrees(self) -> bool:
        """Whether both ledgers have the same rows with the same verdicts."""
        return not self.changed

    def __str__(self) -> str:
        named = {
            "setting ": self.settings,
            "changed ": self.changed,
            "moved   ": self.moved,
            "restated": self.restated,
        }
        lines = [f"{name} {one_line(line)}" for name, lines in named.items() for line in lines]
        return "\n".join([*lines, f"{self.equal} rows agree"])


def compare_ledgers(ours: Ledger, theirs: Ledger, z: float = 3.0) -> Comparison:
    """Compare two ledgers of one chapter.

    Args:
        ours: The first ledger.
        theirs: The second.
        z: How many combined standard errors two values may differ by and still agree; positive.

    Raises:
        ValueError: If one is no ledger, they belong to different chapters, or ``z`` is not
            positive.
    """
    check_ledger(ours, "the first ledger")
    check_ledger(theirs, "the second ledger")
    if ours["chapter"] != theirs["chapter"]:
        raise ValueError(f"chapter must be {ours['chapter']!r} in both, got {theirs['chapter']!r}")
    finite_number("z", z, positive=True)
    left = {row["id"]: row for row in ours["claims"]}
    right = {row["id"]: row for row in theirs["claims"]}
    found = Comparison(settings_that_differ(ours, theirs), [], [], [], 0)
    equal = 0
    for claim_id in [*left, *(i for i in right if i not in left)]:
        a, b = left.get(claim_id), right.get(claim_id)
        if a is None or b is None:
            found.changed.append(f"{claim_id}: only in the {'second' if a is None else 'first'}")
            continue
        moved = _apart(a["measurement"], b["measurement"], z)
        if a["verdict"] != b["verdict"]:
            found.changed.append(f"{claim_id}: {a['verdict']} | {b['verdict']} ({_values(a, b)})")
        elif moved:
            found.moved.append(f"{claim_id}: {_values(a, b)}")
        differences = _restatements(a, b)
        found.restated.extend(f"{claim_id}: {line}" for line in differences)
        equal += not (moved or differences or a["verdict"] != b["verdict"])
    return replace(found, equal=equal)


def settings_that_differ(ours: Ledger, theirs: Ledger) -> list[str]:
    """One line for the chapter, scale, seed, key, version or processor that differs."""
    pairs = [(name, ours[name], theirs[name]) for name in ("chapter", "scale", "seed", "key", "z")]
    one, other = ours["environment"], theirs["environment"]
    pairs += [(name, one.get(name), other.get(name)) for name in sorted({*one, *other})]
    return [f"{name}: {a} | {b}" for name, a, b in pairs if a != b]


def _values(a: Row, b: Row) -> str:
    measured = (row["measurement"] for row in (a, b))
    return " | ".join(format_estimate(m["value"], m["stderr"]) for m in measured)


def _restatements(a: Row, b: Row) -> list[str]:
    """What two rows say differently, apart from what was measured."""
    one, other = _said(a), _said(b)
    return [
        f"{name}: {one[name]} | {other[name]}" for name in one if _differ(one[name], other[name])
    ]


def _said(row: Row) -> Row:
    names = ("source", "claim_basis", "basis", "title", "statement", "compares", "prediction")
    said = {name: row[name] for name in names}
    said |= {name: row["rule"][name] for name in ("kind", "bound", "limit", "why", "origin")}
    said |= {name: row[name] for name in ("replicates", "asymptotic", "toward", "expected")}
    said["unit"] = row["measurement"]["unit"]
    said["controls"] = "; ".join(control["what"] for control in row["controls"]) or "none"
    said["predictions of controls"] = [control["prediction"] for control in row["controls"]]
    kinds = [control["kind"] for control in row["controls"]]
    said["kinds of controls"] = NOT_TOLD if NOT_TOLD in kinds else "; ".join(kinds)
    return said


def _differ(a: Any, b: Any) -> bool:
    if isinstance(a, list) and isinstance(b, list):
        return len(a) != len(b) or any(map(_differ, a, b))
    if NOT_TOLD in (a, b):
        return False
    if not (_is_number(a) and _is_number(b)):
        return bool(a != b)
    return not math.isclose(a, b, rel_tol=ROUNDING)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _apart(a: Row, b: Row, z: float) -> bool:
    if a["value"] is None or b["value"] is None:
        return bool(a["value"] != b["value"])
    if a["stderr"] is None or b["stderr"] is None:
        return False
    error = math.hypot(a["stderr"], b["stderr"])
    rounding = ROUNDING * max(abs(a["value"]), abs(b["value"]))
    return bool(abs(a["value"] - b["value"]) > z * error + rounding)
