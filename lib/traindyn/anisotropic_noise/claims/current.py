"""Claim AN-7: a current flows in one layer."""

from __future__ import annotations

import numpy as np

from traindyn.anisotropic_noise.claims.registry import registry
from traindyn.anisotropic_noise.results.current import CurrentRun, EntropyRun, LaggedRun
from traindyn.anisotropic_noise.studies.current import entropies, lagged_moments
from traindyn.ledger import Size
from traindyn.ledger.legacy import Control, Part, Test
from traindyn.runs import Context

FEW = 0.0625
"""The smallest ratio c of weights to samples."""


@registry.claim(
    7,
    source="abstract, broken detailed balance; the laws are derived here",
    basis="stated",
    statement=(
        "Noise and Hessian of one layer do not commute, so the stationary state carries a "
        "probability current: the moments of successive weights are not symmetric, and entropy "
        "is produced, in proportion to c² for isotropic inputs and to c for others."
    ),
)
def current(context: Context) -> tuple[CurrentRun, list[Part]]:
    """AN-7."""
    lagged, entropy = lagged_moments(context), entropies(context)
    shown = CurrentRun(
        lagged.predicted,
        lagged.sgd,
        lagged.errors,
        lagged.gaussian,
        lagged.like_hessian,
        np.array(list(entropy.isotropic)),
        {
            "isotropic inputs": [means.over_rate for means in entropy.isotropic.values()],
            "variances from 0.1 to 10": [means.over_rate for means in entropy.uneven.values()],
        },
        entropy.uneven_law,
    )
    return shown, [*_moments(lagged), *_entropy(entropy), *_other_problems(entropy)]


def _moments(run: LaggedRun) -> list[Part]:
    """Antisymmetric moments of successive weights."""
    return [
        Part(
            "Antisymmetric lagged moment of simulated SGD: squared relative distance from the "
            "prediction",
            0.0,
            run.sgd_distance,
            Test(
                "equality",
                0.15**2,
                "a distance of 15 %, the smallest effect that matters; without a current it is 1",
                side="below",
            ),
            [
                Control("Gaussian noise proportional to the Hessian", run.like_hessian_distance),
                Control("isotropic noise", run.white_distance),
            ],
        ),
        Part(
            "The same for Gaussian noise with the covariance of the gradients: the current is "
            "one of second moments",
            0.0,
            run.gaussian_to_frozen,
            Test("equality", 1 / 9, "a third, for a quarter of the steps", side="below"),
            [Control("isotropic noise", run.white_to_frozen)],
        ),
    ]


def _entropy(run: EntropyRun) -> list[Part]:
    """Entropy production for isotropic inputs."""
    few = run.isotropic[FEW]
    return [
        Part(
            "Entropy production over its law for few weights per sample, c = 1/16",
            1.0,
            few.over_law,
            Test("equality", 0.15, "of order 2c, the next order in c"),
            [Control("noise proportional to the Hessian", few.balanced)],
            asymptotic=True,
            sizes=[Size(aspect, means.over_law) for aspect, means in run.isotropic.items()],
        ),
        Part(
            "Entropy production over η c² tr H for isotropic inputs, c = 1/16",
            1.0,
            few.over_square,
            Test("equality", 0.15, "of order 2c, the next order in c"),
            [Control("c = 1/2", run.isotropic[0.5].over_square)],
            asymptotic=True,
            sizes=[Size(aspect, means.over_square) for aspect, means in run.isotropic.items()],
        ),
    ]


def _other_problems(run: EntropyRun) -> list[Part]:
    """Entropy production for uneven inputs, and for labels with noise ±1."""
    law, few = run.uneven_law, run.isotropic[FEW]
    return [
        Part(
            "Entropy production over η c tr H for inputs with variances from 0.1 to 10, over the "
            "value that the variances give, c = 1/16",
            1.0,
            run.uneven[FEW].over_rate.scaled(1 / (FEW * law)),
            Test("equality", 0.2, "of order 2c, the next order in c, with a margin of a half"),
            [Control("isotropic inputs", few.over_rate.scaled(1 / (FEW * law)))],
            asymptotic=True,
            sizes=[
                Size(aspect, means.over_rate.scaled(1 / (aspect * law)))
                for aspect, means in run.uneven.items()
            ],
        ),
        Part(
            "Labels with noise ±1: entropy production over the law with the kurtosis of their "
            "residuals, c = 1/16",
            1.0,
            run.signs.over_law_of_signs,
            Test("equality", 0.2, "of order 2c, the next order in c, with a margin of a half"),
            [Control("Gaussian labels", few.over_law_of_signs)],
        ),
    ]
