"""Claim AN-7: a current flows in one layer."""

from __future__ import annotations

import numpy as np

from traindyn.anisotropic_noise.claims.parts import algebraic
from traindyn.anisotropic_noise.claims.registry import registry
from traindyn.anisotropic_noise.claims.shares import share
from traindyn.anisotropic_noise.results.current import CurrentRun, EntropyRun, LaggedRun
from traindyn.anisotropic_noise.studies.current import (
    LAG,
    entropies,
    lagged_moments,
    shown_moments,
)
from traindyn.anisotropic_noise.theory.balance import residual_kurtosis
from traindyn.inference import Estimate, exact
from traindyn.ledger import (
    Part,
    Size,
    other_system,
    within,
    within_noise,
    wrong_prediction,
    wrong_theory,
)
from traindyn.runs import Context

FEW = 0.0625
"""The smallest ratio c of weights to samples."""

PROBLEMS = "drawn problems"
KURTOSIS = within(
    0.25, "half the way to the kurtosis in place of the kurtosis minus one, 3/2", "neighbor"
)


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
    lagged, entropy, one = lagged_moments(context), entropies(context), shown_moments(context)
    shown = CurrentRun(
        one.predicted,
        one.sgd,
        one.errors,
        one.gaussian,
        one.like_hessian,
        np.array(list(entropy.isotropic)),
        {
            "isotropic inputs": [means.over_rate for means in entropy.isotropic.values()],
            "variances from 0.1 to 10": [means.over_rate for means in entropy.uneven.values()],
        },
        entropy.uneven_law,
    )
    return shown, [
        *_moments(lagged),
        *_entropy(entropy),
        *_other_problems(entropy),
        _entropy_of_sgd(lagged),
    ]


def _moments(run: LaggedRun) -> list[Part]:
    """Antisymmetric moments of successive weights."""
    sgd, gaussian = share(run.sgd), share(run.gaussian)
    return [
        Part(
            f"SGD of one layer, c = 0.5, η tr H = 0.1: antisymmetric part of the moments of "
            f"weights {LAG} steps apart, projected on the prediction, in units of it",
            sgd,
            within_noise(sgd, "the recursion and its lagged moment are exact"),
            [
                wrong_prediction("detailed balance: no current", 0.0),
                wrong_prediction("HC − CH without the factor 1/2", 2.0),
                other_system("Gaussian noise proportional to the Hessian", share(run.like_hessian)),
            ],
            compares="simulation",
            replicates=PROBLEMS,
            prediction=1.0,
            basis="derived",
            seen=True,
        ),
        Part(
            "Gradient descent with Gaussian noise that has the covariance of the gradients at the "
            "minimum carries the same current: antisymmetric moments in units of the prediction",
            gaussian,
            within_noise(gaussian, "second moments alone make the current, and they are exact"),
            [
                wrong_prediction("detailed balance: no current", 0.0),
                other_system("isotropic Gaussian noise", share(run.white)),
            ],
            compares="simulation",
            replicates=PROBLEMS,
            prediction=1.0,
            basis="derived",
            seen=True,
        ),
    ]


def _entropy(run: EntropyRun) -> list[Part]:
    """Entropy production for isotropic inputs."""
    few = run.isotropic[FEW]
    over_law, over_square = (
        {aspect: getattr(means, name) for aspect, means in run.isotropic.items()}
        for name in ("over_law", "over_square")
    )
    return [
        algebraic(
            "Entropy production of one layer, from the Hessian and the noise of a problem, over "
            "its law for few weights per sample, c = 1/16",
            few.over_law,
            KURTOSIS,
            [
                wrong_prediction("the kurtosis in place of the kurtosis minus one", 1.5),
                other_system("noise proportional to the Hessian: none", exact(0.0)),
            ],
            prediction=1.0,
            basis="derived",
            asymptotic=True,
            sizes=[Size(*pair) for pair in over_law.items()],
        ),
        algebraic(
            "Entropy production of one layer with isotropic inputs over η c² tr H, c = 1/16",
            few.over_square,
            KURTOSIS,
            [
                wrong_theory("in proportion to c", few.over_square.scaled(FEW)),
                wrong_prediction("the kurtosis in place of the kurtosis minus one", 1.5),
            ],
            prediction=1.0,
            basis="derived",
            asymptotic=True,
            sizes=[Size(*pair) for pair in over_square.items()],
        ),
    ]


def _other_problems(run: EntropyRun) -> list[Part]:
    """Entropy production for uneven inputs, and for labels with noise ±1."""
    law, few = run.uneven_law, run.isotropic[FEW]
    linear = 2 * FEW / (residual_kurtosis(1.0, FEW) - 1)  # κ − 1 = 2c over 2c(2 − c)
    uneven = {
        aspect: means.over_rate.scaled(1 / (aspect * law)) for aspect, means in run.uneven.items()
    }
    signs = {aspect: means.over_law_of_signs for aspect, means in run.signs.items()}
    return [
        algebraic(
            "Entropy production of one layer over η c tr H for inputs with variances from 0.1 to "
            "10, in units of what these variances give, c = 1/16",
            uneven[FEW],
            KURTOSIS,
            [
                wrong_theory("in proportion to c²", uneven[FEW].scaled(1 / FEW)),
                wrong_prediction("the kurtosis in place of the kurtosis minus one", 1.5),
                other_system("isotropic inputs", few.over_rate.scaled(1 / (FEW * law))),
            ],
            prediction=1.0,
            basis="derived",
            asymptotic=True,
            sizes=[Size(*pair) for pair in uneven.items()],
        ),
        algebraic(
            "Labels with noise ±1: entropy production of one layer over the law with the kurtosis "
            "of their residuals, c = 1/16",
            signs[FEW],
            within(
                (1 - linear) / 2,
                f"half the way to a kurtosis of the residuals that goes with 1 − c in place of its "
                f"square, {linear:.2f}",
                "neighbor",
            ),
            [
                wrong_prediction("1 − c in place of its square in the kurtosis", linear),
                wrong_theory("the kurtosis of Gaussian residuals", run.signs[FEW].over_law),
                other_system("Gaussian labels", few.over_law_of_signs),
            ],
            prediction=1.0,
            basis="derived",
        ),
    ]


def _entropy_of_sgd(run: LaggedRun) -> Part:
    found: Estimate = share(run.entropy)
    return Part(
        "Entropy production of SGD, from the currents of independent pairs of runs, over that of "
        "the exact covariance, c = 0.5",
        found,
        within_noise(found, "the recursion and its lagged moment are exact"),
        [
            wrong_prediction("detailed balance: none", 0.0),
            wrong_prediction("half of the current's square", 0.5),
        ],
        compares="simulation",
        replicates=PROBLEMS,
        prediction=1.0,
        basis="derived",
    )
