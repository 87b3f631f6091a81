"""Paths of gradient flow from random starts, and where they rest."""

from __future__ import annotations

import numpy as np

from traindyn.runs import Context, study
from traindyn.saddle_to_saddle.experiments.costs import Cost, SquaredError
from traindyn.saddle_to_saddle.experiments.flow import Path, flow
from traindyn.saddle_to_saddle.experiments.networks import LinearNetwork
from traindyn.saddle_to_saddle.experiments.plateaus import find_plateaus
from traindyn.saddle_to_saddle.experiments.targets import random_target
from traindyn.saddle_to_saddle.results.plateaus import PlateauRun
from traindyn.saddle_to_saddle.theory.escape import escape_time

SIZE, WIDTH = 4, 8
VALUES = (3.0, 2.0, 1.0)
"""Singular values of the target."""

EQUAL = (3.0, 3.0, 1.0)
"""Those of a target whose first two directions are alike."""

SCALES = {2: (1e-4, 1e-8, 1e-12), 3: (1e-1, 1e-2, 1e-3, 1e-4), 4: (1e-1, 3e-2, 1e-2)}
"""Scales of the start, per depth."""

STARTS = {"ci": 6, "laptop": 12, "paper": 48}


@study(stream="SS-11")
def staircase(context: Context, depth: int, scale: float) -> PlateauRun:
    """A path to the target with singular values :data:`VALUES`."""
    return _paths(context, VALUES, depth, scale, 1)[0]


@study(stream="SS-20")
def equal_values(context: Context, depth: int, scale: float) -> tuple[PlateauRun, ...]:
    """Paths to one target with singular values :data:`EQUAL`, one per start."""
    return _paths(context, EQUAL, depth, scale, context.choose(**STARTS))


@study(stream="slider")
def slider_path(
    scale: float, depth: int = 3, values: tuple[float, ...] = VALUES, seed: int = 0
) -> PlateauRun:
    """A path from a direction and to a target that do not depend on scale and seed of the run."""
    target = random_target(values, SIZE, np.random.default_rng(seed))
    network = LinearNetwork(SIZE, SIZE, WIDTH, depth)
    start = network.random(scale, np.random.default_rng(seed + 1))
    horizon = 4 * escape_time(depth, values[-1], scale, 1.0) + 20 / values[-1]
    path = flow(network, SquaredError(target), start, horizon, method="LSODA")
    return rests(path, scale, values[0])


def follow(
    cost: Cost, depth: int, scale: float, smallest: float, generator: np.random.Generator
) -> Path:
    """The flow from a random start until the mode of the smallest singular value is learned."""
    outputs, inputs = cost.shape
    network = LinearNetwork(inputs, outputs, WIDTH, depth)
    end = 4 * escape_time(depth, smallest, scale, 1.0) + 20 / smallest
    return flow(
        network,
        cost,
        network.random(scale, generator),
        end,
        method="LSODA",
        absolute_tolerance=1e-13 * min(scale, 1.0),
    )


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
    cost = SquaredError(random_target(values, SIZE, context.numpy_generator("target")))
    generator = context.numpy_generator(f"L{depth}")
    return tuple(
        rests(follow(cost, depth, scale, values[-1], generator), scale, values[0])
        for _ in range(starts)
    )
