"""Escapes over decades of the start's scale: what the studies of the first escape share."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from traindyn.saddle_to_saddle.experiments.batched_flow import flow_to_level
from traindyn.saddle_to_saddle.experiments.costs import SquaredError
from traindyn.saddle_to_saddle.experiments.escape import Escape
from traindyn.saddle_to_saddle.experiments.networks import LinearNetwork
from traindyn.saddle_to_saddle.results.escape import EscapeRun

SIZE, WIDTH = 4, 6
DEPTHS = (2, 3, 4, 5)

WIDE = (3.0, 1.0)
"""Singular values far apart: the ratio s₂/s₁ is 1/3."""

CLOSE = (3.0, 2.0, 1.0)
"""Singular values closer together: the ratio is 2/3."""

SCALES = np.geomspace(1e-2, 1e-10, 5)
"""Scales of the start, two decades apart: the last pair is within 1e-8 of the limit."""


def problem(
    values: Sequence[float], depth: int, width: int = WIDTH
) -> tuple[LinearNetwork, SquaredError]:
    """The shape of a network, and a target with these singular values to learn.

    The law of a random start is the same in all bases, so the target is diagonal.
    """
    target = np.diag([*values, *[0.0] * (SIZE - len(values))])
    return LinearNetwork(SIZE, SIZE, width, depth), SquaredError(target)


def run_escapes(
    depth: int, values: Sequence[float], starts: int, generator: np.random.Generator
) -> EscapeRun:
    """Escapes from several directions at every scale."""
    network, cost = problem(values, depth)
    directions = network.random(1.0, generator, starts)
    plane = np.eye(SIZE)[:2]
    top = plane[0]
    found: list[list[Escape]] = []
    for scale in SCALES:
        crossings = flow_to_level(
            network, cost, scale * directions, values[0] / 2, relative_tolerance=1e-8
        )
        ends = zip(crossings.theta, crossings.times.tolist(), strict=True)
        found.append([Escape(network, theta, time) for theta, time in ends])

    def table(measure: Callable[[Escape], float]) -> np.ndarray:
        return np.array([[measure(e) for e in row] for row in found])

    return EscapeRun(
        depth,
        SCALES,
        table(lambda e: e.time),
        table(lambda e: max(e.angles(plane, plane))),
        table(lambda e: e.layer_ratio),
        table(lambda e: e.distance_to_path(top, top)),
        values[1] / values[0],
        np.array([e.misalignment for e in found[-1]]),
        np.array([e.norm_spread for e in found[-1]]),
    )
