"""Runs of several steps on drawn problems."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal, get_args

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from traindyn.heavy_tailed_esd.experiments.mechanisms import UPDATES, UpdateKind, transform_of
from traindyn.heavy_tailed_esd.experiments.network import Problem, Student, draw_problem
from traindyn.heavy_tailed_esd.experiments.optimizers import Optimizer, train
from traindyn.heavy_tailed_esd.experiments.spectra import gram, top_direction
from traindyn.random_matrices import count_outliers
from traindyn.tails import hill

Array = np.ndarray
Labels = Literal["teacher", "shuffled"]

MARKS = (1, 5, 10)
"""Steps at which index and displacement are kept; the last step of a run is kept too."""

WIDTH_RATIO = 1.5
"""Hidden units per input, from the configurations of the authors' public code."""


@dataclass(frozen=True)
class Ensemble:
    """One setting on several problems. Equal seeds and sizes give equal problems: pairs.

    Args:
        inputs: Number d of inputs, at least 20.
        samples_per_input: Ratio n/d.
        optimizer: Optimizer and schedule.
        replicas: Number of problems, at least 1.
        seed: Seed of the problems.
        steps: Number of steps.
        labels: ``shuffled`` for labels that no longer belong to the inputs.
        update: What is done to each update before it is added.
        linear: Whether the student is linear.
        double: Whether to train in float64, where rounding matters; else in float32, as the
            authors' public code does. Spectra are in float64 always.

    Raises:
        ValueError: If an argument leaves its range.
    """

    inputs: int
    samples_per_input: int
    optimizer: Optimizer
    replicas: int
    seed: int
    steps: int = 10
    labels: Labels = "teacher"
    update: UpdateKind = "full"
    linear: bool = False
    double: bool = False

    def __post_init__(self) -> None:
        for name, least in (("inputs", 20), ("samples_per_input", 1), ("replicas", 1)):
            if getattr(self, name) < least:
                raise ValueError(f"{name} must be at least {least}, got {getattr(self, name)}")
        if self.labels not in get_args(Labels):
            raise ValueError(f"labels must be 'teacher' or 'shuffled', got {self.labels!r}")
        if self.update not in UPDATES:
            raise ValueError(f"update must be one of {', '.join(UPDATES)}, got {self.update!r}")

    @property
    def hidden(self) -> int:
        """Number h of hidden units."""
        return round(WIDTH_RATIO * self.inputs)

    @property
    def edge(self) -> float:
        """Upper edge of the eigenvalues at the start, (√h + √d)²."""
        return float((self.hidden**0.5 + self.inputs**0.5) ** 2)

    def problem(self, replica: int) -> tuple[Problem, torch.Generator]:
        """A problem of the ensemble, and the stream that drew it."""
        words = np.random.SeedSequence([self.seed, self.inputs, self.samples_per_input, replica])
        generator = torch.Generator()
        generator.manual_seed(int(words.generate_state(1, np.uint64)[0] >> np.uint64(1)))
        samples = self.samples_per_input * self.inputs
        dtype = torch.float64 if self.double else torch.float32
        problem = draw_problem(self.inputs, samples, self.hidden, generator, dtype=dtype)
        if self.labels == "shuffled":
            problem = replace(problem, sample=problem.sample.shuffled(generator))
        if self.linear:
            problem = replace(problem, student=Student(problem.student.head, "linear"))
        return problem, generator


@dataclass(frozen=True)
class EnsembleRun:
    """What is kept of the runs of an ensemble.

    Args:
        start: Eigenvalues of W^T W at the start.
        end: And after the last step.
        marks: Steps at which the next two were taken.
        hill: Hill's index at the median.
        displacement: Norm of the change of the weights over their norm at the start.
        outliers: Eigenvalues of the end above 1.05 times the edge at the start.
        teacher_energy: Squared projection of the teacher's direction on their eigenvectors, over
            what a random direction has; NaN without outliers.
        top_energy: The same for the first eigenvector alone.
        stable_rank: Squared Frobenius norm over squared spectral norm of the change.
        norm_error: Largest relative distance of the squared norm from hd before a step.
        last_loss: Loss before the last step.
    """

    start: Float[Array, "replicas inputs"]
    end: Float[Array, "replicas inputs"]
    marks: tuple[int, ...]
    hill: Float[Array, "replicas marks"]
    displacement: Float[Array, "replicas marks"]
    outliers: Float[Array, " replicas"]
    teacher_energy: Float[Array, " replicas"]
    top_energy: Float[Array, " replicas"]
    stable_rank: Float[Array, " replicas"]
    norm_error: Float[Array, " replicas"]
    last_loss: Float[Array, " replicas"]


def run_ensemble(ensemble: Ensemble) -> EnsembleRun:
    """Train on every problem of an ensemble.

    Raises:
        ValueError: If weights diverge.
    """
    marks = tuple(sorted({mark for mark in MARKS if mark < ensemble.steps} | {ensemble.steps}))
    rows = [_run(ensemble, replica, marks) for replica in range(ensemble.replicas)]
    columns = [np.array(column) for column in zip(*rows, strict=True)]
    start, end, indices, moved, *scalars = columns
    return EnsembleRun(start, end, marks, indices, moved, *scalars)


def _run(ensemble: Ensemble, replica: int, marks: tuple[int, ...]) -> tuple[Array | float, ...]:
    problem, generator = ensemble.problem(replica)
    transform: Callable[[Tensor], Tensor] | None = transform_of(ensemble.update, generator)
    first = problem.weights
    scale = float(torch.linalg.vector_norm(first))
    indices, moved, uneven, loss = [], [], 0.0, np.nan
    after = first
    for step in train(
        problem.student, first, problem.sample, ensemble.optimizer, ensemble.steps, transform
    ):
        norm = float(torch.linalg.vector_norm(step.before, dtype=torch.float64))
        uneven, loss = max(uneven, abs(norm**2 / first.numel() - 1)), step.loss
        after = step.after
        if step.number in marks:
            moved.append(float(torch.linalg.vector_norm(after - first)) / scale)
        if step.number in marks[:-1]:
            indices.append(hill(np.linalg.eigvalsh(gram(after))))
    values, vectors = np.linalg.eigh(gram(after))
    indices.append(hill(values))
    seen = problem.teacher.direction.double().numpy() @ vectors
    energies = seen**2 * ensemble.inputs
    outliers = count_outliers(values, ensemble.edge)
    energy = float(energies[-outliers:].mean()) if outliers else np.nan
    change = (after - first).double()
    spectral, _ = top_direction(gram(change))
    return (
        np.linalg.eigvalsh(gram(first)),
        values,
        np.array(indices),
        np.array(moved),
        float(outliers),
        energy,
        float(energies[-1]),
        float(change.square().sum()) / spectral,
        uneven,
        loss,
    )
