"""Claim SS-6: changes of the hidden bases, what they leave alone and what the flow conserves."""

from __future__ import annotations

import numpy as np

from traindyn.inference import Estimate, exact
from traindyn.ledger.legacy import Control, Part, Test
from traindyn.runs import Context
from traindyn.saddle_to_saddle.claims.registry import registry
from traindyn.saddle_to_saddle.studies.symmetry import symmetries


@registry.claim(
    6,
    source="abstract: symmetries",
    basis="stated",
    statement=(
        "Rotations of the hidden bases and inclusions in wider networks commute with training; "
        "other changes of basis leave the function but not the path."
    ),
)
def symmetry(context: Context) -> tuple[None, list[Part]]:
    """SS-6."""
    run = symmetries(context)

    def order(changes: np.ndarray) -> Estimate:
        """Order in the learning rate, between the last two."""
        return exact(float(np.log2(changes[-2] / changes[-1])))

    return None, [
        Part(
            "Rotated start, 2,000 steps of descent: largest difference from the rotated end",
            0.0,
            exact(run.rotated),
            Test("exact", 1e-11, "rounding over 2,000 steps"),
            [Control("stretched bases", exact(run.stretched))],
        ),
        Part(
            "Inclusion in a wider network: largest difference from the included end",
            0.0,
            exact(run.included),
            Test("exact", 1e-11, "rounding over 2,000 steps"),
            [Control("new weights of 0.001 instead of 0", exact(run.disturbed))],
        ),
        Part(
            "Gradient flow: largest change of W′W − WW′ between neighboring layers",
            0.0,
            exact(run.flow_change),
            Test("exact", 1e-9, "a thousand times the tolerance of the solver"),
            [Control("gradient descent at η = 0.02", exact(float(run.descent_changes[0])))],
        ),
        Part(
            "Gradient descent: order of that change in the learning rate",
            1.0,
            order(run.descent_changes),
            Test("slope", 0.1, "the next order in η"),
            [Control("Heun's method in place of single slopes", order(run.heun_changes))],
        ),
    ]
