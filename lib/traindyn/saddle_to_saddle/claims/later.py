"""Claims SS-19 and SS-22: the second escape, and costs without a finite minimum."""

from __future__ import annotations

import numpy as np

from traindyn.inference import Estimate
from traindyn.ledger import Control, Part, Test
from traindyn.runs import Context
from traindyn.saddle_to_saddle.claims.registry import registry
from traindyn.saddle_to_saddle.experiments.completion import load_instance
from traindyn.saddle_to_saddle.experiments.costs import Logistic, SquaredError
from traindyn.saddle_to_saddle.experiments.descent import descend
from traindyn.saddle_to_saddle.experiments.flow import flow, singular_value_reaches
from traindyn.saddle_to_saddle.experiments.greedy import greedy_path
from traindyn.saddle_to_saddle.experiments.networks import LinearNetwork
from traindyn.saddle_to_saddle.experiments.plateaus import find_plateaus, rank_of
from traindyn.saddle_to_saddle.experiments.targets import random_target
from traindyn.saddle_to_saddle.results.plateaus import LogisticRun, SecondEscapeRun
from traindyn.saddle_to_saddle.theory.escape import second_escape_slope


@registry.claim(
    19,
    source="derived here",
    basis="derived",
    statement=(
        "Two layers, any cost: per factor e of the start the second escape comes later by "
        "1/s₁ + (1 − s₂/s₁)/s₁', with s' at the first saddle; it is 1/s₂ only if the gradients "
        "commute."
    ),
)
def second_escape(context: Context) -> tuple[SecondEscapeRun, list[Part]]:
    """SS-19."""
    cost = load_instance("three_saddles")
    stages = greedy_path(cost, 2, 2)
    s = stages[0].singular_values
    after = float(stages[1].singular_values[0])
    levels = [float(np.linalg.svd(stage.a)[1][i]) / 2 for i, stage in enumerate(stages)]
    network = LinearNetwork(10, 10, 12, 2)
    direction = network.random(1.0, context.numpy_generator("start"))
    scales = np.geomspace(1e-8, 1e-13, 6)
    first, second = [], []
    slopes = (
        float(1 / s[0]),
        second_escape_slope(float(s[0]), float(s[1]), after),
        float(1 / s[1]),
    )
    for scale in scales:
        path = flow(
            network,
            cost,
            scale * direction,
            2 * float(np.log(1 / scale)) * max(slopes) + 20,
            relative_tolerance=1e-10,
            events=(singular_value_reaches(1, levels[0]), singular_value_reaches(2, levels[1])),
            stop_at_last_event=True,
        )
        first.append(path.event_times[0])
        second.append(path.event_times[1])
    commuting = SquaredError(random_target(tuple(s), 10, context.numpy_generator("commuting")))
    run = SecondEscapeRun(scales, np.array(first), np.array(second), slopes)
    logs = -np.log(scales)
    found = [float(np.diff(t)[-1] / np.diff(logs)[-1]) for t in (run.first, run.second)]
    return run, [
        Part(
            "First escape of matrix completion: time per factor e of the start",
            slopes[0],
            Estimate(found[0]),
            Test("slope", 1e-3 * slopes[0], "0.1 %: the rest falls as a power of α"),
            [
                Control(
                    "all entries observed",
                    Estimate(_unit(SquaredError(cost.target), network, direction, 1, levels[0])),
                )
            ],
        ),
        Part(
            "Second escape: time per factor e of the start",
            slopes[1],
            Estimate(found[1]),
            Test("slope", 1e-3 * slopes[1], "0.1 %: what grows beside falls as a power of α"),
            [
                Control(
                    "all entries of a matrix with the same singular values: gradients commute",
                    Estimate(_unit(commuting, network, direction, 2, float(s[1]) / 2)),
                ),
                Control(
                    "gradient descent with weights in single precision",
                    Estimate(_single_precision(network, cost, direction, levels[1])),
                ),
            ],
        ),
    ]


def _unit(
    cost: SquaredError, network: LinearNetwork, direction: np.ndarray, index: int, level: float
) -> float:
    """Time per factor e of the start until a singular value reaches a level."""
    scales = np.array([1e-11, 1e-13])
    times = [
        flow(
            network,
            cost,
            scale * direction,
            1e3,
            relative_tolerance=1e-10,
            events=(singular_value_reaches(index, level),),
            stop_at_last_event=True,
        ).event_times[0]
        for scale in scales
    ]
    return float((times[1] - times[0]) / np.log(scales[0] / scales[1]))


def _single_precision(
    network: LinearNetwork, cost: SquaredError, direction: np.ndarray, level: float
) -> float:
    """Time of the second escape per factor e where rounding hides the mode that waits."""
    rate, record = 5e-3, np.arange(0, 8000, 4)
    times = []
    for scale in (1e-16, 1e-22):
        path = descend(network, cost, scale * direction, rate, record, np.float32)
        second = np.linalg.svd(network.product(path), compute_uv=False)[:, 1]
        times.append(rate * record[int(np.argmax(second > level))])
    return float((times[1] - times[0]) / np.log(1e6))


@registry.claim(
    22,
    source="abstract: the last path may go to infinity, as we recall it",
    basis="attributed",
    statement=(
        "With a logistic cost there is no last saddle: the flow rests at saddles of growing rank "
        "and then grows without bound, at the smallest rank that has all the signs."
    ),
)
def infinity(context: Context) -> tuple[dict[str, LogisticRun], list[Part]]:
    """SS-22."""
    generator = context.numpy_generator("signs")
    signs = np.outer(*(generator.choice([-1.0, 1.0], size=6) for _ in range(2)))
    flipped = signs.copy()
    flipped[0, 0] *= -1
    flipped[3, 4] *= -1
    network = LinearNetwork(6, 6, 8, 3)
    start = network.random(1e-2, generator)
    runs = {}
    for name, s in (("rank one", signs), ("two flipped", flipped)):
        path = flow(
            network,
            Logistic(s),
            start,
            1e6,
            method="LSODA",
            relative_tolerance=1e-8,
            absolute_tolerance=1e-13,
        )
        found = find_plateaus(path, scale=1.0, prominence=1.0)
        norm = np.linalg.norm(path.theta, axis=1)
        runs[name] = LogisticRun(
            path.times,
            path.loss,
            norm,
            (s * path.a).min(axis=(1, 2)),
            rank_of(path.a[-1], 1.0),
            found,
        )
    one, two = runs["rank one"], runs["two flipped"]
    parts = []
    for name, run, other, count in (("rank one", one, two, 1), ("two flipped", two, one, 2)):
        parts += [
            Part(
                f"Number of plateaus, signs {name}",
                float(count),
                Estimate(float(len(run.plateaus))),
                Test("exact", 0.5, "an integer"),
                [Control("the other signs", Estimate(float(len(other.plateaus))))],
            ),
            Part(
                f"Growth of the smallest margin over the last decade of time, in units of log 10, "
                f"signs {name}",
                1.0,
                Estimate(_growth(run, run.times[-1])),
                Test(
                    "equality",
                    0.35,
                    "the loss decays as exp(−margin) and its rate with it; the factor margin^(4/3) "
                    "in the speed of three layers adds 4/3 over the margin, about 0.15",
                ),
                [Control("on the plateau at the origin", Estimate(_growth(run, 10.0)))],
            ),
            Part(
                f"Rank of A at the end, signs {name}",
                float(count),
                Estimate(float(run.rank)),
                Test("exact", 0.5, "an integer"),
                [Control("the other signs", Estimate(float(other.rank)))],
            ),
        ]
    parts.append(
        Part(
            "Loss of the first plateau: log 2 at the origin",
            float(np.log(2)),
            Estimate(one.plateaus[0].loss),
            Test("equality", 1e-4, "of order α"),
            [Control("second plateau, two flipped", Estimate(two.plateaus[-1].loss))],
        )
    )
    return runs, parts


def _growth(run: LogisticRun, end: float) -> float:
    """Growth of the smallest margin over the decade of time before ``end``, over log 10."""
    margins = np.interp([end / 10, end], run.times, run.margin)
    return float((margins[1] - margins[0]) / np.log(10))
