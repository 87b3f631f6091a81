"""Studies of the second escape, and of a cost without a finite minimum."""

from __future__ import annotations

import numpy as np

from traindyn.runs import Context, study
from traindyn.saddle_to_saddle.experiments.completion import load_instance
from traindyn.saddle_to_saddle.experiments.costs import Logistic, SquaredError
from traindyn.saddle_to_saddle.experiments.descent import descend
from traindyn.saddle_to_saddle.experiments.flow import Event, flow, singular_value_reaches
from traindyn.saddle_to_saddle.experiments.greedy import greedy_path
from traindyn.saddle_to_saddle.experiments.networks import LinearNetwork
from traindyn.saddle_to_saddle.experiments.plateaus import find_plateaus, rank_of
from traindyn.saddle_to_saddle.experiments.targets import random_target
from traindyn.saddle_to_saddle.results.plateaus import LogisticRun, SecondEscapeRun
from traindyn.saddle_to_saddle.theory.escape import second_escape_slope

SCALES = np.geomspace(1e-8, 1e-13, 6)
CONTROL_SCALES = (1e-11, 1e-13)
SINGLE_SCALES, SINGLE_RATE, SINGLE_STEPS = (1e-16, 1e-22), 5e-3, 8000
"""Starts, learning rate and steps of the descent with weights in single precision."""

SIGNS = 6
FLIPPED = ((0, 0), (3, 4))
"""Signs that are flipped so that a matrix of rank one does not have them."""


@study(stream="SS-19")
def second_escape(context: Context) -> SecondEscapeRun:
    """The first two escapes of two layers in matrix completion."""
    cost = load_instance("three_saddles")
    stages = greedy_path(cost, 2, 2)
    s, after = stages[0].singular_values, float(stages[1].singular_values[0])
    s1, s2 = float(s[0]), float(s[1])
    slopes = 1 / s1, second_escape_slope(s1, s2, after), 1 / s2
    levels = [float(np.linalg.svd(stage.a)[1][i]) / 2 for i, stage in enumerate(stages)]
    network = LinearNetwork(10, 10, 12, 2)
    direction = network.random(1.0, context.numpy_generator("start"))

    def times(
        problem: SquaredError, scale: float, horizon: float, events: tuple[Event, ...]
    ) -> tuple[float, ...]:
        return flow(
            network,
            problem,
            scale * direction,
            horizon,
            relative_tolerance=1e-10,
            events=events,
            stop_at_last_event=True,
        ).event_times

    def unit(problem: SquaredError, event: Event) -> float:
        """Time of the event per factor e of the start."""
        early, late = (times(problem, scale, 1e3, (event,))[0] for scale in CONTROL_SCALES)
        return float((late - early) / np.log(CONTROL_SCALES[0] / CONTROL_SCALES[1]))

    escapes = tuple(singular_value_reaches(i, level) for i, level in enumerate(levels, 1))
    found = [
        times(cost, scale, 2 * float(np.log(1 / scale)) * max(slopes) + 20, escapes)
        for scale in SCALES
    ]
    first, second = np.array(found).T
    commuting = SquaredError(random_target(tuple(s), 10, context.numpy_generator("commuting")))
    return SecondEscapeRun(
        SCALES,
        first,
        second,
        *slopes,
        all_observed=unit(SquaredError(cost.target), escapes[0]),
        commuting=unit(commuting, singular_value_reaches(2, s2 / 2)),
        single_precision=_single_precision(network, cost, direction, levels[1]),
    )


def _single_precision(
    network: LinearNetwork, cost: SquaredError, direction: np.ndarray, level: float
) -> float:
    """Time of the second escape per factor e where rounding hides the mode that waits."""
    record = np.arange(0, SINGLE_STEPS, 4)
    times = []
    for scale in SINGLE_SCALES:
        path = descend(network, cost, scale * direction, SINGLE_RATE, record, np.float32)
        second = np.linalg.svd(network.product(path), compute_uv=False)[:, 1]
        times.append(SINGLE_RATE * record[int(np.argmax(second > level))])
    return float((times[1] - times[0]) / np.log(SINGLE_SCALES[0] / SINGLE_SCALES[1]))


@study(stream="SS-22")
def logistic_path(context: Context, flipped: bool) -> LogisticRun:
    """The path of three layers to signs of rank one, or to the same with two of them flipped."""
    generator = context.numpy_generator("signs")
    signs = np.outer(*(generator.choice([-1.0, 1.0], size=SIGNS) for _ in range(2)))
    for entry in FLIPPED if flipped else ():
        signs[entry] *= -1
    network = LinearNetwork(SIGNS, SIGNS, 8, 3)
    path = flow(
        network,
        Logistic(signs),
        network.random(1e-2, generator),
        1e6,
        method="LSODA",
        relative_tolerance=1e-8,
        absolute_tolerance=1e-13,
    )
    return LogisticRun(
        path.times,
        path.loss,
        np.linalg.norm(path.theta, axis=1),
        (signs * path.a).min(axis=(1, 2)),
        rank_of(path.a[-1], 1.0),
        find_plateaus(path, scale=1.0, prominence=1.0),
    )
