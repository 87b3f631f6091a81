"""How close the flow comes to the greedy paths, and which saddle it visits where two compete."""

from __future__ import annotations

import numpy as np

from traindyn.runs import Context, study
from traindyn.saddle_to_saddle.experiments.completion import fit_rank, load_instance
from traindyn.saddle_to_saddle.experiments.costs import SquaredError
from traindyn.saddle_to_saddle.experiments.descent import descend, logarithmic_steps
from traindyn.saddle_to_saddle.experiments.flow import Path, flow, singular_value_reaches
from traindyn.saddle_to_saddle.experiments.greedy import greedy_path
from traindyn.saddle_to_saddle.experiments.networks import LinearNetwork
from traindyn.saddle_to_saddle.experiments.plateaus import find_plateaus
from traindyn.saddle_to_saddle.results.completion import BranchRun, GreedyDistances
from traindyn.saddle_to_saddle.studies.completion import greedy_stages
from traindyn.saddle_to_saddle.theory.saddles import largest_curvature

DEPTH = 3
LIMIT_SCALES = (1e-1, 1e-3, 1e-5)
LIMIT_STARTS = {"ci": 32, "laptop": 32, "paper": 48}
BRANCH_SCALES = (2e-2, 1e-4, 1e-6)
BRANCH_STARTS, FEW = {"ci": 6, "laptop": 8, "paper": 40}, 3
LARGEST_STARTS = {"ci": 400, "laptop": 480, "paper": 800}
"""Starts at the smallest scale, in between for the figure, and where the path branches."""


@study(stream="SS-17")
def greedy_distances(context: Context) -> GreedyDistances:
    """Distance of the flow from the greedy paths at falling scales, per start."""
    cost = load_instance("limit")
    stages = greedy_path(cost, DEPTH, 2, epsilon=1e-3)
    lines = [stage.path.a.reshape(len(stage.path.times), -1)[::2] for stage in stages]
    network = LinearNetwork(6, 6, 8, DEPTH)
    starts = context.choose(**LIMIT_STARTS)
    directions = network.random(1.0, context.numpy_generator("starts"), starts)
    end = 0.9 * float(np.linalg.svd(stages[1].a, compute_uv=False)[1])
    found = [
        [_to_greedy(cost, network, scale * d, end, lines) for d in directions]
        for scale in LIMIT_SCALES
    ]
    first, union = np.moveaxis(np.array(found), -1, 0)
    coarse = greedy_path(cost, DEPTH, 1, epsilon=1e-2)[0]
    steepest = int(np.argmax(coarse.path.gradient_norm))
    return GreedyDistances(
        np.array(LIMIT_SCALES),
        first,
        union,
        stages[0].singular_values,
        float(np.linalg.norm(cost.target)),
        stages[0].loss,
        coarse.loss,
        float(coarse.path.loss[steepest]),
    )


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
        relative_tolerance=1e-7,
        absolute_tolerance=1e-12 * scale,
        events=(singular_value_reaches(2, end),),
        stop_at_last_event=True,
    )
    points = path.a.reshape(len(path.times), -1)[::3]
    nearest = np.minimum.accumulate([_to_line(points, line) for line in lines])
    return [float(distances.max()) for distances in nearest]


def _to_line(points: np.ndarray, line: np.ndarray) -> np.ndarray:
    """Distance of every point to the nearest point of a polygonal line."""
    begin, step = line[:-1], np.diff(line, axis=0)
    length = np.maximum((step**2).sum(axis=1), 1e-300)
    ahead = points @ step.T - (begin * step).sum(axis=1)
    along = np.clip(ahead / length, 0, 1)
    square = (points**2).sum(axis=1)[:, None] - 2 * points @ begin.T + (begin**2).sum(axis=1)
    square += along * (along * length - 2 * ahead)
    return np.asarray(np.sqrt(np.maximum(square.min(axis=1), 0.0)))


@study(stream="SS-18")
def branches(context: Context) -> BranchRun:
    """Second plateaus of a problem whose greedy matrix of rank two is not the best one."""
    cost = load_instance("branching")
    network = LinearNetwork(cost.shape[1], cost.shape[0], 6, DEPTH)
    starts, many = context.choose(**BRANCH_STARTS), context.choose(**LARGEST_STARTS)
    directions = network.random(1.0, context.numpy_generator("directions"), starts)
    larger = network.random(1.0, context.numpy_generator("larger starts"), many)
    losses = [
        _second_plateaus(cost, network, BRANCH_SCALES[0] * larger),
        *(
            np.array([_second_plateau(cost, network, scale * d) for d in some])
            for scale, some in zip(BRANCH_SCALES[1:], (directions[:FEW], directions), strict=True)
        ),
    ]
    greedy = greedy_stages("branching", DEPTH, 2, 1e-2)[1].loss
    best = float(cost.value(fit_rank(cost, 2, context.numpy_generator("least squares"))))
    return BranchRun(np.array(BRANCH_SCALES), losses, greedy, best)


def _second_plateaus(
    cost: SquaredError, network: LinearNetwork, starts: np.ndarray, slower: int = 1
) -> np.ndarray:
    """The same by gradient descent of many starts that are not small.

    A start in thousands passes a norm of five times the last one; then all take shorter steps.
    """
    rate = 1.4 / largest_curvature(DEPTH, BRANCH_TOP) / slower
    record = logarithmic_steps(round(5.0 / (float(starts.std()) * rate)), 60)
    try:
        with np.errstate(over="ignore", invalid="ignore"):
            theta = descend(network, cost, starts, rate, record)
    except FloatingPointError:
        if slower == MOST_SLOWER:
            raise
        return _second_plateaus(cost, network, starts, 2 * slower)
    paths = (Path(network, cost, rate * record, theta[:, i]) for i in range(len(starts)))
    return np.array([_last_of_rank_two(path) for path in paths])


def _last_of_rank_two(path: Path) -> float:
    """Loss of the last plateau before the third direction is learned; NaN without one."""
    rests = [p.loss for p in find_plateaus(path, scale=BRANCH_TOP) if p.rank == 2]
    return rests[-1] if rests else float("nan")


MOST_SLOWER = 8
"""By how much the steps are shortened at most: enough for a norm of 8 ** (3 / 4) times the last."""

BRANCH_TOP, BRANCH_TIME = 8.0, 8.0
"""Operator norm of the branching problem, and the longest time of its paths over the inverse scale;
few of the larger starts need more than five eighths of it."""


def _second_plateau(cost: SquaredError, network: LinearNetwork, start: np.ndarray) -> float:
    """Loss of the last plateau before the third direction is learned, by an implicit solver."""
    scale = float(start.std())
    path = flow(
        network,
        cost,
        start,
        BRANCH_TIME / scale,
        method="LSODA",
        relative_tolerance=1e-6,
        absolute_tolerance=1e-10 * scale,
        events=(singular_value_reaches(3, 0.3),),
        stop_at_last_event=True,
    )
    return _last_of_rank_two(path)
