"""What a claim is, and how its verdict is computed.

A claim has parts. A part predicts a number, measures it, and lets a control be measured by the
same rule. No verdict can be set: :attr:`Part.verdict` and :attr:`Claim.verdict` are computed.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Literal

from traindyn.inference import Estimate, Outcome, critical_value, decide

Basis = Literal["stated", "attributed", "derived", "extension"]
Kind = Literal["equality", "slope", "ordering", "ks", "threshold", "exact"]
Side = Literal["both", "below", "above"]
Verdict = Literal["verified", "falsified", "inconclusive", "toy"]

VERDICTS: tuple[Verdict, ...] = ("falsified", "inconclusive", "toy", "verified")
"""All verdicts, weakest first: a claim is as strong as its weakest part."""

CLAIM_ID = re.compile(r"[A-Z]{2}-[1-9][0-9]*")
LABELS = "abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True)
class Test:
    """The rule of a part: a prediction and the distance from it that still counts as agreement.

    Args:
        kind: What is compared: ``equality`` of two numbers, ``slope`` of a fit, ``ordering`` of two
            quantities, ``ks`` distance of a law, ``threshold``, or ``exact`` identity up to
            rounding.
        bound: Half-width of the range of acceptance; positive. A size that theory gives or the
            smallest effect that matters, fixed before the run.
        side: ``both`` accepts ``prediction ± bound``; ``below`` only limits deviations upward
            (accepts everything up to ``prediction + bound``); ``above`` accepts everything from
            ``prediction - bound``.
        why: One sentence: where the bound comes from.

    Raises:
        ValueError: If ``bound`` is not a positive number.
    """

    __test__ = False  # a rule of the ledger, not a test case to collect

    kind: Kind
    bound: float
    why: str
    side: Side = "both"

    def __post_init__(self) -> None:
        if not (self.bound > 0 and math.isfinite(self.bound)):
            raise ValueError(f"bound must be positive and finite, got {self.bound}")

    def accept(self, prediction: float) -> tuple[float, float]:
        """The range of acceptance around a prediction."""
        lower = -math.inf if self.side == "below" else prediction - self.bound
        upper = math.inf if self.side == "above" else prediction + self.bound
        return lower, upper

    def outcome(self, measurement: Estimate, prediction: float) -> Outcome:
        """Decide one measurement at the book's error rate."""
        return decide(measurement.interval(critical_value()), self.accept(prediction))


@dataclass(frozen=True)
class Control:
    """Something that must fail by the rule of its part, measured beside it.

    Args:
        what: What was changed, in a few words.
        measurement: The same statistic on the changed system.
    """

    what: str
    measurement: Estimate


@dataclass(frozen=True)
class Size:
    """One size of an asymptotic claim: the size and the statistic measured at it."""

    size: float
    measurement: Estimate


@dataclass(frozen=True)
class Part:
    """One decided statement.

    Args:
        statement: What is claimed, one sentence.
        prediction: Predicted value, from theory, without a fitted parameter.
        measurement: Measured value with its error.
        test: The rule.
        controls: What must fail by the same rule.
        asymptotic: Whether the statement holds in a limit; then ``sizes`` must show the trend.
        sizes: The statistic at sizes that grow (or step sizes that shrink), the last nearest the
            limit.
        expected: The verdict the author expects; compared with the computed one.
        note: What a reader must know about the result.
        label: Letter of the part within its claim, given by :class:`Claim`.

    Raises:
        ValueError: If the prediction is not finite, or the sizes are not in order.
    """

    statement: str
    prediction: float
    measurement: Estimate
    test: Test
    controls: Sequence[Control] = ()
    asymptotic: bool = False
    sizes: Sequence[Size] = ()
    expected: Verdict = "verified"
    note: str = ""
    label: str = ""

    def __post_init__(self) -> None:
        if not math.isfinite(self.prediction):
            raise ValueError(f"prediction must be finite, got {self.prediction}")
        sizes = [size.size for size in self.sizes]
        steps = [b - a for a, b in pairwise(sizes)]
        if not (all(step > 0 for step in steps) or all(step < 0 for step in steps)):
            raise ValueError(f"sizes must grow or shrink strictly, got {sizes}")

    @property
    def outcome(self) -> Outcome:
        """Whether the measurement passes."""
        return self.test.outcome(self.measurement, self.prediction)

    def control_outcome(self, control: Control) -> Outcome:
        """Whether a control passes the same rule (it must not)."""
        return self.test.outcome(control.measurement, self.prediction)

    @property
    def trend_holds(self) -> bool:
        """Whether the deviation from the prediction shrinks over at least three sizes.

        It must be smaller at the last size than at the first by more than the error, and must not
        grow by more than the error between neighbors.
        """
        if len(self.sizes) < 3:
            return False
        z = critical_value()
        gaps = [
            (abs(size.measurement.value - self.prediction), size.measurement.half_width(z))
            for size in self.sizes
        ]
        grows = any(_larger(later, earlier) for earlier, later in pairwise(gaps))
        return _larger(gaps[0], gaps[-1]) and not grows

    @property
    def verdict(self) -> Verdict:
        """The computed verdict.

        ``falsified``: the measurement fails. ``inconclusive``: it is undecided, a control does not
        fail, or the trend of an asymptotic claim does not hold. ``toy``: it passes, but no control
        or (for an asymptotic claim) fewer than three sizes were run. ``verified``: all is there.
        """
        if self.outcome == "fail":
            return "falsified"
        if self.outcome == "undecided":
            return "inconclusive"
        if any(self.control_outcome(control) != "fail" for control in self.controls):
            return "inconclusive"
        if not self.controls or (self.asymptotic and len(self.sizes) < 3):
            return "toy"
        if self.asymptotic and not self.trend_holds:
            return "inconclusive"
        return "verified"

    @property
    def random_tests(self) -> int:
        """Number of decisions about noisy measurements, of the result, the controls and the trend.

        A trend over k noisy sizes takes k comparisons, of neighbors and of the two ends.
        """
        measured = [self.measurement, *(control.measurement for control in self.controls)]
        if self.asymptotic:
            measured += [size.measurement for size in self.sizes]
        return sum(m.random for m in measured)


def _larger(one: tuple[float, float], other: tuple[float, float]) -> bool:
    """Whether one of two (value, half-width) is larger than the other by more than both errors."""
    return bool(one[0] - other[0] > math.hypot(one[1], other[1]))


@dataclass(frozen=True)
class Claim:
    """A numbered claim of a paper and its decided parts.

    Args:
        id: ``BR-8``: two capital letters of the chapter and the number of the claim.
        source: Where the paper states it (theorem, equation, figure).
        basis: ``stated`` in the text that was read, ``attributed`` to text that was not read,
            ``derived`` from the paper's setting, ``extension`` beyond it.
        statement: The claim, one or two sentences.
        parts: Its parts; labels ``a``, ``b``, ... are given in order when there are several.
        seconds: Time the run took.

    Raises:
        ValueError: If the id is not of that form, or there are no parts or more than 26.
    """

    id: str
    source: str
    basis: Basis
    statement: str
    parts: Sequence[Part]
    seconds: float = field(default=0.0, compare=False)

    def __post_init__(self) -> None:
        if not CLAIM_ID.fullmatch(self.id):
            raise ValueError(f"id must look like BR-8, got {self.id!r}")
        if not 1 <= len(self.parts) <= len(LABELS):
            raise ValueError(
                f"parts of {self.id} must be between 1 and {len(LABELS)}, got {len(self.parts)}"
            )
        labels = LABELS if len(self.parts) > 1 else ("",)
        labeled = [
            replace(part, label=label) for part, label in zip(self.parts, labels, strict=False)
        ]
        object.__setattr__(self, "parts", tuple(labeled))

    @property
    def verdict(self) -> Verdict:
        """The weakest verdict of the parts."""
        return min((part.verdict for part in self.parts), key=VERDICTS.index)

    @property
    def expected(self) -> Verdict:
        """The weakest expected verdict of the parts."""
        return min((part.expected for part in self.parts), key=VERDICTS.index)

    def surprises(self) -> list[str]:
        """One line for each part whose verdict differs from the expected one."""
        return [
            f"{self.id}{part.label}: {part.verdict}, expected {part.expected} ({part.statement})"
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
        from traindyn.ledger.rows import markdown_table, rows_of  # shown, never stored

        return markdown_table(rows_of(self))
