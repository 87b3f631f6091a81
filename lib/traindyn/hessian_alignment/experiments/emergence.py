"""Top of the blocks at the start and along runs: what leaves the bulk, and what returns to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float

from traindyn.curvature import top_eigenpairs, weighted_gram
from traindyn.hessian_alignment.experiments.blocks import (
    MATRICES,
    BlockSpectra,
    Matrix,
    block_spectra,
)
from traindyn.hessian_alignment.experiments.mixtures import Mixture, orthonormal_means, train
from traindyn.hessian_alignment.experiments.runs import Setting, Trajectory, simulate

Array = np.ndarray


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
    blocks: int | None = None,
    from_zero: bool = False,
) -> Followed:
    """Train, and take the spectra of blocks at some times.

    Args:
        setting: What to train.
        times: Rising times.
        samples_per_dimension: Test samples over d.
        generator: Source of means, starts, training and test samples.
        matrices: Which matrices at each time; default: both.
        blocks: Blocks of so many first classes; default: all.
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
            blocks=blocks,
        )
        for weights, wanted in zip(
            trajectory.weights, matrices or [MATRICES] * len(times), strict=True
        )
    ]
    return Followed(trajectory, samples, spectra)


@dataclass(frozen=True)
class StartSpectra:
    """Top of the block at zero weights in independent draws.

    Args:
        values: The k + 1 largest eigenvalues, falling.
        squared_cosines: Of the means with the top k eigenspace, averaged over means.
    """

    values: Float[Array, "draws top"]
    squared_cosines: Float[Array, " draws"]


def start_spectra(
    classes: int,
    dimension: int,
    precision: float,
    samples: int,
    draws: int,
    generator: torch.Generator,
) -> StartSpectra:
    """Spectra of the block of one class at zero weights, where all samples weigh the same.

    Args:
        classes: k.
        dimension: d, above k.
        precision: Inverse variance of each coordinate of the noise.
        samples: Number of samples M.
        draws: Independent mixtures and samples.
        generator: Source of both.
    """
    weight = np.full(samples, (1 - 1 / classes) / classes)
    values, cosines = [], []
    for _ in range(draws):
        means = orthonormal_means(classes, dimension, generator)
        _, inputs = Mixture(means, precision).draw((samples,), generator)
        pairs = top_eigenpairs(weighted_gram(inputs.numpy(), weight), classes + 1)
        values.append(pairs.values)
        cosines.append(((means.numpy() @ pairs.vectors[:, :-1]) ** 2).sum() / classes)
    return StartSpectra(np.array(values), np.array(cosines))
