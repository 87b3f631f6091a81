"""A claim decided by another bound, and the bounds at which its verdict turns: no run is needed."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import NamedTuple

from traindyn.inference import Estimate, critical_value
from traindyn.ledger.claim import Claim, rows_of
from traindyn.ledger.parts import Control, Part
from traindyn.ledger.validation import Row
from traindyn.system.arguments import short


class Span(NamedTuple):
    """The bounds, or limits, by which a measurement passes while every control fails."""

    low: float
    high: float

    @property
    def empty(self) -> bool:
        """Whether there is none."""
        return not self.low < self.high


def parts_of(claim: Claim, chosen: str = "") -> tuple[Part, ...]:
    """The parts that a challenge is about.

    Args:
        claim: The claim.
        chosen: Id of its only part that is asked for, such as ``BR-8a``; empty, or the id of the
            claim: all parts.

    Raises:
        ValueError: If the claim has no such part.
    """
    found = tuple(part for part in claim.parts if chosen in ("", claim.id, claim.id + part.label))
    if not found:
        ids = ", ".join(claim.id + part.label for part in claim.parts)
        raise ValueError(f"claim must be {claim.id} or one of {ids}, got {short(chosen)}")
    return found


def decided_by(claim: Claim, bound: float | None = None, chosen: str = "") -> list[Row]:
    """The rows of a claim, decided by another bound.

    It is the half-width of the parts that are ``within`` a bound of a prediction. Where no chosen
    part has one, it is the limit of the others.

    Args:
        claim: As it was measured.
        bound: The bound; None: every part keeps its own.
        chosen: Id of its only part that is asked for; empty: all.

    Raises:
        ValueError: If the claim has no such part, or the bound is not positive, or, as a limit, not
            finite.
    """
    meant = parts_of(claim, chosen)
    if bound is not None:
        within = any(part.rule.kind == "within" for part in meant)
        changed = [_with(part, bound, within) if part in meant else part for part in claim.parts]
        claim = replace(claim, parts=changed)
    labels = {claim.id + part.label for part in meant}
    return [row for row in rows_of(claim) if row["id"] in labels]


def _with(part: Part, bound: float, within: bool) -> Part:
    if (part.rule.kind == "within") != within:
        return part
    rule = replace(part.rule, bound=bound) if within else replace(part.rule, limit=bound)
    return replace(part, rule=rule)


def span_of(part: Part) -> Span:
    """The bounds, or limits, by which a part would pass with all its controls failing.

    The trend of an asymptotic part is not asked.

    >>> from traindyn.inference import exact
    >>> from traindyn.ledger import within, wrong_prediction
    >>> rule, control = within(0.5, "the step", "size"), wrong_prediction("zero", 0.0)
    >>> span_of(
    ...     Part("one", exact(1.25), rule, [control], prediction=1.0, compares="algebra")
    ... )
    Span(low=0.25, high=1.25)
    """
    kind = part.rule.kind
    low, high = _interval(part.measurement)
    controls = [_interval(control.measurement or part.measurement) for control in part.controls]
    if kind == "at_most":
        return Span(high, min((c[0] for c in controls), default=math.inf))
    if kind == "at_least":
        return Span(max((c[1] for c in controls), default=-math.inf), low)
    far = max(abs(low - _center(part)), abs(high - _center(part)))
    near = [
        max(c[0] - _center(part, control), _center(part, control) - c[1], 0.0)
        for c, control in zip(controls, part.controls, strict=True)
    ]
    return Span(far, min(near, default=math.inf))


def _center(part: Part, control: Control | None = None) -> float:
    own = None if control is None else control.prediction
    center = part.prediction if own is None else own
    assert center is not None  # a rule of this kind has a prediction
    return center


def _interval(measured: Estimate) -> tuple[float, float]:
    half_width = measured.half_width(critical_value())
    return measured.value - half_width, measured.value + half_width
