"""How far a verdict is from turning: the room between its intervals and the ends of its range."""

from __future__ import annotations

import math
from typing import Any

from traindyn.ledger.validation import Row


def margin(row: Row) -> float | None:
    r"""Least distance that a verdict keeps from another one, in half-widths of the interval.

    With an interval :math:`m \pm h` and the accepted range :math:`[l, u]` the distance is
    :math:`\min(m - h - l,\ u - m - h)` of what passes, :math:`\max(l - m - h,\ m - h - u)` of what
    fails, each over h. What passes keeps its verdict while every control fails, so that the least
    of their distances counts. It is negative where the part or a control is undecided, -1 for an
    interval without an end. The trend over sizes of an asymptotic part does not enter.

    Args:
        row: A row of a ledger.

    Returns:
        The distance; None if no interval behind the verdict has a width.

    >>> measured = {"value": 1.0, "half_width": 0.1}
    >>> rule = {"kind": "within", "bound": 0.4, "limit": None, "outcome": "pass"}
    >>> round(margin({"prediction": 1.1, "measurement": measured, "rule": rule, "controls": []}), 9)
    2.0
    >>> control = {"measurement": measured, "prediction": 1.6}
    >>> row = {"prediction": 1.1, "measurement": measured, "rule": rule, "controls": [control]}
    >>> round(margin(row), 9)
    1.0
    """
    passes, fails = _distances(row["measurement"], row["prediction"], row["rule"])
    if row["rule"]["outcome"] == "fail":
        least = fails
    elif row["rule"]["outcome"] == "undecided":
        least = max(passes, fails)
    else:
        controls = [
            _distances(
                control["measurement"],
                row["prediction"] if control["prediction"] is None else control["prediction"],
                row["rule"],
            )
            for control in row["controls"]
        ]
        least = min([passes, *(distance for _, distance in controls)])
    return least if math.isfinite(least) else None


def _distances(
    measured: dict[str, Any], prediction: float | None, rule: dict[str, Any]
) -> tuple[float, float]:
    """What is left of passing and of failing, in half-widths; endless for exact numbers."""
    value, half_width = measured["value"], measured["half_width"]
    if value is None or half_width == 0:  # diverged, or without noise
        return math.inf, math.inf
    if half_width is None:
        return -1.0, -1.0
    if rule["kind"] == "within":
        room = rule["bound"] - abs(value - prediction)
    else:
        room = (value - rule["limit"]) * (1 if rule["kind"] == "at_least" else -1)
    return room / half_width - 1, -room / half_width - 1
