"""Claim BR-26: a peak that heat destroys and more heat brings back."""

from __future__ import annotations

import numpy as np

from traindyn.balance_regularization.claims.parts import theoretical
from traindyn.balance_regularization.claims.registry import registry
from traindyn.balance_regularization.theory.modes import density_peaks
from traindyn.balance_regularization.theory.moments import Moments
from traindyn.balance_regularization.theory.reentrance import peak_limits
from traindyn.inference import exact
from traindyn.ledger import Part, at_least, within, wrong_theory
from traindyn.runs import Context

DATA = Moments(1.0, 1.0, 1.005, 1.0, 0.41)
"""Of y = x − 0.59/x + ε/x with E x² = Var x² = 1 and a little noise, Var ε = 0.005."""

RATIOS = (np.arange(80) + 0.5) / 80
HALVINGS = 24


@registry.claim(
    26,
    source="appendix A.8",
    basis="stated",
    statement=(
        "Data whose signal and noise are nearly proportional can have two critical temperatures "
        "below T_c: the density has a peak below the first and above the second, and none between."
    ),
)
def reentrance(context: Context) -> tuple[np.ndarray, list[Part]]:
    """BR-26."""
    del context  # theory alone: no scale, no seed
    low, high = peak_limits(DATA)
    temperatures = RATIOS * DATA.critical_temperature
    seen = np.array([bool(density_peaks(DATA, float(t))) for t in temperatures])

    def agreement(rule: np.ndarray) -> float:
        return float((rule == seen).mean())

    edges = np.array([_edge(low, 1.0), _edge(high, -1.0)])
    without_force = peak_limits(Moments(1.0, 1.0, DATA.alpha3, 1.0, 0.40))
    return seen, [
        theoretical(
            "The density of eq. 15 on data y = x − 0.59/x with a little noise has a peak below "
            "T₁ and above T₂ only: share of 80 temperatures up to T_c where this is so",
            exact(agreement((temperatures < low) | (temperatures > high))),
            at_least(1 - 0.5 / seen.size, "every temperature: less than half a point", "count"),
            [
                wrong_theory("a peak below T₁ only", exact(agreement(temperatures < low))),
                wrong_theory("a peak up to T_c", exact(agreement(temperatures > 0))),
            ],
            basis="derived",
            note=(
                "The condition α₂² < α₁α₃ < (25/21)α₂² is necessary, not sufficient: Gaussian data "
                "never meet α₂/α₁ > (7/5)v*, without which no root is positive."
            ),
        ),
        theoretical(
            "Temperatures at which the peak of eq. 15 goes and comes back, found by bisection, "
            "over the roots T₁ and T₂ of the square root in eq. 16: the farther from one",
            exact(_farther(edges / [low, high])),
            within(1e-4, "grid of the peak search, 4e-4 in log v, in a quadratic fold", "rounding"),
            [wrong_theory("β₂ smaller by 2.4 %", exact(_farther(edges / without_force)))],
            prediction=1.0,
        ),
    ]


def _edge(guess: float, inside: float) -> float:
    """Where a peak exists on one side only: 1 if on the cold side, -1 if on the hot side."""
    cold, hot = 0.95 * guess, 1.05 * guess
    for _ in range(HALVINGS):
        middle = (cold + hot) / 2
        if bool(density_peaks(DATA, middle)) == (inside > 0):
            cold = middle
        else:
            hot = middle
    return (cold + hot) / 2


def _farther(ratios: np.ndarray) -> float:
    return float(ratios[np.argmax(np.abs(ratios - 1))])
