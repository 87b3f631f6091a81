"""Claims AN-8, AN-9 and AN-11: the layers are coupled, in their variances and in their speed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from traindyn.anisotropic_noise.claims.many_outputs import parts_on_many_outputs
from traindyn.anisotropic_noise.claims.registry import registry
from traindyn.anisotropic_noise.claims.worst import worst
from traindyn.anisotropic_noise.results.second_layer import CoupledRun, ModesRun, RelaxationRun
from traindyn.anisotropic_noise.studies.many_outputs import four_outputs
from traindyn.anisotropic_noise.studies.second_layer import coupled_modes, relaxation, variances
from traindyn.inference import Estimate, exact
from traindyn.ledger import Size
from traindyn.ledger.legacy import Control, Part, Test
from traindyn.runs import Context


@registry.claim(
    8,
    source="abstract, two layers; the formulas are derived here",
    basis="stated",
    statement=(
        "With many samples the weights of two layers have the covariance T on the directions that "
        "the loss sees: the second layer the variances T a²/(a² + b²), the first T b²/(a² + b²)."
    ),
)
def two_layer_covariance(context: Context) -> tuple[CoupledRun, list[Part]]:
    """AN-8."""
    run = variances(context)
    outputs = four_outputs(context)
    uncoupled = run.frozen[int(run.predicted.argmin())]
    return outputs.variances, [
        Part(
            "Simulated SGD against the linear theory: largest relative distance of a variance of "
            "the second layer over ten modes",
            0.0,
            _farthest(run.both, run.predicted),
            Test(
                "equality",
                0.1,
                "half the smallest effect of the coupling, a factor of 1.2 in the steepest mode; "
                "η tr H / S = 0.015 is the error of the theory",
                side="below",
            ),
            [Control("first layer frozen", _farthest(run.frozen, run.predicted))],
        ),
        Part(
            "Linear theory against a²/(a² + b²): largest distance over ten modes, median of nine "
            "problems with 64,000 samples",
            0.0,
            exact(run.limits[64_000]),
            Test("equality", 0.05, "of order √(n/P) = 0.018, times 2.5 for the largest of ten"),
            [
                Control(
                    "first layer frozen, simulated: the steepest mode",
                    replace(uncoupled, value=abs(uncoupled.value - float(run.predicted.min()))),
                )
            ],
            asymptotic=True,
            sizes=[Size(samples, exact(value)) for samples, value in run.limits.items()],
        ),
        *parts_on_many_outputs(outputs),
    ]


def _farthest(measured: list[Estimate], predicted: np.ndarray) -> Estimate:
    """Largest relative distance of a mode's variance from its prediction."""
    return worst([v.scaled(1 / p) for v, p in zip(measured, predicted, strict=True)])


@registry.claim(
    9,
    source="abstract, two layers; the ratio is derived here",
    basis="stated",
    statement=(
        "The coupling of the layers is a source of anisotropy of its own: freeze the first layer "
        "and the second fluctuates equally in all directions; train both and its variances are "
        "multiplied by a²/(a² + b²)."
    ),
)
def coupling(context: Context) -> tuple[ModesRun, list[Part]]:
    """AN-9."""
    run = coupled_modes(context)
    return run, [
        Part(
            "Variance with both layers trained over that with the first frozen, divided by "
            "a²/(a² + b²): largest distance from 1 over ten modes",
            0.0,
            worst(run.ratios),
            Test(
                "equality",
                0.15,
                "√(n/P) = 0.035, doubled for the largest of ten, and as much again for a ratio; "
                "the predicted factors themselves span 0.02 to 0.8",
                side="below",
            ),
            [Control("first layer frozen in both", worst(run.uncoupled))],
        ),
        Part(
            "First layer frozen: largest distance of a variance from T over ten modes",
            0.0,
            worst(run.frozen),
            Test("equality", 0.15, "as above", side="below"),
            [Control("both layers trained", worst(run.both))],
        ),
    ]


@registry.claim(
    11,
    source="setting of the abstract",
    basis="derived",
    statement=(
        "A mode of the second layer relaxes at the rate η(a² + b²) of the joint curvature, not at "
        "η a²: flat directions forget fast when both layers train."
    ),
)
def relaxation_of_modes(context: Context) -> tuple[RelaxationRun, list[Part]]:
    """AN-11."""
    run = relaxation(context)
    return run, [
        Part(
            "Measured rate over η(a² + b²): largest distance from 1 over ten modes",
            0.0,
            worst(run.both),
            Test(
                "equality",
                0.15,
                "√(n/P) = 0.035, doubled for the largest of ten, and as much again for the error "
                "of the linear theory; the two rates differ by factors of 1.2 to 50",
            ),
            [Control("first layer frozen", worst(run.frozen))],
        )
    ]
