"""Studies of the second escape, and of a cost without a finite minimum."""

from __future__ import annotations

import numpy as np

from traindyn.runs import Context, study
from traindyn.saddle_to_saddle.experiments.batched_flow import flow_to_level
from traindyn.saddle_to_saddle.experiments.completion import load_instance
from traindyn.saddle_to_saddle.experiments.costs import Logistic, SquaredError
from traindyn.saddle_to_saddle.experiments.descent import descend
from traindyn.saddle_to_saddle.experiments.flow import flow
from traindyn.saddle_to_saddle.experiments.greedy import greedy_path
from traindyn.saddle_to_saddle.experiments.networks import LinearNetwork
from traindyn.saddle_to_saddle.experiments.plateaus import find_plateaus, rank_of
from traindyn.saddle_to_saddle.results.plateaus import LogisticRun, SecondEscapeRun
from traindyn.saddle_to_saddle.theory.escape import second_escape_slope

SCALES = (1e-8, 1e-11, 1e-13)
SINGLE_SCALES, SINGLE_RATE, SINGLE_STEPS = (1e-16, 1e-22), 5e-3, 8000
"""Starts, learning rate and steps of the descent with weights in single precision."""

STARTS = {"ci": 24, "laptop": 24, "paper": 96}

SIGNS = 6
FLIPPED = ((0, 0), (3, 4))
"""Signs that are flipped so that a matrix of rank one does not have them."""

SIGN_WIDTH, SIGN_DEPTH = 8, 3
SIGN_SCALE, SIGN_STARTS = 3e-3, {"ci": 40, "laptop": 48, "paper": 96}


@study(stream="SS-19")
def second_escape(context: Context) -> SecondEscapeRun:
    """The first two escapes of two layers in matrix completion, from random starts."""
    cost = load_instance("three_saddles")
    stages = greedy_path(cost, 2, 2)
    s, after = stages[0].singular_values, float(stages[1].singular_values[0])
    s1, s2 = float(s[0]), float(s[1])
    levels = [float(np.linalg.svd(stage.a)[1][i]) / 2 for i, stage in enumerate(stages)]
    network = LinearNetwork(10, 10, 12, 2)
    directions = network.random(1.0, context.numpy_generator("start"), context.choose(**STARTS))

    def times(problem: SquaredError, index: int, level: float) -> np.ndarray:
        return np.array(
            [
                flow_to_level(
                    network,
                    problem,
                    scale * directions,
                    level,
                    index=index,
                    relative_tolerance=1e-8,
                ).times
                for scale in SCALES
            ]
        )

    return SecondEscapeRun(
        np.array(SCALES),
        times(cost, 1, levels[0]),
        times(cost, 2, levels[1]),
        1 / s1,
        second_escape_slope(s1, s2, after),
        1 / s2,
        all_observed=times(SquaredError(cost.target), 1, levels[0]),
        commuting=times(SquaredError(np.diag(s)), 2, s2 / 2),
        single_precision=_single_precision(network, cost, directions, levels[1]),
    )


def _single_precision(
    network: LinearNetwork, cost: SquaredError, directions: np.ndarray, level: float
) -> np.ndarray:
    """Time of the second escape per factor e where rounding hides the mode that waits."""
    record = np.arange(0, SINGLE_STEPS, 4)
    times = []
    for scale in SINGLE_SCALES:
        path = descend(network, cost, scale * directions, SINGLE_RATE, record, np.float32)
        second = np.linalg.svd(network.product(path), compute_uv=False)[..., 1]
        times.append(SINGLE_RATE * record[np.argmax(second > level, axis=0)])
    return np.asarray((times[1] - times[0]) / np.log(SINGLE_SCALES[0] / SINGLE_SCALES[1]))


@study(stream="SS-22")
def logistic_paths(context: Context, flipped: bool) -> tuple[LogisticRun, ...]:
    """Paths of three layers to signs of rank one, or to the same with two of them flipped.

    Other signs of rank one are the same problem in other bases.
    """
    signs = np.ones((SIGNS, SIGNS))
    for entry in FLIPPED if flipped else ():
        signs[entry] = -1.0
    network = LinearNetwork(SIGNS, SIGNS, SIGN_WIDTH, SIGN_DEPTH)
    generator = context.numpy_generator(f"signs, flipped {flipped}")
    starts = network.random(SIGN_SCALE, generator, context.choose(**SIGN_STARTS))
    return tuple(_logistic(network, signs, start) for start in starts)


def _logistic(network: LinearNetwork, signs: np.ndarray, start: np.ndarray) -> LogisticRun:
    path = flow(
        network,
        Logistic(signs),
        start,
        1e6,
        method="LSODA",
        relative_tolerance=1e-5,
        absolute_tolerance=1e-11,
    )
    return LogisticRun(
        path.times,
        path.loss,
        np.linalg.norm(path.theta, axis=1),
        (signs * path.a).min(axis=(1, 2)),
        rank_of(path.a[-1], 1.0),
        find_plateaus(path, scale=1.0, prominence=1.0),
    )
