"""Figures of the chapter: each maps results of claims to one figure."""

from traindyn.balance_regularization.figures.balance import budget, decay, weight_plane
from traindyn.balance_regularization.figures.stationary import (
    headline,
    laws_and_mutants,
    limits,
    regression,
    temperature_slider,
)

__all__ = [
    "budget",
    "decay",
    "headline",
    "laws_and_mutants",
    "limits",
    "regression",
    "temperature_slider",
    "weight_plane",
]
