"""Whether a ledger is one: its schema, its finite numbers, and that it agrees with itself."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from functools import cache
from importlib import resources
from itertools import groupby, pairwise, product
from operator import itemgetter
from typing import Any

from traindyn.inference import Outcome, critical_value
from traindyn.ledger.parts import LABELS, Test
from traindyn.ledger.verdicts import shrinks, verdict_of, weakest
from traindyn.system.arguments import finite_number, short, whole_text

Ledger = dict[str, Any]
Row = dict[str, Any]

SCHEMA_VERSION = 1

SHARED = ("source", "basis", "title", "seconds")
"""What the rows of one claim have in common."""


@cache
def schema() -> dict[str, Any]:
    """JSON Schema of a chapter's ledger file."""
    text = resources.files("traindyn.ledger").joinpath("schema.json").read_text(encoding="utf-8")
    content: dict[str, Any] = json.loads(text)
    return content


def check_ledger(ledger: Any, name: str = "ledger") -> None:
    """Refuse what is no ledger.

    The whole content obeys the schema, every number is finite, ids belong to their claims and
    occur once, and every outcome and verdict is one that its row can lead to: an edited verdict
    is refused. A row does not hold the degrees of freedom of controls and sizes, so that an
    undecided control and a noisy trend are taken as they are told where either is possible.

    Args:
        ledger: Plain data, as read from JSON.
        name: How the message calls it.

    Raises:
        ValueError: With the place and what is wrong there.
    """
    if not isinstance(ledger, dict) or ledger.get("schema") != SCHEMA_VERSION:
        raise ValueError(f"{name} must have schema {SCHEMA_VERSION}")
    if missing := [key for key in schema()["required"] if key not in ledger]:
        raise ValueError(f"{name} must hold {', '.join(missing)}")
    try:
        _validator()(ledger)
        _check_leaves(ledger)
        _check_rows(ledger["claims"])
        _check_ids(ledger["claims"])
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from None


def _check_rows(rows: list[Row]) -> None:
    least = min([critical_value(), *(row["test"]["z"] for row in rows)])
    for row in rows:
        _check_decisions(row, least)


@cache
def _validator() -> Callable[[Any], None]:
    import fastjsonschema  # only reading needs it

    validate = fastjsonschema.compile(schema(), use_default=False)

    def check(ledger: Any) -> None:
        try:
            validate(ledger)
        except fastjsonschema.JsonSchemaValueException as error:
            rule = error.message.removeprefix("data.").removeprefix("data ")
            raise ValueError(f"{rule}, got {short(error.value)}") from None

    return check


def _check_leaves(content: Any, place: str = "") -> None:
    """Numbers are finite and texts whole, in every place."""
    if isinstance(content, dict):
        for key, value in content.items():
            whole_text("a key", key, may_be_empty=True)
            _check_leaves(value, f"{place}.{key}" if place else key)
    elif isinstance(content, list):
        for index, value in enumerate(content):
            _check_leaves(value, f"{place}[{index}]")
    elif isinstance(content, str):
        whole_text(place, content, may_be_empty=True)
    elif isinstance(content, int | float) and not isinstance(content, bool):
        finite_number(place, content)


def _check_ids(rows: list[Row]) -> None:
    """Rows of a claim stand together, labeled in order, and say the same of their claim."""
    claims = [(claim, list(parts)) for claim, parts in groupby(rows, key=itemgetter("claim"))]
    names = [claim for claim, _ in claims]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ValueError(f"the rows of {twice[0]} must stand together, once")
    if len(prefixes := sorted({name.split("-")[0] for name in names})) > 1:
        raise ValueError(f"claims must share their prefix, got {', '.join(prefixes)}")
    for claim, parts in claims:
        ids = [row["id"] for row in parts]
        labels = LABELS[: len(parts)] if len(parts) > 1 else ("",)
        if ids != (wanted := [claim + label for label in labels]):
            raise ValueError(f"ids of {claim} must be {', '.join(wanted)}, got {', '.join(ids)}")
        for key in SHARED:
            if len({row[key] for row in parts}) > 1:
                raise ValueError(f"{key} must be the same in all rows of {claim}")
        verdict = weakest(row["verdict"] for row in parts)
        if wrong := [row for row in parts if row["claim_verdict"] != verdict]:
            raise ValueError(
                f"claim_verdict of {wrong[0]['id']} must be {verdict}, the weakest of its claim, "
                f"got {wrong[0]['claim_verdict']}"
            )


def _check_decisions(row: Row, least: float) -> None:
    """Recompute outcomes and verdict of a row as far as it holds what they follow from.

    Args:
        row: The row.
        least: No interval of the ledger reaches less than this many standard errors.
    """
    test, measurement = row["test"], row["measurement"]
    _require(row, "outcome", test["outcome"], _outcomes(row, measurement, (test["z"],)))
    for number, control in enumerate(row["controls"], 1):
        possible = _outcomes(row, control, (least, math.inf))
        _require(row, f"outcome of control {number}", control["outcome"], possible)
    steps = [b["size"] - a["size"] for a, b in pairwise(row["sizes"])]
    if not (all(step > 0 for step in steps) or all(step < 0 for step in steps)):
        raise ValueError(f"sizes of {row['id']} must grow or shrink strictly")
    controls = [control["outcome"] for control in row["controls"]]
    settings = {"asymptotic": row["asymptotic"], "sizes": len(row["sizes"])}
    verdicts = {
        verdict_of(test["outcome"], controls, **settings, trend_holds=trend)
        for trend in _trends(row, least)
    }
    _require(row, "verdict", row["verdict"], verdicts)
    measured = [measurement, *row["controls"], *(row["sizes"] if row["asymptotic"] else ())]
    noisy = sum(m["stderr"] != 0 for m in measured)
    _require(row, "random_tests", row["random_tests"], {noisy})


def _outcomes(row: Row, measured: Row, multipliers: tuple[float, ...]) -> set[Outcome]:
    """The outcomes that a measured value of a row may have: what diverged has lost its sign."""
    test = Test(row["test"]["kind"], row["test"]["bound"], row["test"]["why"], row["test"]["side"])
    value, stderr = measured["value"], measured["stderr"]
    values = (-math.inf, math.inf) if value is None else (value,)
    error = math.inf if stderr is None else stderr
    reaches = [z * error if error else 0.0 for z in multipliers]
    return {test.outcome_of(v, reach, row["prediction"]) for v, reach in product(values, reaches)}


def _trends(row: Row, least: float) -> set[bool]:
    """Whether the trend may hold: known where the sizes carry no noise or diverged."""
    gaps = [
        (
            math.inf if size["value"] is None else abs(size["value"] - row["prediction"]),
            math.inf if size["stderr"] is None else least * size["stderr"],
        )
        for size in row["sizes"]
    ]
    noisy = any(0 < error < math.inf for _, error in gaps)
    if noisy and len(gaps) >= 3 and shrinks([gaps[0], gaps[-1], gaps[-1]]):
        return {False, True}
    return {not noisy and shrinks(gaps)}


def _require(row: Row, name: str, told: Any, possible: set[Any]) -> None:
    if told not in possible:
        wanted = " or ".join(sorted(str(value) for value in possible))
        raise ValueError(f"{name} of {row['id']} must be {wanted}, got {told}")
