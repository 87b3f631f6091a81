"""Claim SS-4: the signatures of lazy training, each with its size."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from traindyn.inference import Estimate, estimate_mean, exact
from traindyn.ledger import Size
from traindyn.ledger.legacy import Control, Part, Test
from traindyn.runs import Context
from traindyn.saddle_to_saddle.claims.registry import registry
from traindyn.saddle_to_saddle.results.lazy import KernelDistances, LazyRun
from traindyn.saddle_to_saddle.studies.lazy import (
    DEPTH,
    GAMMA,
    SIZE,
    WIDTHS,
    kernel_distances,
    lazy_training,
    saddle_error,
    smaller_starts,
)
from traindyn.saddle_to_saddle.theory.lazy import kernel_spread

LAST = WIDTHS[-1]
SPREAD = kernel_spread(LAST, DEPTH, SIZE, SIZE)
"""Distance of the kernel from κ at the largest width."""

KERNEL_IS_OFF = (
    f"the formula takes the kernel for κ, from which it differs by {SPREAD:.2f} at this width"
)


@registry.claim(
    4,
    source="recalled: the lazy regime; the sizes are derived here",
    basis="attributed",
    statement=(
        "For γ < 1 training is lazy: the tangent kernel is a multiple of the identity up to "
        "w^{−1/2}, changes by w^{−(1−γ)L}, and hidden entries stay where they started."
    ),
)
def lazy(context: Context) -> tuple[None, list[Part]]:
    """SS-4."""
    runs = [lazy_training(context, width) for width in WIDTHS]
    small = [smaller_starts(context, width) for width in WIDTHS]
    return None, [
        *_kernel(runs, small, kernel_distances(context)),
        *_hidden(runs, small, saddle_error(context)),
    ]


def _kernel(
    runs: Sequence[LazyRun], small: Sequence[LazyRun], distances: KernelDistances
) -> list[Part]:
    def exponent(runs: Sequence[LazyRun]) -> Estimate:
        changes = [run.kernel_change_per_learned for run in runs]
        return estimate_mean(np.polyfit(np.log(WIDTHS), np.log(changes), 1)[0])

    return [
        Part(
            "Exponent in the width of the change of the kernel, per size of what is learned, "
            "L = 4, γ = 0.75",
            -(1 - GAMMA) * DEPTH,
            exponent(runs),
            Test(
                "slope",
                0.3,
                "left out are the distance of the kernel from κ, 0.55 at w = 64 and 0.27 at 256, "
                "and the square of its change, a relative 0.2 and 0.06: 0.4 in log 4",
            ),
            [Control("γ = 1.5", exponent(small))],
        ),
        Part(
            f"Change of the kernel over its prediction, w = {LAST}",
            1.0,
            estimate_mean(runs[-1].kernel_change),
            Test("equality", SPREAD, KERNEL_IS_OFF),
            [Control("γ = 1.5", estimate_mean(small[-1].kernel_change))],
        ),
        Part(
            f"Distance of the kernel from κ over its prediction, w = {LAST}",
            1.0,
            estimate_mean(distances.normal),
            Test(
                "equality",
                DEPTH**2 / LAST,
                "the next order of moments of products of L matrices, L²/w",
            ),
            [Control("orthogonal middle layers", estimate_mean(distances.orthogonal))],
        ),
    ]


def _hidden(
    runs: Sequence[LazyRun], small: Sequence[LazyRun], small_start_error: float
) -> list[Part]:
    shares = [estimate_mean(run.hidden_share) for run in runs]
    return [
        Part(
            f"Error on hidden entries over that of predicting zero, w = {LAST}",
            1.0,
            estimate_mean(runs[-1].hidden_error),
            Test("threshold", 0.5, "half the error of knowing nothing", side="above"),
            [Control("a small start, γ = 2", exact(small_start_error))],
        ),
        Part(
            f"Motion of the hidden entries over its prediction, w = {LAST}",
            1.0,
            estimate_mean(runs[-1].hidden_motion),
            Test("equality", SPREAD, KERNEL_IS_OFF),
            [Control("γ = 1.5", estimate_mean(small[-1].hidden_motion))],
        ),
        Part(
            "Motion of the hidden entries over the norm of the target",
            0.0,
            shares[-1],
            Test("threshold", SPREAD, "at most the distance of the kernel from κ"),
            [Control("γ = 1.5", estimate_mean(small[-1].hidden_share))],
            asymptotic=True,
            sizes=[Size(float(w), share) for w, share in zip(WIDTHS, shares, strict=True)],
        ),
    ]
