"""Studies of the probability current of one layer, and of the entropy that it produces."""

from __future__ import annotations

import numpy as np

from traindyn.anisotropic_noise.experiments.data import NoiseLaw
from traindyn.anisotropic_noise.experiments.estimators import relative_distance_squared
from traindyn.anisotropic_noise.experiments.one_layer import moments, run_gaussian, run_sgd
from traindyn.anisotropic_noise.results.current import EntropyMeans, EntropyRun, LaggedRun
from traindyn.anisotropic_noise.studies.problems import (
    UNEVEN,
    draw_problem,
    over_problems,
    stationary_start,
)
from traindyn.anisotropic_noise.theory.balance import (
    entropy_production,
    entropy_production_law,
    lag_antisymmetry,
    residual_kurtosis,
)
from traindyn.anisotropic_noise.theory.covariance import exact_covariance, solve_lyapunov
from traindyn.anisotropic_noise.theory.regression import RegressionNoise
from traindyn.runs import Context, study

REPLICAS = {"ci": 3000, "laptop": 6000, "paper": 24_000}
STEPS = {"ci": 8000, "laptop": 12_000, "paper": 24_000}
DRAWS = {"ci": 120, "laptop": 160, "paper": 640}
INPUTS, ENTROPY_INPUTS = 10, 64
EVERY = 15
ASPECTS = (0.5, 0.25, 0.125, 0.0625)
RATE = 1e-3
"""Learning rate of the entropy production, which is proportional to it."""


def _antisymmetric(lagged: np.ndarray) -> np.ndarray:
    return (lagged - lagged.swapaxes(-1, -2)) / 2


@study(stream="AN-7")
def lagged_moments(context: Context) -> LaggedRun:
    """Antisymmetric lagged moments of SGD and of three kinds of Gaussian noise."""
    noise = draw_problem(2 * INPUTS, INPUTS, context.numpy_generator("problem"))
    hessian, rate = noise.hessian, 0.1 / float(np.trace(noise.hessian))
    exact = exact_covariance(noise, rate, 1)
    predicted = lag_antisymmetry(hessian, exact, rate)
    replicas, steps = context.choose(**REPLICAS), context.choose(**STEPS)
    generator = context.numpy_generator("simulation")
    start = stationary_start(noise, exact, replicas, generator)
    path = run_sgd(noise.x, noise.y, start, rate, 1, steps, generator)
    sgd = _antisymmetric(moments(path, noise.minimum, every=EVERY)[1])

    def gaussian(covariance: np.ndarray) -> np.ndarray:
        stationary = solve_lyapunov(hessian, rate * covariance)
        root = np.linalg.cholesky(stationary)
        deviations = generator.standard_normal((replicas, INPUTS)) @ root.T
        run = run_gaussian(hessian, covariance, deviations, rate, steps // 4, generator)
        return _antisymmetric(moments(run, np.zeros(INPUTS), every=EVERY)[1])

    same = gaussian(noise.covariance)
    like_hessian = gaussian(noise.residual_variance * hessian)
    white = gaussian(float(np.trace(noise.covariance)) / INPUTS * np.eye(INPUTS))
    frozen = lag_antisymmetry(hessian, solve_lyapunov(hessian, rate * noise.covariance), rate)
    upper = np.triu_indices(INPUTS, 1)
    return LaggedRun(
        predicted=predicted[upper],
        sgd=sgd.mean(axis=0)[upper],
        errors=(sgd.std(axis=0, ddof=1) / replicas**0.5)[upper],
        gaussian=same.mean(axis=0)[upper],
        like_hessian=like_hessian.mean(axis=0)[upper],
        sgd_distance=relative_distance_squared(sgd, predicted),
        like_hessian_distance=relative_distance_squared(like_hessian, predicted),
        white_distance=relative_distance_squared(white, predicted),
        gaussian_to_frozen=relative_distance_squared(same, frozen),
        white_to_frozen=relative_distance_squared(white, frozen),
    )


def _entropy(noise: RegressionNoise) -> dict[str, float]:
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
    return {
        "over_law": found / law,
        "over_rate": found / unit,
        "over_square": found / unit / aspect**2,
        "balanced": none / law,
        "over_law_of_signs": found / equal,
    }


@study(stream="AN-7")
def entropies(context: Context) -> EntropyRun:
    """Entropy production over many problems, by aspect ratio and kind of inputs or labels."""
    draws = context.choose(**DRAWS)

    def means(
        name: str, aspect: float, draws: int, law: NoiseLaw = "gaussian", *, uneven: bool = False
    ) -> EntropyMeans:
        found = over_problems(
            context, name, ENTROPY_INPUTS, aspect, draws, _entropy, law, uneven=uneven
        )
        return EntropyMeans(**found)

    # uneven inputs: the eigenvalues of the Hessian differ even where samples abound
    variances = np.geomspace(*UNEVEN, ENTROPY_INPUTS)
    per_input = entropy_production_law(variances, ENTROPY_INPUTS, 1.0) / float(variances.sum())
    return EntropyRun(
        {aspect: means("entropy", aspect, draws) for aspect in ASPECTS},
        {aspect: means("uneven", aspect, draws, uneven=True) for aspect in ASPECTS},
        means("signs", ASPECTS[-1], 2 * draws, "rademacher"),
        per_input,
    )
