"""Claims SS-12 and SS-13: how closely the flow passes a saddle, and of what kind the saddle is."""

from __future__ import annotations

import numpy as np

from traindyn.inference import exact
from traindyn.ledger.legacy import Control, Part, Test
from traindyn.runs import Context
from traindyn.saddle_to_saddle.claims.registry import registry
from traindyn.saddle_to_saddle.results.plateaus import GradientRun
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
    runs: dict[tuple[int, int], GradientRun] = {}
    for depth, scales in SCALES.items():
        found = passages(context, depth, scales)
        for i, rank in enumerate((1, 2)):
            exponent = gradient_exponent(depth, VALUES[i], VALUES[rank])
            runs[depth, rank] = GradientRun(
                depth, rank, found.scales, found.gradients[:, i], found.gaps[:, i], exponent
            )
    parts = []
    for (depth, rank), run in runs.items():
        other = runs[3 if depth == 2 else depth - 1, rank]
        place = f"at the {SADDLES[rank - 1]} saddle, L = {depth}"
        parts += [
            Part(
                f"Exponent of the smallest gradient {place}",
                run.exponent,
                exact(run.last_slope(run.gradients)),
                _slope_test(depth, 0.005, "the other tilts add a relative α^(2/8) in the square"),
                [Control(f"L = {other.depth}", exact(other.last_slope(other.gradients)))],
            ),
            Part(
                f"Exponent of the gap of the loss {place}",
                2 * run.exponent if depth == 2 else float(depth),
                exact(run.last_slope(run.gaps)),
                _slope_test(
                    depth,
                    0.03,
                    "the gap changes by up to 5 % within the spacing of the record, twice over "
                    "log 100",
                ),
                [Control(f"L = {other.depth}", exact(other.last_slope(other.gaps)))],
            ),
        ]
    return list(runs.values()), parts


def _slope_test(depth: int, two_layers: float, why: str) -> Test:
    """The rule for an exponent: what is left of it differs between two layers and more."""
    if depth == 2:
        return Test("slope", two_layers, why)
    return Test(
        "slope",
        0.01,
        "while the last mode settles, for a time log(1/α), the next grows by a relative "
        "α^(L − 2) log(1/α): 1e-5 and less here, times the squared width",
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
    parts = []
    for depth, found in spectra.items():
        rival = "a saddle with generic middle layers and zero ends" if depth > 2 else "the origin"
        for rank, values in enumerate(found.saddles, 1):
            parts += [
                Part(
                    f"Smallest eigenvalue of the Hessian at the {SADDLES[rank - 1]} saddle, "
                    f"L = {depth}",
                    smallest_curvature(depth, VALUES[rank]),
                    exact(float(values.min())),
                    Test("exact", 1e-6, "the gradient that the flow leaves, 1e-12 of its largest"),
                    [Control(rival, exact(float(found.generic.min())))],
                ),
                Part(
                    f"Largest eigenvalue there, L = {depth}",
                    largest_curvature(depth, VALUES[0]),
                    exact(float(values.max())),
                    Test("exact", 1e-5, "as above"),
                    [Control("the origin", exact(float(found.origin.max())))],
                ),
            ]
        if depth > 2:
            parts.append(
                Part(
                    f"Largest absolute eigenvalue of the Hessian at the origin, L = {depth}",
                    0.0,
                    exact(float(np.abs(found.origin).max())),
                    Test("exact", 1e-12, "rounding"),
                    [Control("two layers", exact(float(np.abs(spectra[2].origin).max())))],
                )
            )
    return None, parts
