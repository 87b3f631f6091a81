"""Claims SS-17 and SS-18: the greedy algorithm as the limit of the flow, and which saddle."""

from __future__ import annotations

import numpy as np

from traindyn.inference import Estimate
from traindyn.ledger import Control, Part, Size, Test
from traindyn.runs import Context
from traindyn.saddle_to_saddle.claims.registry import registry
from traindyn.saddle_to_saddle.experiments.completion import (
    fit_rank,
    load_instance,
)
from traindyn.saddle_to_saddle.experiments.costs import SquaredError
from traindyn.saddle_to_saddle.experiments.flow import flow, singular_value_reaches
from traindyn.saddle_to_saddle.experiments.greedy import greedy_path
from traindyn.saddle_to_saddle.experiments.networks import LinearNetwork
from traindyn.saddle_to_saddle.experiments.plateaus import find_plateaus
from traindyn.saddle_to_saddle.results.completion import (
    BranchRun,
    GreedyRun,
)
from traindyn.saddle_to_saddle.theory.escape import angle_exponent


@registry.claim(
    17,
    source="abstract: the algorithm approximates the limit; the rate is derived here",
    basis="stated",
    statement=(
        "The flow comes as close to the union of the greedy paths as one likes: the largest "
        "distance falls as α^{1−s₂/s₁}."
    ),
)
def greedy_limit(context: Context) -> tuple[GreedyRun, list[Part]]:
    """SS-17."""
    cost = load_instance("limit")
    depth = 3
    stages = greedy_path(cost, depth, 2, epsilon=1e-3)
    s = stages[0].singular_values
    exponent = angle_exponent(float(s[0]), float(s[1]))
    lines = [stage.path.a.reshape(len(stage.path.times), -1)[::2] for stage in stages]
    network = LinearNetwork(6, 6, 8, depth)
    starts = context.choose(ci=6, laptop=12, paper=48)
    directions = network.random(1.0, context.numpy_generator("starts"), starts)
    scales = np.array([1e-1, 1e-3, 1e-5])
    end = 0.9 * float(np.linalg.svd(stages[1].a, compute_uv=False)[1])
    found = np.array(
        [
            np.mean([_to_greedy(cost, network, scale * d, end, lines) for d in directions], axis=0)
            for scale in scales
        ]
    )
    run = GreedyRun(scales, found[:, -1], exponent)
    first_only, local = (np.diff(np.log(found), axis=0) / np.diff(np.log(scales))[:, None]).T
    coarse = greedy_path(cost, depth, 1, epsilon=1e-2)
    steepest = int(np.argmax(coarse[0].path.gradient_norm))
    return run, [
        Part(
            "Exponent of the largest distance in α, mean over starts, from 1e-3 to 1e-5",
            exponent,
            Estimate(float(local[-1])),
            Test(
                "slope",
                0.08,
                "the third direction adds α^((s₂ − s₃)/s₁), a tenth at these scales; the chords "
                "of the recorded paths 1e-4 of the target",
            ),
            [Control("distance from the first path alone", Estimate(float(first_only[-1])))],
        ),
        Part(
            "Largest distance from the greedy paths, α = 1e-5, over the norm of the target",
            0.0,
            Estimate(float(run.distances[-1] / np.linalg.norm(cost.target))),
            Test("threshold", 0.05, "one twentieth"),
            [Control("α = 0.1", Estimate(float(run.distances[0] / np.linalg.norm(cost.target))))],
            asymptotic=True,
            sizes=[
                Size(float(a), Estimate(float(d / np.linalg.norm(cost.target))))
                for a, d in zip(scales, run.distances, strict=True)
            ],
        ),
        Part(
            "Loss of the first greedy stage with new weights of 0.01 over that with 0.001",
            1.0,
            Estimate(coarse[0].loss / stages[0].loss),
            Test("equality", 1e-5, "the stage ends at the same critical point"),
            [
                Control(
                    "too short a run, stopped where its gradient is largest",
                    Estimate(float(coarse[0].path.loss[steepest]) / stages[0].loss),
                )
            ],
        ),
    ]


def _to_greedy(
    cost: SquaredError,
    network: LinearNetwork,
    start: np.ndarray,
    end: float,
    lines: list[np.ndarray],
) -> list[float]:
    """Largest distance of the flow from the first greedy path, and from the union of both.

    It is followed until the second mode is learned.
    """
    scale = float(start.std())
    path = flow(
        network,
        cost,
        start,
        20 / scale,
        method="LSODA",
        absolute_tolerance=1e-12 * scale,
        events=(singular_value_reaches(2, end),),
        stop_at_last_event=True,
    )
    points = path.a.reshape(len(path.times), -1)[::5]
    nearest = np.minimum.accumulate([_to_line(points, line) for line in lines])
    return [float(distances.max()) for distances in nearest]


def _to_line(points: np.ndarray, line: np.ndarray) -> np.ndarray:
    """Distance of every point to the nearest point of a polygonal line."""
    begin, step = line[:-1], np.diff(line, axis=0)
    length = np.maximum((step**2).sum(axis=1), 1e-300)
    along = np.clip(((points[:, None] - begin) * step).sum(axis=-1) / length, 0, 1)
    nearest = begin + along[..., None] * step
    return np.asarray(np.linalg.norm(points[:, None] - nearest, axis=-1).min(axis=1))


@registry.claim(
    18,
    source="abstract: the greedy algorithm; the example is ours",
    basis="extension",
    statement=(
        "The flow visits the greedy saddle even where a better matrix of the same rank exists, but "
        "only from starts that are small enough; from larger ones it branches."
    ),
)
def branching(context: Context) -> tuple[BranchRun, list[Part]]:
    """SS-18."""
    cost = load_instance("branching")
    depth = 3
    greedy = greedy_path(cost, depth, 2, epsilon=1e-2)[1].loss
    best = float(cost.value(fit_rank(cost, 2, context.numpy_generator("least squares"))))
    network = LinearNetwork(cost.shape[1], cost.shape[0], 6, depth)
    starts = context.choose(ci=6, laptop=10, paper=40)
    many = context.choose(ci=30, laptop=60, paper=400)
    scales = np.array([1e-2, 3e-3, 1e-4, 1e-6])
    directions = network.random(1.0, context.numpy_generator("directions"), starts)
    larger = network.random(1.0, context.numpy_generator("larger starts"), many)
    losses = [
        np.array([_second_plateau(cost, network, scale * d) for d in group])
        for scale, group in zip(scales, (larger, directions, directions, directions), strict=True)
    ]
    run = BranchRun(scales, losses, greedy, best)
    ends = losses[0]
    hits = int((np.abs(ends - best) < 0.02 * best).sum())
    tiny = int((np.abs(losses[-1] - best) < 0.02 * best).sum())
    return run, [
        Part(
            "Loss of the second plateau from α = 1e-6 over that of the greedy stage, worst start",
            1.0,
            Estimate(_worst(losses[-1] / greedy)),
            Test("equality", 0.01, "1 %; the best matrix of rank two lies 16 % lower"),
            [
                Control(
                    "α = 0.01, the starts below",
                    Estimate(_worst(ends[np.isfinite(ends)] / greedy)),
                )
            ],
        ),
        Part(
            f"Starts among {many} that visit the best matrix instead at α = 0.01",
            1.0,
            Estimate(float(hits)),
            Test("threshold", 0.5, "one is enough: that some do", side="above"),
            [Control("α = 1e-6, the starts above", Estimate(float(tiny)))],
        ),
    ]


def _worst(ratios: np.ndarray) -> float:
    """The ratio farthest from one; a start without the plateau counts as a ratio of zero."""
    ratios = np.nan_to_num(ratios)
    return float(ratios[np.argmax(np.abs(ratios - 1))])


def _second_plateau(cost: SquaredError, network: LinearNetwork, start: np.ndarray) -> float:
    """Loss of the last plateau before the third direction is learned; NaN without one."""
    scale = float(start.std())
    path = flow(
        network,
        cost,
        start,
        8 / scale,
        method="LSODA",
        relative_tolerance=1e-7,
        absolute_tolerance=1e-10 * scale,
        events=(singular_value_reaches(3, 0.3),),
        stop_at_last_event=True,
    )
    rests = [p.loss for p in find_plateaus(path, scale=8.0) if p.rank == 2]
    return rests[-1] if rests else float("nan")
