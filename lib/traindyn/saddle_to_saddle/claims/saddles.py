"""Claims SS-12 and SS-13: how closely networks pass a saddle, and of what kind the saddle is."""

from __future__ import annotations

import numpy as np

from traindyn.inference import Estimate, estimate_mean, estimate_median, exact, monotone
from traindyn.ledger import Part, Rule, other_system, within, within_noise, wrong_prediction
from traindyn.runs import Context
from traindyn.saddle_to_saddle.claims.parts import simulated
from traindyn.saddle_to_saddle.claims.registry import registry
from traindyn.saddle_to_saddle.results.plateaus import GradientRun
from traindyn.saddle_to_saddle.results.saddles import Passages, Spectra
from traindyn.saddle_to_saddle.studies.plateaus import VALUES
from traindyn.saddle_to_saddle.studies.saddles import SCALES, curvatures, passages
from traindyn.saddle_to_saddle.theory.saddles import (
    gradient_exponent,
    largest_curvature,
    smallest_curvature,
)

SADDLES = ("first", "second")


@registry.claim(
    12,
    source="derived here",
    basis="derived",
    statement=(
        "How closely the flow passes a saddle: the smallest gradient there goes as α to the power "
        "(1 − s'/s) 2s/(2s + s') for two layers and L − 1 for more, with s the singular value "
        "learned last and s' the next; the loss comes as close as the power 2p, or L."
    ),
)
def gradients(context: Context) -> tuple[list[GradientRun], list[Part]]:
    """SS-12."""
    runs, parts = [], []
    for depth in SCALES:
        found = passages(context, depth)
        for rank in (1, 2):
            exponent = gradient_exponent(depth, VALUES[rank - 1], VALUES[rank])
            smallest = np.median(found.gradients[:, :, rank - 1], axis=1)
            runs.append(GradientRun(depth, rank, found.scales, smallest, exponent))
            parts += _passage(found, depth, rank, exponent)
    return runs, parts


def _passage(found: Passages, depth: int, rank: int, exponent: float) -> list[Part]:
    """How the smallest gradient and the gap of the loss go with the scale."""
    place = f"at the {SADDLES[rank - 1]} saddle, s = 3, 2, 1, L = {depth}"
    scales = f"from α = {found.scales[-2]:g} to {found.scales[-1]:g}"
    last, following = VALUES[rank - 1 : rank + 1]
    if depth == 2:
        rivals = [
            wrong_prediction("the tilt alone, 1 − s'/s", 1 - following / last),
            wrong_prediction("s/(s + s') in place of 2s/(2s + s')", _slow(last, following)),
        ]
        gap_rivals = [
            wrong_prediction("as the gradient, p", exponent),
            wrong_prediction("as the tilt alone, 2 (1 − s'/s)", 2 * (1 - following / last)),
        ]
    else:
        rivals = [wrong_prediction("L − 2", depth - 2.0), wrong_prediction("L", float(depth))]
        gap_rivals = [
            wrong_prediction("as the gradient, L − 1", depth - 1.0),
            wrong_prediction("its square, 2 (L − 1)", 2 * (depth - 1.0)),
        ]
    estimate, over = estimate_median, "median over starts"
    if depth == 2:
        estimate, over = estimate_mean, "mean over starts"
    gradient, gap = (
        estimate(found.last_slopes(values[:, :, rank - 1]))
        for values in (found.gradients, found.gaps)
    )
    return [
        simulated(
            f"Exponent in α of the smallest gradient {place}, {scales}, {over}",
            gradient,
            _slope_rule(depth, gradient, 0.5),
            rivals,
            prediction=exponent,
        ),
        simulated(
            "Exponent in α of the gap of the loss where the gradient is smallest "
            f"{place}, {scales}, {over}",
            gap,
            _slope_rule(depth, gap, 0.5 if depth == 3 else 0.7),
            gap_rivals,
            prediction=2 * exponent if depth == 2 else float(depth),
        ),
    ]


def _slow(s: float, following: float) -> float:
    """The exponent if the learned mode approached at half its rate."""
    return (1 - following / s) * s / (s + following)


def _slope_rule(depth: int, measured: Estimate, more: float) -> Rule:
    """The rule for an exponent: what is left of it differs between two layers and more."""
    if depth == 2:
        return within_noise(
            measured,
            "the other tilts add a relative α^(2/8) in the square, 0.003; the record is "
            "interpolated up to the cube of its spacing, 0.05, times the fastest rate, 6: 0.03; "
            "both over four decades; and noise",
            (1e-10**0.25 + 0.3**3) / np.log(1e4),
        )
    return within(
        more,
        "below the distance to the nearest wrong power, one: while the last mode settles the next "
        "grows by a relative α^(L − 2) log(1/α) times squared widths, which adds to the exponent",
        "neighbor",
    )


@registry.claim(
    13,
    source="derived here",
    basis="derived",
    statement=(
        "The visited saddles of two layers are strict, with smallest curvature −s'; those of more "
        "layers are not: their smallest curvature is 0."
    ),
)
def curvature(context: Context) -> tuple[None, list[Part]]:
    """SS-13."""
    spectra = {depth: curvatures(context, depth) for depth in SCALES}
    parts: list[Part] = []
    for depth, found in spectra.items():
        for rank in (1, 2):
            parts += [_smallest(depth, rank, found), _largest(depth, rank, found)]
        if depth > 2:
            parts.append(_at_origin(depth, found, spectra[2]))
    return None, parts


def _smallest(depth: int, rank: int, found: Spectra) -> Part:
    following = VALUES[rank]
    if depth == 2:
        controls = [
            wrong_prediction("the value learned last, −s", -VALUES[rank - 1]),
            wrong_prediction("half of it, −s'/2", -following / 2),
        ]
    else:
        controls = [
            wrong_prediction("−s', as for two layers", -following),
            other_system(
                "saddles with zero ends and drawn middle layers, geometric mean",
                monotone(estimate_mean(np.log(-found.generic.min(axis=1))), lambda x: -np.exp(x)),
            ),
        ]
    return Part(
        f"Smallest eigenvalue of the Hessian at the {SADDLES[rank - 1]} saddle of the greedy "
        f"algorithm, s = 3, 2, 1, L = {depth}",
        exact(float(found.saddles[rank - 1].min())),
        within(1e-6, "the gradient that the flow leaves, 1e-12 of its largest", "rounding"),
        controls,
        prediction=smallest_curvature(depth, following),
        compares="algebra",
        seen=True,
    )


def _largest(depth: int, rank: int, found: Spectra) -> Part:
    return Part(
        f"Largest eigenvalue of the Hessian at the {SADDLES[rank - 1]} saddle of the greedy "
        f"algorithm, s = 3, 2, 1, L = {depth}",
        exact(float(found.saddles[rank - 1].max())),
        within(1e-5, "the gradient that the flow leaves, 1e-12 of its largest", "rounding"),
        [
            wrong_prediction("s^(2 − 2/L), one layer", largest_curvature(depth, VALUES[0]) / depth),
            wrong_prediction("L s^(2 − 1/L)", depth * VALUES[0] ** (2 - 1 / depth)),
            other_system("the origin", exact(float(found.origin.max()))),
        ],
        prediction=largest_curvature(depth, VALUES[0]),
        compares="algebra",
        seen=True,
    )


def _at_origin(depth: int, found: Spectra, two: Spectra) -> Part:
    return Part(
        f"Largest absolute eigenvalue of the Hessian at the origin, L = {depth}",
        exact(float(np.abs(found.origin).max())),
        within(1e-12, "rounding", "rounding"),
        [
            wrong_prediction("s₁, as for two layers", VALUES[0]),
            other_system("two layers", exact(float(np.abs(two.origin).max()))),
        ],
        prediction=0.0,
        compares="algebra",
        seen=True,
    )
