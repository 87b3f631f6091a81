"""Claim AN-14: with several outputs the drift along the valley ends in a balance of the layers."""

from __future__ import annotations

import numpy as np

from traindyn.anisotropic_noise.claims.registry import registry
from traindyn.anisotropic_noise.results.drift import DriftRun
from traindyn.anisotropic_noise.studies.end_of_drift import INPUTS, OUTPUTS, STARTS, end_of_drift
from traindyn.inference import Estimate, exact
from traindyn.ledger.legacy import Control, Part, Test
from traindyn.runs import Context


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

    def farthest(values: np.ndarray) -> Estimate:
        return exact(float(np.abs(values / run.predicted_first - 1).max()))

    predicted = np.concatenate([run.predicted_first, run.predicted_second])
    return DriftRun(run.times, run.first, run.second, np.empty(0), predicted), [
        *(
            Part(
                f"Tr W₁W₁ᵀ over tr W₂ᵀW₂ of the three modes in use, from the {start} start",
                INPUTS / OUTPUTS,
                found.ratio,
                Test("equality", 0.45, "n/m times 15 %, twice η tr H / S = 0.07"),
                [
                    Control(
                        "at the start",
                        exact(float(found.first[0].sum() / found.second[0].sum())),
                    )
                ],
            )
            for start, found in runs.items()
        ),
        Part(
            "Squared singular values of the first layer over s√(n/m): largest distance from 1",
            0.0,
            farthest(run.late_first),
            Test(
                "equality",
                0.15,
                "twice η tr H / S = 0.07; the scatter of the mean over replicas and records is "
                "below 0.02",
                side="below",
            ),
            [Control("at the start", farthest(run.first[0]))],
        ),
        Part(
            "Variances of the second layer from the linear theory at the end, over "
            "T n s_i/(n s_i + m s_j): largest distance from 1",
            0.0,
            exact(run.variances_at_end),
            Test(
                "equality",
                0.2,
                "a fifth; gradient flow's balance a² = b² is off by up to 2",
                side="below",
            ),
            [Control("at the start", exact(run.variances_at_start))],
        ),
    ]
