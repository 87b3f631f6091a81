"""Claims SS-1 to SS-3: what a random start is close to."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from traindyn.inference import Estimate
from traindyn.ledger import Control, Part, Size, Test
from traindyn.runs import Context
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
    gap_to_minimum_small,
)
from traindyn.saddle_to_saddle.theory.lazy import kernel_spread

SIZE = 4
VALUES = (2.0, 1.5, 1.0, 0.5)


def run_distances(
    context: Context, depth: int, gamma: float, widths: Sequence[int] | None = None
) -> DistanceRun:
    """Distances over the width, medians over starts.

    The distance of a small start to a minimum takes long for more than two layers; it is found at
    given ``widths`` only.
    """
    find_minima = depth == 2 or gamma < 1 or widths is not None
    widths = widths or (32, 64, 128, 256)
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
                guess = None
                missing = float(np.linalg.norm(target - network.product(theta)))
                expected = distance_to_minimum_lazy(missing, int(width), depth, gamma)
            else:
                guess = balanced_guess(network, theta, target) if find_minima else None
                expected = distance_to_minimum_small(np.array(VALUES), depth)
            minimum = nearest_minimum(network, theta, target, guess) if find_minima else theta
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
    return DistanceRun(depth, gamma, np.array(widths, dtype=float), *np.array(rows).T)


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
        power = -(1 - run.gamma) * (run.depth - 1) / 2
        spread = [kernel_spread(int(w), run.depth, SIZE, SIZE) for w in run.widths[[0, -1]]]
        parts += [
            Part(
                f"Distance to the nearest minimum over its prediction, L = {run.depth}, "
                f"γ = {run.gamma:g}, the largest width",
                1.0,
                Estimate(float(run.minimum_ratio[-1])),
                Test("equality", spread[1], "how far the kernel strays from κ at this width"),
                [
                    Control(
                        "the saddle in place of the minimum",
                        Estimate(float(run.saddle[-1] / predicted[-1])),
                    )
                ],
            ),
            Part(
                f"Exponent of that distance in the width, per norm of what is left to fit, "
                f"L = {run.depth}, γ = {run.gamma:g}",
                power,
                Estimate(power + run.slope(run.minimum_ratio)),
                Test(
                    "slope",
                    (spread[0] ** 2 - spread[1] ** 2) / float(np.log(8)),
                    "how far the kernel strays from κ enters squared, from w = 32 to 256",
                ),
                [Control("the saddle in place of the minimum", Estimate(run.slope(run.saddle)))],
            ),
        ]
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
            [
                Control(
                    "width 4, no wider than the inputs",
                    Estimate(_lower_bound(context, SIZE, smallest.gamma)),
                )
            ],
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
    runs = [
        *(run_distances(context, 2, gamma) for gamma in (2.0, 3.0)),
        *(run_distances(context, depth, 3.0, (32, 64)) for depth in (3, 4)),
    ]
    two, other = runs[:2]
    limits = {d: distance_to_minimum_small(np.array(VALUES), d) for d in (2, 3, 4)}
    exponents = {run.gamma: run.slope(limits[2] - run.minimum) for run in (two, other)}
    parts = [
        Part(
            f"Exponent of the gap to the limit in the width, L = 2, γ = {gamma:g}",
            (1 - gamma) / 2,
            Estimate(exponents[gamma]),
            Test("slope", 0.1, "the next order is w^(1−γ), a share of 0.1 over the range"),
            [Control(f"γ = {changed:g}", Estimate(exponents[changed]))],
        )
        for gamma, changed in ((2.0, 3.0), (3.0, 2.0))
    ]
    parts.append(
        Part(
            "Distance to the nearest minimum over its limit, L = 2, γ = 3, w = 256",
            1.0,
            Estimate(float(other.minimum_ratio[-1])),
            Test("equality", 0.005, "of order w^((1−γ)/2) = 1/256"),
            [Control("γ = 2", Estimate(float(two.minimum_ratio[-1])))],
            asymptotic=True,
            sizes=_sizes(other, other.minimum_ratio),
        )
    )
    for run in runs:
        width = int(run.widths[-1])
        gap = gap_to_minimum_small(np.array(VALUES), width, run.depth, run.gamma)
        size = width ** ((1 - run.gamma) / 2)
        spread = SIZE / width + size + np.sqrt(2 / (SIZE * width))
        parts.append(
            Part(
                f"Gap to the limit over its prediction, L = {run.depth}, γ = {run.gamma:g}, "
                f"w = {width}",
                1.0,
                Estimate(float(limits[run.depth] - run.minimum[-1]) / gap),
                Test(
                    "equality",
                    spread,
                    "n/w for the modes that share the hidden space, w^((1−γ)/2) for the next "
                    "order, and twice 1/√(2nw) for the start",
                ),
                [
                    Control(
                        "a start whose layers are zero after the first",
                        Estimate(_gap_of_first_layer(context, run, limits[run.depth]) / gap),
                    )
                ],
            )
        )
    return runs, parts


def _gap_of_first_layer(context: Context, run: DistanceRun, limit: float) -> float:
    """Gap to the limit from starts with one random layer, median over five."""
    width = int(run.widths[-1])
    network = LinearNetwork(SIZE, SIZE, width, run.depth)
    generator = context.numpy_generator(f"first layer, L{run.depth}, gamma {run.gamma}")
    gaps = []
    for theta in network.random(width_scale(width, run.gamma), generator, 5):
        target = random_target(VALUES, SIZE, generator)
        for layer in network.layers(theta)[1:]:
            layer[...] = 0.0
        minimum = nearest_minimum(network, theta, target, balanced_guess(network, theta, target))
        gaps.append(limit - float(np.linalg.norm(minimum - theta)))
    return float(np.median(gaps))
