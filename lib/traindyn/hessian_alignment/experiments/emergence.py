"""Tops of blocks along runs: what leaves the bulk, and what returns to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from traindyn.hessian_alignment.experiments.blocks import (
    MATRICES,
    BlockSpectra,
    Matrix,
    block_spectra,
)
from traindyn.hessian_alignment.experiments.mixtures import Mixture, orthonormal_means, train
from traindyn.hessian_alignment.experiments.runs import Setting, Trajectory, simulate


@dataclass(frozen=True, eq=False)
class Followed:
    """A run and the spectra of its blocks on fresh test samples.

    Args:
        trajectory: The run.
        samples: Test samples per replica and time.
        spectra: Top eigenpairs of the blocks, one entry per time.
    """

    trajectory: Trajectory
    samples: int
    spectra: Sequence[dict[Matrix, BlockSpectra]]


def follow(
    setting: Setting,
    times: Sequence[float],
    samples_per_dimension: float,
    generator: torch.Generator,
    *,
    matrices: Sequence[Sequence[Matrix]] | None = None,
    blocks: Sequence[int] | None = None,
    from_zero: bool = False,
) -> Followed:
    """Train, and take the spectra of blocks at some times.

    Args:
        setting: What to train.
        times: Rising times.
        samples_per_dimension: Test samples over d.
        generator: Source of means, starts, training and test samples.
        matrices: Which matrices at each time; default: both.
        blocks: Blocks of so many first classes at each time; default: all.
        from_zero: Whether to start at zero instead of random weights of norm one.
    """
    if from_zero:
        d = setting.dimension
        means = orthonormal_means(setting.classes, d, generator)
        mixture = Mixture(means, setting.precision, setting.weights, setting.noise)
        steps = [round(time / setting.learning_rate) for time in times]
        start = torch.zeros(setting.replicas, setting.classes, d, dtype=torch.float64)
        stream = mixture.stream(setting.replicas, steps[-1], generator)
        weights = train(start, stream, setting.learning_rate, setting.decay, steps)
        trajectory = Trajectory(setting, mixture, tuple(times), weights)
    else:
        trajectory = simulate(setting, times, generator)
    samples = round(samples_per_dimension * setting.dimension)
    spectra = [
        block_spectra(
            weights,
            trajectory.mixture,
            samples,
            generator,
            decay=setting.decay,
            matrices=wanted,
            blocks=few,
        )
        for weights, wanted, few in zip(
            trajectory.weights,
            matrices or [MATRICES] * len(times),
            blocks or [setting.classes] * len(times),
            strict=True,
        )
    ]
    return Followed(trajectory, samples, spectra)
