"""The rule of a part: what values count as agreement, why, and where that bound comes from."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, get_args

from traindyn.inference import Estimate, Outcome, critical_value, decide
from traindyn.system.arguments import (
    finite_number,
    one_of,
    real_number,
    require_kind,
    short,
    whole_text,
)

RuleKind = Literal["within", "at_least", "at_most"]

NOT_TOLD = "not told"
"""Of rows that were written before the ledger asked."""

Origin = Literal[
    "noise",
    "next order",
    "size",
    "rounding",
    "count",
    "sign",
    "neighbor",
    "paper",
    "convention",
    "not told",
]
"""Where a bound comes from.

``noise``: the error of the measurement, where the theory is exact. ``next order``: a term that the
theory neglects, computed. ``size``: a finite size or step, computed. ``rounding``. ``count``: whole
numbers. ``sign``: zero, or equality, of a claim of order. ``neighbor``: between the claim and its
nearest wrong neighbor, both computed. ``paper``: a limit that the paper states. ``convention``: a
fraction or habit, which is no derived reason.
"""

ORIGINS: tuple[str, ...] = get_args(Origin)


@dataclass(frozen=True)
class Rule:
    """What values of a measurement count as agreement. Made by :func:`within` and its like.

    Args:
        kind: ``within`` a bound of the prediction, ``at_least`` or ``at_most`` a limit.
        why: One sentence: where the bound or the limit comes from.
        origin: The kind of that reason, one of ``ORIGINS``.
        bound: Half-width of the accepted range, positive, of ``within`` alone.
        limit: End of the accepted range, of the others alone.

    Raises:
        ValueError: If the number of the kind is missing or not finite, the other is given, the
            bound is not positive, ``why`` is empty, or ``kind`` or ``origin`` is none of these.
    """

    kind: RuleKind
    why: str
    origin: Origin
    bound: float | None = None
    limit: float | None = None

    def __post_init__(self) -> None:
        one_of("kind", self.kind, get_args(RuleKind))
        one_of("origin", self.origin, ORIGINS)
        whole_text("why", self.why)
        own, other = ("bound", "limit") if self.kind == "within" else ("limit", "bound")
        if (given := getattr(self, other)) is not None:
            raise ValueError(f"{other} must not be given to {self.kind}, got {short(given)}")
        number = finite_number(own, getattr(self, own), positive=self.kind == "within")
        object.__setattr__(self, own, number)

    def accept(self, prediction: float | None = None) -> tuple[float, float]:
        """The accepted range.

        Args:
            prediction: The predicted value, for ``within`` alone.

        Raises:
            ValueError: If it is missing there.
        """
        if self.bound is not None:
            center = float(finite_number("prediction", prediction))
            return center - self.bound, center + self.bound
        limit = finite_number("limit", self.limit)
        return (limit, math.inf) if self.kind == "at_least" else (-math.inf, limit)

    def outcome(self, measurement: Estimate, prediction: float | None = None) -> Outcome:
        """Decide one measurement at the book's error rate.

        Raises:
            ValueError: If the prediction is missing where the rule needs it, or ``measurement`` is
                no estimate.
        """
        require_kind("measurement", measurement, Estimate)
        half_width = measurement.half_width(critical_value())
        return self.outcome_of(measurement.value, half_width, prediction)

    def outcome_of(
        self, value: float, half_width: float, prediction: float | None = None
    ) -> Outcome:
        """Decide one interval. What diverged never passes, on the open side of a rule neither.

        Raises:
            ValueError: If the prediction is missing where the rule needs it, ``value`` is no
                number, or ``half_width`` negative or none.
        """
        value = real_number("value", value, "[-inf, inf]")
        half_width = real_number("half_width", half_width, "[0, inf]")
        whole = math.isinf(half_width)
        low, high = (-math.inf, math.inf) if whole else (value - half_width, value + half_width)
        outcome = decide((low, high), self.accept(prediction))
        return "undecided" if outcome == "pass" and math.isinf(value) else outcome


def within(bound: float, why: str, origin: Origin) -> Rule:
    """Accept the prediction plus or minus a bound.

    Args:
        bound: Positive: what theory leaves open, or what tells the claim from its neighbor.
        why: One sentence: where it comes from.
        origin: The kind of that reason.

    Raises:
        ValueError: If the bound is not positive and finite, or another argument is wrong.

    >>> within(0.5, "half a step", "size").accept(1.0)
    (0.5, 1.5)
    """
    return Rule("within", why, origin, bound=bound)


def at_least(limit: float, why: str, origin: Origin) -> Rule:
    """Accept everything from a limit on.

    Args:
        limit: The limit; it is no prediction.
        why: One sentence: where it comes from.
        origin: The kind of that reason.

    Raises:
        ValueError: If the limit is not finite, or another argument is wrong.

    >>> at_least(0.0, "a sign", "sign").accept()
    (0.0, inf)
    """
    return Rule("at_least", why, origin, limit=limit)


def at_most(limit: float, why: str, origin: Origin) -> Rule:
    """Accept everything up to a limit.

    Args:
        limit: The limit; it is no prediction.
        why: One sentence: where it comes from.
        origin: The kind of that reason.

    Raises:
        ValueError: If the limit is not finite, or another argument is wrong.

    >>> at_most(1e-12, "rounding", "rounding").outcome_of(0.5, 0.0)
    'fail'
    """
    return Rule("at_most", why, origin, limit=limit)


def within_noise(
    measurement: Estimate,
    why: str = "the theory is exact: noise is left",
    corrections: float = 0.0,
) -> Rule:
    """Accept an exact theory: the bound is twice the half-width of the measurement's interval.

    The test passes if the deviation is at most the half-width, and fails beyond three. What tells
    the claim from its neighbors is then the number of replicas, so that a control must fail.

    Args:
        measurement: The measured value, with an error.
        why: One sentence: why theory is exact here, or what its corrections are.
        corrections: What the theory leaves out, as computed; it adds to the bound, and the reason
            is then ``next order``.

    Raises:
        ValueError: If the error is zero or infinite, or ``corrections`` is negative.

    >>> round(within_noise(Estimate(1.0, 0.1)).bound, 2)
    1.04
    >>> round(within_noise(Estimate(1.0, 0.1), "the step is finite", 0.5).bound, 2)
    1.54
    """
    require_kind("measurement", measurement, Estimate)
    half_width = measurement.half_width(critical_value())
    if not 0 < half_width < math.inf:
        raise ValueError(f"measurement must have a finite error above 0, got {measurement}")
    corrections = real_number("corrections", corrections, "[0, inf)")
    return within(corrections + 2 * half_width, why, "next order" if corrections else "noise")
