"""Studies of the path along which a network leaves zero, and of its speed."""

from __future__ import annotations

import numpy as np

from traindyn.runs import Context, study
from traindyn.saddle_to_saddle.experiments.batched_flow import flow_to_level
from traindyn.saddle_to_saddle.experiments.descent import descend
from traindyn.saddle_to_saddle.experiments.escape import Escape, climb
from traindyn.saddle_to_saddle.experiments.networks import LinearNetwork
from traindyn.saddle_to_saddle.results.escape import (
    DirectionCounts,
    LayerShape,
    LearningTimes,
    SpeedRun,
)
from traindyn.saddle_to_saddle.studies.escape_runs import DEPTHS, SIZE, WIDE, problem
from traindyn.saddle_to_saddle.theory.escape import largest_slope

STARTS = {"ci": 16, "laptop": 24, "paper": 96}
DIRECTIONS = {"ci": 400, "laptop": 600, "paper": 10_000}
WIDTHS = (1, 2, 4, 10)
FROZEN_STARTS = 40
"""Starts whose last layer does not move."""

EARLY, LATER = 3, (25, 75, 200, 500)
"""Sweeps of the ascent on the sphere: a few, which a control stops at, and more and more for those
that have not reached the best direction."""

LARGE_STARTS, ENDS = 96, np.array([0, 1000])
"""Starts of order one, and the steps of their training."""

TIMED_SCALES = (3e-2, 1e-2, 1e-4, 1e-8)
SPEED_STARTS = (2e-3, 2e-4, 2e-5)
SPEED_NORM = 0.02
"""Norm of the parameters at which the speed is measured."""


@study(stream="SS-7")
def learning_times(context: Context, depth: int) -> LearningTimes:
    """Times in which the first mode is learned, from starts of shrinking scale."""
    network, cost = problem(WIDE, depth)
    generator = context.numpy_generator(f"in time, depth {depth}")
    directions = network.random(1.0, generator, context.choose(**STARTS))
    begin, half, learned = levels = np.array([0.05, 0.5, 0.95]) * WIDE[0]

    def times(scale: float) -> np.ndarray:
        state = flow_to_level(network, cost, scale * directions, begin).theta
        first = flow_to_level(network, cost, state, half)
        second = flow_to_level(network, cost, first.theta, learned)
        return np.stack([first.times, first.times + second.times], axis=1)

    found = np.array([times(scale) for scale in TIMED_SCALES])
    return LearningTimes(depth, levels, np.array(TIMED_SCALES), found)


@study(stream="SS-7")
def large_starts(context: Context) -> LayerShape:
    """Networks trained from starts of order one."""
    network, cost = problem(WIDE, 3)
    generator = context.numpy_generator("large start")
    starts = network.random(0.5, generator, LARGE_STARTS)
    ends = [Escape(network, e, 20.0) for e in descend(network, cost, starts, 0.02, ENDS)[-1]]
    return LayerShape(
        np.array([end.misalignment for end in ends]),
        np.array([end.norm_spread for end in ends]),
        np.array([end.layer_ratio for end in ends]),
    )


@study(stream="SS-7")
def reached_directions(context: Context) -> DirectionCounts:
    """Random starts, over depths and widths, that reach the fastest direction out of zero."""
    starts = context.choose(**DIRECTIONS)
    generator = context.numpy_generator("directions")
    target = problem(WIDE, 2)[1].target
    counts = np.zeros(5, dtype=int)
    for depth in DEPTHS:
        best = largest_slope(depth, WIDE[0]) * (1 - 1e-6)
        for width in WIDTHS:
            network = LinearNetwork(SIZE, SIZE, width, depth)
            start = network.random(1.0, generator, starts)
            left = _slower(network, target, best, climb(network, target, start, EARLY))
            early = starts - len(left)
            for sweeps in LATER:
                left = _slower(network, target, best, climb(network, target, left, sweeps))
            some = climb(network, target, start[:FROZEN_STARTS], sum(LATER), frozen=1)
            missed = len(_slower(network, target, best, some))
            counts += (starts, early, starts - len(left), FROZEN_STARTS, FROZEN_STARTS - missed)
    return DirectionCounts(*counts.tolist())


def _slower(
    network: LinearNetwork, target: np.ndarray, best: float, theta: np.ndarray
) -> np.ndarray:
    """Those of some parameters whose matrix has at most a given overlap with the target."""
    return theta[(network.product(theta) * target).sum(axis=(1, 2)) <= best]


@study(stream="SS-8")
def escape_speeds(context: Context, depth: int) -> SpeedRun:
    """Speed of the parameters on the way out, from starts of shrinking norm."""
    network, cost = problem(WIDE, depth)
    generator = context.numpy_generator(f"depth {depth}")
    directions = network.random(1.0, generator, context.choose(**STARTS))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    level = (SPEED_NORM / depth**0.5) ** depth  # of a balanced network

    def speeds(theta: np.ndarray) -> np.ndarray:
        gradient = network.gradient(theta, cost.gradient(network.product(theta)))
        growth = -(gradient * theta).sum(axis=1)
        return np.asarray(growth / np.linalg.norm(theta, axis=1) ** depth)

    found = [
        speeds(flow_to_level(network, cost, start * directions, level).theta)
        for start in SPEED_STARTS
    ]
    at_random = speeds(SPEED_NORM * directions)
    return SpeedRun(depth, np.array(SPEED_STARTS), np.array(found), at_random)
