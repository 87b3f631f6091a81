"""Whether a ledger is one: its schema, its finite numbers, and that it agrees with itself."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from functools import cache
from importlib import resources
from itertools import groupby, pairwise
from operator import itemgetter
from typing import Any

from traindyn.inference import Outcome
from traindyn.ledger.parts import LABELS
from traindyn.ledger.rules import Rule
from traindyn.ledger.verdicts import shrinks, verdict_of, weakest
from traindyn.system.arguments import finite_number, short, whole_text

Ledger = dict[str, Any]
Row = dict[str, Any]

SCHEMA_VERSION = 2

SHARED = ("source", "claim_basis", "title", "seconds", "key")
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
    occur once, and every outcome and verdict is what its row leads to: an edited verdict is
    refused. A ledger of schema 1 is refused too; :func:`traindyn.ledger.upgraded` brings it up to
    date.

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
        for row in ledger["claims"]:
            _check_measurements(row, ledger["z"])
            _check_decisions(row)
        _check_ids(ledger["claims"])
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from None


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


def _check_measurements(row: Row, z: float) -> None:
    """An interval reaches at least ``z`` standard errors, and only what is random has an error."""
    for measured in [
        row["measurement"],
        *(c["measurement"] for c in row["controls"] + row["sizes"]),
    ]:
        if measured["stderr"] != 0 and not measured["random"]:
            raise ValueError(f"stderr of {row['id']} must be 0 for what is not random")
        half_width = _infinite(measured["half_width"])
        least = z * _infinite(measured["stderr"])
        if half_width < least * (1 - 1e-9) or (half_width and not least):
            raise ValueError(
                f"half_width of {row['id']} must be at least {least:.6g}, {z:.4g} standard errors, "
                f"and 0 where they are 0, got {half_width:.6g}"
            )
    if bool(row["replicates"].strip()) != row["measurement"]["random"]:
        raise ValueError(
            f"replicates of {row['id']} must be given where it is random, and only there"
        )


def _check_decisions(row: Row) -> None:
    """Recompute outcomes and verdict of a row."""
    rule = _rule_of(row)
    controls = [(c["kind"], _outcome(row, rule, c["measurement"], c)) for c in row["controls"]]
    outcome = _outcome(row, rule, row["measurement"])
    _require(row, "outcome", row["rule"]["outcome"], outcome)
    for number, (control, (_, found)) in enumerate(zip(row["controls"], controls, strict=True), 1):
        _require(row, f"outcome of control {number}", control["outcome"], found)
    steps = [b["size"] - a["size"] for a, b in pairwise(row["sizes"])]
    if not (all(step > 0 for step in steps) or all(step < 0 for step in steps)):
        raise ValueError(f"sizes of {row['id']} must grow or shrink strictly")
    verdict = verdict_of(
        outcome,
        controls,
        asymptotic=row["asymptotic"],
        sizes=len(row["sizes"]),
        trend_holds=_trend(row),
    )
    _require(row, "verdict", row["verdict"], verdict)
    measured = [row["measurement"], *(control["measurement"] for control in row["controls"])]
    if row["asymptotic"]:
        measured += [size["measurement"] for size in row["sizes"]]
    _require(row, "random_tests", row["random_tests"], sum(m["random"] for m in measured))


def _rule_of(row: Row) -> Rule:
    """The rule of a row, and whether the row has a prediction where the rule needs one."""
    told = row["rule"]
    rule = Rule(told["kind"], told["why"], told["origin"], told["bound"], told["limit"])
    needed = rule.kind == "within"
    named = [control["prediction"] for control in row["controls"]]
    if needed != (row["prediction"] is not None) or (
        not needed and any(p is not None for p in named)
    ):
        raise ValueError(f"prediction of {row['id']} must be given to within and to nothing else")
    if (row["toward"] is not None) != (row["asymptotic"] and not needed):
        raise ValueError(f"toward of {row['id']} must be given to an asymptotic limit alone")
    return rule


def _outcome(row: Row, rule: Rule, measured: Row, control: Row | None = None) -> Outcome:
    """The outcome of a measured value of a row."""
    prediction = row["prediction"]
    if control is not None and control["prediction"] is not None:
        prediction = control["prediction"]
    half_width = _infinite(measured["half_width"])
    if measured["value"] is not None:
        return rule.outcome_of(measured["value"], half_width, prediction)
    signs = {rule.outcome_of(value, half_width, prediction) for value in (-math.inf, math.inf)}
    told = (control or row["rule"])["outcome"]
    return told if told in signs else signs.pop()  # what diverged has lost its sign


def _trend(row: Row) -> bool:
    """Whether the distance from where the sizes go shrinks."""
    end = row["prediction"] if row["toward"] is None else row["toward"]
    gaps = []
    for size in row["sizes"]:
        value, half_width = size["measurement"]["value"], size["measurement"]["half_width"]
        gap = math.inf if value is None or end is None else abs(value - end)
        gaps.append((gap, _infinite(half_width)))
    return shrinks(gaps)


def _infinite(value: Any) -> float:
    return math.inf if value is None else float(value)


def _require(row: Row, name: str, told: Any, wanted: Any) -> None:
    if told != wanted:
        raise ValueError(f"{name} of {row['id']} must be {wanted}, got {told}")
