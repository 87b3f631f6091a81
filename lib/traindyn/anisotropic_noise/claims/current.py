"""Claims AN-7 and AN-12: a current flows in one layer; two layers do not need it."""

from __future__ import annotations

import numpy as np

from traindyn.anisotropic_noise.claims.common import UNEVEN, draw_problem, stationary_start
from traindyn.anisotropic_noise.claims.registry import registry
from traindyn.anisotropic_noise.claims.spectra import over_problems
from traindyn.anisotropic_noise.experiments.estimators import relative_distance_squared
from traindyn.anisotropic_noise.experiments.one_layer import moments, run_gaussian, run_sgd
from traindyn.anisotropic_noise.results.current import CurrentRun
from traindyn.anisotropic_noise.theory.balance import (
    entropy_production,
    entropy_production_law,
    lag_antisymmetry,
    residual_kurtosis,
)
from traindyn.anisotropic_noise.theory.covariance import exact_covariance, solve_lyapunov
from traindyn.anisotropic_noise.theory.regression import RegressionNoise
from traindyn.inference import Estimate
from traindyn.ledger import Control, Part, Size, Test
from traindyn.runs import Context

RATE = 1e-3
"""Learning rate of the entropy production, which is proportional to it."""


def _antisymmetric(lagged: np.ndarray) -> np.ndarray:
    return (lagged - lagged.swapaxes(-1, -2)) / 2


def _entropy(noise: RegressionNoise) -> tuple[float, ...]:
    """Entropy production over its law, over η tr H, and the latter over c²; with balanced noise.

    Last, over the law of labels with noise ±1.
    """
    h = np.linalg.eigvalsh(noise.hessian)
    aspect = noise.inputs / noise.samples
    relative = noise.covariance / noise.residual_variance
    c = solve_lyapunov(noise.hessian, RATE * relative)
    found = entropy_production(noise.hessian, c, RATE)
    none = entropy_production(
        noise.hessian, solve_lyapunov(noise.hessian, RATE * noise.hessian), RATE
    )
    law = entropy_production_law(h, noise.samples, RATE)
    unit = RATE * h.sum()
    kurtosis = residual_kurtosis(1.0, aspect)
    equal = entropy_production_law(h, noise.samples, RATE, kurtosis)
    return found / law, found / unit, found / unit / aspect**2, none / law, found / equal


def _over_learning_rate(found: dict[float, list[Estimate]]) -> list[Estimate]:
    return [estimates[1] for estimates in found.values()]


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
    noise = draw_problem(20, 10, context.numpy_generator("problem"))
    rate = 0.1 / float(np.trace(noise.hessian))
    exact = exact_covariance(noise, rate, 1)
    predicted = lag_antisymmetry(noise.hessian, exact, rate)
    replicas = context.choose(ci=3000, laptop=6000, paper=24_000)
    steps = context.choose(ci=8000, laptop=12_000, paper=24_000)
    generator = context.numpy_generator("simulation")
    start = stationary_start(noise, exact, replicas, generator)
    path = run_sgd(noise.x, noise.y, start, rate, 1, steps, generator)
    sgd = _antisymmetric(moments(path, noise.minimum, every=15)[1])

    def gaussian(covariance: np.ndarray) -> np.ndarray:
        stationary = solve_lyapunov(noise.hessian, rate * covariance)
        root = np.linalg.cholesky(stationary)
        deviations = generator.standard_normal((replicas, 10)) @ root.T
        run = run_gaussian(noise.hessian, covariance, deviations, rate, steps // 4, generator)
        return _antisymmetric(moments(run, np.zeros(10), every=15)[1])

    same = gaussian(noise.covariance)
    frozen = lag_antisymmetry(
        noise.hessian, solve_lyapunov(noise.hessian, rate * noise.covariance), rate
    )
    like_hessian = gaussian(noise.residual_variance * noise.hessian)
    white = gaussian(float(np.trace(noise.covariance)) / 10 * np.eye(10))
    draws = context.choose(ci=120, laptop=160, paper=640)
    sizes = {
        aspect: over_problems(context, "entropy", 64, aspect, draws, _entropy)
        for aspect in (0.5, 0.25, 0.125, 0.0625)
    }
    signs = over_problems(context, "signs", 64, 0.0625, 2 * draws, _entropy, "rademacher")
    # uneven inputs: the eigenvalues of the Hessian differ even where samples abound
    per_input = entropy_production_law(np.geomspace(*UNEVEN, 64), 64, 1.0)
    per_input /= float(np.geomspace(*UNEVEN, 64).sum())
    uneven = {
        aspect: over_problems(context, "uneven", 64, aspect, draws, _entropy, uneven=True)
        for aspect in sizes
    }
    upper = np.triu_indices(10, 1)
    result = CurrentRun(
        predicted[upper],
        sgd.mean(axis=0)[upper],
        (sgd.std(axis=0, ddof=1) / replicas**0.5)[upper],
        same.mean(axis=0)[upper],
        like_hessian.mean(axis=0)[upper],
        np.array(list(sizes)),
        {
            "isotropic inputs": _over_learning_rate(sizes),
            "variances from 0.1 to 10": _over_learning_rate(uneven),
        },
        per_input,
    )
    parts = [
        Part(
            "Antisymmetric lagged moment of simulated SGD: squared relative distance from the "
            "prediction",
            0.0,
            relative_distance_squared(sgd, predicted),
            Test(
                "equality",
                0.15**2,
                "a distance of 15 %, the smallest effect that matters; without a current it is 1",
                side="below",
            ),
            [
                Control(
                    "Gaussian noise proportional to the Hessian",
                    relative_distance_squared(like_hessian, predicted),
                ),
                Control("isotropic noise", relative_distance_squared(white, predicted)),
            ],
        ),
        Part(
            "The same for Gaussian noise with the covariance of the gradients: the current is "
            "one of second moments",
            0.0,
            relative_distance_squared(same, frozen),
            Test("equality", 1 / 9, "a third, for a quarter of the steps", side="below"),
            [Control("isotropic noise", relative_distance_squared(white, frozen))],
        ),
        Part(
            "Entropy production over its law for few weights per sample, c = 1/16",
            1.0,
            sizes[0.0625][0],
            Test("equality", 0.15, "of order 2c, the next order in c"),
            [Control("noise proportional to the Hessian", sizes[0.0625][3])],
            asymptotic=True,
            sizes=[Size(aspect, found[0]) for aspect, found in sizes.items()],
        ),
        Part(
            "Entropy production over η c² tr H for isotropic inputs, c = 1/16",
            1.0,
            sizes[0.0625][2],
            Test("equality", 0.15, "of order 2c, the next order in c"),
            [Control("c = 1/2", sizes[0.5][2])],
            asymptotic=True,
            sizes=[Size(aspect, found[2]) for aspect, found in sizes.items()],
        ),
        Part(
            "Entropy production over η c tr H for inputs with variances from 0.1 to 10, over the "
            "value that the variances give, c = 1/16",
            1.0,
            uneven[0.0625][1].scaled(1 / (0.0625 * per_input)),
            Test("equality", 0.2, "of order 2c, the next order in c, with a margin of a half"),
            [Control("isotropic inputs", sizes[0.0625][1].scaled(1 / (0.0625 * per_input)))],
            asymptotic=True,
            sizes=[
                Size(aspect, found[1].scaled(1 / (aspect * per_input)))
                for aspect, found in uneven.items()
            ],
        ),
        Part(
            "Labels with noise ±1: entropy production over the law with the kurtosis of their "
            "residuals, c = 1/16",
            1.0,
            signs[4],
            Test("equality", 0.2, "of order 2c, the next order in c, with a margin of a half"),
            [Control("Gaussian labels", sizes[0.0625][4])],
        ),
    ]
    return result, parts
