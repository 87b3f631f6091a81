"""Studies of how unevenly weights fluctuate, and of the flatness of the loss along them."""

from __future__ import annotations

from itertools import islice

import numpy as np

from traindyn.anisotropic_noise.experiments.data import NoiseLaw
from traindyn.anisotropic_noise.experiments.one_layer import run_gaussian
from traindyn.anisotropic_noise.results.anisotropy import (
    FlatnessMeans,
    FlatnessRun,
    FlatnessRuns,
    SpreadMeans,
    SpreadSimulation,
)
from traindyn.anisotropic_noise.results.covariance import Shares
from traindyn.anisotropic_noise.results.estimators import shares
from traindyn.anisotropic_noise.studies.ensembles import Ensemble, draw_problems
from traindyn.anisotropic_noise.studies.problems import (
    directions,
    draw_problem,
    flatness_run,
    over_problems,
    relative_covariance,
    spread,
)
from traindyn.anisotropic_noise.theory.balance import residual_kurtosis, variance_of_variances
from traindyn.anisotropic_noise.theory.flatness import flatness
from traindyn.anisotropic_noise.theory.regression import RegressionNoise
from traindyn.runs import Context, study

SPREAD_DRAWS = {"ci": 100, "laptop": 140, "paper": 800}
FEW_DRAWS = 12
"""Where a mean of few problems is sharp: many samples."""

FLATNESS_DRAWS = {"ci": 60, "laptop": 80, "paper": 640}
PROBLEMS = {"ci": 40, "laptop": 60, "paper": 800}
SIMULATED_INPUTS, COLD_RUNS = 20, 4
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
    counts = {0.5: 2 * draws, 0.25: draws, 0.1: draws, 0.025: FEW_DRAWS}
    if law != "gaussian":  # decided at 0.1, and a control elsewhere
        counts |= {0.5: 3 * draws // 2, 0.25: draws // 2}
    found = {
        aspect: over_problems(context, law, INPUTS, aspect, count, _spread_over_law, law)
        for aspect, count in counts.items()
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
    """Simulated SGD on many problems, and Gaussian noise proportional to their Hessians."""
    noises = draw_problems(
        context.choose(**PROBLEMS),
        2 * SIMULATED_INPUTS,
        SIMULATED_INPUTS,
        context.numpy_generator("simulated problems"),
    )
    ensemble = Ensemble(noises, 0.2, 1, 2, 1000, 3000, 20)
    same, _ = ensemble.simulated(context.numpy_generator("simulation"))
    exact = ensemble.predicted()
    temperatures = np.array(
        [n.temperature(float(r), 1) for n, r in zip(noises, ensemble.rates, strict=True)]
    )[:, None, None]
    even = temperatures * np.eye(SIMULATED_INPUTS)
    units = np.linalg.inv(np.linalg.cholesky(ensemble.stationary))

    def turned(covariances: np.ndarray) -> np.ndarray:
        return np.asarray(units @ covariances @ units.mT)

    generator = context.numpy_generator("like the Hessian")
    hessians = np.array([noise.hessian for noise in noises])
    start = np.zeros((len(noises), COLD_RUNS, SIMULATED_INPUTS))
    drive = np.array([noise.residual_variance for noise in noises])[:, None, None] * hessians
    path = run_gaussian(hessians, drive, start, ensemble.rates, ensemble.steps, generator)
    records = islice(path, ensemble.skip, None, ensemble.every)
    cold = np.mean([w.mT @ w / COLD_RUNS for w in records], axis=0)
    values = np.linalg.eigvalsh(ensemble.stationary)
    return SpreadSimulation(
        sgd=Shares(
            *shares(*(turned(m) for m in (same.mean(axis=(1, 2)), even, exact.mean(axis=1))))
        ),
        like_hessian=Shares(*shares(*(turned(m) for m in (cold, even, ensemble.stationary)))),
        ranges=values[:, -1] / values[:, 0],
    )


def _fit(v: np.ndarray, f: np.ndarray) -> float:
    """Slope of log F over log V."""
    return float(np.polyfit(np.log(v), np.log(f), 1)[0])


def _flatness(noise: RegressionNoise) -> dict[str, float]:
    h = np.linalg.eigvalsh(noise.hessian)
    v, along = directions(relative_covariance(noise), noise.hessian)
    f, f_white = (flatness(curvature, noise.residual_variance / 2) for curvature in (along, h))
    flatness_range = float(f.max() / f.min())
    return {
        "slope": _fit(v, f),
        "flatness_range": flatness_range,
        "excess_range": float(v.max() / v.min()) / flatness_range**2,
        "even_range": 1 / flatness_range**2,
        "curvature_spread": float(along.std() / h.std() / np.sqrt(2 / noise.inputs)),
        "white_slope": _fit(1 / h, f_white),
        "white_flatness_range": float(f_white.max() / f_white.min()),
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
