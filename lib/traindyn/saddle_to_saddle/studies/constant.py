"""Studies of the constant that bounds the speed of descent."""

from __future__ import annotations

import numpy as np

from traindyn.runs import Context, study
from traindyn.saddle_to_saddle.experiments.costs import SquaredError
from traindyn.saddle_to_saddle.experiments.flow import flow, singular_value_reaches
from traindyn.saddle_to_saddle.experiments.networks import LinearNetwork, width_scale
from traindyn.saddle_to_saddle.experiments.targets import random_target
from traindyn.saddle_to_saddle.results.distances import DescentRatios
from traindyn.saddle_to_saddle.theory.distances import kernel_scale

VALUES = (2.0, 1.5, 1.0, 0.5)
WIDTHS = (32, 64, 128, 256)
STARTS = {"ci": 3, "laptop": 7, "paper": 25}


@study(stream="SS-5")
def smallest_ratios(context: Context, gamma: float) -> DescentRatios:
    """Smallest ratio of squared gradient to twice the cost, over widths and starts."""
    starts = context.choose(**STARTS)
    ratios = [
        [_smallest(w, gamma, context.numpy_generator(f"{gamma} {w} {k}")) for k in range(starts)]
        for w in WIDTHS
    ]
    return DescentRatios(gamma, np.array(WIDTHS), np.array(ratios))


def _smallest(width: int, gamma: float, generator: np.random.Generator) -> float:
    """The smallest of one path: in training, or up to the escape."""
    target = random_target(VALUES, 4, generator)
    network = LinearNetwork(4, 4, width, 3)
    scale = kernel_scale(width, 3, gamma)
    path = flow(
        network,
        SquaredError(target),
        network.random(width_scale(width, gamma), generator),
        3 / scale if gamma <= 1 else 100 / scale,
        relative_tolerance=1e-6,
        absolute_tolerance=1e-10,
        events=(singular_value_reaches(1, VALUES[0] / 2),) if gamma > 1 else (),
        stop_at_last_event=True,
    )
    return float((path.gradient_norm**2 / (2 * path.loss)).min())
