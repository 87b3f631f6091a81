"""Studies of the constant that bounds the speed of descent."""

from __future__ import annotations

import numpy as np

from traindyn.runs import Context, study
from traindyn.saddle_to_saddle.experiments.costs import SquaredError
from traindyn.saddle_to_saddle.experiments.descent import descend
from traindyn.saddle_to_saddle.experiments.networks import LinearNetwork, width_scale
from traindyn.saddle_to_saddle.results.distances import DescentRatios
from traindyn.saddle_to_saddle.theory.distances import kernel_scale

VALUES = (2.0, 1.5, 1.0, 0.5)
SIZE, DEPTH = 4, 3
WIDTHS = (32, 64, 128, 256)
STARTS = {"ci": 2000, "laptop": 2000, "paper": 4000}
BATCH = 10
"""Starts at a time: a wide batch leaves the cache."""

TRAINED = 6
"""Starts that are trained."""

STEPS = 40
"""Steps of descent, each short against the time in which the network learns."""


@study(stream="SS-5")
def smallest_ratios(context: Context, gamma: float) -> DescentRatios:
    """Squared gradient and cost, over widths and starts."""
    rows = [_measure(context, width, gamma) for width in WIDTHS]
    squares, costs, smallest = (np.array(column) for column in zip(*rows, strict=True))
    return DescentRatios(gamma, np.array(WIDTHS), squares, costs, smallest)


def _measure(
    context: Context, width: int, gamma: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """At the start, and for a few the smallest ratio in training, or up to the escape."""
    network, cost = LinearNetwork(SIZE, SIZE, width, DEPTH), SquaredError(np.diag(VALUES))
    generator = context.numpy_generator(f"{gamma} {width}")
    sigma, scale = width_scale(width, gamma), kernel_scale(width, DEPTH, gamma)
    horizon = 3 / scale if gamma <= 1 else 1.2 * width ** ((gamma - 1) / 2)

    def slopes(theta: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        a = network.product(theta)
        gradient = network.gradient(theta, cost.gradient(a))
        return (gradient**2).sum(axis=1), cost.value(a)

    def smallest_ratio(start: np.ndarray) -> float:
        path = descend(network, cost, start, horizon / STEPS, np.arange(STEPS))
        norms = np.linalg.norm(network.product(path), 2, axis=(1, 2))
        waits = norms < VALUES[0] / 2 if gamma > 1 else np.full(STEPS, True)
        squares, costs = slopes(path)
        return float((squares / (2 * costs))[waits].min())

    found = [
        slopes(network.random(sigma, generator, BATCH))
        for _ in range(context.choose(**STARTS) // BATCH)
    ]
    squares, costs = (np.concatenate(column) for column in zip(*found, strict=True))
    trained = network.random(sigma, generator, TRAINED)
    return squares, costs, np.array([smallest_ratio(start) for start in trained])
