"""A claim: decided parts under one statement, and its rows, plain dictionaries for JSON."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from traindyn.inference import Estimate, critical_value
from traindyn.ledger.parts import BASES, LABELS, Basis, Control, Part
from traindyn.ledger.rows import markdown_claim
from traindyn.ledger.texts import one_line
from traindyn.ledger.validation import Row
from traindyn.ledger.verdicts import Verdict, weakest
from traindyn.system.arguments import all_of, finite_number, one_of, short, whole_text

CLAIM_ID = re.compile(r"[A-Z]{2}-[1-9][0-9]*")


@dataclass(frozen=True)
class Claim:
    """A numbered claim of a paper and its decided parts.

    Args:
        id: ``BR-8``: two capital letters of the chapter and the number of the claim.
        source: Where the paper states it (theorem, equation, figure).
        basis: ``stated`` in the text that was read, ``attributed`` to text that was not read,
            ``derived`` from the paper's setting, ``extension`` beyond it. A part may have its own.
        statement: The claim, one or two sentences.
        parts: Its parts; labels ``a``, ``b``, ... are given in order when there are several.
        seconds: Time the run took.
        key: Digest of the sources of the run; empty if it is not stored.

    Raises:
        ValueError: If the id is not of that form, there are no parts or more than 26, or another
            argument is empty or of another kind.
    """

    id: str
    source: str
    basis: Basis
    statement: str
    parts: Sequence[Part]
    seconds: float = field(default=0.0, compare=False)
    key: str = field(default="", compare=False)

    def __post_init__(self) -> None:
        if not isinstance(self.id, str) or not CLAIM_ID.fullmatch(self.id):
            raise ValueError(f"id must look like BR-8, got {short(self.id)}")
        whole_text("source", self.source)
        one_of("basis", self.basis, BASES)
        whole_text("statement", self.statement)
        whole_text("key", self.key, may_be_empty=True)
        parts = all_of(f"parts of {self.id}", self.parts, Part)
        if not 1 <= len(parts) <= len(LABELS):
            raise ValueError(
                f"parts of {self.id} must be between 1 and {len(LABELS)}, got {len(parts)}"
            )
        seconds = finite_number("seconds", self.seconds)
        if seconds < 0:
            raise ValueError(f"seconds must be at least 0, got {seconds}")
        labels = LABELS if len(parts) > 1 else ("",)
        labeled = [replace(part, label=label) for part, label in zip(parts, labels, strict=False)]
        object.__setattr__(self, "parts", tuple(labeled))
        object.__setattr__(self, "seconds", seconds)

    @property
    def verdict(self) -> Verdict:
        """The weakest verdict of the parts."""
        return weakest(part.verdict for part in self.parts)

    @property
    def expected(self) -> Verdict:
        """The weakest expected verdict of the parts."""
        return weakest(part.expected for part in self.parts)

    def surprises(self) -> list[str]:
        """One line for each part whose verdict differs from the expected one."""
        return [
            f"{self.id}{part.label}: {part.verdict}, expected {part.expected} "
            f"({one_line(part.statement)})"
            for part in self.parts
            if part.verdict != part.expected
        ]

    def check(self) -> Claim:
        """Return the claim, or raise if a verdict differs from the expected one.

        Raises:
            AssertionError: If any part's computed verdict is not its expected one.
        """
        if surprises := self.surprises():
            raise AssertionError("; ".join(surprises))
        return self

    def _repr_markdown_(self) -> str:
        return markdown_claim(rows_of(self))


def rows_of(claim: Claim) -> list[Row]:
    """The rows of a claim, one per part, in the layout of the ledger's schema."""
    return [_row(claim, part) for part in claim.parts]


def _row(claim: Claim, part: Part) -> Row:
    rule = part.rule
    return {
        "id": claim.id + part.label,
        "claim": claim.id,
        "source": claim.source,
        "claim_basis": claim.basis,
        "title": claim.statement,
        "basis": part.basis or claim.basis,
        "statement": part.statement,
        "compares": part.compares,
        "prediction": part.prediction,
        "measurement": _measurement(part.measurement),
        "replicates": part.replicates,
        "rule": {
            "kind": rule.kind,
            "bound": rule.bound,
            "limit": rule.limit,
            "why": rule.why,
            "origin": rule.origin,
            "outcome": part.outcome,
        },
        "controls": [_control(part, control) for control in part.controls],
        "asymptotic": part.asymptotic,
        "toward": part.toward,
        "sizes": [
            {"size": size.size, "measurement": _measurement(size.measurement)}
            for size in part.sizes
        ],
        "random_tests": part.random_tests,
        "expected": part.expected,
        "verdict": part.verdict,
        "claim_verdict": claim.verdict,
        "seconds": claim.seconds,
        "key": claim.key,
        "seen": part.seen,
        "note": part.note,
    }


def _control(part: Part, control: Control) -> Row:
    return {
        "what": control.what,
        "kind": control.kind,
        "prediction": control.prediction,
        "measurement": _measurement(control.measurement or part.measurement),
        "outcome": part.control_outcome(control),
    }


def _measurement(estimate: Estimate) -> Row:
    return {
        "value": _number(estimate.value),
        "stderr": _number(estimate.stderr),
        "half_width": _number(estimate.half_width(critical_value())),
        "degrees_of_freedom": _number(estimate.degrees_of_freedom),
        "n": int(estimate.n),
        "unit": estimate.unit,
        "random": estimate.drawn,
    }


def _number(value: float) -> float | None:
    """JSON has no infinity: what diverged is stored as null."""
    return finite_number("value", value) if math.isfinite(value) else None
