"""The data of the slider: one problem after one step, from small learning rates to large ones."""

from __future__ import annotations

import numpy as np
import torch

from traindyn.heavy_tailed_esd.experiments.network import draw_problem
from traindyn.heavy_tailed_esd.experiments.one_step import FirstSweep, direction, first_gradient
from traindyn.heavy_tailed_esd.experiments.optimizers import OptimizerName
from traindyn.heavy_tailed_esd.experiments.spectra import alignment
from traindyn.heavy_tailed_esd.results.first_step import RateSweep
from traindyn.heavy_tailed_esd.studies.first_steps import ASPECT, prediction_of
from traindyn.runs import study

INPUTS, SAMPLES_PER_INPUT = 200, 8
RATES = (0.25, 0.5, 0.75, 1.0, 1.1, 1.25, 1.5, 1.75, 2.0)
"""Learning rates over the threshold."""

LABELS: dict[OptimizerName, str] = {"gd": "gradient descent", "adam": "Adam"}


@study(stream="slider")
def rate_sweeps(seed: int = 0) -> dict[OptimizerName, RateSweep]:
    """Spectrum and alignment of one problem at every learning rate, by optimizer.

    Args:
        seed: Of the problem.
    """
    hidden, rates = round(ASPECT * INPUTS), np.array(RATES)
    generator = torch.Generator().manual_seed(seed)
    problem = draw_problem(INPUTS, SAMPLES_PER_INPUT * INPUTS, hidden, generator)
    gradient, grid = first_gradient(problem), np.linspace(rates[0], rates[-1], 160)
    sweeps: dict[OptimizerName, RateSweep] = {}
    for name, label in LABELS.items():
        theory = prediction_of(name, INPUTS, SAMPLES_PER_INPUT)
        sweep = FirstSweep.of(problem.weights, direction(gradient, name))
        grams = [sweep.gram(rate * theory.threshold) for rate in rates]
        spectra, vectors = zip(*(np.linalg.eigh(gram) for gram in grams), strict=True)
        cosines = [alignment(vector[:, -1], problem.teacher.direction) for vector in vectors]
        sweeps[name] = RateSweep(
            label,
            hidden,
            theory.threshold,
            rates,
            np.array(spectra),
            np.array(cosines),
            INPUTS * theory.position(rates * (theory.strength_of_rate * theory.threshold)),
            grid,
            theory.alignment_at(grid),
        )
    return sweeps
