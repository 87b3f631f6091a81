"""How far a verdict is from turning: the room that its intervals leave to the ends of its range."""

from __future__ import annotations

import math
from typing import Any

from traindyn.ledger.validation import Row


def margin(row: Row) -> float | None:
    r"""Least share of its room that a verdict leaves unused, from 1 to -1.

    An interval :math:`m \pm h` is decided if :math:`h < r`, with the distance r of m from the end
    of the accepted range that it must not reach: :math:`\min(m - l, u - m)` of what passes in
    :math:`[l, u]`, :math:`\max(l - m, m - u)` of what fails. The share is :math:`1 - h/r`, and
    :math:`r/h - 1` where it is negative: of an undecided part, or -1 for an interval without an
    end. What passes keeps its verdict while every control fails, so that the least share of all
    counts. The trend over sizes of an asymptotic part does not enter.

    Args:
        row: A row of a ledger.

    Returns:
        The share; None if no interval behind the verdict has a width.

    >>> measured = {"value": 1.0, "half_width": 0.1}
    >>> rule = {"kind": "within", "bound": 0.4, "limit": None, "outcome": "pass"}
    >>> round(margin({"prediction": 1.1, "measurement": measured, "rule": rule, "controls": []}), 9)
    0.666666667
    >>> control = {"measurement": measured, "prediction": 1.6}
    >>> row = {"prediction": 1.1, "measurement": measured, "rule": rule, "controls": [control]}
    >>> round(margin(row), 9)
    0.5
    """
    passes, fails = _shares(row["measurement"], row["prediction"], row["rule"])
    if row["rule"]["outcome"] == "fail":
        least = fails
    elif row["rule"]["outcome"] == "undecided":
        least = max(passes, fails)
    else:
        controls = [
            _shares(
                control["measurement"],
                row["prediction"] if control["prediction"] is None else control["prediction"],
                row["rule"],
            )
            for control in row["controls"]
        ]
        least = min([passes, *(share for _, share in controls)])
    return least if math.isfinite(least) else None


def _shares(
    measured: dict[str, Any], prediction: float | None, rule: dict[str, Any]
) -> tuple[float, float]:
    """What passing and failing leave of their room; endless for numbers without noise."""
    value, half_width = measured["value"], measured["half_width"]
    if value is None or half_width == 0:  # diverged, or without noise
        return math.inf, math.inf
    if half_width is None:
        return -1.0, -1.0
    if rule["kind"] == "within":
        room = rule["bound"] - abs(value - prediction)
    else:
        room = (value - rule["limit"]) * (1 if rule["kind"] == "at_least" else -1)
    return _left(room, half_width), _left(-room, half_width)


def _left(room: float, half_width: float) -> float:
    return 1 - half_width / room if room > half_width else room / half_width - 1
