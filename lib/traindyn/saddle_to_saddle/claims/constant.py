"""Claim SS-5: the constant that bounds the speed of descent."""

from __future__ import annotations

import numpy as np

from traindyn.inference import Estimate
from traindyn.ledger import Control, Part, Test
from traindyn.runs import Context
from traindyn.saddle_to_saddle.claims.registry import registry
from traindyn.saddle_to_saddle.experiments.costs import SquaredError
from traindyn.saddle_to_saddle.experiments.flow import flow, singular_value_reaches
from traindyn.saddle_to_saddle.experiments.networks import LinearNetwork, width_scale
from traindyn.saddle_to_saddle.experiments.targets import random_target
from traindyn.saddle_to_saddle.results.distances import ConstantRun
from traindyn.saddle_to_saddle.theory.distances import kernel_scale

VALUES = (2.0, 1.5, 1.0, 0.5)


def _constant(width: int, gamma: float, generator: np.random.Generator) -> float:
    """Smallest ratio of squared gradient to twice the cost: in training, or up to the escape."""
    target = random_target(VALUES, 4, generator)
    network = LinearNetwork(4, 4, width, 3)
    scale = kernel_scale(width, 3, gamma)
    path = flow(
        network,
        SquaredError(target),
        network.random(width_scale(width, gamma), generator),
        3 / scale if gamma <= 1 else 100 / scale,
        relative_tolerance=1e-6,
        absolute_tolerance=1e-10,
        events=(singular_value_reaches(1, VALUES[0] / 2),) if gamma > 1 else (),
        stop_at_last_event=True,
    )
    return float((path.gradient_norm**2 / (2 * path.loss)).min())


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
    widths = np.array([32, 64, 128, 256])
    starts = context.choose(ci=3, laptop=7, paper=25)
    gammas = (0.75, 1.0, 1.5, 2.0)
    values = {
        gamma: np.array(
            [
                np.median(
                    [
                        _constant(int(w), gamma, context.numpy_generator(f"{gamma} {w} {k}"))
                        for k in range(starts)
                    ]
                )
                for w in widths
            ]
        )
        for gamma in gammas
    }
    predicted = {g: np.array([kernel_scale(int(w), 3, g) for w in widths]) for g in gammas}
    run = ConstantRun(widths.astype(float), values, predicted)
    slopes = {
        gamma: float(np.polyfit(np.log(widths), np.log(values[gamma]), 1)[0]) for gamma in gammas
    }
    parts = []
    for gamma, other in zip(gammas, (*gammas[1:], gammas[0]), strict=True):
        expected = 2 * (1 - gamma)
        parts.append(
            Part(
                f"Exponent of the ratio in the width, L = 3, γ = {gamma:g}",
                expected,
                Estimate(slopes[gamma]),
                Test(
                    "slope",
                    0.25,
                    "the kernel is κ up to √(n/w), 0.35 at w = 32, over log 8: a sixth; half the "
                    "distance to the next exponent",
                ),
                [Control(f"γ = {other:g}", Estimate(slopes[other]))],
            )
        )
    return run, parts
