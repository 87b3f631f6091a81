"""Figures of the chapter: each maps results of claims to one figure."""

from traindyn.saddle_to_saddle.figures.completion import (
    headline,
    recovery,
    saddles_visited,
    three_regimes,
)
from traindyn.saddle_to_saddle.figures.digits import digits
from traindyn.saddle_to_saddle.figures.escape import escape, regimes, wide_escape
from traindyn.saddle_to_saddle.figures.filling import filling
from traindyn.saddle_to_saddle.figures.plateaus import later, plateaus
from traindyn.saddle_to_saddle.figures.regime_map import regime_map

__all__ = [
    "digits",
    "escape",
    "filling",
    "headline",
    "later",
    "plateaus",
    "recovery",
    "regime_map",
    "regimes",
    "saddles_visited",
    "three_regimes",
    "wide_escape",
]
