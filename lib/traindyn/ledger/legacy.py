"""Parts as they were written before a row told what it compares: only until all rooms tell it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from traindyn.inference import Estimate
from traindyn.ledger import parts
from traindyn.ledger.parts import Size
from traindyn.ledger.rules import NOT_TOLD, Rule, within


class Test:
    """A bound around a prediction, on both sides or one."""

    __test__ = False

    def __init__(
        self,
        kind: str,
        bound: float,
        why: str,
        side: Literal["both", "below", "above"] = "both",
    ) -> None:
        self.kind, self.bound, self.why, self.side = kind, bound, why, side

    def rule(self, prediction: float) -> Rule:
        """The rule around a prediction."""
        if self.side == "both":
            return within(self.bound, self.why, "not told")
        if self.side == "below":
            return Rule("at_most", self.why, "not told", limit=prediction + self.bound)
        return Rule("at_least", self.why, "not told", limit=prediction - self.bound)


class Control(parts.Control):
    """A control of a kind that is not told."""

    def __new__(cls, what: str, measurement: Estimate) -> Any:  # noqa: D102
        return parts.Control(what, "not told", measurement=measurement)


class Part(parts.Part):
    """A part that does not tell what it compares."""

    def __new__(  # noqa: D102
        cls,
        statement: str,
        prediction: float,
        measurement: Estimate,
        test: Test,
        controls: Sequence[parts.Control] = (),
        asymptotic: bool = False,
        sizes: Sequence[Size] = (),
        **told: Any,
    ) -> Any:
        two_sided = test.side == "both"
        return parts.Part(
            statement,
            measurement,
            test.rule(prediction),
            controls,
            compares="not told",
            replicates=NOT_TOLD if measurement.random else "",
            prediction=prediction if two_sided else None,
            asymptotic=asymptotic,
            sizes=sizes,
            toward=prediction if asymptotic and not two_sided else None,
            **told,
        )
