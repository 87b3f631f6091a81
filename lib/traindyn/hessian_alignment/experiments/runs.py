"""Settings of a run of softmax regression, and the run: geometry of the means, labels, horizon."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import torch
from jaxtyping import Float
from torch import Tensor

from traindyn.hessian_alignment.experiments.mixtures import (
    Block,
    Mixture,
    Noise,
    orthonormal_means,
    random_start,
    train,
)

Geometry = Literal["orthonormal", "overlapping", "simplex", "offset", "zero"]
Labels = Literal["true", "shuffled"]


@dataclass(frozen=True)
class Setting:
    r"""What a run of one-pass SGD depends on.

    Args:
        precision: :math:`\lambda` of the noise of the inputs.
        decay: Strength :math:`\beta` of the regularizer.
        dimension: Number of inputs d.
        classes: Number of classes k.
        step: :math:`c_\delta`, the learning rate in units of 1/d.
        replicas: Number of independent runs.
        weights: Probabilities of the classes; empty for equal ones.
        geometry: Arrangement of the means, see :func:`means_of`.
        labels: ``shuffled`` draws labels that say nothing about the inputs.
        noise: Law of the noise of the inputs.
    """

    precision: float
    decay: float
    dimension: int
    classes: int = 4
    step: float = 1.0
    replicas: int = 32
    weights: tuple[float, ...] = ()
    geometry: Geometry = "orthonormal"
    labels: Labels = "true"
    noise: Noise = "gaussian"

    @property
    def learning_rate(self) -> float:
        r"""The learning rate :math:`\delta = c_\delta/d`."""
        return self.step / self.dimension


@dataclass(frozen=True, eq=False)
class Trajectory:
    """Weights of all replicas at some times.

    Args:
        setting: What was run.
        mixture: The inputs.
        times: Steps times learning rate.
        weights: One snapshot per time.
    """

    setting: Setting
    mixture: Mixture
    times: tuple[float, ...]
    weights: Float[Tensor, "times replicas k d"]

    @property
    def last(self) -> Float[Tensor, "replicas k d"]:
        """Weights at the last time."""
        return self.weights[-1]


def means_of(
    geometry: Geometry, k: int, d: int, generator: torch.Generator
) -> Float[Tensor, "k d"]:
    """Means of the classes, in a random orientation.

    ``orthonormal``; ``overlapping``: unit vectors with scalar products 1/2; ``simplex``: unit
    vectors that add up to zero; ``offset``: orthonormal vectors plus a common unit vector;
    ``zero``: no signal.
    """
    frame = orthonormal_means(k + 1, d, generator)
    means, extra = frame[:k], frame[k]
    if geometry == "overlapping":
        means = (means + extra) / 2**0.5
    elif geometry == "simplex":
        means = means - means.mean(dim=0)
        means = means / torch.linalg.norm(means, dim=1, keepdim=True)
    elif geometry == "offset":
        means = means + extra
    elif geometry == "zero":
        means = torch.zeros_like(means)
    return means.contiguous()


def shuffled(samples: Iterator[Block], classes: int, generator: torch.Generator) -> Iterator[Block]:
    """The same inputs with labels drawn anew, uniformly."""
    for labels, inputs in samples:
        yield torch.randint(classes, labels.shape, generator=generator), inputs


def simulate(setting: Setting, times: Sequence[float], generator: torch.Generator) -> Trajectory:
    r"""Train all replicas of a setting from random starts of norm one.

    Args:
        setting: What to run.
        times: Times to keep, in increasing order; a time unit takes :math:`1/\delta` steps.
        generator: Source of means, starts and samples.
    """
    k, d = setting.classes, setting.dimension
    means = means_of(setting.geometry, k, d, generator)
    mixture = Mixture(means, setting.precision, setting.weights, setting.noise)
    snapshots = [round(time / setting.learning_rate) for time in times]
    start = random_start(setting.replicas, k, d, generator)
    samples = mixture.stream(setting.replicas, snapshots[-1], generator)
    if setting.labels == "shuffled":
        samples = shuffled(samples, k, generator)
    weights = train(start, samples, setting.learning_rate, setting.decay, snapshots)
    return Trajectory(setting, mixture, tuple(times), weights)
