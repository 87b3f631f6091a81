"""One matrix, filled in from small and from large weights, for the moving figure."""

from __future__ import annotations

import numpy as np

from traindyn.runs import study
from traindyn.saddle_to_saddle.experiments.completion import load_instance
from traindyn.saddle_to_saddle.experiments.descent import descend
from traindyn.saddle_to_saddle.experiments.networks import LinearNetwork, width_scale
from traindyn.saddle_to_saddle.experiments.plateaus import rank_of
from traindyn.saddle_to_saddle.results.filling import Filling, FillingRun
from traindyn.saddle_to_saddle.studies.completion import INSTANCE, greedy_stages
from traindyn.saddle_to_saddle.theory.saddles import largest_curvature

SIZE, DEPTH, WIDTH, TOP = 10, 4, 100, 8.0
"""Rows of the target, layers and their width, operator norm of the target."""

STARTS = {2.0: 4_000, 0.75: 400}
"""Exponents of the start, and the steps that each needs; the same at every scale."""

EVERY = 10
"""Steps between records."""


@study(stream="filling")
def filling(seed: int = 0) -> Filling:
    """Both runs start in the same direction; neither depends on scale and seed of the run."""
    cost = load_instance(INSTANCE)
    origin = float(cost.value(np.zeros((SIZE, SIZE))))
    stages = greedy_stages(INSTANCE, DEPTH, 3, 0.05)
    small, large = (_fill(gamma, steps, seed) for gamma, steps in STARTS.items())
    return Filling(
        cost.target,
        np.asarray(cost.mask).astype(int),
        np.array([1.0, *(stage.loss / origin for stage in stages)]),
        (small, large),
    )


def _fill(gamma: float, steps: int, seed: int) -> FillingRun:
    """Descent of one network."""
    cost, network = load_instance(INSTANCE), LinearNetwork(SIZE, SIZE, WIDTH, DEPTH)
    kernel = DEPTH * WIDTH ** ((1 - gamma) * (DEPTH - 1))
    rate = 1.2 / max(1.5 * kernel, largest_curvature(DEPTH, TOP))
    record = np.arange(0, steps + 1, EVERY)
    start = network.random(width_scale(WIDTH, gamma), np.random.default_rng(seed))
    a = network.product(descend(network, cost, start, rate, record))
    return FillingRun(
        gamma,
        rate * record,
        cost.value(a) / float(cost.value(0 * a[0])),
        cost.hidden_error(a) / cost.hidden_power,
        a,
        np.array([rank_of(matrix, TOP) for matrix in a]),
    )
