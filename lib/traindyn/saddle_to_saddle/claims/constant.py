"""Claim SS-5: the constant that bounds the speed of descent."""

from __future__ import annotations

import numpy as np

from traindyn.inference import estimate_mean, log_slope
from traindyn.ledger import Part, within, within_noise, wrong_prediction, wrong_theory
from traindyn.runs import Context
from traindyn.saddle_to_saddle.claims.parts import algebraic
from traindyn.saddle_to_saddle.claims.registry import registry
from traindyn.saddle_to_saddle.results.distances import ConstantRun, DescentRatios
from traindyn.saddle_to_saddle.studies.constant import DEPTH, WIDTHS, smallest_ratios
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
    found = {gamma: smallest_ratios(context, gamma) for gamma in GAMMAS}
    values = {gamma: run.smallest.mean(axis=1) for gamma, run in found.items()}
    predicted = {g: np.array([kernel_scale(w, DEPTH, g) for w in WIDTHS]) for g in GAMMAS}
    run = ConstantRun(np.array(WIDTHS, dtype=float), values, predicted)
    return run, [*(_exponent(ratios) for ratios in found.values()), _value(found[1.5])]


def _exponent(run: DescentRatios) -> Part:
    """How the ratio at the start goes with the width."""
    gamma = run.gamma
    exponent = log_slope(list(WIDTHS), [estimate_mean(ratios) for ratios in run.at_start])
    power = (1 - gamma) * (DEPTH - 1)
    rule = within_noise(exponent, "the mean of the kernel is κ at every width")
    rivals = [wrong_prediction("weights of size σ: −γ (L − 1)", -gamma * (DEPTH - 1))]
    if gamma == 1:
        rivals.append(wrong_prediction("w^{1 − γ + 1/L}", 1 / DEPTH))
    else:
        rule = within(abs(1 - gamma) / 2, "half of what L in place of L − 1 changes", "neighbor")
        rivals.append(wrong_prediction("L in place of L − 1", (1 - gamma) * DEPTH))
    return algebraic(
        "Exponent in the width of the ratio of squared gradient to twice the cost at a random "
        f"start, L = 3, γ = {gamma:g}, from w = 32 to 256",
        exponent,
        rule,
        rivals,
        prediction=power,
    )


def _value(run: DescentRatios) -> Part:
    """The ratio itself."""
    width = WIDTHS[-1]
    ratio = estimate_mean(run.at_start[-1] / kernel_scale(width, DEPTH, run.gamma))
    return algebraic(
        "Ratio of squared gradient to twice the cost at a random start over L w^{(1−γ)(L−1)}, "
        f"L = 3, γ = {run.gamma:g}, w = {width}",
        ratio,
        within_noise(ratio, "the mean of the kernel is κ at every width"),
        [
            wrong_theory("L − 1 in place of the factor L", ratio.scaled(DEPTH / (DEPTH - 1))),
            wrong_theory("the cost in place of twice the cost", ratio.scaled(2.0)),
        ],
        prediction=1.0,
    )
