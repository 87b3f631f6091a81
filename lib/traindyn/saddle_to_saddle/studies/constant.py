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
STARTS = {"ci": 200, "laptop": 300, "paper": 1000}
TRAINED = 6
"""Starts that are trained."""

STEPS = 40
"""Steps of descent, each short against the time in which the network learns."""


@study(stream="SS-5")
def smallest_ratios(context: Context, gamma: float) -> DescentRatios:
    """Ratio of squared gradient to twice the cost, over widths and starts."""
    at_start, smallest = zip(*(_measure(context, width, gamma) for width in WIDTHS), strict=True)
    return DescentRatios(gamma, np.array(WIDTHS), np.array(at_start), np.array(smallest))


def _measure(context: Context, width: int, gamma: float) -> tuple[np.ndarray, np.ndarray]:
    """At the start, and for a few the smallest in training, or up to the escape."""
    network, cost = LinearNetwork(SIZE, SIZE, width, DEPTH), SquaredError(np.diag(VALUES))
    generator = context.numpy_generator(f"{gamma} {width}")
    starts = network.random(width_scale(width, gamma), generator, context.choose(**STARTS))
    scale = kernel_scale(width, DEPTH, gamma)
    horizon = 3 / scale if gamma <= 1 else 1.2 * width ** ((gamma - 1) / 2)

    def ratios(theta: np.ndarray) -> np.ndarray:
        a = network.product(theta)
        gradient = network.gradient(theta, cost.gradient(a))
        return np.asarray((gradient**2).sum(axis=1) / (2 * cost.value(a)))

    smallest = []
    for start in starts[:TRAINED]:  # one by one: a wide batch leaves the cache
        path = descend(network, cost, start, horizon / STEPS, np.arange(STEPS))
        norms = np.linalg.norm(network.product(path), 2, axis=(1, 2))
        waits = norms < VALUES[0] / 2 if gamma > 1 else np.full(STEPS, True)
        smallest.append(ratios(path)[waits].min())
    return np.concatenate([ratios(some) for some in np.array_split(starts, 40)]), np.array(smallest)
