"""Claim AN-10: in the second layer variance falls with flatness."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from traindyn.anisotropic_noise.claims.registry import registry
from traindyn.anisotropic_noise.results.second_layer import (
    CollapseRun,
    InverseRelation,
    InverseRelations,
)
from traindyn.anisotropic_noise.studies.inverse_relation import relations
from traindyn.anisotropic_noise.theory.two_layers import local_exponent
from traindyn.inference import Estimate, exact
from traindyn.ledger.legacy import Control, Part, Test
from traindyn.runs import Context


@registry.claim(
    10,
    source="abstract, inverse variance-flatness relation; the formula is derived here",
    basis="stated",
    statement=(
        "In the second layer flat directions fluctuate less: for isotropic inputs the variance is "
        "T/(1 + b²F²/κ), with an exponent that rises from 0 in sharp directions to at most 2 in "
        "flat ones."
    ),
)
def inverse_variance_flatness(context: Context) -> tuple[CollapseRun, list[Part]]:
    """AN-10."""
    run = relations(context)
    shown = CollapseRun(run.settings, run.simulated, run.reference.scaled, run.all_weights)
    return shown, [*_curve(run), *_exponents(run), *_order(run)]


def _curve(run: InverseRelations) -> list[Part]:
    """Variances against 1/(1 + b²F²/κ), in theory and simulated."""
    return [
        Part(
            "Collapse of five settings of b, η, S and label noise: largest distance of V/T from "
            "1/(1 + b²F²/κ)",
            0.0,
            exact(max(relation.gap for relation in run.settings)),
            Test("equality", 0.08, "of order √(n/P) = 0.035, doubled for the largest of 50"),
            [Control("first layer frozen", exact(run.frozen.gap))],
        ),
        Part(
            "Simulated SGD: largest distance of V/T from the curve over ten modes",
            0.0,
            _distance_to_curve(run.simulated, run.reference),
            Test("equality", 0.08, "as above", side="below"),
            [Control("first layer frozen", exact(run.frozen.gap))],
        ),
    ]


def _exponents(run: InverseRelations) -> list[Part]:
    """Slopes of log variance over log flatness."""
    curvature = run.first_values[run.first_values**2 < 0.3] ** 2
    flat = len(curvature)
    slopes = [relation.exponent(len(run.first_values)) for relation in run.settings]
    return [
        Part(
            "Exponent −d log V / d log F over the flat half of the directions",
            float(local_exponent(curvature, 1.0).mean()),
            exact(run.reference.exponent(flat)),
            Test("slope", 0.2, "of order √(n/P) over a decade of flatness, or a tenth of 2"),
            [Control("b = 0.1: no coupling", exact(run.weak.exponent(flat)))],
        ),
        Part(
            "Exponent over all directions, the largest of five settings: at most 2, where deep "
            "networks were reported to show about 4",
            2.0,
            exact(max(slopes)),
            Test("threshold", 0.2, "the error of the exponent above", side="below"),
            [
                Control(
                    "b = 2, inputs of variance 1/a along the singular vectors of W₁",
                    exact(run.steep.exponent(len(run.first_values))),
                )
            ],
        ),
    ]


def _order(run: InverseRelations) -> list[Part]:
    """Whether flat directions fluctuate less, also with few samples and in all weights together."""
    return [
        Part(
            "Rank correlation of variance and flatness, the weakest of five settings",
            -1.0,
            exact(max(relation.correlation for relation in run.settings)),
            Test(
                "threshold",
                0.05,
                "four pairs of neighbors exchanged by finite P, at 12/990 each for ten directions",
                side="below",
            ),
            [Control("first layer frozen", exact(run.frozen.correlation))],
        ),
        Part(
            "Principal directions of all weights together, where the loss sees them: largest over "
            "smallest variance",
            1.0,
            exact(run.all_weights.range),
            Test(
                "equality",
                0.4,
                "the eigenvalues of C/T lie within 2√(2n/P) = 0.1 around 1, so 1.1/0.9, doubled",
                side="below",
            ),
            [Control("the second layer alone", exact(run.reference.range))],
        ),
        Part(
            "Few samples, c = n/P = 0.8: rank correlation of variance and flatness",
            -1.0,
            run.few_samples,
            Test("threshold", 0.2, "a fifth of the way from a perfect relation to none", "below"),
            [Control("first layer frozen", run.few_samples_frozen)],
        ),
    ]


def _distance_to_curve(simulated: list[Estimate], relation: InverseRelation) -> Estimate:
    curve = np.sort(1 / (1 + relation.scaled**2))[::-1]
    gaps = [replace(v, value=abs(v.value - c)) for v, c in zip(simulated, curve, strict=True)]
    widest = max(gaps, key=lambda gap: gap.stderr)
    return replace(widest, value=max(gap.value for gap in gaps))
