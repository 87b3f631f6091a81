"""Studies of covariance and mean loss of SGD, simulated, exact and in the small-step limit."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from traindyn.anisotropic_noise.experiments.estimators import relative_distance_squared
from traindyn.anisotropic_noise.experiments.one_layer import moments, run_gaussian, run_sgd
from traindyn.anisotropic_noise.results.covariance import CovarianceRun, LossRun, TheoryErrors
from traindyn.anisotropic_noise.studies.problems import draw_problem, stationary_start
from traindyn.anisotropic_noise.theory.covariance import (
    exact_covariance,
    frozen_noise_covariance,
    loss_excess,
)
from traindyn.anisotropic_noise.theory.regression import RegressionNoise
from traindyn.inference import Estimate, estimate_mean
from traindyn.runs import Context, study

COVARIANCE_REPLICAS = {"ci": 2000, "laptop": 4000, "paper": 16_000}
LOSS_REPLICAS = {"ci": 3000, "laptop": 6000, "paper": 24_000}
INPUTS = 10
LARGE_BATCH = 16


def _errors(noise: RegressionNoise, rate: float, batch_size: int) -> TheoryErrors:
    exact = exact_covariance(noise, rate, batch_size)

    def distance(other: np.ndarray) -> float:
        return float(np.linalg.norm(other - exact) / np.linalg.norm(exact))

    return TheoryErrors(
        distance(frozen_noise_covariance(noise, rate, batch_size)),
        distance(exact_covariance(noise, rate, batch_size, discrete=False)),
    )


@study(stream="AN-1")
def covariances(context: Context) -> CovarianceRun:
    """Covariance of simulated SGD, and errors of two theories, over the learning rate."""
    noise = draw_problem(2 * INPUTS, INPUTS, context.numpy_generator("problem"))
    trace = float(np.trace(noise.hessian))
    replicas = context.choose(**COVARIANCE_REPLICAS)
    simulated_at = np.array([0.1, 0.2, 0.4])
    to_exact, to_frozen = [], []
    for step_size in simulated_at:
        rate = step_size / trace
        exact = exact_covariance(noise, rate, 1)
        generator = context.numpy_generator(f"SGD at {step_size}")
        start = stationary_start(noise, exact, replicas, generator)
        path = run_sgd(noise.x, noise.y, start, rate, 1, round(1200 / step_size), generator)
        in_ones, _ = moments(path, noise.minimum, every=round(4 / step_size))
        to_exact.append(relative_distance_squared(in_ones, exact))
        frozen = frozen_noise_covariance(noise, rate, 1)
        to_frozen.append(relative_distance_squared(in_ones, frozen))
    # four times the learning rate and the batch: the same temperature as at 0.4
    of_four = exact_covariance(noise, 1.6 / trace, 4)
    generator = context.numpy_generator("SGD in batches of four")
    start = stationary_start(noise, of_four, replicas, generator)
    path = run_sgd(noise.x, noise.y, start, 1.6 / trace, 4, 750, generator)
    in_fours, _ = moments(path, noise.minimum, every=3)
    step_sizes = np.geomspace(0.0125, 0.4, 6)
    errors = [_errors(noise, s / trace, 1) for s in step_sizes]
    return CovarianceRun(
        step_sizes=step_sizes,
        frozen=np.array([error.frozen for error in errors]),
        state_dependent=np.array([error.state_dependent for error in errors]),
        simulated_at=simulated_at,
        to_exact=to_exact,
        to_frozen=to_frozen,
        doubled_batch=_errors(noise, step_sizes[1] / trace, 2),
        large_batch=_errors(noise, 0.4 / trace, LARGE_BATCH),
        in_fours=relative_distance_squared(in_fours, of_four),
        in_ones=relative_distance_squared(in_ones, of_four),
    )


@study(stream="AN-2")
def mean_losses(context: Context) -> LossRun:
    """Mean loss of SGD and of frozen Gaussian noise, over η tr D / 4S."""
    noise = draw_problem(4 * INPUTS, INPUTS, context.numpy_generator("problem"))
    trace = float(np.trace(noise.hessian))
    replicas = context.choose(**LOSS_REPLICAS)

    def unit(step_size: float) -> float:
        return step_size / trace * float(np.trace(noise.covariance)) / 4

    def exact(step_size: float) -> float:
        rate = step_size / trace
        return loss_excess(noise.hessian, exact_covariance(noise, rate, 1)) / unit(step_size)

    root = np.linalg.cholesky(noise.hessian)

    def measured(path: Iterator[np.ndarray], center: np.ndarray, step_size: float) -> Estimate:
        every, excess = round(3 / step_size), []
        for step, w in enumerate(path, start=1):
            if step % every == 0:
                excess.append((((w - center) @ root) ** 2).sum(axis=1) / 2)
        return estimate_mean(np.mean(excess, axis=0) / unit(step_size))

    simulated_at = np.array([0.08, 0.16, 0.33])
    simulated, fixed = [], []
    for step_size in simulated_at:
        rate, steps = step_size / trace, round(180 / step_size)
        generator = context.numpy_generator(f"SGD at {step_size}")
        start = stationary_start(noise, exact_covariance(noise, rate, 1), replicas, generator)
        path = run_sgd(noise.x, noise.y, start, rate, 1, steps, generator)
        simulated.append(measured(path, noise.minimum, step_size))
        frozen = frozen_noise_covariance(noise, rate, 1)
        start = stationary_start(noise, frozen, replicas, generator) - noise.minimum
        path = run_gaussian(noise.hessian, noise.covariance, start, rate, steps, generator)
        fixed.append(measured(path, np.zeros(INPUTS), step_size))
    frozen = frozen_noise_covariance(noise, 0.33 / trace, 1)
    step_sizes = np.linspace(0.01, 0.4, 14)
    return LossRun(
        step_sizes=step_sizes,
        exact=np.array([exact(s) for s in step_sizes]),
        simulated_at=simulated_at,
        simulated=simulated,
        exact_there=[exact(s) for s in simulated_at],
        fixed=fixed,
        frozen=loss_excess(noise.hessian, frozen) / unit(0.33),
    )
