"""Runs far beyond interpolation: the index of the tail and the loss over thousands of steps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from traindyn.heavy_tailed_esd.experiments.data import Sample
from traindyn.heavy_tailed_esd.experiments.network import Problem, Student
from traindyn.heavy_tailed_esd.experiments.optimizers import Optimizer
from traindyn.tails import hill

Array = np.ndarray


@dataclass(frozen=True)
class LongRun:
    """Long runs of one optimizer on several problems.

    Args:
        start: Hill's index of the weights before the first step.
        times: Steps at which the runs were looked at.
        hill: Hill's index of the weights there.
        top: Largest eigenvalue there, over the edge at the start.
        losses: Loss before every step.
        sharpness: Sharpness at the weights after the last step.
    """

    start: Float[Array, " replicas"]
    times: Int[Array, " times"]
    hill: Float[Array, "replicas times"]
    top: Float[Array, "replicas times"]
    losses: Float[Array, "replicas steps"]
    sharpness: Float[Array, " replicas"]

    def at(self, time: int) -> Float[Array, " replicas"]:
        """The indices at a step of ``times``.

        Raises:
            ValueError: If the runs were not looked at then.
        """
        if time not in self.times:
            raise ValueError(f"time must be one of {self.times.tolist()}, got {time}")
        return np.asarray(self.hill[:, self.times == time][:, 0])

    def burst(self, floor: float = 1e-12) -> Float[Array, " replicas"]:
        """Decimal logarithm of the largest loss after the loss first fell below a floor.

        Raises:
            ValueError: If a loss never fell below the floor.
        """
        late = np.arange(self.losses.shape[1]) >= self.fits(floor)[:, None]
        highest = np.where(late, self.losses, 0.0).max(axis=1)
        return np.asarray(np.log10(np.maximum(highest, 1e-300)))

    def burst_begins(self, floor: float = 1e-9, level: float = 1e-6) -> Int[Array, " replicas"]:
        """First step, after the loss first fell below a floor, at which it exceeds a level again.

        The number of steps if it never does.

        Raises:
            ValueError: If a loss never fell below the floor.
        """
        steps = np.arange(self.losses.shape[1])
        above = (self.losses > level) & (steps >= self.fits(floor)[:, None])
        return np.where(above.any(axis=1), above.argmax(axis=1), len(steps))

    def waits(self, floor: float = 1e-9) -> Int[Array, " replicas"]:
        """Steps from the fall of each loss below a floor to its first burst.

        Raises:
            ValueError: If a loss never fell below the floor.
        """
        return np.asarray(self.burst_begins(floor) - self.fits(floor))

    def fits(self, floor: float = 1e-9) -> Int[Array, " replicas"]:
        """First step at which each loss lies below a floor.

        Raises:
            ValueError: If a loss never does.
        """
        below = self.losses < floor
        if not below.any(axis=1).all():
            least = self.losses.min(axis=1).max()
            raise ValueError(f"losses must fall below {floor}, got a minimum of {least:.3g}")
        return np.asarray(below.argmax(axis=1))


def run_long(problems: Sequence[Problem], optimizer: Optimizer, times: tuple[int, ...]) -> LongRun:
    """Train problems of one size together; look at the weights at given steps, the last one ends.

    Raises:
        ValueError: If there is no time, or one is below 1.
    """
    if not times or min(times) < 1:
        raise ValueError(f"times must be one or more numbers of at least 1, got {times}")
    weights = torch.stack([problem.weights for problem in problems])
    student = Student(torch.stack([problem.student.head for problem in problems]))
    sample = Sample(
        torch.stack([problem.sample.inputs for problem in problems]),
        torch.stack([problem.sample.labels for problem in problems]),
    )
    hidden, inputs = weights.shape[1:]
    edge = (hidden**0.5 + inputs**0.5) ** 2
    start = np.array([hill(one) for one in _spectra(weights)])
    losses, indices, tops, update_of = [], [], [], optimizer.updates()
    for step in range(1, max(times) + 1):
        loss, gradient = student.losses_and_gradients(weights, sample)
        losses.append(loss)
        weights = weights + update_of(gradient)
        if step in times:
            values = _spectra(weights)
            indices.append([hill(one) for one in values])
            tops.append(values[:, -1] / edge)
    return LongRun(
        start,
        np.array(sorted(times)),
        np.array(indices).T,
        np.array(tops).T,
        torch.stack(losses, dim=1).double().numpy(),
        sharpness(student, weights, sample),
    )


def _spectra(weights: Float[Tensor, "replicas hidden inputs"]) -> Float[Array, "replicas inputs"]:
    """Eigenvalues of W^T W of every problem, rising, in float64."""
    exact = weights.double()
    return np.asarray(np.linalg.eigvalsh((exact.mT @ exact).numpy()))


def sharpness(
    student: Student, weights: Float[Tensor, "... hidden inputs"], sample: Sample
) -> Float[Array, "..."]:
    r"""Largest eigenvalue of the Gauss-Newton matrix of the loss; of its Hessian where f = y.

    The matrix :math:`\tfrac2n J^\top J` has the nonzero eigenvalues of the n by n kernel

    .. math:: \frac{2}{nhd}\,(XX^\top)\odot\bigl(S\,\mathrm{diag}(a^2)\,S^\top\bigr), \qquad
        S = \sigma'(XW^\top/\sqrt d) .

    For the activation tanh.
    """
    x, head = sample.inputs, student.head
    samples, inputs = x.shape[-2:]
    slope = 1 - student.features(weights, x).square()
    kernel = (x @ x.mT) * ((slope * head.square()[..., None, :]) @ slope.mT)
    top = torch.linalg.eigvalsh(kernel)[..., -1]
    return np.asarray(top.double().numpy() * 2 / (samples * head.shape[-1] * inputs))
