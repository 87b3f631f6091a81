"""The same problems under many treatments of the first layer, then a ridge head on fresh data.

Problem i of a setting is the same for every treatment, down to the fresh samples, so differences
between treatments scatter far less than losses do. Training and features are in float32, as in the
authors' public code; spectra and heads in float64.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import softplus

from traindyn.heavy_tailed_esd.experiments.data import LABEL_NOISE, Sample, SingleIndex
from traindyn.heavy_tailed_esd.experiments.features import (
    SCALINGS,
    Scaling,
    hidden_features,
    scaled_features,
)
from traindyn.heavy_tailed_esd.experiments.network import Problem, Weights, draw_problem
from traindyn.heavy_tailed_esd.experiments.optimizers import Optimizer, trained
from traindyn.heavy_tailed_esd.experiments.ridge import fit_heads, kernel_alignment
from traindyn.heavy_tailed_esd.experiments.spectra import (
    alignment,
    gram,
    top_direction,
)

Array = np.ndarray

PAIRS = 1000
"""Pairs of test points ±x: 2,000 points. The part of a label that is even in x, which no odd
network can learn, cancels exactly from differences between treatments."""

PAPER_SHRINKAGE = 10.0
"""The penalty λ = 0.01 of the authors' public code times their d = 1,000 inputs."""


@dataclass(frozen=True)
class Setting:
    """Independent problems of one size; h = 3d/2 hidden units, as in the paper.

    Args:
        inputs: d.
        ratio: Samples over inputs, n/d, of the training sample and of the fit of the head.
        problems: Number of independent problems.
        seed: Problem i draws everything from the seeds ``seed + i``.
        noise: Standard deviation of the label noise.
    """

    inputs: int
    ratio: float
    problems: int
    seed: int
    noise: float = LABEL_NOISE

    @property
    def samples(self) -> int:
        """Number n of samples."""
        return round(self.ratio * self.inputs)

    @property
    def hidden(self) -> int:
        """Number h of hidden units."""
        return 3 * self.inputs // 2

    @property
    def penalties(self) -> Float[Array, " penalties"]:
        """Four per decade, λd from 0.001 to 10,000; then the fixed one of each scaling.

        Model features shrink under λ = 0.01 alike for every d. Those of the public code are smaller
        by √d, so that the product λd counts; the fixed one has the product of the paper.
        """
        fixed = [0.01, PAPER_SHRINKAGE / self.inputs]
        return np.concatenate([np.logspace(-3, 4, 29) / self.inputs, fixed])

    def draw(self, index: int) -> tuple[Problem, torch.Generator]:
        """One problem, and the stream for its fresh samples."""
        generator = torch.Generator().manual_seed(self.seed + index)
        problem = draw_problem(
            self.inputs, self.samples, self.hidden, generator, self.noise, torch.float32
        )
        return problem, generator


def fresh_samples(
    teacher: SingleIndex, samples: int, generator: torch.Generator
) -> tuple[Sample, Sample]:
    """The sample that a head is fitted to, and test points ±x with the same label noise at both."""
    fit, sample = teacher.draw(samples, generator), teacher.draw(PAIRS, generator)
    z = sample.inputs @ teacher.direction
    labels = sample.labels + softplus(-z) - softplus(z)
    tests = Sample(torch.cat([sample.inputs, -sample.inputs]), torch.cat([sample.labels, labels]))
    return fit, tests


@dataclass(frozen=True)
class Treatment:
    r"""What is done to the first layer.

    Args:
        optimizer: None leaves the weights where they start.
        steps: Number of steps.
        shuffled: Whether the training labels are shuffled: noise labels of the same law.
        spike: Rescales every update to the spectral norm :math:`t\sqrt d`, if given.
    """

    optimizer: Optimizer | None = None
    steps: int = 10
    shuffled: bool = False
    spike: float | None = None

    def apply(self, problem: Problem, generator: torch.Generator) -> Weights:
        """The weights after the treatment."""
        if self.optimizer is None:
            return problem.weights
        sample = problem.sample.shuffled(generator) if self.shuffled else problem.sample
        rescale = None if self.spike is None else _rescale(self.spike)
        return trained(
            problem.student, problem.weights, sample, self.optimizer, self.steps, rescale
        )


def _rescale(spike: float) -> Callable[[Weights], Weights]:
    def rescaled(update: Weights) -> Weights:
        size = math.sqrt(top_direction(gram(update))[0])
        return update * (spike * math.sqrt(update.shape[1]) / size)

    return rescaled


@dataclass(frozen=True)
class Heads:
    """What ridge heads make of a treatment, problem by problem.

    Args:
        losses: Test loss per scaling and penalty of :attr:`Setting.penalties`.
        alignments: Kernel alignment per scaling.
        floors: Loss of the best odd function on the same test points.
    """

    losses: Float[Array, "problems scalings penalties"]
    alignments: Float[Array, "problems scalings"]
    floors: Float[Array, " problems"]

    def fixed(self, scaling: int) -> Float[Array, " problems"]:
        """Test loss under the fixed penalty of a scaling, 0 for the model's."""
        return self.losses[:, scaling, scaling - len(SCALINGS)]

    def tuned(self, scaling: int) -> Float[Array, " problems"]:
        """Test loss under the best penalty of each problem on its test points."""
        return self.losses[:, scaling].min(axis=1)

    def excess(self, scaling: int) -> Float[Array, " problems"]:
        """That loss above the floor of the same points: what noise adds to both cancels."""
        return self.tuned(scaling) - self.floors


@dataclass(frozen=True)
class Layers:
    """What a treatment left in the first layer, problem by problem.

    Args:
        spectra: Eigenvalues of W^T W, rising.
        overlaps: Cosine of the top right singular vector and the teacher.
    """

    spectra: Float[Array, "problems inputs"]
    overlaps: Float[Array, " problems"]


def _shuffler(setting: Setting, index: int) -> torch.Generator:
    return torch.Generator().manual_seed(setting.seed + index + 2**32)


@lru_cache(maxsize=32)
def _drawn(setting: Setting, index: int) -> tuple[Problem, torch.Generator]:
    """One problem, and the stream for its fresh samples, which must be cloned."""
    return setting.draw(index)


@lru_cache(maxsize=32)
def _fresh(setting: Setting, index: int) -> tuple[Sample, Sample]:
    """The fresh samples of one problem."""
    problem, generator = _drawn(setting, index)
    return fresh_samples(problem.teacher, setting.samples, generator.clone_state())


@lru_cache(maxsize=256)
def treated(setting: Setting, treatment: Treatment, index: int) -> Weights:
    """The weights of one problem after the treatment; some are kept in memory."""
    return treatment.apply(_drawn(setting, index)[0], _shuffler(setting, index))


def teacher_of(setting: Setting, index: int) -> SingleIndex:
    """The teacher of one problem."""
    return _drawn(setting, index)[0].teacher


def layers(setting: Setting, treatment: Treatment) -> Layers:
    """Treat every problem of a setting and look at the spectrum."""
    return Layers(*_columns(_layer, setting, treatment))


def heads(setting: Setting, treatment: Treatment) -> Heads:
    """Treat every problem of a setting, fit heads for all penalties, test them."""
    return Heads(*_columns(_heads, setting, treatment))


def alignments(setting: Setting, treatment: Treatment) -> Float[Array, " problems"]:
    """Kernel alignment of the features of the public code, as in :func:`heads`, and no head."""
    return np.array([_alignment(setting, treatment, i) for i in range(setting.problems)])


def _columns(
    of_one: Callable[[Setting, Treatment, int], tuple[Any, ...]],
    setting: Setting,
    treatment: Treatment,
) -> list[Array]:
    rows = [of_one(setting, treatment, index) for index in range(setting.problems)]
    return [np.array(column) for column in zip(*rows, strict=True)]


def _layer(setting: Setting, treatment: Treatment, index: int) -> tuple[Array, float]:
    values, vectors = np.linalg.eigh(gram(treated(setting, treatment, index)))
    return values, alignment(vectors[:, -1], teacher_of(setting, index).direction)


def _heads(setting: Setting, treatment: Treatment, index: int) -> tuple[Array, ...]:
    weights = treated(setting, treatment, index)
    fit, tests = _fresh(setting, index)
    penalties = torch.tensor(setting.penalties)
    # at ±x a head predicts ±f: it misses the even part of the labels, and may learn the odd one
    ahead, behind = tests.labels[:PAIRS].double(), tests.labels[PAIRS:].double()
    odd = Sample(tests.inputs[:PAIRS], (ahead - behind) / 2)
    floor = ((ahead + behind) / 2).square().mean().numpy()
    found = _heads_of(weights, fit, odd, penalties, SCALINGS)
    losses, aligned = (np.array(column) for column in zip(*found, strict=True))
    return floor + losses, aligned, floor


def _alignment(setting: Setting, treatment: Treatment, index: int) -> float:
    weights = treated(setting, treatment, index)
    problem, generator = _drawn(setting, index)
    fit = problem.teacher.draw(setting.samples, generator.clone_state())
    features = hidden_features(weights, fit.inputs, "public code").double()
    return kernel_alignment(features, fit.labels.double())


def _heads_of(
    weights: Weights,
    fit: Sample,
    tests: Sample,
    penalties: Tensor,
    scalings: Sequence[Scaling],
) -> list[tuple[Array, float]]:
    """Losses over the penalties and alignment, per scaling of the features."""
    fitted, tested = (scaled_features(weights, s.inputs, scalings) for s in (fit, tests))
    found = []
    for z, other in zip(fitted, tested, strict=True):
        ridge = fit_heads(z.double(), fit.labels.double())
        losses = ridge.losses(other.double(), tests.labels.double(), penalties)
        found.append((losses.numpy(), ridge.alignment))
    return found


def losses_with_offsets(setting: Setting) -> Float[Array, " problems"]:
    """Test loss of random features that are not odd: every hidden unit has a random bias.

    The penalty is the best of each problem, the scaling the model's.
    """
    penalties = torch.tensor(setting.penalties)
    found = []
    for index in range(setting.problems):
        start = _drawn(setting, index)[0].weights
        offsets = torch.randn(setting.hidden, 1, generator=_shuffler(setting, index))
        weights = torch.cat([start, math.sqrt(setting.inputs) * offsets], dim=1)
        fresh = _fresh(setting, index)
        fit, tests = (Sample(_with_one(sample.inputs), sample.labels) for sample in fresh)
        found.append(_heads_of(weights, fit, tests, penalties, ("model",))[0][0].min())
    return np.array(found)


def _with_one(inputs: Float[Tensor, "samples inputs"]) -> Float[Tensor, "samples inputs+1"]:
    return torch.cat([inputs, torch.ones_like(inputs[:, :1])], dim=1)
