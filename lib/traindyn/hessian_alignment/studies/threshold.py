"""Blocks at zero weights, where all samples weigh the same."""

from __future__ import annotations

from traindyn.hessian_alignment.experiments.starts import StartSpectra, start_spectra
from traindyn.runs import Context, study

CLASSES = 4


def dimension(context: Context) -> int:
    """Number of inputs d."""
    return context.choose(ci=240, laptop=240, paper=800)


def draws(context: Context) -> int:
    """Independent mixtures and samples of dimension d."""
    return context.choose(ci=160, laptop=160, paper=320)


@study(stream="HA-8")
def starts(
    context: Context, precision: float, dimension: int, ratio: int | float, draws: int
) -> StartSpectra:
    """Top of the block of one class in independent draws of ``ratio`` samples per input."""
    generator = context.numpy_generator(f"{precision} {dimension} {ratio}")
    samples = round(ratio * dimension)
    return start_spectra(CLASSES, dimension, precision, samples, draws, generator)
