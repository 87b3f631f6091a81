"""The spectrum of weights before the first step, and a picture of one step."""

from __future__ import annotations

import math
from typing import Literal

import numpy as np
import torch
from scipy import stats

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
from traindyn.inference import estimate_by_bootstrap
from traindyn.random_matrices import MarchenkoPastur
from traindyn.runs import Context, study

SAMPLES_PER_INPUT = 2

Kind = Literal["normal", "scaled", "longer", "student"]


def initial_sizes(context: Context) -> tuple[tuple[int, int], ...]:
    """Numbers of inputs and of problems at each."""
    return context.choose(
        ci=((50, 480), (100, 240), (200, 240)),
        laptop=((100, 480), (200, 240), (400, 160)),
        paper=((250, 480), (500, 240), (1000, 160)),
    )


@study(stream="HT-1")
def initial_spectra(context: Context) -> InitialSpectra:
    """Statistics of normal weights at every size, and of other matrices at the largest."""
    generator = context.torch_generator("weights")
    normal = {
        inputs: _statistics(inputs, count, "normal", generator)
        for inputs, count in initial_sizes(context)
    }
    inputs, count = initial_sizes(context)[-1]
    student = _statistics(inputs, count, "student", generator)
    scaled = _statistics(inputs, count // 5, "scaled", generator)
    longer = _statistics(inputs, count // 5, "longer", generator)
    resampling = context.numpy_generator("resampling")
    _, top, bottom = (
        estimate_by_bootstrap(column, np.median, resampling)  # the largest has no variance
        for column in (student.distance, student.top, student.bottom)
    )
    return InitialSpectra(normal, scaled, longer, top, bottom)


def _statistics(
    inputs: int, count: int, kind: Kind, generator: torch.Generator
) -> MatrixStatistics:
    hidden = round(ASPECT * inputs * (1.25 if kind == "longer" else 1.0))
    law = MarchenkoPastur(1 / ASPECT)
    center, scale = top_law(hidden, inputs)
    low, spread = bottom_law(hidden, inputs)
    rows = []
    for _ in range(count):
        w = _matrix(inputs, hidden, kind, generator).numpy()
        values = np.linalg.eigvalsh(w.T @ w)
        rows.append(
            (
                float(stats.kstest(values / hidden, law.cdf).statistic),
                float(values[-1] - center) / scale,
                (low - math.log(values[0])) / spread,
            )
        )
    return MatrixStatistics(*np.array(rows).T)


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
