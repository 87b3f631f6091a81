"""Paths of gradient descent from random starts, and where they rest."""

from __future__ import annotations

import numpy as np

from traindyn.runs import Context, study
from traindyn.saddle_to_saddle.experiments.costs import Cost, SquaredError
from traindyn.saddle_to_saddle.experiments.descent import descend, logarithmic_steps
from traindyn.saddle_to_saddle.experiments.flow import Path
from traindyn.saddle_to_saddle.experiments.networks import LinearNetwork
from traindyn.saddle_to_saddle.experiments.plateaus import find_plateaus
from traindyn.saddle_to_saddle.results.plateaus import PlateauRun
from traindyn.saddle_to_saddle.theory.saddles import largest_curvature

SIZE, WIDTH = 4, 8
VALUES = (3.0, 2.0, 1.0)
"""Singular values of the target."""

EQUAL = (3.0, 3.0, 1.0)
"""Those of a target whose first two directions are alike."""

SCALES = {2: (1e-3, 1e-8, 1e-12), 3: (1e-1, 1e-2, 1e-3), 4: (2e-1, 4e-2, 2e-2)}
"""Scales of the start, per depth."""

EQUAL_SCALES = {2: 1e-8, 3: 1e-3, 4: 2e-2}
"""Scale of the start, per depth, where two singular values are equal."""

STARTS = {"ci": 64, "laptop": 64, "paper": 96}
EQUAL_STARTS = {"ci": 96, "laptop": 96, "paper": 96}
"""Starts, and starts where two values are equal: they are told by shares."""


@study(stream="SS-11")
def staircases(context: Context, depth: int, scale: float) -> tuple[PlateauRun, ...]:
    """Paths to a target with singular values :data:`VALUES`, one per start."""
    return _paths(context, VALUES, depth, scale, context.choose(**STARTS))


@study(stream="SS-20")
def equal_values(context: Context, depth: int, scale: float) -> tuple[PlateauRun, ...]:
    """Paths to a target with singular values :data:`EQUAL`, one per start."""
    return _paths(context, EQUAL, depth, scale, context.choose(**EQUAL_STARTS))


def descend_in_steps(
    network: LinearNetwork, cost: Cost, starts: np.ndarray, rate: float, steps: int
) -> list[Path]:
    """Gradient descent of all starts, recorded evenly in the logarithm of the steps."""
    record = logarithmic_steps(steps, 60)
    theta = descend(network, cost, starts, rate, record)
    return [Path(network, cost, rate * record, theta[:, i]) for i in range(len(starts))]


def waiting_steps(depth: int, smallest: float, scale: float, rate: float) -> int:
    """Steps until the mode of a singular value is learned, whatever the direction of the start."""
    if depth == 2:
        return round((2 * np.log(1 / scale) + 20) / (smallest * rate))
    share = {3: 1.2, 4: 0.7}[depth]  # of the wait of one unit in each layer
    return round((share * scale ** (2 - depth) / (depth - 2) + 20) / (smallest * rate))


def rests(path: Path, scale: float, top: float) -> PlateauRun:
    """Where a path rests.

    Args:
        path: The path.
        scale: Scale of its start.
        top: Operator norm of the target.
    """
    return PlateauRun(
        path.network.depth,
        scale,
        path.times,
        path.loss,
        path.singular_values,
        find_plateaus(path, scale=top),
    )


def _paths(
    context: Context, values: tuple[float, ...], depth: int, scale: float, starts: int
) -> tuple[PlateauRun, ...]:
    """Paths to one target, one per start."""
    network = LinearNetwork(SIZE, SIZE, WIDTH, depth)
    cost = SquaredError(np.diag([*values, *[0.0] * (SIZE - len(values))]))
    directions = network.random(1.0, context.numpy_generator(f"L{depth}"), starts)
    rate = 1.4 / largest_curvature(depth, values[0])
    steps = waiting_steps(depth, values[-1], scale, rate)
    paths = descend_in_steps(network, cost, scale * directions, rate, steps)
    return tuple(rests(path, scale, values[0]) for path in paths)
