"""Claims SS-1 to SS-3: what a random start is close to."""

from __future__ import annotations

import numpy as np

from traindyn.inference import Estimate
from traindyn.ledger import Context, Control, Part, Size, Test
from traindyn.saddle_to_saddle.claims.registry import registry
from traindyn.saddle_to_saddle.experiments.costs import SquaredError
from traindyn.saddle_to_saddle.experiments.distances import (
    balanced_guess,
    drop_modes,
    dropped_part,
    nearest_minimum,
)
from traindyn.saddle_to_saddle.experiments.networks import LinearNetwork, width_scale
from traindyn.saddle_to_saddle.experiments.targets import random_target
from traindyn.saddle_to_saddle.results.distances import DistanceRun
from traindyn.saddle_to_saddle.theory.distances import (
    distance_to_minimum_lazy,
    distance_to_minimum_small,
    distance_to_saddle,
)

SIZE = 4
VALUES = (2.0, 1.5, 1.0, 0.5)


def run_distances(context: Context, depth: int, gamma: float) -> DistanceRun:
    """Distances at four widths, medians over starts."""
    widths = np.array([32, 64, 128, 256] if depth < 4 else [16, 32, 64, 128])
    starts = context.choose(ci=5, laptop=9, paper=33)
    modes = 1 if gamma < 1 else SIZE
    rows = []
    for width in widths:
        network = LinearNetwork(SIZE, SIZE, int(width), depth)
        found = []
        for start in range(starts):
            generator = context.numpy_generator(f"L{depth}, gamma {gamma}, w{width}, {start}")
            target = random_target(VALUES, SIZE, generator)
            theta = network.random(width_scale(int(width), gamma), generator)
            saddle = drop_modes(network, theta, target, modes)
            cost = SquaredError(target)
            slope = network.gradient(saddle, cost.gradient(network.product(saddle)))
            if np.linalg.norm(slope) > 1e-7:
                raise RuntimeError(f"no saddle: gradient {np.linalg.norm(slope):.3g}")
            if gamma < 1:
                minimum = nearest_minimum(network, theta, target)
                missing = float(np.linalg.norm(target - network.product(theta)))
                expected = distance_to_minimum_lazy(missing, int(width), depth, gamma)
            else:
                guess = balanced_guess(network, theta, target) if depth == 2 else None
                minimum = nearest_minimum(network, theta, target, guess) if depth == 2 else theta
                expected = distance_to_minimum_small(np.array(VALUES), depth)
            to_minimum = float(np.linalg.norm(minimum - theta))
            to_saddle = float(np.linalg.norm(saddle - theta))
            found.append(
                (
                    to_minimum,
                    to_minimum / expected,
                    to_saddle,
                    to_saddle / distance_to_saddle(int(width), gamma, modes),
                    dropped_part(network, theta, target, modes),
                    float(np.linalg.norm(theta)),
                )
            )
        rows.append(np.median(np.array(found), axis=0))
    return DistanceRun(depth, gamma, widths.astype(float), *np.array(rows).T)


def _sizes(run: DistanceRun, values: np.ndarray) -> list[Size]:
    return [Size(float(w), Estimate(float(v))) for w, v in zip(run.widths, values, strict=True)]


LAZY = ((2, 0.6), (3, 0.75), (4, 0.8))


@registry.claim(
    1,
    source="abstract: near a global minimum for γ < 1; the exponent as we recall it",
    basis="attributed",
    statement=(
        "For γ < 1 a wide network starts close to a global minimum, at the distance "
        "‖T − A₀‖ / √L times w^{−(1−γ)(L−1)/2}."
    ),
)
def lazy_minimum(context: Context) -> tuple[list[DistanceRun], list[Part]]:
    """SS-1."""
    runs = [run_distances(context, depth, gamma) for depth, gamma in LAZY]
    parts = []
    for run in runs:
        predicted = run.minimum / run.minimum_ratio
        parts.append(
            Part(
                f"Distance to the nearest minimum over its prediction, L = {run.depth}, "
                f"γ = {run.gamma:g}, the largest width",
                1.0,
                Estimate(float(run.minimum_ratio[-1])),
                Test("equality", 0.15, "the kernel is κ up to √(n/w) = 0.13 to 0.18"),
                [
                    Control(
                        "the saddle in place of the minimum",
                        Estimate(float(run.saddle[-1] / predicted[-1])),
                    )
                ],
            )
        )
    return runs, parts


@registry.claim(
    2,
    source="abstract: near or far from saddles; exponent as we recall it, prefactor derived here",
    basis="attributed",
    statement=(
        "The nearest saddle is at most √(2m) w^{(1−γ)/2} away, with m = 1 mode for γ < 1 and all "
        "modes for γ > 1: far from lazy starts, arbitrarily close to small ones."
    ),
)
def saddles(context: Context) -> tuple[list[DistanceRun], list[Part]]:
    """SS-2."""
    cases = (*LAZY, (2, 2.0), (3, 1.5), (4, 1.5))
    runs = [run_distances(context, depth, gamma) for depth, gamma in cases]
    parts = []
    for run in runs:
        predicted = (1 - run.gamma) / 2
        name = f"L = {run.depth}, γ = {run.gamma:g}"
        scale = float(run.saddle_ratio[-1] / run.saddle[-1])
        # the saddle of two layers without any mode is the origin
        rival, distance = (
            ("the origin", run.origin) if run.depth > 2 else ("the nearest minimum", run.minimum)
        )
        parts += [
            Part(
                f"Distance to the explicit saddle over its prediction, {name}, the largest width",
                1.0,
                Estimate(float(run.saddle_ratio[-1])),
                Test(
                    "equality",
                    0.12,
                    "a tenth from the cost of fitting the other modes, which falls with the width; "
                    "1/√(4w) from the start",
                ),
                [Control(rival, Estimate(scale * float(distance[-1])))],
            ),
            Part(
                f"Exponent of the part of it that drops the modes, {name}",
                predicted,
                Estimate(run.slope(run.dropped)),
                Test(
                    "slope",
                    0.08,
                    "its square has the law χ² with 2mw degrees: 9 % at w = 32, over log 8, twice",
                ),
                [Control(rival, Estimate(run.slope(distance)))],
            ),
        ]
    smallest = runs[0]
    lower = [_lower_bound(context, int(w), smallest.gamma) for w in smallest.widths]
    parts.append(
        Part(
            "Two layers, γ = 0.6: lower bound from the smallest singular values of both layers, "
            "over the prediction, the largest width",
            1.0,
            Estimate(lower[-1]),
            Test("equality", 0.2, "singular values spread by √(n/w) = 0.125 to either side"),
            [Control("one layer alone", Estimate(lower[-1] / 2**0.5))],
            asymptotic=True,
            sizes=[
                Size(float(w), Estimate(v)) for w, v in zip(smallest.widths, lower, strict=True)
            ],
        )
    )
    return runs, parts


def _lower_bound(context: Context, width: int, gamma: float) -> float:
    """No saddle of two layers is nearer: both layers must lose rank. Median over 25 starts."""
    network = LinearNetwork(SIZE, SIZE, width, 2)
    starts = network.random(width_scale(width, gamma), context.numpy_generator(f"b{width}"), 25)
    smallest = [np.linalg.svd(w, compute_uv=False)[:, -1] for w in network.layers(starts)]
    return float(np.median(np.hypot(*smallest)) / distance_to_saddle(width, gamma, 1))


@registry.claim(
    3,
    source="derived here",
    basis="derived",
    statement=(
        "For γ > 1 the nearest minimum stays at the distance √(L Σ s_i^{2/L}) of the origin from "
        "it, up to a gap of order w^{(1−γ)/2}."
    ),
)
def small_minimum(context: Context) -> tuple[list[DistanceRun], list[Part]]:
    """SS-3."""
    runs = [run_distances(context, 2, gamma) for gamma in (2.0, 3.0)]
    limit = distance_to_minimum_small(np.array(VALUES), 2)
    gaps = {run.gamma: run.slope(limit - run.minimum) for run in runs}
    parts = []
    for run, other in zip(runs, runs[::-1], strict=True):
        parts.append(
            Part(
                f"Exponent of the gap to the limit in the width, γ = {run.gamma:g}",
                (1 - run.gamma) / 2,
                Estimate(gaps[run.gamma]),
                Test("slope", 0.1, "the next order is w^(1−γ), a share of 0.1 over the range"),
                [Control(f"γ = {other.gamma:g}", Estimate(gaps[other.gamma]))],
            )
        )
    parts.append(
        Part(
            "Distance to the nearest minimum over its limit, γ = 3, w = 256",
            1.0,
            Estimate(float(runs[1].minimum_ratio[-1])),
            Test("equality", 0.005, "of order w^((1−γ)/2) = 1/256"),
            [Control("γ = 2", Estimate(float(runs[0].minimum_ratio[-1])))],
            asymptotic=True,
            sizes=_sizes(runs[1], runs[1].minimum_ratio),
        )
    )
    return runs, parts
