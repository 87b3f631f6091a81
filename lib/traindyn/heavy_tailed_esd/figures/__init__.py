"""Figures of the chapter: each maps results of claims to one figure."""

from traindyn.heavy_tailed_esd.figures.digits import digits, digits_spectra
from traindyn.heavy_tailed_esd.figures.first_step import alignments, positions, spikes
from traindyn.heavy_tailed_esd.figures.heads import (
    head_alignments,
    head_losses,
    one_step_losses,
    sweeps,
)
from traindyn.heavy_tailed_esd.figures.moving import ten_steps
from traindyn.heavy_tailed_esd.figures.runs import long_runs, overlap_maps
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
    "digits",
    "digits_spectra",
    "head_alignments",
    "head_losses",
    "learning_rates",
    "long_runs",
    "mechanisms",
    "names",
    "one_step_losses",
    "overlap_maps",
    "positions",
    "spikes",
    "sweeps",
    "ten_steps",
]
