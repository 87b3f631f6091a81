"""Claim AN-14: with several outputs the drift along the valley ends in a balance of the layers."""

from __future__ import annotations

import numpy as np

from traindyn.anisotropic_noise.claims.parts import simulated
from traindyn.anisotropic_noise.claims.registry import registry
from traindyn.anisotropic_noise.claims.shares import agreement, close
from traindyn.anisotropic_noise.results.drift import DriftRun, EndOfDrift
from traindyn.anisotropic_noise.results.estimators import relative_distance_squared
from traindyn.anisotropic_noise.studies.drift import BATCH, RATE
from traindyn.anisotropic_noise.studies.end_of_drift import (
    INPUTS,
    OUTPUTS,
    STARTS,
    VALUES,
    end_of_drift,
)
from traindyn.anisotropic_noise.theory.drift import balance_correction, stationary_values
from traindyn.anisotropic_noise.theory.two_layers import second_layer_variances
from traindyn.inference import Estimate, ratio_of_means
from traindyn.ledger import Part, within_noise, wrong_prediction, wrong_theory
from traindyn.runs import Context

SYSTEM = f"SGD of two layers with {INPUTS} inputs and {OUTPUTS} outputs, after six decay times: "


@registry.claim(
    14,
    source="beyond the abstract; a law of balance for two layers",
    basis="extension",
    statement=(
        "With two or more outputs the drift ends where n W₂ᵀW₂ = m W₁W₁ᵀ: a² = s√(n/m) and "
        "b² = s√(m/n), whatever the start."
    ),
)
def balance_of_layers(context: Context) -> tuple[DriftRun, list[Part]]:
    """AN-14."""
    runs = {start: end_of_drift(context, start) for start in STARTS}
    run = runs["first"]
    first, second = stationary_values(VALUES, INPUTS, OUTPUTS)
    correction = balance_correction(first, second, INPUTS, RATE, BATCH)
    shown = DriftRun(run.times, run.first, run.second, np.empty(0), np.concatenate([first, second]))
    neglected = float(np.abs(1 - correction).max())
    return shown, [
        *(_ratio(start, found, first, second, correction) for start, found in runs.items()),
        _values(list(runs.values()), first, neglected),
        _variances(list(runs.values()), first, second, neglected),
    ]


def _ratio(
    start: str, run: EndOfDrift, first: np.ndarray, second: np.ndarray, correction: np.ndarray
) -> Part:
    found = ratio_of_means(run.late_first.sum(axis=1), run.late_second.sum(axis=1))
    side = "below" if start == "first" else "above"
    roots = np.sqrt(correction)
    return simulated(
        SYSTEM + f"tr W₁W₁ᵀ over tr W₂ᵀW₂ of the three modes in use, from a second layer {side} "
        "its end",
        found,
        within_noise(
            found, "the balance with its next order in η; what is left is below the noise"
        ),
        [
            wrong_prediction("the balance of gradient flow", 1.0),
            wrong_prediction("m/n in place of n/m", OUTPUTS / INPUTS),
            wrong_prediction("one input more", (INPUTS + 1) / OUTPUTS),
            wrong_prediction("one output more", INPUTS / (OUTPUTS + 1)),
        ],
        prediction=float((first * roots).sum() / (second / roots).sum()),
    )


def _values(runs: list[EndOfDrift], first: np.ndarray, neglected: float) -> Part:
    def distance(predicted: np.ndarray) -> Estimate:
        one = np.ones_like(predicted)
        return agreement(*(relative_distance_squared(r.late_first / predicted, one) for r in runs))

    found = distance(first)
    return simulated(
        SYSTEM + "agreement, one minus the mean squared relative distance, of the squared singular "
        "values of the first layer with s√(n/m), the smaller of two starts",
        found,
        close(found, neglected),
        [
            wrong_theory("s, the balance of gradient flow", distance(VALUES)),
            wrong_theory("s·n/m", distance(VALUES * INPUTS / OUTPUTS)),
        ],
    )


def _variances(
    runs: list[EndOfDrift], first: np.ndarray, second: np.ndarray, neglected: float
) -> Part:
    def distance(predicted: np.ndarray) -> Estimate:
        one = np.ones_like(predicted)
        return agreement(*(relative_distance_squared(r.variances / predicted, one) for r in runs))

    def law(a: np.ndarray, b: np.ndarray) -> np.ndarray:
        return second_layer_variances(np.sqrt(a), np.sqrt(b))

    found = distance(law(first, second))
    return simulated(
        SYSTEM + "agreement, one minus the mean squared relative distance, of the variances of the "
        "second layer, from the linear theory there, with T n s_i/(n s_i + m s_j), the smaller of "
        "two starts",
        found,
        close(found, neglected),
        [
            wrong_theory(
                "s_i/(s_i + s_j), the balance of gradient flow", distance(law(VALUES, VALUES))
            ),
            wrong_theory("m and n exchanged", distance(law(second, first))),
        ],
    )
