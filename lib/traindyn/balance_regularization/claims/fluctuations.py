"""Claim BR-10: fluctuation inversion."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from traindyn.balance_regularization.claims.registry import registry
from traindyn.balance_regularization.results.stationary import FluctuationRun
from traindyn.balance_regularization.studies.chains import law_of_sgd
from traindyn.balance_regularization.studies.data import LIGHT
from traindyn.balance_regularization.studies.fluctuations import (
    regression_variance,
    two_layer_variance,
)
from traindyn.balance_regularization.theory.stationary import gamma_variance
from traindyn.inference import Estimate, exact
from traindyn.ledger import Size
from traindyn.ledger.legacy import Control, Part, Test
from traindyn.runs import Context

RATIOS = np.array([0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9])
HALF, SEVEN_TENTHS, LAST = 5, 7, 9
"""Where 0.5, 0.7 and 0.9 stand among them."""


def _exact(noise: float, ratios: np.ndarray = RATIOS) -> np.ndarray:
    """Exact variance of discrete SGD."""
    return np.array([law_of_sgd(noise, float(r) / noise**2).variance for r in ratios])


@registry.claim(
    10,
    source="section 4, from eq. 15",
    basis="derived",
    statement=(
        "Fluctuation inversion: with two layers the variance of v is the parabola "
        "2(T/T_c)(1 − T/T_c) v*², largest at half the critical temperature; without the second "
        "layer it grows with T."
    ),
)
def fluctuation_inversion(context: Context) -> tuple[FluctuationRun, list[Part]]:
    """BR-10."""
    run = FluctuationRun(
        RATIOS,
        _exact(LIGHT.noise),
        [regression_variance(context, float(ratio)) for ratio in RATIOS],
        {ratio: two_layer_variance(context, ratio) for ratio in (0.2, 0.7)},
    )
    return run, [*_parabola(run), *_fall(run)]


def _parabola(run: FluctuationRun) -> list[Part]:
    """The exact variance follows the parabola, with its top."""
    parabola = gamma_variance(RATIOS)
    deviations = {n: float(np.abs(_exact(n) - parabola).max()) for n in (5.0, 7.0, LIGHT.noise)}
    fine = np.linspace(0.4, 0.6, 5)
    peak = float(fine[int(np.argmax(_exact(LIGHT.noise, fine)))])
    flat = max(run.regression, key=lambda v: v.value)
    return [
        Part(
            "Exact variance of discrete SGD: largest distance from the parabola over ten "
            "temperatures up to 0.9 T_c, in units of v*²",
            0.0,
            exact(deviations[LIGHT.noise]),
            Test(
                "equality",
                0.02,
                "a step-size shift of T_c by Sβ₂²/α₃ = 1 % moves the parabola by up to 0.015",
                side="below",
            ),
            [Control("depth 0 at 0.9 T_c", _distance(run.regression[LAST], parabola[LAST]))],
            asymptotic=True,
            sizes=[Size(noise**2, exact(deviations[noise])) for noise in deviations],
        ),
        Part(
            "Temperature of the largest variance, in units of T_c",
            0.5,
            exact(peak),
            Test("equality", 0.05, "one grid step; the step-size shift of T_c is 0.005"),
            [Control("depth 0", exact(float(RATIOS[run.regression.index(flat)])))],
        ),
    ]


def _fall(run: FluctuationRun) -> list[Part]:
    """The variance falls again, also in simulations."""
    parabola = gamma_variance(RATIOS)
    half, last = run.regression[HALF], run.regression[LAST]
    slope = last.value / half.value
    slope_error = slope * np.hypot(last.stderr / last.value, half.stderr / half.value)
    return [
        Part(
            "The variance falls again: Var(0.9 T_c) over Var(0.5 T_c)",
            float(parabola[LAST] / parabola[HALF]),
            exact(float(run.two_layers[LAST] / run.two_layers[HALF])),
            Test("ordering", 0.14, "half the largest variance", side="below"),
            [Control("depth 0", Estimate(slope, float(slope_error), last.n))],
        ),
        Part(
            "Simulated SGD: variance at 0.7 T_c in units of v*²",
            float(gamma_variance(np.array(0.7))),
            run.simulated[0.7],
            Test("equality", 0.07, "a quarter of the distance to the depth-0 variance, 0.28"),
            [Control("depth 0", run.regression[SEVEN_TENTHS])],
            note="Ties the exact chain of the first part to plain SGD on drawn batches.",
        ),
    ]


def _distance(estimate: Estimate, target: float) -> Estimate:
    return replace(estimate, value=abs(estimate.value - target))
