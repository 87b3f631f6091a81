"""Test losses of ridge heads over treatments of the first layer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from traindyn.heavy_tailed_esd.experiments.treatments import Heads, Layers, Setting, Treatment
from traindyn.inference import Estimate
from traindyn.tails import hill

__all__ = [
    "HeadCurve",
    "Heads",
    "HeadsRun",
    "Layers",
    "ScheduleRun",
    "Setting",
    "SweepRun",
    "Treatment",
]

Array = np.ndarray


def hill_indices(layers: Layers) -> Array:
    """Hill's index at the median, problem by problem."""
    return np.array([hill(eigenvalues) for eigenvalues in layers.spectra])


@dataclass(frozen=True)
class HeadCurve:
    """Losses over learning rates, for one optimizer.

    Args:
        rates: Learning rates.
        measured: Per scaling, "fixed" or "tuned" penalty: one estimate per rate.
        predicted: The same, predicted from the weights.
        hill: Hill's index of the weights.
        alignment: Kernel alignment per scaling.
    """

    rates: Array
    measured: Mapping[tuple[int, str], Sequence[Estimate]]
    predicted: Mapping[tuple[int, str], Array]
    hill: Array
    alignment: Mapping[int, Array]


@dataclass(frozen=True)
class HeadsRun:
    """Losses over learning rates for both optimizers.

    Args:
        inputs: d; learning rates of gradient descent are in units of it.
        ratio: n/d.
        noise: Standard deviation of the label noise.
        start: The untrained layer, as a curve of one point.
        curves: One per optimizer.
        floor: Loss below which no odd network can get.
        linear: Loss of the best linear ridge on the samples of one stage, and of both.
    """

    inputs: int
    ratio: float
    noise: float
    start: HeadCurve
    curves: Mapping[str, HeadCurve]
    floor: float
    linear: tuple[float, float]


@dataclass(frozen=True)
class SweepRun:
    """Losses over label noise and penalty.

    Args:
        by_noise: Per label noise, loss before and after training.
        penalties: Penalties times d.
        by_penalty: Loss before and after training, over the penalties.
        floors: Floor of the loss for each label noise.
    """

    by_noise: Mapping[float, tuple[Estimate, Estimate]]
    penalties: Array
    by_penalty: tuple[Array, Array]
    floors: Array


@dataclass(frozen=True)
class ScheduleRun:
    """Index, overlap and losses over the decay of the learning rate.

    Args:
        decays: Factor of the learning rate after every step.
        lengths: Total length of the steps, the sum of the learning rates.
        hill: Hill's index.
        overlap: Cosine of the top right singular vector and the teacher.
        losses: Test loss of the model's features, "fixed" or "tuned" penalty.
        null: Hill's index of the untrained shape.
    """

    decays: Array
    lengths: Array
    hill: Sequence[Estimate]
    overlap: Sequence[Estimate]
    losses: Mapping[str, Sequence[Estimate]]
    null: float
