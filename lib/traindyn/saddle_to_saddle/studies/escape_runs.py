"""Escapes over decades of the start's scale: what the studies of the first escape share."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from traindyn.saddle_to_saddle.experiments.costs import SquaredError
from traindyn.saddle_to_saddle.experiments.escape import Escape, escape
from traindyn.saddle_to_saddle.experiments.networks import LinearNetwork
from traindyn.saddle_to_saddle.experiments.targets import random_target
from traindyn.saddle_to_saddle.results.escape import EscapeRun
from traindyn.saddle_to_saddle.theory.escape import escape_time

SIZE, WIDTH = 4, 6
DEPTHS = (2, 3, 4, 5)

WIDE = (3.0, 1.0, 0.5)
"""Singular values far apart: the ratio s₂/s₁ is 1/3."""

CLOSE = (3.0, 2.0, 1.0)
"""Singular values closer together: the ratio is 2/3."""

SCALES = np.geomspace(1e-2, 1e-10, 5)
"""Scales of the start, two decades apart: the last pair is within 1e-8 of the limit."""


def horizon(depth: int, s1: float, scale: float) -> float:
    """A time by which a start of this scale has escaped: far beyond that of the best direction."""
    return 1000 * escape_time(depth, s1, scale, 1.0) + 20 / s1


def draw_problem(
    values: Sequence[float], depth: int, generator: np.random.Generator, width: int = WIDTH
) -> tuple[LinearNetwork, SquaredError]:
    """The shape of a network, and a target with these singular values to learn."""
    cost = SquaredError(random_target(values, SIZE, generator))
    return LinearNetwork(SIZE, SIZE, width, depth), cost


def run_escapes(
    depth: int, values: Sequence[float], starts: int, generator: np.random.Generator
) -> EscapeRun:
    """Escapes from several directions at every scale."""
    network, cost = draw_problem(values, depth, generator)
    u, _, vt = np.linalg.svd(cost.target)
    directions = network.random(1.0, generator, starts)
    found: list[list[Escape]] = [
        [
            escape(network, cost, scale * d, values[0] / 2, horizon(depth, values[0], scale))
            for d in directions
        ]
        for scale in SCALES
    ]

    def table(measure: Callable[[Escape], float]) -> np.ndarray:
        return np.array([[measure(e) for e in row] for row in found])

    return EscapeRun(
        depth,
        SCALES,
        table(lambda e: e.time),
        table(lambda e: max(e.angles(u[:, 0], vt[0]))),
        table(lambda e: e.layer_ratio),
        table(lambda e: e.distance_to_path(u[:, 0], vt[0])),
        values[1] / values[0],
        max(e.misalignment for e in found[-1]),
        max(e.norm_spread for e in found[-1]),
    )
