"""SGD of one layer on many drawn problems at once, against the recursion of each."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from itertools import islice

import numpy as np

from traindyn.anisotropic_noise.experiments.one_layer import moments, run_sgd
from traindyn.anisotropic_noise.studies.problems import draw_problem
from traindyn.anisotropic_noise.theory.covariance import MomentRecursion
from traindyn.anisotropic_noise.theory.regression import RegressionNoise

STARTS = (0.0, 2.0)
"""Covariance of the start over the stationary one: from both sides of it."""


@dataclass(frozen=True)
class Ensemble:
    """Drawn problems and how they are trained: ``runs`` from either side of the stationary state.

    Args:
        noises: The problems.
        step_size: η tr H, the same for every problem.
        batch_size: Samples per batch.
        runs: Runs of every problem from each start.
        skip: Steps before the first record.
        steps: Number of steps.
        every: Steps between records.
    """

    noises: list[RegressionNoise]
    step_size: float
    batch_size: int
    runs: int
    skip: int
    steps: int
    every: int

    @cached_property
    def rates(self) -> np.ndarray:
        """Learning rate of every problem."""
        return np.array([self.step_size / np.trace(noise.hessian) for noise in self.noises])

    def recursions(self, **simpler: bool) -> list[MomentRecursion]:
        """The recursion of every problem, exact or of a simpler theory."""
        return [
            MomentRecursion(noise, float(rate), self.batch_size, **simpler)
            for noise, rate in zip(self.noises, self.rates, strict=True)
        ]

    @cached_property
    def stationary(self) -> np.ndarray:
        """Exact stationary covariances."""
        return np.array([recursion.stationary() for recursion in self.recursions()])

    def predicted(self, **simpler: bool) -> np.ndarray:
        """Second moments averaged over the records, by problem and start, exact or simpler."""
        times = np.arange(self.skip + 1, self.steps + 1, self.every)[:-1]
        return np.array(
            [
                [recursion.after(start * c, times) for start in STARTS]
                for recursion, c in zip(self.recursions(**simpler), self.stationary, strict=True)
            ]
        )

    def simulated(self, generator: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """Measured second moments and lagged ones, by problem, start and run."""
        inputs = self.noises[0].inputs
        roots = np.linalg.cholesky(self.stationary)
        shape = (len(self.noises), len(STARTS), self.runs, inputs)
        normal = generator.standard_normal(shape) * np.sqrt(STARTS)[:, None, None]
        minima = np.array([noise.minimum for noise in self.noises])
        starts = minima[:, None, None] + np.einsum("pij,psrj->psri", roots, normal)
        centers = np.broadcast_to(minima[:, None, None], shape).reshape(-1, inputs)
        path = run_sgd(
            np.array([noise.x for noise in self.noises]),
            np.array([noise.y for noise in self.noises]),
            starts.reshape(-1, inputs),
            np.repeat(self.rates, len(STARTS) * self.runs),
            self.batch_size,
            self.steps,
            generator,
        )
        same, later = moments(islice(path, self.skip, None), centers, every=self.every)
        return same.reshape(*shape, inputs), later.reshape(*shape, inputs)

    def with_steps(self, step_size: float, batch_size: int = 1) -> Ensemble:
        """The same problems at another step size, for as long in units of the learning rate."""
        factor = self.step_size / step_size
        return replace(
            self,
            step_size=step_size,
            batch_size=batch_size,
            skip=round(factor * self.skip),
            steps=round(factor * self.steps),
            every=max(1, round(factor * self.every)),
        )


def draw_problems(
    count: int, samples: int, inputs: int, generator: np.random.Generator
) -> list[RegressionNoise]:
    """Independent problems with Gaussian inputs and labels."""
    return [draw_problem(samples, inputs, generator) for _ in range(count)]
