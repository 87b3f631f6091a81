"""Claims SS-1 and SS-3: how far a random start is from minima."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from traindyn.inference import Estimate, combination, estimate_mean, exact, log_slope
from traindyn.ledger import (
    Part,
    Size,
    at_least,
    at_most,
    other_system,
    within,
    wrong_prediction,
    wrong_theory,
)
from traindyn.runs import Context
from traindyn.saddle_to_saddle.claims.parts import algebraic
from traindyn.saddle_to_saddle.claims.registry import registry
from traindyn.saddle_to_saddle.results.distances import DistanceRun, StartDistances
from traindyn.saddle_to_saddle.studies.distances import (
    SIZE,
    VALUES,
    WIDTHS,
    lazy_starts,
    small_starts,
)
from traindyn.saddle_to_saddle.theory.distances import (
    distance_to_minimum_lazy,
    distance_to_minimum_small,
    distance_to_saddle,
    gap_to_minimum_small,
    missing_at_start,
)
from traindyn.saddle_to_saddle.theory.lazy import kernel_spread

LAZY = ((2, 0.6), (3, 0.75), (4, 0.75))
VALUES_OF_TARGET = np.array(VALUES)


Samples = Sequence[np.ndarray]
"""An array of starts per width."""


def means_of(starts: StartDistances) -> DistanceRun:
    """Distances and their ratios to the predictions, means over starts."""
    columns = (
        starts.minimum,
        _over(starts.minimum, _to_minimum(starts)),
        starts.saddle,
        _over(starts.saddle, to_saddle(starts)),
        starts.dropped,
        starts.origin,
    )
    means = (np.array([row.mean() for row in column]) for column in columns)
    return DistanceRun(starts.depth, starts.gamma, starts.widths, *means)


def _over(upper: Samples, lower: Sequence[float] | Samples) -> list[np.ndarray]:
    return [np.asarray(one / other) for one, other in zip(upper, lower, strict=True)]


def _to_minimum(starts: StartDistances) -> Sequence[float] | Samples:
    """Predicted distance to the nearest minimum."""
    widths = starts.widths.astype(int).tolist()
    if starts.gamma > 1:
        return [distance_to_minimum_small(VALUES_OF_TARGET, starts.depth)] * len(widths)
    units = [distance_to_minimum_lazy(1.0, w, starts.depth, starts.gamma) for w in widths]
    return [unit * missing for unit, missing in zip(units, starts.missing, strict=True)]


def to_saddle(starts: StartDistances) -> list[float]:
    """Predicted distance to the explicit saddle."""
    widths = starts.widths.astype(int).tolist()
    return [distance_to_saddle(w, starts.gamma, starts.modes) for w in widths]


def exponent_of(starts: StartDistances, samples: Samples, offset: float = 0.0) -> Estimate:
    """Exponent of a mean in the width, from independent starts at every width."""
    fitted = log_slope(starts.widths.tolist(), [estimate_mean(row) for row in samples])
    return combination([1.0, 1.0], [fitted, exact(offset)])


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
    starts = [lazy_starts(context, depth, gamma) for depth, gamma in LAZY]
    small = small_starts(context, 2, 2.0)
    middle = starts[1]
    shrinks = algebraic(
        "The distance from a start with L = 3 and γ = 0.75 to the nearest minimum found shrinks "
        "with the width: its exponent from w = 32 to 256",
        exponent_of(middle, middle.minimum),
        at_most(0.0, "a sign: close to a minimum means a distance that shrinks", "sign"),
        [other_system("small starts, γ = 2, L = 2", exponent_of(small, small.minimum))],
        basis="stated",
    )
    parts = [part for found in starts for part in _lazy_parts(found)]
    return [means_of(found) for found in starts], [*parts, shrinks]


def _lazy_parts(starts: StartDistances) -> list[Part]:
    """The distance of lazy starts to the nearest minimum, and its exponent."""
    depth, gamma, width = starts.depth, starts.gamma, WIDTHS[-1]
    ratio = _over(starts.minimum, _to_minimum(starts))
    target = float(np.linalg.norm(VALUES_OF_TARGET))
    rival = missing_at_start(VALUES_OF_TARGET, SIZE, width, depth, gamma) / target
    power = -(1 - gamma) * (depth - 1) / 2
    name = f"L = {depth} and γ = {gamma:g}"
    exponent = exponent_of(starts, ratio, power)
    spread = [kernel_spread(w, depth, SIZE, SIZE) for w in (WIDTHS[0], WIDTHS[-1])]
    rivals = [wrong_prediction("no half: the square of the distance", 2 * power)]
    if depth < 4:  # where the two are farther apart than the next order
        rivals.append(wrong_prediction("L in place of L − 1", -(1 - gamma) * depth / 2))
    return [
        algebraic(
            f"Distance from a start with {name} to the nearest minimum found, w = {width}, over "
            "‖T − A₀‖ / √κ with κ = L w^{(1−γ)(L−1)}",
            estimate_mean(ratio[-1]),
            within((rival - 1) / 3, "a third of what it changes to leave A₀ out", "neighbor"),
            [
                wrong_prediction("the matrix of the start left out: ‖T‖ / √κ", 1 / rival),
                wrong_prediction("κ without its factor L", depth**0.5),
            ],
            prediction=1.0,
            basis="derived",
        ),
        algebraic(
            f"Exponent in the width of the distance to the nearest minimum over ‖T − A₀‖, {name}",
            exponent,
            within(
                (spread[0] ** 2 - spread[1] ** 2) / float(np.log(WIDTHS[-1] / WIDTHS[0])),
                "how far the kernel strays from κ enters squared, from w = 32 to 256",
                "next order",
            ),
            rivals,
            prediction=power,
        ),
    ]


@registry.claim(
    3,
    source="abstract: far from a global minimum for γ > 1; the distance is derived here",
    basis="derived",
    statement=(
        "For γ > 1 the nearest minimum stays at the distance √(L Σ s_i^{2/L}) of the origin from "
        "it, up to a gap of order w^{(1−γ)/2}."
    ),
)
def small_minimum(context: Context) -> tuple[list[DistanceRun], list[Part]]:
    """SS-3."""
    two = [small_starts(context, 2, gamma) for gamma in (2.0, 3.0)]
    deep = [small_starts(context, depth, 3.0, (32, 64)) for depth in (3, 4)]
    lazy = lazy_starts(context, 3, 0.75)
    stays = algebraic(
        "Small starts, L = 2 and γ = 2, do not come near a minimum: the distance to the nearest "
        "one found does not shrink with the width, its exponent from w = 32 to 256",
        exponent_of(two[0], two[0].minimum),
        at_least(0.0, "a sign: far means a distance that does not shrink", "sign"),
        [other_system("lazy starts, L = 3 and γ = 0.75", exponent_of(lazy, lazy.minimum))],
        basis="stated",
    )
    starts = [*two, *deep]
    return [means_of(found) for found in starts], [
        *map(_gap_exponent, two),
        _limit_part(two[1]),
        *map(_gap_part, starts),
        stays,
    ]


def _gap_exponent(starts: StartDistances) -> Part:
    """How the gap to the limit vanishes with the width."""
    gamma = starts.gamma
    limit = distance_to_minimum_small(VALUES_OF_TARGET, starts.depth)
    gaps = [limit - row for row in starts.minimum]
    first, last = ((SIZE / w + w ** ((1 - gamma) / 2)) for w in (WIDTHS[0], WIDTHS[-1]))
    return algebraic(
        f"Exponent in the width of the gap between the distance to the nearest minimum and its "
        f"limit, L = 2, γ = {gamma:g}",
        exponent_of(starts, gaps),
        within(
            (first - last) / float(np.log(WIDTHS[-1] / WIDTHS[0])),
            "the next orders n/w and w^{(1−γ)/2}, from the smallest to the largest width",
            "next order",
        ),
        [wrong_prediction("the square, 1 − γ", 1 - gamma)],
        prediction=(1 - gamma) / 2,
    )


def _limit_part(starts: StartDistances) -> Part:
    """The distance itself, over the width."""
    depth, width = starts.depth, WIDTHS[-1]
    limit = distance_to_minimum_small(VALUES_OF_TARGET, depth)
    gap = gap_to_minimum_small(VALUES_OF_TARGET, width, depth, starts.gamma)
    ratios = [estimate_mean(row / limit) for row in starts.minimum]
    rival = float(np.sqrt(depth * np.sum(VALUES_OF_TARGET ** (1 / depth))))
    return algebraic(
        "Distance from a start to the nearest minimum found over √(L Σ s_i^{2/L}), L = 2, γ = 3, "
        f"w = {width}",
        ratios[-1],
        within(2 * gap / limit, "twice the gap of order w^{(1−γ)/2} at this width", "size"),
        [
            wrong_theory("the exponent 1/L in place of 2/L", ratios[-1].scaled(limit / rival)),
            wrong_theory("no factor L", ratios[-1].scaled(depth**0.5)),
        ],
        prediction=1.0,
        asymptotic=True,
        sizes=[Size(float(w), r) for w, r in zip(starts.widths, ratios, strict=True)],
    )


def _gap_part(starts: StartDistances) -> Part:
    """How much closer than its limit the nearest minimum is."""
    width, depth, gamma = int(starts.widths[-1]), starts.depth, starts.gamma
    gap = gap_to_minimum_small(VALUES_OF_TARGET, width, depth, gamma)
    limit = distance_to_minimum_small(VALUES_OF_TARGET, depth)
    measured = estimate_mean((limit - starts.minimum[-1]) / gap)
    return algebraic(
        "Gap between the distance to the nearest minimum and its limit, over √2 (L − 1) "
        f"w^{{(1−γ)/2}} Σ s_i^{{1/L}} / √(L Σ s_i^{{2/L}}), L = {depth}, "
        f"γ = {gamma:g}, w = {width}",
        measured,
        within(1 / (2 * depth), "half of what L in place of L − 1 changes", "neighbor"),
        [
            wrong_theory("L in place of L − 1", measured.scaled((depth - 1) / depth)),
            wrong_theory("1 in place of √2", measured.scaled(2**0.5)),
        ],
        prediction=1.0,
    )
