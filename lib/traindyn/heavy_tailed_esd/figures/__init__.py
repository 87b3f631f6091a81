"""Figures of the chapter: each maps results of claims to one figure."""

from traindyn.heavy_tailed_esd.figures.runs import long_runs, overlap_maps
from traindyn.heavy_tailed_esd.figures.tails import (
    collapse,
    densities,
    learning_rates,
    mechanisms,
    names,
)

__all__ = [
    "collapse",
    "densities",
    "learning_rates",
    "long_runs",
    "mechanisms",
    "names",
    "overlap_maps",
]
