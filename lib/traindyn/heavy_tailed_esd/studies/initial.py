"""The spectrum of weights before the first step, and a picture of one step."""

from __future__ import annotations

from typing import Literal

import numpy as np
import torch

from traindyn.heavy_tailed_esd.experiments.network import draw_problem
from traindyn.heavy_tailed_esd.experiments.one_step import FirstSweep, direction, first_gradient
from traindyn.heavy_tailed_esd.results.initial import InitialRun, InitialSpectra, MatrixStatistics
from traindyn.heavy_tailed_esd.studies.first_steps import (
    ASPECT,
    FAR,
    OPTIMIZERS,
    prediction_of,
    strengths,
)
from traindyn.heavy_tailed_esd.theory.bulk import bottom_law, top_law
from traindyn.random_matrices import MarchenkoPastur
from traindyn.runs import Context, study

SAMPLES_PER_INPUT = 2

Kind = Literal["normal", "scaled", "longer", "student"]
KINDS: tuple[Kind, ...] = ("student", "scaled", "longer")


def initial_sizes(context: Context) -> tuple[tuple[int, int], ...]:
    """Numbers of inputs and of problems at each."""
    return context.choose(
        ci=((50, 240), (100, 3600), (200, 80)),
        laptop=((50, 240), (100, 3600), (400, 40)),
        paper=((250, 480), (500, 240), (1000, 160)),
    )


ENDS = 100
"""Number of inputs at which the ends of the spectrum are seen on many matrices."""

WHOLE = 240
"""Matrices whose whole spectrum is compared with its law."""

OTHERS = {"student": 640, "scaled": 160, "longer": 160}
"""Matrices of every other kind; the interval of a median of a heavy tail takes more."""


@study(stream="HT-1")
def initial_spectra(context: Context) -> InitialSpectra:
    """Statistics of normal weights at every size, and of other matrices at :data:`ENDS` inputs."""
    generator = context.torch_generator("weights")
    normal = {
        inputs: _statistics(inputs, count, "normal", generator)
        for inputs, count in initial_sizes(context)
    }
    student, scaled, longer = (_statistics(ENDS, OTHERS[kind], kind, generator) for kind in KINDS)
    return InitialSpectra(normal, scaled, longer, student)


def _statistics(
    inputs: int, count: int, kind: Kind, generator: torch.Generator
) -> MatrixStatistics:
    hidden = round(ASPECT * inputs * (1.25 if kind == "longer" else 1.0))
    center, scale = top_law(hidden, inputs)
    low, spread = bottom_law(hidden, inputs)
    matrices = (_matrix(inputs, hidden, kind, generator).numpy() for _ in range(count))
    values = np.array([np.linalg.eigvalsh(w.T @ w) for w in matrices])
    return MatrixStatistics(
        _distances(values[:WHOLE] / hidden),
        (values[:, -1] - center) / scale,
        (low - np.log(values[:, 0])) / spread,
    )


def _distances(values: np.ndarray) -> np.ndarray:
    """Kolmogorov-Smirnov distance of each row, rising, from the law of the weights' shape."""
    law = MarchenkoPastur(1 / ASPECT).cdf(values.ravel()).reshape(values.shape)
    steps = np.arange(values.shape[1] + 1) / values.shape[1]
    above, below = steps[1:] - law, law - steps[:-1]
    return np.asarray(np.maximum(above, below).max(axis=1))


def _matrix(inputs: int, hidden: int, kind: Kind, generator: torch.Generator) -> torch.Tensor:
    """Weights at the start, or a matrix with other entries."""
    if kind == "student":  # the law of Student with 3 degrees of freedom, scaled to variance 1
        normal = torch.randn(4, hidden, inputs, generator=generator, dtype=torch.float64)
        return normal[0] / normal[1:].square().sum(0).sqrt()
    weights = draw_problem(inputs, 1, hidden, generator).weights
    return 1.05 * weights if kind == "scaled" else weights


@study(stream="HT-1")
def initial_picture(context: Context) -> InitialRun:
    """Spectra of one problem before and after a step that makes a spike."""
    inputs = context.choose(ci=400, laptop=1000, paper=1000)
    hidden = round(ASPECT * inputs)
    problem = draw_problem(
        inputs, SAMPLES_PER_INPUT * inputs, hidden, context.torch_generator("picture")
    )
    gradient = first_gradient(problem)
    stepped, spikes = {}, {}
    for name in OPTIMIZERS:
        prediction = prediction_of(name, inputs, SAMPLES_PER_INPUT)
        strength = strengths(prediction)[FAR]
        sweep = FirstSweep.of(problem.weights, direction(gradient, name))
        gram = sweep.gram(strength / prediction.strength_of_rate)
        stepped[name] = np.linalg.eigvalsh(gram)
        spikes[name] = float(inputs * prediction.position(strength))
    return InitialRun(inputs, hidden, np.linalg.eigvalsh(sweep.start), stepped, spikes)
