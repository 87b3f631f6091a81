"""Claim SS-4: the signatures of lazy training, each with its size."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from traindyn.inference import combination, estimate_mean, exact, log_slope
from traindyn.ledger import (
    Part,
    Size,
    at_least,
    other_system,
    within,
    wrong_prediction,
    wrong_theory,
)
from traindyn.runs import Context
from traindyn.saddle_to_saddle.claims.parts import algebraic, simulated
from traindyn.saddle_to_saddle.claims.registry import registry
from traindyn.saddle_to_saddle.results.lazy import KernelDistances, LazyRun, StepRun
from traindyn.saddle_to_saddle.studies.completion import WIDTHS as COMPLETION_WIDTHS
from traindyn.saddle_to_saddle.studies.completion import regime
from traindyn.saddle_to_saddle.studies.lazy import (
    DEPTH,
    GAMMA,
    KERNEL_WIDTH,
    SIZE,
    STEP_WIDTHS,
    WIDTHS,
    kernel_distances,
    lazy_training,
    smaller_starts,
    smallest_steps,
)
from traindyn.saddle_to_saddle.theory.lazy import kernel_spread

LAST = WIDTHS[-1]
SPREAD = kernel_spread(LAST, DEPTH, SIZE, SIZE)
"""Distance of the kernel from κ at the largest width of training."""

KERNEL_IS_OFF = (
    f"the formula takes the kernel for κ, from which it differs by {SPREAD:.2f} at this width"
)
NETWORK = f"L = {DEPTH}, γ = {GAMMA:g}"


@registry.claim(
    4,
    source="recalled: the lazy regime; the sizes are derived here",
    basis="attributed",
    statement=(
        "For γ < 1 training on one problem of matrix completion is lazy: the tangent kernel is a "
        "multiple of the identity up to w^{−1/2}, changes by w^{−(1−γ)L}, and hidden entries stay "
        "where they started."
    ),
)
def lazy(context: Context) -> tuple[None, list[Part]]:
    """SS-4."""
    runs = [lazy_training(context, width) for width in WIDTHS]
    small = smaller_starts(context, LAST)
    solved = regime(context, 2.0, COMPLETION_WIDTHS[context.scale][0])
    return None, [
        *_steps(smallest_steps(context)),
        _spread(kernel_distances(context)),
        *_hidden(runs, small, np.array([run.test[-1] for run in solved])),
        _trained(runs[-1], small),
    ]


def _steps(steps: StepRun) -> list[Part]:
    """The change of the kernel by the smallest step to the target."""
    power, width = -(1 - GAMMA) * DEPTH, STEP_WIDTHS[-1]
    ratios = [estimate_mean(row) for row in steps.changes]
    exponent = log_slope(list(STEP_WIDTHS), ratios)
    return [
        algebraic(
            "Exponent in the width of the relative change of the kernel by the smallest step to "
            f"the target, per size of what is learned, {NETWORK}, from w = {STEP_WIDTHS[0]} to "
            f"{width}",
            combination([1.0, 1.0], [exponent, exact(power)]),
            within((1 - GAMMA) / 2, "half of what L − 1 in place of L changes", "neighbor"),
            [
                wrong_prediction("L − 1 in place of L", power * (DEPTH - 1) / DEPTH),
                wrong_prediction("L + 1 in place of L", power * (DEPTH + 1) / DEPTH),
            ],
            prediction=power,
            basis="derived",
        ),
        algebraic(
            "Relative change of the kernel by the smallest step to the target over its prediction, "
            f"{NETWORK}, w = {width}",
            ratios[-1],
            within(
                (1 - (DEPTH - 1) * DEPTH / (DEPTH**2 - 1)) / 2,
                "half of what L (L − 1) in place of L² − 1 changes",
                "neighbor",
            ),
            [
                wrong_theory(
                    "L (L − 1) in place of L² − 1",
                    ratios[-1].scaled((DEPTH**2 - 1) / (DEPTH * (DEPTH - 1))),
                ),
                wrong_theory(
                    "the matrix of the start left out", estimate_mean(steps.without_start[-1])
                ),
            ],
            prediction=1.0,
            basis="derived",
            sizes=[Size(float(w), r) for w, r in zip(STEP_WIDTHS, ratios, strict=True)],
        ),
    ]


def _spread(distances: KernelDistances) -> Part:
    """How far the kernel is from its mean at the start."""
    measured = estimate_mean(distances.normal)
    return algebraic(
        f"Distance of the kernel from κ at the start over its prediction, {NETWORK}, "
        f"w = {KERNEL_WIDTH}",
        measured,
        within(
            DEPTH**2 / KERNEL_WIDTH,
            "the next order of moments of products of L matrices, L²/w",
            "next order",
        ),
        [
            wrong_theory(
                "layers that stray independently: variance (L − 1)/2w",
                measured.scaled(float(np.sqrt((2 * DEPTH - 1) / (3 * DEPTH)))),
            ),
            other_system("orthogonal middle layers", estimate_mean(distances.orthogonal)),
        ],
        prediction=1.0,
        basis="derived",
    )


def _hidden(runs: Sequence[LazyRun], small: LazyRun, solved: np.ndarray) -> list[Part]:
    """What training does to entries without data."""
    last = runs[-1]
    name = f"lazy matrix completion, {NETWORK}, w = {LAST}"
    motion = estimate_mean(last.hidden_motion)
    ratios = [estimate_mean(run.hidden_motion) for run in runs]
    return [
        simulated(
            f"Squared error on hidden entries over that of predicting zero, {name}",
            estimate_mean(last.hidden_error),
            at_least(1.0, "a sign: no better than knowing nothing", "sign"),
            [other_system("a small start, γ = 2, L = 3", estimate_mean(solved))],
        ),
        simulated(
            f"Motion of the hidden entries over its prediction, {name}",
            motion,
            within(
                (2**0.5 - 1) / 2,
                "half of what the row of an entry alone, without its column, changes",
                "neighbor",
            ),
            [
                wrong_theory("the row of an entry alone", motion.scaled(2**0.5)),
                other_system("γ = 1.5", estimate_mean(small.hidden_motion)),
            ],
            prediction=1.0,
            basis="derived",
        ),
        simulated(
            "Exponent in the width of the motion of the hidden entries, per size of what is "
            f"missing, lazy matrix completion, {NETWORK}, from w = {WIDTHS[0]} to {LAST}",
            combination([1.0, 1.0], [log_slope(list(WIDTHS), ratios), exact(-0.5)]),
            within(0.25, "half way to no fall and to 1/w", "neighbor"),
            [
                wrong_prediction("the kernel does not come closer to κ: 0", 0.0),
                wrong_prediction("the square of its distance: −1", -1.0),
            ],
            prediction=-0.5,
        ),
    ]


def _trained(run: LazyRun, small: LazyRun) -> Part:
    """The change of the kernel by training itself."""
    change = estimate_mean(run.kernel_change)
    return simulated(
        "Relative change of the kernel by training over its prediction, lazy matrix completion, "
        f"{NETWORK}, w = {LAST}",
        change,
        within(SPREAD, KERNEL_IS_OFF, "next order"),
        [
            wrong_theory(
                "the change of a weight, w^{−(1−γ)L/2}",
                change.scaled(LAST ** (-(1 - GAMMA) * DEPTH / 2)),
            ),
            other_system("γ = 1.5", estimate_mean(small.kernel_change)),
        ],
        prediction=1.0,
        basis="derived",
    )
