"""Runs far beyond interpolation: the index of the tail and the loss over thousands of steps."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, Int

from traindyn.heavy_tailed_esd.experiments.network import Problem, Weights
from traindyn.heavy_tailed_esd.experiments.optimizers import Optimizer, train
from traindyn.heavy_tailed_esd.experiments.spectra import spectrum
from traindyn.tails import hill

Array = np.ndarray


@dataclass(frozen=True)
class LongRun:
    """One long run.

    Args:
        times: Steps at which the run was looked at.
        hill: Hill's index of the weights there.
        top: Largest eigenvalue there, over the edge at the start.
        losses: Loss before every step.
        sharpness: Sharpness at the weights after the last step.
    """

    times: Int[Array, " times"]
    hill: Float[Array, " times"]
    top: Float[Array, " times"]
    losses: Float[Array, " steps"]
    sharpness: float

    def at(self, time: int) -> float:
        """The index at a step of ``times``.

        Raises:
            ValueError: If the run was not looked at then.
        """
        if time not in self.times:
            raise ValueError(f"time must be one of {self.times.tolist()}, got {time}")
        return float(self.hill[self.times == time][0])

    def burst(self, floor: float = 1e-12) -> float:
        """Decimal logarithm of the largest loss after the loss first fell below a floor.

        Raises:
            ValueError: If it never fell below the floor.
        """
        return math.log10(max(float(self.losses[self._fell(floor) :].max()), 1e-300))

    def burst_begins(self, floor: float = 1e-9, level: float = 1e-6) -> int:
        """First step, after the loss first fell below a floor, at which it exceeds a level again.

        The number of steps if it never does.

        Raises:
            ValueError: If it never fell below the floor.
        """
        fell = self._fell(floor)
        above = np.flatnonzero(self.losses[fell:] > level)
        return int(fell + above[0]) if above.size else len(self.losses)

    def _fell(self, floor: float) -> int:
        """First step at which the loss lies below a floor."""
        below = np.flatnonzero(self.losses < floor)
        if not below.size:
            least = self.losses.min()
            raise ValueError(f"losses must fall below {floor}, got a minimum of {least:.3g}")
        return int(below[0])


def run_long(problem: Problem, optimizer: Optimizer, times: tuple[int, ...]) -> LongRun:
    """Train and look at the weights at given steps, the last of which ends the run.

    Raises:
        ValueError: If there is no time, or one is below 1.
    """
    if not times or min(times) < 1:
        raise ValueError(f"times must be one or more numbers of at least 1, got {times}")
    hidden, inputs = problem.weights.shape
    edge = (hidden**0.5 + inputs**0.5) ** 2
    losses, rows, weights = [], [], problem.weights
    for step in train(problem.student, weights, problem.sample, optimizer, max(times)):
        losses.append(step.loss)
        weights = step.after
        if step.number in times:
            values = spectrum(weights).eigenvalues
            rows.append((hill(values), values[-1] / edge))
    indices, top = np.array(rows).T
    return LongRun(
        np.array(sorted(times)), indices, top, np.array(losses), sharpness(problem, weights)
    )


def sharpness(problem: Problem, weights: Weights) -> float:
    r"""Largest eigenvalue of the Gauss-Newton matrix of the loss; of its Hessian where f = y.

    The matrix :math:`\tfrac2n J^\top J` has the nonzero eigenvalues of the n by n kernel

    .. math:: \frac{2}{nhd}\,(XX^\top)\odot\bigl(S\,\mathrm{diag}(a^2)\,S^\top\bigr), \qquad
        S = \sigma'(XW^\top/\sqrt d) .

    For the activation tanh.
    """
    x, head = problem.sample.inputs, problem.student.head
    samples, inputs = x.shape
    slope = 1 - problem.student.features(weights, x).square()
    kernel = (x @ x.T) * ((slope * head.square()) @ slope.T)
    top = torch.linalg.eigvalsh(kernel)[-1]
    return float(top) * 2 / (samples * len(head) * inputs)
