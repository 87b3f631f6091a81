"""Claim HT-1: the spectrum of random weights, before the first step."""

from __future__ import annotations

import math

import numpy as np
import torch
from scipy import stats

from traindyn.heavy_tailed_esd.claims.first_steps import ASPECT, strengths
from traindyn.heavy_tailed_esd.claims.registry import registry
from traindyn.heavy_tailed_esd.experiments.network import draw_problem
from traindyn.heavy_tailed_esd.experiments.one_step import (
    FirstSweep,
    direction,
    first_gradient,
)
from traindyn.heavy_tailed_esd.results.first_step import FirstStep, InitialRun, Prediction
from traindyn.heavy_tailed_esd.theory.bulk import (
    TRACY_WIDOM_DEVIATION,
    TRACY_WIDOM_MEAN,
    bottom_law,
    top_law,
)
from traindyn.inference import Estimate, estimate_by_bootstrap, estimate_mean
from traindyn.ledger import Control, Part, Size, Test
from traindyn.random_matrices import MarchenkoPastur
from traindyn.runs import Context

LOAD = 0.5
"""Inputs per sample."""


def initial_sizes(context: Context) -> tuple[tuple[int, int], ...]:
    """Numbers of inputs and of problems at each."""
    return context.choose(
        ci=((50, 480), (100, 240), (200, 240)),
        laptop=((100, 480), (200, 240), (400, 160)),
        paper=((250, 480), (500, 240), (1000, 160)),
    )


@registry.claim(
    1,
    source="abstract; the setting of the authors' public code",
    basis="stated",
    statement=(
        "The spectrum of the weights at the start is that of a random matrix: the law of "
        "Marchenko and Pastur, with ends that scatter by the law of Tracy and Widom."
    ),
)
def initial_spectrum(context: Context) -> tuple[InitialRun, list[Part]]:
    """HT-1."""
    generator = context.torch_generator("weights")
    law = MarchenkoPastur(1 / ASPECT)

    def statistics(matrix: torch.Tensor) -> tuple[float, ...]:
        hidden, inputs = matrix.shape
        w = matrix.numpy()
        values = np.linalg.eigvalsh(w.T @ w)
        center, scale = top_law(hidden, inputs)
        low, spread = bottom_law(hidden, inputs)
        return (
            float(stats.kstest(values / hidden, law.cdf).statistic),
            float(values[-1] - center) / scale,
            (low - math.log(values[0])) / spread,
        )

    def over_matrices(inputs: int, count: int, kind: str = "normal") -> list[Estimate]:
        hidden = round(ASPECT * inputs * (1.25 if kind == "longer" else 1.0))
        rows = []
        for _ in range(count):
            if kind in ("normal", "longer"):
                drawn = draw_problem(inputs, 1, hidden, generator).weights
            elif kind == "scaled":
                drawn = 1.05 * draw_problem(inputs, 1, hidden, generator).weights
            else:  # the law of Student with 3 degrees of freedom, scaled to variance 1
                normal = torch.randn(4, hidden, inputs, generator=generator, dtype=torch.float64)
                drawn = normal[0] / normal[1:].square().sum(0).sqrt()
            rows.append(statistics(drawn))
        columns = np.array(rows).T
        if kind == "student":  # its largest eigenvalue has no variance
            resampling = context.numpy_generator("resampling")
            return [estimate_by_bootstrap(c, np.median, resampling) for c in columns]
        return [estimate_mean(column) for column in columns]

    sizes = {inputs: over_matrices(inputs, count) for inputs, count in initial_sizes(context)}
    inputs, count = initial_sizes(context)[-1]
    found = sizes[inputs]
    student = over_matrices(inputs, count, "student")
    scaled, longer = (over_matrices(inputs, count // 5, kind) for kind in ("scaled", "longer"))
    parts = [
        Part(
            f"Distance of the eigenvalues from the law of Marchenko and Pastur, d = {inputs}",
            0.0,
            found[0],
            Test(
                "ks",
                math.log(inputs) / inputs,
                "log(d)/d: the eigenvalues of one matrix repel each other and keep that close",
                side="below",
            ),
            [
                Control("entries too large by 5 %", scaled[0]),
                Control("matrices longer by a quarter", longer[0]),
            ],
            asymptotic=True,
            sizes=[Size(d, s[0]) for d, s in sizes.items()],
        ),
        Part(
            "Mean of the largest eigenvalue, centered and scaled, by the law of Tracy and Widom",
            TRACY_WIDOM_MEAN,
            found[1],
            Test(
                "equality",
                TRACY_WIDOM_DEVIATION,
                "one standard deviation of the law, the scatter of a single matrix",
            ),
            [
                Control("entries too large by 5 %", scaled[1]),
                Control("entries with heavy tails (Student's law), median", student[1]),
            ],
        ),
        Part(
            "Mean of the smallest one, likewise, on a logarithmic scale",
            TRACY_WIDOM_MEAN,
            found[2],
            Test(
                "equality",
                TRACY_WIDOM_DEVIATION / 2,
                "half a standard deviation of the law; corrections are of order d^(-2/3)",
            ),
            [Control("entries with heavy tails (Student's law), median", student[2])],
        ),
    ]
    return _picture(context), parts


def _picture(context: Context) -> InitialRun:
    """Spectra of one problem before and after a step that makes a spike."""
    inputs = context.choose(ci=400, laptop=1000, paper=1000)
    hidden = round(ASPECT * inputs)
    problem = draw_problem(inputs, round(inputs / LOAD), hidden, context.torch_generator("picture"))
    gradient = first_gradient(problem)
    stepped, spikes = {}, {}
    for name in ("gd", "adam"):
        prediction = Prediction.of(name, FirstStep(LOAD, ASPECT), inputs)
        strength = strengths(prediction)[2]
        sweep = FirstSweep.of(problem.weights, direction(gradient, name))
        gram = sweep.gram(strength / prediction.strength_of_rate)
        stepped[name] = np.linalg.eigvalsh(gram)
        spikes[name] = float(inputs * prediction.position(strength))
    return InitialRun(inputs, hidden, np.linalg.eigvalsh(sweep.start), stepped, spikes)
