"""Studies of the path along which a network leaves zero, and of its speed."""

from __future__ import annotations

import numpy as np

from traindyn.runs import Context, study
from traindyn.saddle_to_saddle.experiments.escape import Escape, climb, escape
from traindyn.saddle_to_saddle.experiments.flow import flow, singular_value_reaches
from traindyn.saddle_to_saddle.experiments.networks import LinearNetwork
from traindyn.saddle_to_saddle.experiments.targets import random_target
from traindyn.saddle_to_saddle.results.escape import (
    DirectionCounts,
    EscapeRun,
    LayerShape,
    LearningTimes,
    SpeedRun,
)
from traindyn.saddle_to_saddle.studies.escape_runs import (
    CLOSE,
    DEPTHS,
    SIZE,
    WIDE,
    draw_problem,
    horizon,
    run_escapes,
)
from traindyn.saddle_to_saddle.theory.escape import largest_slope
from traindyn.saddle_to_saddle.theory.modes import mode_time

STARTS = {"ci": 6, "laptop": 12, "paper": 48}
APART_STARTS, TIMED_STARTS = 3, 3
DIRECTIONS = {"ci": 400, "laptop": 1000, "paper": 10_000}
WIDTHS = (1, 2, 4, 10)
SWEEPS, EARLY = 800, 3
"""Sweeps of the ascent on the sphere, after the first few that the control stops at."""

TIMED_SCALES = (3e-2, 1e-2, 1e-4, 1e-8)
SPEED_STARTS = (2e-3, 2e-4, 2e-5)
SPEED_NORM = 0.02
"""Norm of the parameters at which the speed is measured."""


@study(stream="SS-7")
def escapes(context: Context, depth: int) -> EscapeRun:
    """Escapes of one depth."""
    starts = context.choose(**STARTS)
    return run_escapes(depth, CLOSE, starts, context.numpy_generator(f"depth {depth}"))


@study(stream="SS-7")
def escapes_far_apart(context: Context, depth: int) -> EscapeRun:
    """Escapes where the singular values are farther apart."""
    return run_escapes(depth, WIDE, APART_STARTS, context.numpy_generator(f"apart, depth {depth}"))


@study(stream="SS-7")
def learning_times(context: Context, depth: int) -> LearningTimes:
    """Times in which the first mode is learned, from starts of shrinking scale."""
    generator = context.numpy_generator(f"in time, depth {depth}")
    network, cost = draw_problem(WIDE, depth, generator)
    directions = network.random(1.0, generator, TIMED_STARTS)
    begin, half, learned = levels = np.array([0.05, 0.5, 0.95]) * WIDE[0]

    def times(start: np.ndarray, scale: float) -> tuple[float, ...]:
        return flow(
            network,
            cost,
            escape(network, cost, start, begin, horizon(depth, WIDE[0], scale)).theta,
            10 * mode_time(depth, WIDE[0], begin, learned),
            relative_tolerance=1e-11,
            events=(singular_value_reaches(1, half), singular_value_reaches(1, learned)),
            stop_at_last_event=True,
        ).event_times

    found = [[times(scale * d, scale) for d in directions] for scale in TIMED_SCALES]
    return LearningTimes(depth, levels, np.array(TIMED_SCALES), np.array(found))


@study(stream="SS-7")
def large_start(context: Context) -> LayerShape:
    """A network trained from a start of order one."""
    generator = context.numpy_generator("large start")
    network, cost = draw_problem(WIDE, 3, generator)
    path = flow(network, cost, network.random(0.5, generator), 20.0)
    end = Escape(network, path.theta[-1], 20.0)
    return LayerShape(end.misalignment, end.norm_spread, end.layer_ratio)


@study(stream="SS-7")
def reached_directions(context: Context) -> DirectionCounts:
    """Random starts, over depths and widths, that reach the fastest direction out of zero."""
    starts = context.choose(**DIRECTIONS)
    generator = context.numpy_generator("directions")
    target = random_target(WIDE, SIZE, generator)
    reached = early = trials = 0
    for depth in DEPTHS:
        best = largest_slope(depth, WIDE[0]) * (1 - 1e-6)
        for width in WIDTHS:
            network = LinearNetwork(SIZE, SIZE, width, depth)
            theta = climb(network, target, network.random(1.0, generator, starts), EARLY)
            early += int(((network.product(theta) * target).sum(axis=(1, 2)) > best).sum())
            theta = climb(network, target, theta, SWEEPS)
            reached += int(((network.product(theta) * target).sum(axis=(1, 2)) > best).sum())
            trials += starts
    return DirectionCounts(trials, early, reached)


@study(stream="SS-8")
def escape_speeds(context: Context, depth: int) -> SpeedRun:
    """Speed of the parameters on the way out, from starts of shrinking norm."""
    generator = context.numpy_generator(f"depth {depth}")
    network, cost = draw_problem(WIDE, depth, generator)
    direction = network.random(1.0, generator)
    direction /= np.linalg.norm(direction)
    level = (SPEED_NORM / depth**0.5) ** depth  # of a balanced network

    def speed(theta: np.ndarray) -> float:
        gradient = network.gradient(theta, cost.gradient(network.product(theta)))
        return -float(gradient @ theta) / float(np.linalg.norm(theta)) ** depth

    speeds = [
        speed(
            escape(
                network, cost, start * direction, level, horizon(depth, WIDE[0], start / 2)
            ).theta
        )
        for start in SPEED_STARTS
    ]
    return SpeedRun(depth, np.array(SPEED_STARTS), np.array(speeds), speed(SPEED_NORM * direction))
