"""Claim SS-5: the constant that bounds the speed of descent."""

from __future__ import annotations

import numpy as np

from traindyn.inference import Estimate, exact, log_slope, ratio_of_means
from traindyn.ledger import Part, within_noise, wrong_prediction, wrong_theory
from traindyn.runs import Context
from traindyn.saddle_to_saddle.claims.parts import algebraic
from traindyn.saddle_to_saddle.claims.registry import registry
from traindyn.saddle_to_saddle.results.distances import ConstantRun, DescentRatios
from traindyn.saddle_to_saddle.studies.constant import DEPTH, SIZE, VALUES, WIDTHS, smallest_ratios
from traindyn.saddle_to_saddle.theory.distances import descent_ratio, kernel_scale

GAMMAS = (0.75, 1.0, 1.5, 2.0)


@registry.claim(
    5,
    source="derived here",
    basis="derived",
    statement=(
        "The ratio of squared gradient to twice the cost, which bounds the speed of descent, is "
        "L w^{(1−γ)(L−1)} at a wide random start: it grows for γ < 1, stays at γ = 1 and vanishes "
        "for γ > 1."
    ),
)
def constant(context: Context) -> tuple[ConstantRun, list[Part]]:
    """SS-5."""
    found = {gamma: smallest_ratios(context, gamma) for gamma in GAMMAS}
    values = {gamma: run.smallest.mean(axis=1) for gamma, run in found.items()}
    predicted = {g: np.array([kernel_scale(w, DEPTH, g) for w in WIDTHS]) for g in GAMMAS}
    run = ConstantRun(np.array(WIDTHS, dtype=float), values, predicted)
    return run, [*(_exponent(ratios) for ratios in found.values()), _value(found[1.5])]


def _ratios(run: DescentRatios) -> list[Estimate]:
    """Squared gradient over twice the cost at the start, one per width."""
    return [ratio_of_means(g, 2 * c) for g, c in zip(run.squared_gradient, run.cost, strict=True)]


def _predicted(width: int, gamma: float) -> float:
    return descent_ratio(float(np.linalg.norm(VALUES)), SIZE, width, DEPTH, gamma)


def _exponent(run: DescentRatios) -> Part:
    """How the ratio at the start goes with the width."""
    gamma = run.gamma
    exponent = log_slope(list(WIDTHS), _ratios(run))
    predicted = [exact(_predicted(width, gamma)) for width in WIDTHS]
    limit = (1 - gamma) * (DEPTH - 1)
    rivals = [wrong_prediction("weights of size σ: −γ (L − 1)", -gamma * (DEPTH - 1))]
    if gamma == 1:
        rivals.append(wrong_prediction("w^{1 − γ + 1/L}", 1 / DEPTH))
    else:
        rivals.append(wrong_prediction("L in place of L − 1", (1 - gamma) * DEPTH))
    if gamma < 1:
        rivals.append(wrong_prediction("the matrix of the start left out: the limit", limit))
    return algebraic(
        "Exponent in the width of the mean squared gradient over twice the mean cost at a random "
        f"start, L = 3, γ = {gamma:g}, from w = {WIDTHS[0]} to {WIDTHS[-1]}",
        exponent,
        within_noise(exponent, "the moments of random layers are exact at every width"),
        rivals,
        prediction=log_slope(list(WIDTHS), predicted).value,
        note=f"For endless width {limit:g}; the start's own matrix bends it at these widths.",
    )


def _value(run: DescentRatios) -> Part:
    """The ratio itself."""
    width = WIDTHS[-1]
    ratio = _ratios(run)[-1].scaled(1 / _predicted(width, run.gamma))
    return algebraic(
        "Mean squared gradient over twice the mean cost at a random start, over its prediction, "
        f"L = 3, γ = {run.gamma:g}, w = {width}",
        ratio,
        within_noise(ratio, "the moments of random layers are exact at every width"),
        [
            wrong_theory("L − 1 in place of the factor L", ratio.scaled(DEPTH / (DEPTH - 1))),
            wrong_theory("the cost in place of twice the cost", ratio.scaled(2.0)),
        ],
        prediction=1.0,
    )
