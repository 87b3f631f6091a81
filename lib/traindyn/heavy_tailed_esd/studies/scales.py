"""Rates at which a step is as long as the weights, and at which gradient descent is unstable."""

from __future__ import annotations

import numpy as np

from traindyn.heavy_tailed_esd.experiments.network import draw_problem
from traindyn.heavy_tailed_esd.experiments.one_step import first_gradient, kernel_curvature
from traindyn.heavy_tailed_esd.experiments.optimizers import Optimizer
from traindyn.heavy_tailed_esd.results.first_step import StableRates
from traindyn.heavy_tailed_esd.studies.first_steps import ASPECT, spike_sizes
from traindyn.runs import Context, study

INPUTS, PROBLEMS = 30, {2: 2000, 8: 100}
"""Of the limit of stability: inputs, and problems by samples per input."""

WIDE, GRADIENTS = 100, 2000
"""Of the length of a gradient: inputs and problems."""


@study(stream="HT-4")
def uncorrected_rates(context: Context) -> np.ndarray:
    """Rate at which a step of Adam without bias correction is as long as the weights."""
    inputs = spike_sizes(context)[0][0]
    generator, found = context.torch_generator("uncorrected"), []
    for _ in range(12):
        problem = draw_problem(inputs, 2 * inputs, round(ASPECT * inputs), generator)
        update = Optimizer("adam", 1.0, bias_correction=False).updates()(first_gradient(problem))
        found.append(float(problem.weights.norm() / update.norm()))
    return np.array(found)


@study(stream="HT-4")
def squared_gradients(context: Context) -> np.ndarray:
    """Squared length of the first gradient, over the mean square of the head."""
    generator, found = context.torch_generator("gradients"), []
    for _ in range(GRADIENTS):
        problem = draw_problem(WIDE, 2 * WIDE, round(ASPECT * WIDE), generator)
        square = first_gradient(problem).square().sum() / problem.student.head.square().mean()
        found.append(float(square))
    return np.array(found)


@study(stream="HT-4")
def stable_rates(context: Context) -> StableRates:
    """The limit of stability at the start over d, with two and with eight samples per input.

    Times the mean square of the head, by which the curvature of a problem scales.
    """
    generator = context.torch_generator("curvature")

    def rates(samples_per_input: int) -> np.ndarray:
        found = []
        for _ in range(PROBLEMS[samples_per_input]):
            samples = samples_per_input * INPUTS
            problem = draw_problem(INPUTS, samples, round(ASPECT * INPUTS), generator)
            head = float((problem.student.head**2).mean())
            found.append(2 * head / kernel_curvature(problem) / INPUTS)
        return np.array(found)

    return StableRates(few=rates(2), many=rates(8))
