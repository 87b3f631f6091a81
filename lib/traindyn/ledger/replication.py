"""A foreign ledger as a replication: row by row, how far two measurements lie apart."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from traindyn.ledger.compare import ROUNDING
from traindyn.ledger.rows import format_estimate
from traindyn.ledger.validation import Ledger, Row, check_ledger
from traindyn.system.arguments import finite_number, require_kind


class Agreement(NamedTuple):
    """A row that two ledgers hold."""

    id: str
    ours: Row
    """Our measurement, as the ledger has it."""
    theirs: Row
    """Theirs."""
    apart: float | None
    """Theirs minus ours in units of the combined error; 0 for what is equal up to rounding,
    infinite for exact values that are not; None if a value or an error is not finite."""
    verdicts: tuple[str, str]

    def holds(self, z: float) -> bool:
        """Whether the verdicts are the same, and the values no more than ``z`` errors apart."""
        near = self.apart is None or abs(self.apart) <= z
        return self.verdicts[0] == self.verdicts[1] and near


def agreements(ours: Ledger, theirs: Ledger) -> list[Agreement]:
    """The rows that two ledgers have in common, in the order of the first.

    The combined error is ``√(s₁² + s₂²)``, that of a difference of independent measurements.

    Raises:
        ValueError: If one is no ledger, or they belong to different chapters.
    """
    check_ledger(ours, "the first ledger")
    check_ledger(theirs, "the second ledger")
    if ours["chapter"] != theirs["chapter"]:
        raise ValueError(f"chapter must be {ours['chapter']!r} in both, got {theirs['chapter']!r}")
    other = {row["id"]: row for row in theirs["claims"]}
    pairs = [(row, other[row["id"]]) for row in ours["claims"] if row["id"] in other]
    return [
        Agreement(
            a["id"],
            a["measurement"],
            b["measurement"],
            _apart(a["measurement"], b["measurement"]),
            (a["verdict"], b["verdict"]),
        )
        for a, b in pairs
    ]


def _apart(a: Row, b: Row) -> float | None:
    if None in (a["value"], b["value"], a["stderr"], b["stderr"]):
        return None
    difference = b["value"] - a["value"]
    if math.isclose(a["value"], b["value"], rel_tol=ROUNDING, abs_tol=0.0):
        return 0.0
    error = math.hypot(a["stderr"], b["stderr"])
    return difference / error if error else math.copysign(math.inf, difference)


def agreement_table(found: Sequence[Agreement], z: float = 3.0) -> str:
    """A table of agreements for a terminal, with what they amount to.

    Args:
        found: The rows.
        z: How many combined errors two values may lie apart and still agree; positive.

    Raises:
        ValueError: If ``z`` is not positive, or one is no agreement.
    """
    finite_number("z", z, positive=True)
    for one in found:
        require_kind("each of found", one, Agreement)
    head = ("row", "first", "second", "apart", "verdict of both, or of each")
    lines = [head, *(_line(one, z) for one in found)]
    widths = [max(len(line[i]) for line in lines) for i in range(len(head))]
    table = [
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    ]
    return "\n".join([*table, "", *_summary(found, z)])


def _line(one: Agreement, z: float) -> tuple[str, ...]:
    values = (format_estimate(m["value"], m["stderr"]) for m in (one.ours, one.theirs))
    ours, theirs = one.verdicts
    verdict = ours if ours == theirs else f"{ours} | {theirs}"
    return (one.id, *values, _distance(one.apart), verdict + " (!)" * (not one.holds(z)))


def _distance(apart: float | None) -> str:
    if apart is None:
        return "unknown"
    if math.isinf(apart):
        return "not equal"
    return f"{apart:+.2f}".replace("-", "−") if apart else "0"


def _summary(found: Sequence[Agreement], z: float) -> list[str]:
    """How many agree, how many differences noise alone would make, and how large they are."""
    agree = sum(one.holds(z) for one in found)
    noisy = [one.apart for one in found if one.apart and math.isfinite(one.apart)]
    lines = [f"{agree} of {len(found)} rows have the same verdict, at most {z:g} errors apart"]
    if noisy:
        chance = len(noisy) * math.erfc(z / math.sqrt(2))
        spread = math.sqrt(sum(x * x for x in noisy) / len(noisy))
        lines.append(
            f"{len(noisy)} rows differ by noise, {spread:.2f} errors in root mean square; 1 is "
            f"expected of independent runs, and {chance:.2g} of them beyond {z:g}"
        )
    return lines
