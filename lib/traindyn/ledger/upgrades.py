"""Ledgers of schema 1 in the present form.

Schema 1 had one-sided rules around a prediction, no kinds of controls, no reasons by kind, and no
degrees of freedom. What it does not hold is said to be ``not told``.
"""

from __future__ import annotations

import math
from typing import Any

from traindyn.inference import Outcome
from traindyn.ledger.rules import NOT_TOLD, Rule
from traindyn.ledger.verdicts import shrinks
from traindyn.system.arguments import short

Row = dict[str, Any]

KEPT = (
    *("id", "claim", "source", "title", "basis", "statement", "asymptotic", "random_tests"),
    *("expected", "verdict", "claim_verdict", "seconds", "note"),
)
"""What rows of both schemata hold."""

Z_OF_SCHEMA_1 = 4.891638475699
"""Critical value of the error budget of 1,000 tests."""


def upgraded(ledger: Any, name: str = "ledger") -> Any:
    """A ledger of schema 1 as one of schema 2; anything else as it is.

    Decisions are taken over: a row of schema 1 does not hold the degrees of freedom of controls and
    sizes, so that theirs get the half-width, of the least possible and an infinite one, that leads
    to the outcome which is told. What cannot be so is left for
    :func:`traindyn.ledger.check_ledger` to refuse.

    Args:
        ledger: Plain data, as read from JSON.
        name: How the message calls it.

    Raises:
        ValueError: If it says that it has schema 1 but lacks what that holds.
    """
    if not isinstance(ledger, dict) or type(ledger.get("schema")) is not int:
        return ledger
    if ledger["schema"] != 1:
        return ledger
    try:
        rows = ledger["claims"]
        z = min([Z_OF_SCHEMA_1, *(row["test"]["z"] for row in rows)])
        return {**ledger, "schema": 2, "z": z, "claims": [_row(row, z) for row in rows]}
    except (KeyError, TypeError, AttributeError, OverflowError) as error:
        raise ValueError(f"{name} must hold what schema 1 asks for: {error!r}") from None


def _row(old: Row, z: float) -> Row:
    test = old["test"]
    rule = _rule(old["prediction"], test)
    prediction = old["prediction"] if rule.kind == "within" else None
    limited = old["asymptotic"] and prediction is None
    sizes = old["sizes"]
    wide = old["verdict"] == "inconclusive" and shrinks(_gaps(old, z))
    return {
        **{name: old[name] for name in KEPT},
        "claim_basis": old["basis"],
        "compares": NOT_TOLD,
        "prediction": prediction,
        "measurement": _measurement(old["measurement"], test["z"]),
        "replicates": NOT_TOLD if old["measurement"]["stderr"] != 0 else "",
        "rule": {
            "kind": rule.kind,
            "bound": rule.bound,
            "limit": rule.limit,
            "why": rule.why,
            "origin": rule.origin,
            "outcome": test["outcome"],
        },
        "controls": [_control(control, rule, prediction, z) for control in old["controls"]],
        "toward": old["prediction"] if limited else None,
        "sizes": [
            {"size": size["size"], "measurement": _measurement(size, math.inf if wide else z)}
            for size in sizes
        ],
        "key": "",
        "seen": False,
    }


def _rule(prediction: float, test: Row) -> Rule:
    why, bound = test["why"], test["bound"]
    match test["side"]:
        case "below":
            return Rule("at_most", why, "not told", limit=prediction + bound)
        case "above":
            return Rule("at_least", why, "not told", limit=prediction - bound)
        case "both":
            return Rule("within", why, "not told", bound=bound)
    raise ValueError(f"side must be both, below or above, got {short(test['side'])}")


def _measurement(old: Row, z: float) -> Row:
    error = old["stderr"]
    half_width = None if error is None else z * error if error else 0.0
    if half_width is not None and math.isinf(half_width):
        half_width = None
    return {
        "value": old["value"],
        "stderr": error,
        "half_width": half_width,
        "degrees_of_freedom": None,
        "n": old.get("n", 1),
        "unit": old.get("unit", "1"),
        "random": error != 0,
    }


def _control(old: Row, rule: Rule, prediction: float | None, z: float) -> Row:
    """A control with the half-width that leads to its outcome."""
    measured = _measurement(old, z)
    if old["value"] is not None and old["stderr"]:
        half_width = math.inf if measured["half_width"] is None else measured["half_width"]
        found: Outcome = rule.outcome_of(old["value"], half_width, prediction)
        if found != old["outcome"]:
            measured = _measurement(old, math.inf)
    return {
        "what": old["what"],
        "kind": NOT_TOLD,
        "prediction": None,
        "measurement": measured,
        "outcome": old["outcome"],
    }


def _gaps(old: Row, z: float) -> list[tuple[float, float]]:
    return [
        (
            math.inf if size["value"] is None else abs(size["value"] - old["prediction"]),
            math.inf if size["stderr"] is None else z * size["stderr"],
        )
        for size in old["sizes"]
    ]
