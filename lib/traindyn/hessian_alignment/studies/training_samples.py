"""Overlaps of trained weights with the eigenspaces of the very samples that trained them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from traindyn.hessian_alignment.experiments.blocks import (
    MATRICES,
    BlockSpectra,
    Matrix,
    block_spectra,
    spectra_on,
)
from traindyn.hessian_alignment.experiments.mixtures import (
    Mixture,
    orthonormal_means,
    random_start,
    train,
)
from traindyn.hessian_alignment.experiments.other_training import Recorder
from traindyn.hessian_alignment.studies.softmax import HORIZON, TEST_SIZE, Setting, base, trained
from traindyn.runs import Context, study

Overlaps = dict[str, Float[np.ndarray, "replicas classes"]]


@dataclass(frozen=True)
class SampleOverlaps:
    """Overlap of the weights of every class with its eigenspace, for each matrix.

    Args:
        seen: Of training samples.
        fresh: Of as many test samples.
        again: Of as many other test samples.
        few: Of the last d/8 training samples.
    """

    seen: Overlaps
    fresh: Overlaps
    again: Overlaps
    few: Overlaps


def _setting(context: Context) -> Setting:
    return replace(base(context), replicas=16)


@study(stream="HA-11")
def last_samples(context: Context) -> SampleOverlaps:
    """The last 8d samples of a run."""
    setting = _setting(context)
    mixture = trained(context, setting).mixture
    generator = context.torch_generator("samples")
    return _overlaps(setting, mixture, generator, TEST_SIZE * setting.dimension)


@study(stream="HA-11")
def all_samples(context: Context) -> SampleOverlaps:
    """All samples of a run in 100 dimensions."""
    setting = replace(_setting(context), dimension=100)
    generator = context.torch_generator("all samples")
    means = orthonormal_means(setting.classes, setting.dimension, generator)
    steps = round(HORIZON[-1] / setting.learning_rate)
    return _overlaps(setting, Mixture(means, setting.precision), generator, steps)


def _overlaps(
    setting: Setting, mixture: Mixture, generator: torch.Generator, kept: int
) -> SampleOverlaps:
    """Train, and compare the last samples with test samples."""
    replicas, d = setting.replicas, setting.dimension
    start = random_start(replicas, setting.classes, d, generator)
    steps = round(HORIZON[-1] / setting.learning_rate)
    recorder = Recorder(mixture.stream(replicas, steps, generator), kept)
    x: Float[Tensor, "replicas k d"] = train(
        start, recorder, setting.learning_rate, setting.decay, [steps]
    )[0]
    sets = recorder.sets()
    fresh = block_spectra(x, mixture, kept, generator)
    seen = spectra_on(x, sets)
    again = block_spectra(x, mixture, kept, generator)
    few = spectra_on(x, [(labels[-d // 8 :], inputs[-d // 8 :]) for labels, inputs in sets])

    def overlaps(spectra: dict[Matrix, BlockSpectra]) -> Overlaps:
        return {matrix: spectra[matrix].overlaps(x) for matrix in MATRICES}

    return SampleOverlaps(*(overlaps(found) for found in (seen, fresh, again, few)))
