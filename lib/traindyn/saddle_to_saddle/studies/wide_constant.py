"""The escape constant of an infinitely wide network, whose numerics take time."""

from __future__ import annotations

from traindyn.runs import study
from traindyn.saddle_to_saddle.theory.wide import wide_escape_constant


@study(stream="SS-9")
def wide_constant(depth: int) -> float:
    """The constant in the time to leave the origin."""
    return wide_escape_constant(depth)
