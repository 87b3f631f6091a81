"""Claims SS-1 to SS-3: what a random start is close to."""

from __future__ import annotations

import numpy as np

from traindyn.inference import exact
from traindyn.ledger import Size
from traindyn.ledger.legacy import Control, Part, Test
from traindyn.runs import Context
from traindyn.saddle_to_saddle.claims.registry import registry
from traindyn.saddle_to_saddle.results.distances import DistanceRun, StartDistances
from traindyn.saddle_to_saddle.studies.distances import (
    SIZE,
    VALUES,
    first_layer_starts,
    lazy_starts,
    saddle_bounds,
    small_starts,
    starts_near_saddles,
)
from traindyn.saddle_to_saddle.theory.distances import (
    distance_to_minimum_lazy,
    distance_to_minimum_small,
    distance_to_saddle,
    gap_to_minimum_small,
)
from traindyn.saddle_to_saddle.theory.lazy import kernel_spread


def _medians(starts: StartDistances) -> DistanceRun:
    """Distances and their ratios to the predictions, medians over starts."""
    depth, gamma, widths = starts.depth, starts.gamma, starts.widths.astype(int).tolist()
    to_saddle = [[distance_to_saddle(width, gamma, starts.modes)] for width in widths]
    to_minimum = [
        [
            distance_to_minimum_lazy(missing, width, depth, gamma)
            if gamma < 1
            else distance_to_minimum_small(np.array(VALUES), depth)
            for missing in row
        ]
        for width, row in zip(widths, starts.missing.tolist(), strict=True)
    ]
    columns = (
        starts.minimum,
        starts.minimum / to_minimum,
        starts.saddle,
        starts.saddle / to_saddle,
        starts.dropped,
        starts.origin,
    )
    medians = (np.median(column, axis=1) for column in columns)
    return DistanceRun(depth, gamma, starts.widths, *medians)


def _sizes(run: DistanceRun, values: np.ndarray) -> list[Size]:
    return [Size(float(w), exact(float(v))) for w, v in zip(run.widths, values, strict=True)]


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
    runs = [_medians(lazy_starts(context, depth, gamma)) for depth, gamma in LAZY]
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
                exact(float(run.minimum_ratio[-1])),
                Test("equality", spread[1], "how far the kernel strays from κ at this width"),
                [
                    Control(
                        "the saddle in place of the minimum",
                        exact(float(run.saddle[-1] / predicted[-1])),
                    )
                ],
            ),
            Part(
                f"Exponent of that distance in the width, per norm of what is left to fit, "
                f"L = {run.depth}, γ = {run.gamma:g}",
                power,
                exact(power + run.slope(run.minimum_ratio)),
                Test(
                    "slope",
                    (spread[0] ** 2 - spread[1] ** 2) / float(np.log(8)),
                    "how far the kernel strays from κ enters squared, from w = 32 to 256",
                ),
                [Control("the saddle in place of the minimum", exact(run.slope(run.saddle)))],
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
    runs = [_medians(starts_near_saddles(context, depth, gamma)) for depth, gamma in cases]
    parts = [part for run in runs for part in _saddle_parts(run)]
    return runs, [*parts, _bound_part(context, runs[0])]


def _saddle_parts(run: DistanceRun) -> list[Part]:
    """The distance to the explicit saddle, and its exponent."""
    predicted = (1 - run.gamma) / 2
    name = f"L = {run.depth}, γ = {run.gamma:g}"
    scale = float(run.saddle_ratio[-1] / run.saddle[-1])
    # the saddle of two layers without any mode is the origin
    rival, distance = (
        ("the origin", run.origin) if run.depth > 2 else ("the nearest minimum", run.minimum)
    )
    return [
        Part(
            f"Distance to the explicit saddle over its prediction, {name}, the largest width",
            1.0,
            exact(float(run.saddle_ratio[-1])),
            Test(
                "equality",
                0.12,
                "a tenth from the cost of fitting the other modes, which falls with the width; "
                "1/√(4w) from the start",
            ),
            [Control(rival, exact(scale * float(distance[-1])))],
        ),
        Part(
            f"Exponent of the part of it that drops the modes, {name}",
            predicted,
            exact(run.slope(run.dropped)),
            Test(
                "slope",
                0.08,
                "its square has the law χ² with 2mw degrees: 9 % at w = 32, over log 8, twice",
            ),
            [Control(rival, exact(run.slope(distance)))],
        ),
    ]


def _bound_part(context: Context, run: DistanceRun) -> Part:
    """No saddle is much nearer: the lower bound of two layers."""

    def bound(width: int) -> float:
        nearest = np.median(saddle_bounds(context, width, run.gamma))
        return float(nearest / distance_to_saddle(width, run.gamma, 1))

    lower = [bound(int(width)) for width in run.widths]
    return Part(
        "Two layers, γ = 0.6: lower bound from the smallest singular values of both layers, "
        "over the prediction, the largest width",
        1.0,
        exact(lower[-1]),
        Test("equality", 0.2, "singular values spread by √(n/w) = 0.125 to either side"),
        [Control("width 4, no wider than the inputs", exact(bound(SIZE)))],
        asymptotic=True,
        sizes=[Size(float(w), exact(v)) for w, v in zip(run.widths, lower, strict=True)],
    )


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
        *(_medians(small_starts(context, 2, gamma)) for gamma in (2.0, 3.0)),
        *(_medians(small_starts(context, depth, 3.0, (32, 64))) for depth in (3, 4)),
    ]
    two, other = runs[:2]
    limits = {d: distance_to_minimum_small(np.array(VALUES), d) for d in (2, 3, 4)}
    exponents = {run.gamma: run.slope(limits[2] - run.minimum) for run in (two, other)}
    parts = [
        Part(
            f"Exponent of the gap to the limit in the width, L = 2, γ = {gamma:g}",
            (1 - gamma) / 2,
            exact(exponents[gamma]),
            Test("slope", 0.1, "the next order is w^(1−γ), a share of 0.1 over the range"),
            [Control(f"γ = {changed:g}", exact(exponents[changed]))],
        )
        for gamma, changed in ((2.0, 3.0), (3.0, 2.0))
    ]
    parts.append(
        Part(
            "Distance to the nearest minimum over its limit, L = 2, γ = 3, w = 256",
            1.0,
            exact(float(other.minimum_ratio[-1])),
            Test("equality", 0.005, "of order w^((1−γ)/2) = 1/256"),
            [Control("γ = 2", exact(float(two.minimum_ratio[-1])))],
            asymptotic=True,
            sizes=_sizes(other, other.minimum_ratio),
        )
    )
    parts += [_gap_part(context, run, limits[run.depth]) for run in runs]
    return runs, parts


def _gap_part(context: Context, run: DistanceRun, limit: float) -> Part:
    """How much closer than its limit the nearest minimum is."""
    width, depth, gamma = int(run.widths[-1]), run.depth, run.gamma
    gap = gap_to_minimum_small(np.array(VALUES), width, depth, gamma)
    size = width ** ((1 - gamma) / 2)
    of_first_layer = np.median(limit - first_layer_starts(context, depth, gamma, width))
    return Part(
        f"Gap to the limit over its prediction, L = {depth}, γ = {gamma:g}, w = {width}",
        1.0,
        exact(float(limit - run.minimum[-1]) / gap),
        Test(
            "equality",
            SIZE / width + size + np.sqrt(2 / (SIZE * width)),
            "n/w for the modes that share the hidden space, w^((1−γ)/2) for the next "
            "order, and twice 1/√(2nw) for the start",
        ),
        [
            Control(
                "a start whose layers are zero after the first",
                exact(float(of_first_layer) / gap),
            )
        ],
    )
