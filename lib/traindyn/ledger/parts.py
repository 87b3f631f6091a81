"""What is decided: a part of a claim, its rule, its controls, and the verdict that follows.

A part measures a number and lets a control be measured by the same rule. No verdict can be set:
:attr:`Part.verdict` is computed.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import KW_ONLY, dataclass
from itertools import pairwise
from typing import Any, Literal, get_args

from traindyn.inference import Estimate, Outcome, critical_value
from traindyn.ledger.rules import Rule
from traindyn.ledger.verdicts import VERDICTS, Verdict, shrinks, verdict_of
from traindyn.system.arguments import all_of, finite_number, one_of, require_kind, whole_text

Basis = Literal["stated", "attributed", "derived", "extension"]
BASES: tuple[Basis, ...] = get_args(Basis)

Compared = Literal["simulation", "algebra", "theories", "not told"]
"""What a part holds against its rule: a run of the dynamics, exact algebra on given or drawn
matrices and networks, or a second theory."""

COMPARED: tuple[str, ...] = get_args(Compared)

ControlKind = Literal["wrong theory", "other system", "same run", "not told"]
CONTROL_KINDS: tuple[str, ...] = get_args(ControlKind)

LABELS = "abcdefghijklmnopqrstuvwxyz"
"""Of the parts of a claim, in order."""


@dataclass(frozen=True)
class Control:
    """Something that must fail by the rule of its part. Made by :func:`wrong_theory` and its like.

    Args:
        what: What was changed, in a few words.
        kind: ``wrong theory``, ``other system``, or the ``same run`` looked at elsewhere, which
            alone is no control.
        measurement: The statistic that must fail; None: that of the part.
        prediction: What it must fail against; None: the prediction of the part.

    Raises:
        ValueError: If ``what`` is empty, ``kind`` is none of these, or not exactly one of
            ``measurement`` and ``prediction`` is given.
    """

    what: str
    kind: ControlKind
    measurement: Estimate | None = None
    prediction: float | None = None

    def __post_init__(self) -> None:
        whole_text("what", self.what)
        one_of("kind", self.kind, CONTROL_KINDS)
        if (self.measurement is None) == (self.prediction is None):
            raise ValueError(f"control {self.what!r} must have a measurement or a prediction")
        if self.measurement is not None:
            require_kind("measurement", self.measurement, Estimate)
        if self.prediction is not None:
            _set(self, prediction=finite_number("prediction", self.prediction))


def wrong_theory(what: str, measurement: Estimate) -> Control:
    """The statistic of a part with a wrong theory in the place of the claim's.

    Args:
        what: The term, factor or exponent that is wrong.
        measurement: The statistic.

    Raises:
        ValueError: If ``what`` is empty or ``measurement`` no estimate.
    """
    return Control(what, "wrong theory", measurement=measurement)


def wrong_prediction(what: str, prediction: float) -> Control:
    """The prediction of a wrong theory, which the measurement of the part must miss.

    Args:
        what: The term, factor or exponent that is wrong.
        prediction: What it predicts, of a part whose rule is ``within``.

    Raises:
        ValueError: If ``what`` is empty or ``prediction`` not finite.
    """
    return Control(what, "wrong theory", prediction=prediction)


def other_system(what: str, measurement: Estimate) -> Control:
    """The statistic of a part on a system without the mechanism that the claim speaks of.

    Args:
        what: What was changed.
        measurement: The statistic.

    Raises:
        ValueError: If ``what`` is empty or ``measurement`` no estimate.
    """
    return Control(what, "other system", measurement=measurement)


def same_run(what: str, measurement: Estimate) -> Control:
    """The statistic at another time, place or parameter of the same system: never enough alone.

    Args:
        what: Where it was taken.
        measurement: The statistic.

    Raises:
        ValueError: If ``what`` is empty or ``measurement`` no estimate.
    """
    return Control(what, "same run", measurement=measurement)


@dataclass(frozen=True)
class Size:
    """One size of an asymptotic claim: the size and the statistic measured at it.

    Raises:
        ValueError: If ``size`` is not finite or ``measurement`` no estimate.
    """

    size: int | float
    measurement: Estimate

    def __post_init__(self) -> None:
        _set(self, size=finite_number("size", self.size))
        require_kind("measurement", self.measurement, Estimate)


@dataclass(frozen=True)
class Part:
    """One decided statement.

    Args:
        statement: What is claimed, one sentence that can be read by itself.
        measurement: Measured value with its error.
        rule: What values count as agreement.
        controls: What must fail by the same rule.
        compares: ``simulation``, ``algebra`` or ``theories``: what is held against the rule.
        replicates: What the ``n`` of a random measurement counts, in the plural: ``starts``,
            ``drawn problems``; empty if it is not random.
        prediction: Predicted value, from theory, without a fitted parameter; of ``within`` alone.
        basis: Where the statement of this part comes from; None: as its claim.
        asymptotic: Whether the statement holds in a limit; then ``sizes`` must show the trend.
        sizes: The statistic at sizes that grow (or step sizes that shrink), the last nearest the
            limit.
        toward: What the sizes tend to, where the rule has no prediction.
        expected: The verdict the author expects; compared with the computed one.
        note: What a reader must know about the result.
        seen: Whether the result at seed 0 was known before the rule took its present form.
        label: Letter of the part within its claim, given by :class:`Claim`.

    Raises:
        ValueError: If a prediction is missing or of no use, the sizes are not in order, the unit of
            replication is missing or of no use, or an argument is of another kind.
    """

    statement: str
    measurement: Estimate
    rule: Rule
    controls: Sequence[Control] = ()
    _: KW_ONLY
    compares: Compared
    replicates: str = ""
    prediction: float | None = None
    basis: Basis | None = None
    asymptotic: bool = False
    sizes: Sequence[Size] = ()
    toward: float | None = None
    expected: Verdict = "verified"
    note: str = ""
    seen: bool = False
    label: str = ""

    def __post_init__(self) -> None:
        whole_text("statement", self.statement)
        for name in ("replicates", "note", "label"):
            whole_text(name, getattr(self, name), may_be_empty=True)
        one_of("expected", self.expected, VERDICTS)
        one_of("compares", self.compares, COMPARED)
        if self.basis is not None:
            one_of("basis", self.basis, BASES)
        require_kind("measurement", self.measurement, Estimate)
        require_kind("rule", self.rule, Rule)
        require_kind("asymptotic", self.asymptotic, bool)
        require_kind("seen", self.seen, bool)
        _set(
            self,
            controls=all_of("controls", self.controls, Control),
            sizes=all_of("sizes", self.sizes, Size),
        )
        self._check_predictions()
        if bool(self.replicates.strip()) != self.measurement.drawn:
            wanted = "be given" if self.measurement.drawn else "be empty: nothing is random"
            raise ValueError(f"replicates must {wanted}, got {self.replicates!r}")
        sizes = [size.size for size in self.sizes]
        steps = [b - a for a, b in pairwise(sizes)]
        if not (all(step > 0 for step in steps) or all(step < 0 for step in steps)):
            raise ValueError(f"sizes must grow or shrink strictly, got {sizes}")

    def _check_predictions(self) -> None:
        """Only what theory predicts is a prediction: a limit has none."""
        if self.rule.kind == "within":
            _set(self, prediction=finite_number("prediction", self.prediction))
        elif self.prediction is not None or any(c.prediction is not None for c in self.controls):
            raise ValueError(f"prediction must not be given to {self.rule.kind}: it has a limit")
        if self.rule.kind != "within" and self.asymptotic:
            _set(self, toward=finite_number("toward", self.toward))
        elif self.toward is not None:
            raise ValueError(
                f"toward must be given to an asymptotic part with a limit alone, got {self.toward}"
            )

    @property
    def outcome(self) -> Outcome:
        """Whether the measurement passes."""
        return self.rule.outcome(self.measurement, self.prediction)

    def control_outcome(self, control: Control) -> Outcome:
        """Whether a control passes the same rule (it must not)."""
        prediction = self.prediction if control.prediction is None else control.prediction
        return self.rule.outcome(control.measurement or self.measurement, prediction)

    @property
    def trend_holds(self) -> bool:
        """Whether the distance from where the sizes go shrinks over at least three of them."""
        z = critical_value()
        end = self.prediction if self.toward is None else self.toward
        gaps = (
            (
                math.inf if end is None else abs(size.measurement.value - end),
                size.measurement.half_width(z),
            )
            for size in self.sizes
        )
        return shrinks(tuple(gaps))

    @property
    def verdict(self) -> Verdict:
        """What the outcomes of measurement, controls and sizes amount to; it is never typed."""
        return verdict_of(
            self.outcome,
            [(control.kind, self.control_outcome(control)) for control in self.controls],
            asymptotic=self.asymptotic,
            sizes=len(self.sizes),
            trend_holds=self.trend_holds,
        )

    @property
    def random_tests(self) -> int:
        """Number of decisions about random measurements: of the result, the controls, the trend.

        A trend over k random sizes takes k comparisons, of neighbors and of the two ends.
        """
        measured = [self.measurement]
        measured += [control.measurement or self.measurement for control in self.controls]
        if self.asymptotic:
            measured += [size.measurement for size in self.sizes]
        return sum(m.drawn for m in measured)


def _set(instance: object, **values: Any) -> None:
    """Give a frozen instance its checked values."""
    for name, value in values.items():
        object.__setattr__(instance, name, value)
