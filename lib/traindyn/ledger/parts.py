"""What is decided: a part of a claim, its rule, its controls, and the verdict that follows.

A part predicts a number, measures it, and lets a control be measured by the same rule. No verdict
can be set: :attr:`Part.verdict` is computed.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal, get_args

from traindyn.inference import Estimate, Outcome, critical_value, decide
from traindyn.ledger.verdicts import VERDICTS, Verdict, shrinks, verdict_of
from traindyn.system.arguments import all_of, finite_number, one_of, require_kind, whole_text

Kind = Literal["equality", "slope", "ordering", "ks", "threshold", "exact"]
Side = Literal["both", "below", "above"]

LABELS = "abcdefghijklmnopqrstuvwxyz"
"""Of the parts of a claim, in order."""


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
        ValueError: If ``bound`` is not a positive number, ``why`` is empty, or ``kind`` or ``side``
            is none of these.
    """

    __test__ = False  # a rule of the ledger, not a test case to collect

    kind: Kind
    bound: float
    why: str
    side: Side = "both"

    def __post_init__(self) -> None:
        one_of("kind", self.kind, get_args(Kind))
        one_of("side", self.side, get_args(Side))
        whole_text("why", self.why)
        _set(self, bound=finite_number("bound", self.bound, positive=True))

    def accept(self, prediction: float) -> tuple[float, float]:
        """The range of acceptance around a prediction."""
        lower = -math.inf if self.side == "below" else prediction - self.bound
        upper = math.inf if self.side == "above" else prediction + self.bound
        return lower, upper

    def outcome(self, measurement: Estimate, prediction: float) -> Outcome:
        """Decide one measurement at the book's error rate."""
        half_width = measurement.half_width(critical_value())
        return self.outcome_of(measurement.value, half_width, prediction)

    def outcome_of(self, value: float, half_width: float, prediction: float) -> Outcome:
        """Decide one interval. What diverged never passes, on the open side of a rule neither."""
        whole = math.isinf(half_width)
        low, high = (-math.inf, math.inf) if whole else (value - half_width, value + half_width)
        outcome = decide((low, high), self.accept(prediction))
        return "undecided" if outcome == "pass" and math.isinf(value) else outcome


@dataclass(frozen=True)
class Control:
    """Something that must fail by the rule of its part, measured beside it.

    Args:
        what: What was changed, in a few words.
        measurement: The same statistic on the changed system.

    Raises:
        ValueError: If ``what`` is empty or ``measurement`` no estimate.
    """

    what: str
    measurement: Estimate

    def __post_init__(self) -> None:
        whole_text("what", self.what)
        require_kind("measurement", self.measurement, Estimate)


@dataclass(frozen=True)
class Size:
    """One size of an asymptotic claim: the size and the statistic measured at it.

    Raises:
        ValueError: If ``size`` is not finite or ``measurement`` no estimate.
    """

    size: float
    measurement: Estimate

    def __post_init__(self) -> None:
        _set(self, size=finite_number("size", self.size))
        require_kind("measurement", self.measurement, Estimate)


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
        ValueError: If the prediction is not finite, the sizes are not in order, the statement is
            empty, or an argument is of another kind.
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
        whole_text("statement", self.statement)
        whole_text("note", self.note, may_be_empty=True)
        whole_text("label", self.label, may_be_empty=True)
        one_of("expected", self.expected, VERDICTS)
        require_kind("measurement", self.measurement, Estimate)
        require_kind("test", self.test, Test)
        require_kind("asymptotic", self.asymptotic, bool)
        _set(
            self,
            prediction=finite_number("prediction", self.prediction),
            controls=all_of("controls", self.controls, Control),
            sizes=all_of("sizes", self.sizes, Size),
        )
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
        """Whether the deviation from the prediction shrinks over at least three sizes."""
        z = critical_value()
        gaps = (
            (abs(size.measurement.value - self.prediction), size.measurement.half_width(z))
            for size in self.sizes
        )
        return shrinks(tuple(gaps))

    @property
    def verdict(self) -> Verdict:
        """What the outcomes of measurement, controls and sizes amount to; it is never typed."""
        return verdict_of(
            self.outcome,
            [self.control_outcome(control) for control in self.controls],
            asymptotic=self.asymptotic,
            sizes=len(self.sizes),
            trend_holds=self.trend_holds,
        )

    @property
    def random_tests(self) -> int:
        """Number of decisions about noisy measurements, of the result, the controls and the trend.

        A trend over k noisy sizes takes k comparisons, of neighbors and of the two ends.
        """
        measured = [self.measurement, *(control.measurement for control in self.controls)]
        if self.asymptotic:
            measured += [size.measurement for size in self.sizes]
        return sum(m.random for m in measured)


def _set(instance: object, **values: Any) -> None:
    """Give a frozen instance its checked values."""
    for name, value in values.items():
        object.__setattr__(instance, name, value)
