"""Claim BR-12: where the stationary density has a peak away from zero."""

from __future__ import annotations

import numpy as np

from traindyn.balance_regularization.claims.parts import theoretical
from traindyn.balance_regularization.claims.registry import registry
from traindyn.balance_regularization.results.transition import PeakMap, PhaseMap
from traindyn.balance_regularization.studies.modes import gaussian, peak_map
from traindyn.balance_regularization.theory.modes import (
    density_peaks,
    mode,
    mode_slope,
)
from traindyn.inference import exact
from traindyn.ledger import Part, Size, at_least, within, wrong_theory
from traindyn.runs import Context

POINTS = [(s, r) for s in (0.5, 1.0, 2.0, 3.0) for r in (0.02, 0.08, 0.15, 0.25, 0.31)]
"""Pairs of label noise and temperature over the critical one."""


@registry.claim(
    12,
    source="eq. 16, Figure 4, appendix A.8",
    basis="stated",
    statement=(
        "The density has a peak at the v_m of eq. 16; a phase map of noise and temperature shows "
        "where it exists."
    ),
)
def peaks(context: Context) -> tuple[PhaseMap, list[Part]]:
    """BR-12."""
    run = peak_map(context)
    return run.phases, [*_positions(), *_existence(run)]


def _error(formula: str) -> float:
    """Largest error of a formula for the peak of the density, over the peak."""
    worst = 0.0
    for noise, ratio in POINTS:
        data = gaussian(noise)
        temperature = ratio * data.critical_temperature
        (peak,) = density_peaks(data, temperature)
        linear = data.minimum + temperature * mode_slope(data)
        value = mode(data, temperature) if formula == "eq. 16" else linear
        worst = max(worst, np.inf if value is None else abs(value / peak - 1))
    return worst


def _slope(temperature: float) -> float:
    """Shift of the peak per unit of temperature."""
    data = gaussian(1.0)
    (peak,) = density_peaks(data, temperature)
    return (peak - data.minimum) / temperature


def _positions() -> list[Part]:
    """Where the peak is."""
    data, coldest = gaussian(1.0), 0.001
    predicted = mode_slope(data)
    alone = -3 * data.alpha3 / data.beta1
    at_coldest = mode(data, coldest)
    next_order = abs(((at_coldest or 0.0) - data.minimum) / coldest / predicted - 1)
    return [
        theoretical(
            "v_m of eq. 16 over the peak of the density of eq. 15: largest distance from 1 over "
            "twenty pairs of noise and temperature, Gaussian data",
            exact(_error("eq. 16")),
            within(1e-5, "grid of the peak search, after parabolas", "rounding"),
            [wrong_theory("expansion of eq. 16 to first order in T", exact(_error("linear")))],
            prediction=0.0,
        ),
        theoretical(
            "Shift of the peak of eq. 15 per unit of temperature over 10α₂β₂/β₁² − 7α₁β₂²/β₁³ − "
            "3α₃/β₁, Gaussian data with σ = k: at T = 0.001",
            exact(_slope(coldest) / predicted),
            within(2 * next_order, "twice the next order in T, by eq. 16", "next order"),
            [
                wrong_theory("−3α₃/β₁ alone", exact(_slope(coldest) / alone)),
                wrong_theory(
                    "without 10α₂β₂/β₁²",
                    exact(_slope(coldest) / (predicted - 10 * data.alpha2 * data.beta2)),
                ),
            ],
            prediction=1.0,
            asymptotic=True,
            sizes=[Size(t, exact(_slope(t) / predicted)) for t in (0.016, 0.004, coldest)],
        ),
    ]


def _existence(run: PeakMap) -> list[Part]:
    """Whether there is a peak."""
    seen, ratios = run.phases.seen, run.phases.ratios

    def agreement(rule: np.ndarray) -> float:
        return float((rule == seen).mean())

    every = at_least(
        1 - 0.5 / seen.size, "less than half a point of the grid: every point agrees", "count"
    )
    third = [wrong_theory("a peak for T < T_c/3 only", exact(agreement((ratios < 1 / 3)[None])))]
    grid = "of a grid of noise and temperature, Gaussian data"
    return [
        theoretical(
            "The density of eq. 15 has a peak where the root v_m of eq. 16 is real and positive: "
            f"fraction {grid}, where this predicts whether there is one",
            exact(agreement(run.granted)),
            every,
            third,
            basis="derived",
        ),
        theoretical(
            "As stated in the text, the density of eq. 15 has a peak for all T < T*: fraction "
            f"{grid}, where this predicts whether there is one",
            exact(agreement(run.phases.stated)),
            every,
            third,
            expected="falsified",
            note=(
                "Between T_c/3 and T* both roots of eq. 16 are negative unless 10α₂T > β₁; for "
                "σ² > 14k²/3 the peak vanishes at T_c/3 and T* has no meaning."
            ),
        ),
    ]
