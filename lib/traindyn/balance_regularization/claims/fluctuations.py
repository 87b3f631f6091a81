"""Claim BR-10: the variance of v falls again as the temperature nears the critical one."""

from __future__ import annotations

import numpy as np

from traindyn.balance_regularization.claims.parts import algebraic, simulated
from traindyn.balance_regularization.claims.registry import registry
from traindyn.balance_regularization.results.stationary import FluctuationRun
from traindyn.balance_regularization.studies.chains import law_of_sgd
from traindyn.balance_regularization.studies.data import LIGHT
from traindyn.balance_regularization.studies.fluctuations import (
    regression_variance,
    two_layer_variance,
)
from traindyn.balance_regularization.theory.stationary import gamma_variance
from traindyn.inference import exact, ratio
from traindyn.ledger import (
    Part,
    Size,
    at_most,
    other_system,
    within,
    within_noise,
    wrong_prediction,
    wrong_theory,
)
from traindyn.runs import Context

RATIOS = np.array([0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9])
HALF, SEVEN_TENTHS, LAST = 5, 7, 9
"""Where 0.5, 0.7 and 0.9 stand among them."""

SMALL = 1 / LIGHT.noise**2
"""The step-size parameter Sβ₂²/α₃ of the light-tailed data."""


def _exact(noise: float, ratios: np.ndarray = RATIOS) -> np.ndarray:
    """Exact variance of discrete SGD."""
    return np.array([law_of_sgd(noise, float(r) / noise**2).variance for r in ratios])


@registry.claim(
    10,
    source="abstract, section 4.2",
    basis="stated",
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
    return run, [_parabola(), _top(), _falls(run), _simulated(run)]


def _parabola() -> Part:
    """The exact variance follows the parabola."""

    def distance(noise: float, parabola: np.ndarray) -> float:
        return float(np.abs(_exact(noise) - parabola).max())

    true, wrong = gamma_variance(RATIOS), 2 * RATIOS * (1 - 2 * RATIOS)
    return algebraic(
        "Exact variance of v under discrete SGD with two layers (x = ±1, σ = 10k, S = 1): largest "
        "distance from 2(T/T_c)(1 − T/T_c)v*² over ten temperatures up to 0.9 T_c, over v*²",
        exact(distance(LIGHT.noise, true)),
        within(
            2 * SMALL,
            "a step-size shift of T_c by Sβ₂²/α₃ = 1 % moves the parabola by up to 0.015",
            "size",
        ),
        [
            wrong_theory("law without the Ito drift", exact(distance(LIGHT.noise, wrong))),
            wrong_theory("one layer, T/T_c", exact(distance(LIGHT.noise, RATIOS))),
        ],
        basis="derived",
        asymptotic=True,
        sizes=[Size(noise**2, exact(distance(noise, true))) for noise in (5.0, 7.0, LIGHT.noise)],
        prediction=0.0,
    )


def _top() -> Part:
    fine = np.linspace(0.4, 0.6, 5)
    bend, slope, _ = np.polyfit(fine, _exact(LIGHT.noise, fine), 2)
    return algebraic(
        "Temperature of the largest variance of v under discrete SGD with two layers (x = ±1, "
        "σ = 10k, S = 1; exact, parabola through five temperatures), over T_c",
        exact(float(-slope / (2 * bend))),
        within(SMALL, "the step-size order Sβ₂²/α₃, by half of which T_c shifts the top", "size"),
        [
            wrong_prediction("law without the Ito drift", 0.25),
        ],
        prediction=0.5,
        basis="derived",
    )


def _falls(run: FluctuationRun) -> Part:
    """The variance falls again."""
    return algebraic(
        "The variance of v under discrete SGD with two layers falls again: that at 0.9 T_c over "
        "that at 0.5 T_c (x = ±1, σ = 10k, S = 1; exact)",
        exact(float(run.two_layers[LAST] / run.two_layers[HALF])),
        at_most(1.0, "equality", "sign"),
        [other_system("one layer, simulated", ratio(run.regression[LAST], run.regression[HALF]))],
    )


def _simulated(run: FluctuationRun) -> Part:
    """Simulations agree with the exact chain."""
    found = run.simulated[0.7]
    return simulated(
        "Simulated SGD with two layers (x = ±1, σ = 10k, S = 1): variance of v at 0.7 T_c over "
        "v*², against the exact law of discrete SGD",
        found,
        within_noise(found, "the chain of SGD is solved exactly"),
        [
            wrong_prediction("one layer, T/T_c", 0.7),
            other_system("one layer, simulated", run.regression[SEVEN_TENTHS]),
        ],
        prediction=float(run.two_layers[SEVEN_TENTHS]),
        basis="derived",
    )
