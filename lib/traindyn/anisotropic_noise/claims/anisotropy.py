"""Claims AN-5 and AN-6: weights fluctuate unevenly along directions of equal curvature."""

from __future__ import annotations

import numpy as np

from traindyn.anisotropic_noise.claims.common import (
    directions,
    draw_problem,
    flatness_run,
    relative_covariance,
    stationary_start,
)
from traindyn.anisotropic_noise.claims.registry import registry
from traindyn.anisotropic_noise.claims.spectra import over_problems, spread
from traindyn.anisotropic_noise.claims.uneven_inputs import uneven_inputs
from traindyn.anisotropic_noise.experiments.data import NoiseLaw
from traindyn.anisotropic_noise.experiments.estimators import relative_distance_squared
from traindyn.anisotropic_noise.experiments.one_layer import moments, run_gaussian, run_sgd
from traindyn.anisotropic_noise.results.anisotropy import FlatnessRun, UnevenRun
from traindyn.anisotropic_noise.results.spectra import AnisotropyRun
from traindyn.anisotropic_noise.theory.balance import residual_kurtosis, variance_of_variances
from traindyn.anisotropic_noise.theory.covariance import exact_covariance
from traindyn.anisotropic_noise.theory.flatness import flatness
from traindyn.anisotropic_noise.theory.regression import RegressionNoise
from traindyn.ledger import Control, Part, Size, Test
from traindyn.runs import Context

ASPECTS = (0.5, 0.25, 0.1, 0.025)
KURTOSIS: dict[NoiseLaw, float] = {"gaussian": 3.0, "rademacher": 1.0, "laplace": 6.0}


def _spread_over_law(noise: RegressionNoise) -> tuple[float, ...]:
    """Variance of the eigenvalues of C/T, alone and over its law for each kind of label."""
    aspect = noise.inputs / noise.samples
    h = np.linalg.eigvalsh(noise.hessian)
    found = spread(relative_covariance(noise))
    laws = [
        variance_of_variances(aspect, h, residual_kurtosis(k, aspect)) for k in KURTOSIS.values()
    ]
    return (found, *(found / law for law in laws), *laws)


@registry.claim(
    5,
    source="abstract; the law of the spread is derived here",
    basis="stated",
    statement=(
        "With P of the order of N the weights fluctuate by different amounts in different "
        "directions; with many more samples than weights all directions have the variance T."
    ),
)
def anisotropy(context: Context) -> tuple[AnisotropyRun, list[Part]]:
    """AN-5."""
    draws = context.choose(ci=100, laptop=200, paper=800)
    found = {
        law: {
            aspect: over_problems(
                context, law, 100, aspect, draws if aspect > 0.05 else 12, _spread_over_law, law
            )
            for aspect in ASPECTS
        }
        for law in KURTOSIS
    }
    gaussian, rademacher, laplace = (found[law] for law in KURTOSIS)
    column = {"gaussian": 0, "rademacher": 1, "laplace": 2}
    result = AnisotropyRun(
        np.array(ASPECTS),
        {law: [f[0] for f in by.values()] for law, by in found.items()},
        {
            law: np.array([f[4 + column[law]].value for f in by.values()])
            for law, by in found.items()
        },
    )
    why = "half the way to the nearest of the controls, 0.27; corrections are of order 4/N = 0.04"
    parts = [
        *(
            Part(
                f"Variance of the eigenvalues of C/T over its law 2cg, at c = {aspect:g}, N = 100",
                1.0,
                gaussian[aspect][1],
                Test("equality", 0.15, why),
                [Control("labels with noise ±1", rademacher[aspect][1])],
            )
            for aspect in (0.5, 0.25, 0.1)
        ),
        Part(
            "The same with label noise ±1, over the law (κ − 1)cg for the kurtosis κ of the "
            "residuals, c = 0.1",
            1.0,
            rademacher[0.1][2],
            Test("equality", 0.15, why),
            [Control("Gaussian labels", gaussian[0.1][2])],
        ),
        Part(
            "Few weights per sample: variance of the eigenvalues of C/T at c = 0.025",
            0.0,
            gaussian[0.025][0],
            Test(
                "threshold",
                0.1,
                "a spread of a third of T, side by side with 0.9 T at c = 0.5",
                "below",
            ),
            [Control("c = 0.5", gaussian[0.5][0])],
            asymptotic=True,
            sizes=[Size(aspect, gaussian[aspect][0]) for aspect in ASPECTS],
        ),
        *_simulated(context),
        Part(
            "The same with Laplace labels, over their own law, c = 0.1",
            1.0,
            laplace[0.1][3],
            Test("equality", 0.2, "less than half the way to the control, 0.45"),
            [Control("Gaussian labels", gaussian[0.1][3])],
        ),
    ]
    return result, parts


def _simulated(context: Context) -> list[Part]:
    """Simulated SGD at N = 50, P = 100 against the exact covariance."""
    noise = draw_problem(100, 50, context.numpy_generator("simulated problem"))
    rate = 0.2 / float(np.trace(noise.hessian))
    exact = exact_covariance(noise, rate, 1)
    replicas = context.choose(ci=1500, laptop=3000, paper=12_000)
    steps = context.choose(ci=1500, laptop=3000, paper=6000)
    generator = context.numpy_generator("simulation")
    start = stationary_start(noise, exact, replicas, generator)
    path = run_sgd(noise.x, noise.y, start, rate, 1, steps, generator)
    found, _ = moments(path, noise.minimum, every=50)
    temperature = noise.temperature(rate, 1) * np.eye(50)
    cold = run_gaussian(
        noise.hessian,
        noise.residual_variance * noise.hessian,
        generator.standard_normal((replicas, 50)) * temperature[0, 0] ** 0.5,
        rate,
        steps // 3,
        generator,
    )
    like_hessian, _ = moments(cold, np.zeros(50), every=50)
    return [
        Part(
            "Simulated SGD at N = 50, P = 100: squared relative distance of the covariance from "
            "the exact one, whose largest variance is some twenty times its smallest",
            0.0,
            relative_distance_squared(found, exact),
            Test(
                "equality",
                0.05**2,
                "a twelfth of the distance 0.6 from equal variances",
                side="below",
            ),
            [
                Control(
                    "Gaussian noise proportional to the Hessian",
                    relative_distance_squared(like_hessian, exact),
                )
            ],
        )
    ]


def _fit(v: np.ndarray, f: np.ndarray) -> float:
    """Slope of log F over log V."""
    return float(np.polyfit(np.log(v), np.log(f), 1)[0])


@registry.claim(
    6,
    source="abstract; the spread of curvatures, and what other inputs leave, is derived here",
    basis="stated",
    statement=(
        "In one layer with isotropic inputs the loss is effectively isotropic: the directions in "
        "which the weights fluctuate most and least are equally flat. With other inputs they are "
        "not equally flat, but flatness and variance stay uncorrelated."
    ),
)
def effective_isotropy(context: Context) -> tuple[tuple[FlatnessRun, UnevenRun], list[Part]]:
    """AN-6."""

    def statistics(noise: RegressionNoise) -> tuple[float, ...]:
        h = np.linalg.eigvalsh(noise.hessian)
        v, along = directions(relative_covariance(noise), noise.hessian)
        f = flatness(along, noise.residual_variance / 2)
        white = np.linalg.inv(noise.hessian)
        v_white, along_white = directions(white, noise.hessian)
        f_white = flatness(along_white, noise.residual_variance / 2)
        return (
            _fit(v, f),
            float(f.max() / f.min()),
            float(v.max() / v.min()),
            float(along.std() / h.std() / np.sqrt(2 / noise.inputs)),
            _fit(v_white, f_white),
            float(f_white.max() / f_white.min()),
            float(along_white.std() / h.std() / np.sqrt(2 / noise.inputs)),
        )

    draws = context.choose(ci=80, laptop=160, paper=640)
    half = over_problems(context, "problem", 100, 0.5, draws, statistics)
    tenth = over_problems(context, "problem", 100, 0.1, draws, statistics)
    shown = flatness_run(draw_problem(200, 100, context.numpy_generator("shown")))
    uneven, of_uneven_inputs = uneven_inputs(context)
    parts = [
        Part(
            "Slope of log flatness over log variance, c = 0.5",
            0.0,
            half[0],
            Test("slope", 0.05, "a tenth of the slope 1/2 of isotropic noise"),
            [Control("isotropic noise", half[4])],
        ),
        Part(
            "The same at c = 0.1",
            0.0,
            tenth[0],
            Test("slope", 0.05, "a tenth of the slope 1/2 of isotropic noise"),
            [Control("isotropic noise", tenth[4])],
        ),
        Part(
            "Largest over smallest flatness along principal directions, c = 0.5",
            1.0,
            half[1],
            Test(
                "threshold",
                1.0,
                "a factor of two; the variances differ by a factor above ten",
                side="below",
            ),
            [Control("isotropic noise", half[5])],
        ),
        Part(
            "Largest over smallest variance along the same directions",
            20.0,
            half[2],
            Test("threshold", 10.0, "a factor of ten", side="above"),
            [Control("five times as many samples, c = 0.1", tenth[2])],
        ),
        Part(
            "Spread of the curvatures along principal directions, over that of random "
            "directions, √(2/N) times the spread of the Hessian",
            1.0,
            tenth[3],
            Test("equality", 0.2, "of order 1/√N = 0.1, twice"),
            [Control("isotropic noise", tenth[6])],
        ),
        *of_uneven_inputs,
    ]
    return (shown, uneven), parts
