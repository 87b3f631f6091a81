"""Claim SS-5: the constant that bounds the speed of descent."""

from __future__ import annotations

import numpy as np

from traindyn.inference import exact
from traindyn.ledger.legacy import Control, Part, Test
from traindyn.runs import Context
from traindyn.saddle_to_saddle.claims.registry import registry
from traindyn.saddle_to_saddle.results.distances import ConstantRun
from traindyn.saddle_to_saddle.studies.constant import WIDTHS, smallest_ratios
from traindyn.saddle_to_saddle.theory.distances import kernel_scale

GAMMAS = (0.75, 1.0, 1.5, 2.0)


@registry.claim(
    5,
    source="derived here",
    basis="derived",
    statement=(
        "The ratio of squared gradient to twice the cost, which bounds the speed of descent, is "
        "L w^{(1−γ)(L−1)} at the start: it grows for γ < 1, stays at γ = 1, vanishes for γ > 1."
    ),
)
def constant(context: Context) -> tuple[ConstantRun, list[Part]]:
    """SS-5."""
    values = {g: np.median(smallest_ratios(context, g).ratios, axis=1) for g in GAMMAS}
    predicted = {g: np.array([kernel_scale(w, 3, g) for w in WIDTHS]) for g in GAMMAS}
    slopes = {g: float(np.polyfit(np.log(WIDTHS), np.log(values[g]), 1)[0]) for g in GAMMAS}
    parts = [
        Part(
            f"Exponent of the ratio in the width, L = 3, γ = {gamma:g}",
            2 * (1 - gamma),
            exact(slopes[gamma]),
            Test(
                "slope",
                0.25,
                "the kernel is κ up to √(n/w), 0.35 at w = 32, over log 8: a sixth; half the "
                "distance to the next exponent",
            ),
            [Control(f"γ = {other:g}", exact(slopes[other]))],
        )
        for gamma, other in zip(GAMMAS, (*GAMMAS[1:], GAMMAS[0]), strict=True)
    ]
    return ConstantRun(np.array(WIDTHS, dtype=float), values, predicted), parts
