"""Claim SS-6: changes of the hidden bases, what they leave alone and what the flow conserves."""

from __future__ import annotations

import numpy as np

from traindyn.inference import Estimate, estimate_mean
from traindyn.ledger import Part, at_most, other_system, within, wrong_prediction
from traindyn.runs import Context
from traindyn.saddle_to_saddle.claims.registry import registry
from traindyn.saddle_to_saddle.results.symmetry import SymmetryRun
from traindyn.saddle_to_saddle.studies.symmetry import symmetries


@registry.claim(
    6,
    source="title of the paper: symmetry; what it leaves alone is derived here",
    basis="derived",
    statement=(
        "Rotations of the hidden bases and inclusions in wider networks commute with training; "
        "other changes of basis leave the function but not the path."
    ),
)
def symmetry(context: Context) -> tuple[None, list[Part]]:
    """SS-6."""
    run = symmetries(context)
    return None, [*_images(run), *_conservation(run)]


def _images(run: SymmetryRun) -> list[Part]:
    """Training commutes with the symmetries."""
    why = "rounding over 2,000 steps, 5e-15 in each for products of six terms"
    return [
        Part(
            "Training from a start in rotated hidden bases, three layers, 2,000 steps of descent: "
            "largest difference of a weight from the end in those bases, decimal logarithm",
            estimate_mean(np.log10(run.rotated)),
            at_most(-11.0, why, "rounding"),
            [other_system("stretched bases", estimate_mean(np.log10(run.stretched)))],
            compares="simulation",
            seen=True,
            replicates="networks",
        ),
        Part(
            "Training of a network inside a wider one, three layers, 2,000 steps of descent: "
            "largest difference of a weight from the end of the narrow one, decimal logarithm, "
            "taken as −16 where it is less",
            estimate_mean(np.log10(np.maximum(run.included, 1e-16))),
            at_most(-11.0, why, "rounding"),
            [
                other_system(
                    "new weights of 0.003 in place of 0", estimate_mean(np.log10(run.disturbed))
                )
            ],
            compares="simulation",
            seen=True,
            replicates="networks",
        ),
    ]


def _conservation(run: SymmetryRun) -> list[Part]:
    """What the flow conserves, and how descent does not."""

    def order(changes: np.ndarray) -> Estimate:
        return estimate_mean(np.log2(changes[0] / changes[1]))

    return [
        Part(
            "Gradient flow of three layers: largest change of WᵀW of a layer minus WWᵀ of the one "
            "below, over time 40",
            estimate_mean(run.flow_changes),
            at_most(1e-9, "a thousand times the tolerance of the solver", "size"),
            [other_system("gradient descent at η = 0.02", estimate_mean(run.descent_changes[0]))],
            compares="simulation",
            seen=True,
            replicates="networks",
        ),
        Part(
            "Gradient descent of three layers: order in the learning rate of the change of what "
            "the flow conserves, from η = 0.02 to 0.01",
            order(run.descent_changes),
            within(0.1, "the next order in η: of η times the largest curvature, 8", "next order"),
            [
                wrong_prediction("second order", 2.0),
                other_system("Heun's method in place of single slopes", order(run.heun_changes)),
            ],
            prediction=1.0,
            compares="simulation",
            seen=True,
            replicates="networks",
        ),
    ]
