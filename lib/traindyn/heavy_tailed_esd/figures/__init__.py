"""Figures of the chapter: each maps results of claims to one figure."""

from traindyn.heavy_tailed_esd.figures.first_step import alignments, positions, spikes
from traindyn.heavy_tailed_esd.figures.runs import long_runs, overlap_maps
from traindyn.heavy_tailed_esd.figures.slider import rate_slider
from traindyn.heavy_tailed_esd.figures.tails import (
    collapse,
    densities,
    learning_rates,
    mechanisms,
    names,
)

__all__ = [
    "alignments",
    "collapse",
    "densities",
    "learning_rates",
    "long_runs",
    "mechanisms",
    "names",
    "overlap_maps",
    "positions",
    "rate_slider",
    "spikes",
]
