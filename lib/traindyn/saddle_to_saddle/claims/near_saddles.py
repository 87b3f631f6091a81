"""Claim SS-2: how far a random start is from saddles."""

from __future__ import annotations

import numpy as np

from traindyn.inference import Estimate, estimate_mean, log_slope
from traindyn.ledger import (
    Part,
    Size,
    at_least,
    at_most,
    other_system,
    within,
    within_noise,
    wrong_prediction,
    wrong_theory,
)
from traindyn.runs import Context
from traindyn.saddle_to_saddle.claims.distances import LAZY, exponent_of, means_of, to_saddle
from traindyn.saddle_to_saddle.claims.parts import algebraic
from traindyn.saddle_to_saddle.claims.registry import registry
from traindyn.saddle_to_saddle.results.distances import DistanceRun, StartDistances
from traindyn.saddle_to_saddle.studies.distances import (
    SIZE,
    WIDTHS,
    deep_saddle_bounds,
    lazy_starts,
    saddle_bounds,
    starts_near_saddles,
)
from traindyn.saddle_to_saddle.theory.distances import (
    distance_to_saddle,
    saddle_bound_three_layers,
)


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
    lazy = [lazy_starts(context, depth, gamma) for depth, gamma in LAZY]
    small = [starts_near_saddles(context, *case) for case in ((2, 2.0), (3, 1.5), (4, 1.5))]
    starts = [*lazy, *small]
    parts = [part for found in starts for part in _saddle_parts(found)]
    two = {w: saddle_bounds(context, w, LAZY[0][1]) for w in WIDTHS}
    three = {w: deep_saddle_bounds(context, w, LAZY[1][1]) for w in WIDTHS}
    return [means_of(found) for found in starts], [
        *parts,
        _bound_part(two),
        *_stated_parts(two, small[1], lazy[1]),
        _deep_bound_part(three),
        _deep_growth(three, small[1]),
        _dropped_part(starts),
    ]


def _saddle_parts(starts: StartDistances) -> list[Part]:
    """The distance to the explicit saddle, and its exponent."""
    name = f"L = {starts.depth} and γ = {starts.gamma:g}"
    modes = "one mode" if starts.modes == 1 else "all four modes"
    distance = estimate_mean(starts.saddle[-1] / to_saddle(starts)[-1])
    exponent = exponent_of(starts, starts.dropped)
    return [
        algebraic(
            f"Distance from a start with {name} to the saddle without {modes}, w = {WIDTHS[-1]}, "
            "over √(2m) w^{(1−γ)/2}",
            distance,
            within(
                (1 - 0.5**0.5) / 2,
                "half of what one outer layer in place of two changes",
                "neighbor",
            ),
            [
                wrong_theory("one outer layer: √m", distance.scaled(2**0.5)),
                wrong_theory("twice as many modes: √(4m)", distance.scaled(0.5**0.5)),
            ],
            prediction=1.0,
            basis="derived",
        ),
        algebraic(
            f"Exponent in the width of what it takes to drop {modes} of a start with {name}",
            exponent,
            within_noise(exponent, "its square has the law χ² with 2mw degrees of freedom"),
            [
                wrong_prediction("the size of one weight, −γ/2", -starts.gamma / 2),
                wrong_prediction("that of all w² weights, 1 − γ/2", 1 - starts.gamma / 2),
            ],
            prediction=(1 - starts.gamma) / 2,
        ),
    ]


def _dropped_part(cases: list[StartDistances]) -> Part:
    """The size of what the outer layers lose, whose mean square is exact at every width."""
    shares = [
        (dropped / predicted) ** 2
        for starts in cases
        for dropped, predicted in zip(starts.dropped, to_saddle(starts), strict=True)
    ]
    found = estimate_mean(np.concatenate(shares))
    return algebraic(
        "Squared change that drops modes of a random start from its outer layers, over "
        "2m w^{1−γ}, starts of all depths, sizes and widths",
        found,
        within_noise(found, "its law is χ² with 2mw degrees of freedom"),
        [
            wrong_theory("one outer layer in place of two", found.scaled(2.0)),
            wrong_theory("twice as many modes", found.scaled(0.5)),
        ],
        prediction=1.0,
        basis="derived",
    )


def _bound_part(bounds: dict[int, np.ndarray]) -> Part:
    """No saddle is much nearer: the lower bound of two layers."""
    gamma = LAZY[0][1]
    return _lower_bound(
        {w: estimate_mean(b / distance_to_saddle(w, gamma, 1)) for w, b in bounds.items()},
        f"No saddle of two layers is much nearer: lower bound from the smallest singular values of "
        f"both layers, over √2 w^{{(1−γ)/2}}, γ = {gamma:g}, w = {WIDTHS[-1]}",
        {
            "one layer instead of two: w^{(1−γ)/2}": 2**0.5,
            "three layers: √3 w^{(1−γ)/2}": (2 / 3) ** 0.5,
        },
    )


def _deep_bound_part(bounds: dict[int, np.ndarray]) -> Part:
    """The lower bound of three layers, whose middle one has small singular values."""
    gamma = LAZY[1][1]
    return _lower_bound(
        {w: estimate_mean(b / saddle_bound_three_layers(w, gamma)) for w, b in bounds.items()},
        "No saddle of three layers is nearer: what it takes that both products with the middle "
        f"layer lose rank, over √(2/3) w^{{(1−γ)/2}}, γ = {gamma:g}, w = {WIDTHS[-1]}",
        {
            "the explicit saddle: √2": 3**-0.5,
            "a middle layer with equal singular values: 1": (2 / 3) ** 0.5,
        },
    )


def _lower_bound(lower: dict[int, Estimate], statement: str, rivals: dict[str, float]) -> Part:
    """A lower bound by width, in units of what is predicted; rivals have another unit."""
    last = lower[WIDTHS[-1]]
    return algebraic(
        statement,
        last,
        within(
            (SIZE / WIDTHS[-1]) ** 0.5,
            "the smallest singular value of w × n weights is √(n/w) below the mean one",
            "size",
        ),
        [wrong_theory(name, last.scaled(factor)) for name, factor in rivals.items()],
        prediction=1.0,
        basis="derived",
        asymptotic=True,
        sizes=[Size(float(w), value) for w, value in lower.items()],
    )


def _stated_parts(
    bounds: dict[int, np.ndarray], small: StartDistances, lazy: StartDistances
) -> list[Part]:
    """The transition as the abstract states it."""
    widths = list(bounds)
    grows = log_slope(widths, [estimate_mean(bound) for bound in bounds.values()])
    return [
        algebraic(
            "Lazy starts get far from every saddle: the lower bound for two layers, γ = 0.6, grows "
            "with the width, its exponent from w = 32 to 256",
            grows,
            at_least(0.0, "a sign: far means a distance that grows", "sign"),
            [other_system("small starts, γ = 1.5, L = 3", exponent_of(small, small.saddle))],
            basis="stated",
        ),
        algebraic(
            "Small starts get close to a saddle: the distance to an explicit one, L = 3 and "
            "γ = 1.5, shrinks with the width, its exponent from w = 32 to 256",
            exponent_of(small, small.saddle),
            at_most(0.0, "a sign: close means a distance that shrinks", "sign"),
            [other_system("lazy starts, γ = 0.75", exponent_of(lazy, lazy.dropped))],
            basis="stated",
        ),
    ]


def _deep_growth(bounds: dict[int, np.ndarray], small: StartDistances) -> Part:
    return algebraic(
        "Lazy starts get far from every saddle: the lower bound for three layers, γ = 0.75, grows "
        "with the width, its exponent from w = 32 to 256",
        log_slope(list(bounds), [estimate_mean(bound) for bound in bounds.values()]),
        at_least(0.0, "a sign: far means a distance that grows", "sign"),
        [other_system("small starts, γ = 1.5, L = 3", exponent_of(small, small.saddle))],
        basis="stated",
    )
