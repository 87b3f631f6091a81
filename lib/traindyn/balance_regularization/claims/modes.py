"""Claim about the peaks of the stationary density: BR-12."""

from __future__ import annotations

import numpy as np

from traindyn.balance_regularization.claims.registry import registry
from traindyn.balance_regularization.results.transition import PeakMap, PhaseMap
from traindyn.balance_regularization.studies.modes import gaussian, peak_map
from traindyn.balance_regularization.theory.modes import (
    density_peaks,
    mode,
    mode_slope,
)
from traindyn.inference import exact
from traindyn.ledger import Size
from traindyn.ledger.legacy import Control, Part, Test
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
    """Largest distance of a formula from the peak of the density."""
    worst = 0.0
    for noise, ratio in POINTS:
        data = gaussian(noise)
        temperature = ratio * data.critical_temperature
        (peak,) = density_peaks(data, temperature)
        exact = mode(data, temperature)
        linear = data.minimum + temperature * mode_slope(data)
        value = exact if formula == "eq. 16" else linear
        worst = max(worst, np.inf if value is None else abs(value - peak))
    return worst


def _slope(temperature: float) -> float:
    """Shift of the peak per unit of temperature, over the predicted one."""
    data = gaussian(1.0)
    (peak,) = density_peaks(data, temperature)
    return (peak - data.minimum) / temperature / mode_slope(data)


def _positions() -> list[Part]:
    """Where the peak is."""
    without = exact(-3 * gaussian(1.0).alpha3 / mode_slope(gaussian(1.0)))
    return [
        Part(
            "Largest |v_m − peak of the density| over twenty pairs of noise and temperature",
            0.0,
            exact(_error("eq. 16")),
            Test("exact", 1e-5, "grid of the peak search, after parabolas"),
            [Control("expansion of eq. 16 to first order in T", exact(_error("linear")))],
        ),
        Part(
            "Shift of the peak per unit of temperature at T = 0.001, over the predicted one, σ = k",
            1.0,
            exact(_slope(0.001)),
            Test("equality", 0.02, "next order in T, twenty times 0.001"),
            [Control("of −3α₃/β₁ alone", without)],
            asymptotic=True,
            sizes=[Size(t, exact(_slope(t))) for t in (0.016, 0.004, 0.001)],
        ),
    ]


def _existence(run: PeakMap) -> list[Part]:
    """Whether there is a peak."""
    seen, ratios = run.phases.seen, run.phases.ratios
    agreement = {
        name: float((rule == seen).mean())
        for name, rule in (("corrected", run.granted), ("stated", run.phases.stated))
    }
    half_point = 0.5 / seen.size
    why = "half a point of the grid: every point must agree"
    return [
        Part(
            "Phase map: fraction of the grid of noise and temperature where eq. 16 with a positive "
            "root predicts the existence of a peak",
            1.0,
            exact(agreement["corrected"]),
            Test("exact", half_point, why),
            [
                Control(
                    "a peak for T < T_c/3 only",
                    exact(float(((ratios < 1 / 3)[None] == seen).mean())),
                )
            ],
        ),
        Part(
            "Phase map as stated: a peak exists for all T < T*",
            1.0,
            exact(agreement["stated"]),
            Test("exact", half_point, why),
            [
                Control(
                    "a peak for T < T_c/3 only",
                    exact(float(((ratios < 1 / 3)[None] == seen).mean())),
                )
            ],
            expected="falsified",
            note=(
                "Between T_c/3 and T* both roots of eq. 16 are negative unless 10α₂T > β₁; for "
                "σ² > 14k²/3 the peak vanishes at T_c/3 and T* has no meaning."
            ),
        ),
    ]
