"""Studies of how unevenly weights fluctuate, and of the flatness of the loss along them."""

from __future__ import annotations

import numpy as np

from traindyn.anisotropic_noise.experiments.data import NoiseLaw
from traindyn.anisotropic_noise.experiments.estimators import relative_distance_squared
from traindyn.anisotropic_noise.experiments.one_layer import moments, run_gaussian, run_sgd
from traindyn.anisotropic_noise.results.anisotropy import (
    FlatnessMeans,
    FlatnessRun,
    FlatnessRuns,
    SpreadMeans,
    SpreadSimulation,
)
from traindyn.anisotropic_noise.studies.problems import (
    directions,
    draw_problem,
    flatness_run,
    over_problems,
    relative_covariance,
    spread,
    stationary_start,
)
from traindyn.anisotropic_noise.theory.balance import residual_kurtosis, variance_of_variances
from traindyn.anisotropic_noise.theory.covariance import exact_covariance
from traindyn.anisotropic_noise.theory.flatness import flatness
from traindyn.anisotropic_noise.theory.regression import RegressionNoise
from traindyn.runs import Context, study

SPREAD_DRAWS = {"ci": 100, "laptop": 200, "paper": 800}
FEW_DRAWS = 12
"""Where a mean of few problems is sharp: many samples."""

FLATNESS_DRAWS = {"ci": 80, "laptop": 160, "paper": 640}
REPLICAS = {"ci": 1500, "laptop": 3000, "paper": 12_000}
STEPS = {"ci": 1500, "laptop": 3000, "paper": 6000}
ASPECTS = (0.5, 0.25, 0.1, 0.025)
KURTOSIS: dict[NoiseLaw, float] = {"gaussian": 3.0, "rademacher": 1.0, "laplace": 6.0}
INPUTS = 100


def _spread_over_law(noise: RegressionNoise) -> dict[str, float]:
    """Variance of the eigenvalues of C/T, alone and over its law for each kind of label."""
    aspect = noise.inputs / noise.samples
    h = np.linalg.eigvalsh(noise.hessian)
    found = spread(relative_covariance(noise))
    laws = {
        law: variance_of_variances(aspect, h, residual_kurtosis(k, aspect))
        for law, k in KURTOSIS.items()
    }
    return {
        "spread": found,
        **{f"over_{law}": found / value for law, value in laws.items()},
        **{f"law_{law}": value for law, value in laws.items()},
    }


@study(stream="AN-5")
def spread_of_variances(context: Context, law: NoiseLaw) -> dict[float, SpreadMeans]:
    """Spread of the eigenvalues of C/T by aspect ratio, for labels of a law."""
    draws = context.choose(**SPREAD_DRAWS)
    found = {
        aspect: over_problems(
            context,
            law,
            INPUTS,
            aspect,
            draws if aspect > 0.05 else FEW_DRAWS,
            _spread_over_law,
            law,
        )
        for aspect in ASPECTS
    }
    return {
        aspect: SpreadMeans(
            means["spread"],
            {name: means[f"over_{name}"] for name in KURTOSIS},
            means[f"law_{law}"].value,
        )
        for aspect, means in found.items()
    }


@study(stream="AN-5")
def simulated_spread(context: Context) -> SpreadSimulation:
    """Simulated SGD at N = 50, P = 100 against the exact covariance."""
    noise = draw_problem(100, 50, context.numpy_generator("simulated problem"))
    rate = 0.2 / float(np.trace(noise.hessian))
    exact = exact_covariance(noise, rate, 1)
    replicas, steps = context.choose(**REPLICAS), context.choose(**STEPS)
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
    return SpreadSimulation(
        relative_distance_squared(found, exact), relative_distance_squared(like_hessian, exact)
    )


def _fit(v: np.ndarray, f: np.ndarray) -> float:
    """Slope of log F over log V."""
    return float(np.polyfit(np.log(v), np.log(f), 1)[0])


def _flatness(noise: RegressionNoise) -> dict[str, float]:
    h = np.linalg.eigvalsh(noise.hessian)
    v, along = directions(relative_covariance(noise), noise.hessian)
    f = flatness(along, noise.residual_variance / 2)
    white = np.linalg.inv(noise.hessian)
    v_white, along_white = directions(white, noise.hessian)
    f_white = flatness(along_white, noise.residual_variance / 2)
    return {
        "slope": _fit(v, f),
        "flatness_range": float(f.max() / f.min()),
        "variance_range": float(v.max() / v.min()),
        "curvature_spread": float(along.std() / h.std() / np.sqrt(2 / noise.inputs)),
        "white_slope": _fit(v_white, f_white),
        "white_flatness_range": float(f_white.max() / f_white.min()),
        "white_curvature_spread": float(along_white.std() / h.std() / np.sqrt(2 / noise.inputs)),
    }


@study(stream="AN-6")
def flatness_of_directions(context: Context) -> FlatnessRuns:
    """Flatness and variance along principal directions, over many problems."""
    draws = context.choose(**FLATNESS_DRAWS)
    half, tenth = (
        FlatnessMeans(**over_problems(context, "problem", INPUTS, aspect, draws, _flatness))
        for aspect in (0.5, 0.1)
    )
    return FlatnessRuns(half, tenth)


@study(stream="AN-6")
def shown_flatness(context: Context) -> FlatnessRun:
    """One problem with isotropic inputs."""
    return flatness_run(draw_problem(200, 100, context.numpy_generator("shown")))
