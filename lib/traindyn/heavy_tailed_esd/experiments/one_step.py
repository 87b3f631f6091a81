r"""One step of training at every learning rate, from one gradient.

The first update is :math:`\eta D` with a direction D that does not depend on η, so that

.. math:: W_1^\top W_1 = W_0^\top W_0 + \eta\,(W_0^\top D + D^\top W_0) + \eta^2 D^\top D .

Three small matrices serve the whole sweep.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

import numpy as np
import torch
from jaxtyping import Float
from scipy import linalg, optimize
from scipy.sparse.linalg import eigsh

from traindyn.heavy_tailed_esd.experiments.network import Problem, Weights
from traindyn.heavy_tailed_esd.experiments.optimizers import Optimizer, OptimizerName

Array = np.ndarray

DENSE = 256
"""Largest size at which LAPACK finds a few eigenvalues sooner than Lanczos does."""


@dataclass(frozen=True)
class FirstSweep:
    """The first step as a function of the learning rate.

    Args:
        start: Gram matrix of the weights at the start.
        mixed: Sum of the product of weights and direction and its transpose.
        step: Gram matrix of the direction.
    """

    start: Float[Array, "inputs inputs"]
    mixed: Float[Array, "inputs inputs"]
    step: Float[Array, "inputs inputs"]

    @classmethod
    def of(
        cls, weights: Weights, direction: Weights, start: Float[Array, "d d"] | None = None
    ) -> FirstSweep:
        """The sweep along a direction; ``start`` saves its Gram matrix if it is known.

        >>> one = torch.eye(2, dtype=torch.float64)
        >>> FirstSweep.of(one, one).gram(2.0).tolist()
        [[9.0, 0.0], [0.0, 9.0]]
        """
        w, d = weights.double().numpy(), direction.double().numpy()
        half = w.T @ d
        return cls(w.T @ w if start is None else start, half + half.T, d.T @ d)

    def gram(self, rate: float) -> Float[Array, "inputs inputs"]:
        """The matrix W^T W after the step."""
        return np.asarray(self.start + rate * self.mixed + rate**2 * self.step)

    def top(
        self, rate: float, count: int = 1
    ) -> tuple[Float[Array, " count"], Float[Array, "inputs count"]]:
        """Largest eigenvalues after the step, falling, and their eigenvectors.

        Args:
            rate: Learning rate η.
            count: How many, below the number of inputs.
        """
        matrix, size = self.gram(rate), len(self.start)
        if size <= DENSE:
            values, vectors = linalg.eigh(
                matrix, subset_by_index=(size - count, size - 1), check_finite=False
            )
        else:
            values, vectors = eigsh(matrix, k=count, which="LA", v0=np.ones(size))
        return values[::-1], vectors[:, ::-1]

    def largest(self, rate: float) -> float:
        """Largest eigenvalue after the step, to a relative accuracy of about 10⁻⁹."""
        size = len(self.start)
        if size <= DENSE:
            return float(self.top(rate)[0][0])
        first, matrix = np.ones(size), self.gram(rate)
        top = eigsh(matrix, k=1, which="LA", v0=first, tol=1e-5, return_eigenvectors=False)
        return float(top[0])

    def rate_at(self, level: float, low: float, high: float, tolerance: float = 1e-2) -> float:
        """Learning rate at which the largest eigenvalue crosses a level, by Brent's method.

        The geometric mean of both ends is where the crossing is sought first.

        Args:
            level: In units of the eigenvalue.
            low: The least rate; it is returned if the eigenvalue lies above the level there.
            high: A rate above the crossing.
            tolerance: Relative accuracy of the rate.

        Raises:
            ValueError: If the largest eigenvalue does not reach the level.
        """

        @cache  # Brent's method asks again for both ends
        def excess(log_rate: float) -> float:
            return math.log(self.largest(math.exp(log_rate)) / level)

        least, most = math.log(low), math.log(high)
        near = min(math.log(1.25), (most - least) / 2)
        below, above = (least + most) / 2 - near, (least + most) / 2 + near
        if excess(below) >= 0:
            below, above = least, below
            if excess(below) >= 0:
                return low
        elif excess(above) < 0:
            below, above = above, most
            if excess(above) < 0:
                raise ValueError(f"level must be reached in [{low:g}, {high:g}], got {level:g}")
        return math.exp(float(optimize.brentq(excess, below, above, xtol=tolerance)))


def first_gradient(problem: Problem) -> Weights:
    """Gradient at the start."""
    return problem.student.loss_and_gradient(problem.weights, problem.sample)[1]


def direction(gradient: Weights, name: OptimizerName) -> Weights:
    """The first update at learning rate 1: minus the gradient, or for Adam minus its sign."""
    return Optimizer(name, 1.0).updates()(gradient)


def residual_pull(problem: Problem) -> Float[Array, " inputs"]:
    r"""The vector :math:`x_r = X^\top r/n`, inputs weighted with the residuals at the start."""
    sample = problem.sample
    residual = sample.labels - problem.student.predict(problem.weights, sample.inputs)
    return np.asarray((residual @ sample.inputs / len(residual)).double().numpy())


def kernel_curvature(problem: Problem) -> float:
    r"""Largest curvature of the loss at the start in the Gauss-Newton approximation.

    Largest eigenvalue of :math:`\frac2n J J^\top` with the derivatives J of the outputs.
    """
    x, weights, head = problem.sample.inputs, problem.weights, problem.student.head
    slopes = 1 - torch.tanh(x @ weights.T / math.sqrt(x.shape[1])) ** 2
    kernel = (x @ x.T / x.shape[1]) * ((slopes * head**2) @ slopes.T / len(head))
    top = eigsh(kernel.numpy(), k=1, which="LA", v0=np.ones(len(x)), return_eigenvectors=False)
    return float(2 * top[0] / len(x))


@dataclass(frozen=True)
class StepMeasure:
    """What first steps of several learning rates did to one problem; arrays over the rates.

    Args:
        top: Largest eigenvalue over d.
        second: Second largest over d at one of the rates.
        cosine: Absolute cosine of the top right singular vector and the teacher.
        length: Squared length over d of the weights along the units' direction of the step.
        turned: Absolute cosine of these weights and the top right singular vector.
        taught: Absolute cosine of the step along that direction and the teacher.
    """

    top: Float[Array, " rates"]
    second: float
    cosine: Float[Array, " rates"]
    length: Float[Array, " rates"]
    turned: Float[Array, " rates"]
    taught: float


def step_cosines(problem: Problem, step: Weights, units: Float[Array, " h"]) -> tuple[float, float]:
    """Cosines of a step along the units with the weights there before it, and with the teacher.

    Args:
        problem: The instance.
        step: The update.
        units: Unit vector of the hidden units along which the step goes.

    Returns:
        Minus the cosine with the weights: what the step undoes; and that with the teacher, without
        its sign.
    """
    start, move = units @ problem.weights.double().numpy(), units @ step.double().numpy()
    size, teacher = np.linalg.norm(move), problem.teacher.direction.double().numpy()
    undone = -float(start @ move) / float(np.linalg.norm(start) * size)
    return undone, abs(float(move @ teacher)) / float(size)


def measure_steps(
    problem: Problem,
    step: Weights,
    sweep: FirstSweep,
    units: Float[Array, " h"],
    rates: Float[Array, " rates"],
    second: int,
) -> StepMeasure:
    """Spectrum and alignment after one step, at several learning rates.

    Args:
        problem: The instance.
        step: Update at learning rate 1.
        sweep: Its sweep.
        units: Unit vector of the hidden units along which the step goes.
        rates: Learning rates.
        second: Number of the rate at which the second eigenvalue is found too; inside the bulk it
            takes several times as long as the first.
    """
    inputs = len(sweep.start)
    teacher = problem.teacher.direction.double().numpy()
    start, move = units @ problem.weights.double().numpy(), units @ step.double().numpy()
    rows, inner = [], math.nan
    for number, rate in enumerate(rates):
        values, vectors = sweep.top(float(rate), 2 if number == second else 1)
        if number == second:
            inner = float(values[1] / inputs)
        along = start + rate * move
        size = float(along @ along)
        rows.append(
            (
                values[0] / inputs,
                abs(float(vectors[:, 0] @ teacher)),
                size / inputs,
                abs(float(along @ vectors[:, 0])) / math.sqrt(size),
            )
        )
    top, cosine, length, turned = np.array(rows).T
    return StepMeasure(top, inner, cosine, length, turned, step_cosines(problem, step, units)[1])
