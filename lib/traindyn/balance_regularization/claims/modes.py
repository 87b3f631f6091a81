"""Claim about the peaks of the stationary density: BR-12."""

from __future__ import annotations

import numpy as np

from traindyn.balance_regularization.claims.registry import registry
from traindyn.balance_regularization.results import PhaseMap
from traindyn.balance_regularization.theory.modes import (
    density_peaks,
    mode,
    mode_slope,
    stated_mode_limit,
)
from traindyn.balance_regularization.theory.moments import Moments, moments
from traindyn.data import ScalarRegression
from traindyn.inference import Estimate
from traindyn.ledger import Control, Part, Size, Test
from traindyn.runs import Context


def _gaussian(noise: float) -> Moments:
    return moments(ScalarRegression(slope=1.0, noise=noise))


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
    points = [(s, r) for s in (0.5, 1.0, 2.0, 3.0) for r in (0.02, 0.08, 0.15, 0.25, 0.31)]

    def error(formula: str) -> float:
        worst = 0.0
        for noise, ratio in points:
            data = _gaussian(noise)
            temperature = ratio * data.critical_temperature
            (peak,) = density_peaks(data, temperature)
            exact = mode(data, temperature)
            linear = data.minimum + temperature * mode_slope(data)
            value = exact if formula == "eq. 16" else linear
            worst = max(worst, np.inf if value is None else abs(value - peak))
        return worst

    def slope(temperature: float) -> float:
        data = _gaussian(1.0)
        (peak,) = density_peaks(data, temperature)
        return (peak - data.minimum) / temperature / mode_slope(data)

    sizes = context.choose(ci=(24, 32), laptop=(48, 64), paper=(96, 128))
    noises = np.linspace(0.25, 4.0, sizes[0])
    ratios = (np.arange(sizes[1]) + 0.5) / sizes[1]
    seen = np.zeros(sizes, dtype=bool)
    granted, stated = np.zeros_like(seen), np.zeros_like(seen)
    for i, noise in enumerate(noises):
        data = _gaussian(float(noise))
        for j, ratio in enumerate(ratios):
            temperature = float(ratio) * data.critical_temperature
            seen[i, j] = bool(density_peaks(data, temperature))
            granted[i, j] = mode(data, temperature) is not None
            stated[i, j] = temperature < stated_mode_limit(1.0, float(noise))
    agreement = {
        name: float((rule == seen).mean())
        for name, rule in (("corrected", granted), ("stated", stated))
    }
    half_point = 0.5 / seen.size
    why = "half a point of the grid: every point must agree"
    without = Estimate(-3 * _gaussian(1.0).alpha3 / mode_slope(_gaussian(1.0)))
    parts = [
        Part(
            "Largest |v_m − peak of the density| over twenty pairs of noise and temperature",
            0.0,
            Estimate(error("eq. 16")),
            Test("exact", 1e-5, "grid of the peak search, after parabolas"),
            [Control("expansion of eq. 16 to first order in T", Estimate(error("linear")))],
        ),
        Part(
            "Shift of the peak per unit of temperature at T = 0.001, over the predicted one, σ = k",
            1.0,
            Estimate(slope(0.001)),
            Test("equality", 0.02, "next order in T, twenty times 0.001"),
            [Control("of −3α₃/β₁ alone", without)],
            asymptotic=True,
            sizes=[Size(t, Estimate(slope(t))) for t in (0.016, 0.004, 0.001)],
        ),
        Part(
            "Phase map: fraction of the grid of noise and temperature where eq. 16 with a positive "
            "root predicts the existence of a peak",
            1.0,
            Estimate(agreement["corrected"]),
            Test("exact", half_point, why),
            [
                Control(
                    "a peak for T < T_c/3 only",
                    Estimate(float(((ratios < 1 / 3)[None] == seen).mean())),
                )
            ],
        ),
        Part(
            "Phase map as stated: a peak exists for all T < T*",
            1.0,
            Estimate(agreement["stated"]),
            Test("exact", half_point, why),
            [
                Control(
                    "a peak for T < T_c/3 only",
                    Estimate(float(((ratios < 1 / 3)[None] == seen).mean())),
                )
            ],
            expected="falsified",
            note=(
                "Between T_c/3 and T* both roots of eq. 16 are negative unless 10α₂T > β₁; for "
                "σ² > 14k²/3 the peak vanishes at T_c/3 and T* has no meaning."
            ),
        ),
    ]
    return PhaseMap(noises, ratios, seen, stated), parts
