"""Runs of softmax regression that many claims share, and the spectra of their blocks."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from traindyn.hessian_alignment.experiments.blocks import (
    BlockSpectra,
    Matrix,
    block_spectra,
    mean_overlaps,
    sines,
)
from traindyn.hessian_alignment.experiments.runs import Geometry, Setting, Trajectory, simulate
from traindyn.runs import Context, study

__all__ = ["Geometry", "Matrix", "Setting"]

TEST_SIZE = 8
"""Test samples per input, 1/γ."""

ASPECT = 1 / TEST_SIZE
HORIZON = (0.0, 30.0, 40.0, 50.0)
"""Times of the shared runs: e^(-2βt) of the start is left, 0.25 % at the first for β = 0.1."""

Array = np.ndarray


def dimension(context: Context) -> int:
    """Number of inputs of the shared runs."""
    return context.choose(ci=160, laptop=200, paper=800)


def base(context: Context, precision: float = 100.0) -> Setting:
    """Four classes with orthonormal means, strongly regularized so that starts are forgotten."""
    return Setting(precision, decay=0.1, dimension=dimension(context))


@study(stream="HA-1")
def trained(context: Context, setting: Setting, times: tuple[float, ...] = HORIZON) -> Trajectory:
    """Weights of all replicas at some times."""
    return simulate(setting, times, context.torch_generator(f"{setting} {times}"))


def spectra(
    context: Context,
    setting: Setting,
    matrix: Matrix,
    times: tuple[float, ...] = HORIZON,
    *,
    index: int = -1,
    test_size: int = TEST_SIZE,
    few: int | None = None,
) -> BlockSpectra:
    """Spectra of the blocks of a shared run, or of its first few replicas, at one of its times."""
    return _spectra(context, setting, matrix, times, index % len(times), test_size, few)


@study(stream="HA-1")
def _spectra(
    context: Context,
    setting: Setting,
    matrix: Matrix,
    times: tuple[float, ...],
    index: int,
    test_size: int,
    few: int | None,
) -> BlockSpectra:
    run = trained(context, setting, times)
    generator = context.torch_generator(samples_name(setting, times, index, test_size))
    samples = round(test_size * setting.dimension)
    found = block_spectra(
        run.weights[index][:few],
        run.mixture,
        samples,
        generator,
        decay=setting.decay,
        matrices=(matrix,),
    )
    return found[matrix]


def samples_name(
    setting: Setting,
    times: tuple[float, ...] = HORIZON,
    index: int = len(HORIZON) - 1,
    test_size: int = TEST_SIZE,
) -> str:
    """Name of the test samples of :func:`spectra`: drawn again, they are the same."""
    return f"test {setting} {times} {index} {test_size}"


def overlaps(
    context: Context,
    setting: Setting,
    matrix: Matrix,
    times: tuple[float, ...] = HORIZON,
    *,
    index: int = -1,
    test_size: int = TEST_SIZE,
    count: int | None = None,
) -> Float[Array, "replicas classes"]:
    """Overlap of the weights of every class with the top eigenspace of their block.

    Args:
        context: Scale and seed.
        setting: What was run.
        matrix: Which matrix.
        times: Times of the run.
        index: Which of them.
        test_size: Test samples per input.
        count: Number of eigenvectors; default: all k.
    """
    found = spectra(context, setting, matrix, times, index=index, test_size=test_size)
    return found.overlaps(trained(context, setting, times).weights[index], count)


def mean_sines(
    context: Context, setting: Setting, matrix: Matrix, test_size: int = TEST_SIZE
) -> Float[Array, "replicas classes k"]:
    """Sines of the angles between top eigenspaces and orthonormal means, largest first."""
    found = spectra(context, setting, matrix, test_size=test_size)
    return sines(found.cosines(trained(context, setting).mixture.means))


def outside_means(context: Context, setting: Setting) -> Float[Array, "replicas classes"]:
    """One minus the overlap of the weights of every class with the span of the means."""
    run = trained(context, setting)
    return 1 - mean_overlaps(run.last, run.mixture.means)
