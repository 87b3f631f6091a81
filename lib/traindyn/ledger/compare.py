"""Two ledgers side by side: which rows agree, which moved, and what differed in the runs."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from traindyn.ledger.records import Ledger
from traindyn.ledger.rows import format_estimate


@dataclass(frozen=True)
class Comparison:
    """Result of :func:`compare_ledgers`.

    Args:
        settings: Lines for scale, seed and versions that differ.
        changed: Lines for rows whose verdict or presence differs.
        moved: Lines for rows with equal verdict whose values differ by more than their errors.
        equal: Number of rows that agree.
    """

    settings: list[str]
    changed: list[str]
    moved: list[str]
    equal: int

    @property
    def agrees(self) -> bool:
        """Whether both ledgers have the same rows with the same verdicts."""
        return not self.changed

    def __str__(self) -> str:
        lines = [f"setting  {line}" for line in self.settings]
        lines += [f"changed  {line}" for line in self.changed]
        lines += [f"moved    {line}" for line in self.moved]
        return "\n".join([*lines, f"{self.equal} rows agree"])


def compare_ledgers(ours: Ledger, theirs: Ledger, z: float = 3.0) -> Comparison:
    """Compare two ledgers of one chapter.

    Args:
        ours: The first ledger.
        theirs: The second.
        z: How many combined standard errors two values may differ by and still agree; positive.

    Raises:
        ValueError: If the ledgers belong to different chapters or ``z`` is not positive.
    """
    if ours["chapter"] != theirs["chapter"]:
        raise ValueError(f"chapter must be {ours['chapter']!r} in both, got {theirs['chapter']!r}")
    if not z > 0:
        raise ValueError(f"z must be positive, got {z}")
    settings = [f"{name}: {a} | {b}" for name, a, b in _settings(ours, theirs) if a != b]
    left = {row["id"]: row for row in ours["claims"]}
    right = {row["id"]: row for row in theirs["claims"]}
    changed, moved, equal = [], [], 0
    for claim_id in [*left, *(i for i in right if i not in left)]:
        a, b = left.get(claim_id), right.get(claim_id)
        if a is None or b is None:
            changed.append(f"{claim_id}: only in the {'second' if a is None else 'first'}")
        elif a["verdict"] != b["verdict"]:
            changed.append(f"{claim_id}: {a['verdict']} | {b['verdict']} ({_values(a, b)})")
        elif _apart(a["measurement"], b["measurement"], z):
            moved.append(f"{claim_id}: {_values(a, b)}")
        else:
            equal += 1
    return Comparison(settings, changed, moved, equal)


def _settings(ours: Ledger, theirs: Ledger) -> list[tuple[str, Any, Any]]:
    pairs = [(name, ours[name], theirs[name]) for name in ("scale", "seed", "key")]
    names = sorted({*ours["environment"], *theirs["environment"]})
    return pairs + [(n, ours["environment"].get(n), theirs["environment"].get(n)) for n in names]


def _values(a: dict[str, Any], b: dict[str, Any]) -> str:
    measured = (row["measurement"] for row in (a, b))
    return " | ".join(format_estimate(m["value"], m["stderr"]) for m in measured)


def _apart(a: dict[str, Any], b: dict[str, Any], z: float) -> bool:
    if a["value"] is None or b["value"] is None:
        return bool(a["value"] != b["value"])
    if a["stderr"] is None or b["stderr"] is None:
        return False
    error = math.hypot(a["stderr"], b["stderr"])
    rounding = 1e-9 * max(abs(a["value"]), abs(b["value"]))
    return bool(abs(a["value"] - b["value"]) > z * error + rounding)
