"""Claims AN-1 and AN-2: covariance and mean loss of SGD, exact and in the small-step limit."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from traindyn.anisotropic_noise.claims.common import draw_problem, stationary_start
from traindyn.anisotropic_noise.claims.registry import registry
from traindyn.anisotropic_noise.experiments.estimators import relative_distance_squared
from traindyn.anisotropic_noise.experiments.one_layer import moments, run_gaussian, run_sgd
from traindyn.anisotropic_noise.results.covariance import CovarianceRun, LossRun
from traindyn.anisotropic_noise.theory.covariance import (
    exact_covariance,
    frozen_noise_covariance,
    loss_excess,
)
from traindyn.anisotropic_noise.theory.regression import RegressionNoise
from traindyn.inference import Estimate, estimate_mean
from traindyn.ledger import Control, Part, Size, Test
from traindyn.runs import Context


def _distance(one: np.ndarray, other: np.ndarray) -> float:
    return float(np.linalg.norm(one - other) / np.linalg.norm(other))


def _errors(noise: RegressionNoise, rate: float, batch_size: int) -> tuple[float, float]:
    """Relative distances of two theories from the exact recursion: frozen, state-dependent."""
    exact = exact_covariance(noise, rate, batch_size)
    frozen = frozen_noise_covariance(noise, rate, batch_size)
    state = exact_covariance(noise, rate, batch_size, discrete=False)
    return _distance(frozen, exact), _distance(state, exact)


@registry.claim(
    1,
    source="setting of the abstract",
    basis="derived",
    statement=(
        "The covariance of the weights of linear regression solves a closed recursion at any "
        "learning rate and batch size; the Lyapunov equation with the noise of the minimum is its "
        "limit for small steps, with an error of first order in the learning rate times tr H."
    ),
)
def covariance(context: Context) -> tuple[CovarianceRun, list[Part]]:
    """AN-1."""
    noise = draw_problem(20, 10, context.numpy_generator("problem"))
    trace = float(np.trace(noise.hessian))
    replicas = context.choose(ci=2000, laptop=4000, paper=16_000)
    simulated_at = np.array([0.1, 0.2, 0.4])
    to_exact, to_frozen = [], []
    for step_size in simulated_at:
        rate = step_size / trace
        exact = exact_covariance(noise, rate, 1)
        generator = context.numpy_generator(f"SGD at {step_size}")
        start = stationary_start(noise, exact, replicas, generator)
        path = run_sgd(noise.x, noise.y, start, rate, 1, round(1200 / step_size), generator)
        found, _ = moments(path, noise.minimum, every=round(4 / step_size))
        to_exact.append(relative_distance_squared(found, exact))
        in_ones = found
        to_frozen.append(relative_distance_squared(found, frozen_noise_covariance(noise, rate, 1)))
    step_sizes = np.geomspace(0.0125, 0.4, 6)
    errors = np.array([_errors(noise, s / trace, 1) for s in step_sizes])
    ratios = errors[1:, 0] / errors[:-1, 0]
    larger_batch, _ = _errors(noise, step_sizes[1] / trace, 2)
    many = _errors(noise, 0.4 / trace, 16)
    # four times the learning rate and the batch: the same temperature as at 0.4
    of_four = exact_covariance(noise, 1.6 / trace, 4)
    generator = context.numpy_generator("SGD in batches of four")
    start = stationary_start(noise, of_four, replicas, generator)
    path = run_sgd(noise.x, noise.y, start, 1.6 / trace, 4, 750, generator)
    in_fours, _ = moments(path, noise.minimum, every=3)
    result = CovarianceRun(
        step_sizes, errors[:, 0], errors[:, 1], simulated_at, to_exact, to_frozen
    )
    parts = [
        Part(
            "Squared relative distance of simulated SGD from the exact recursion at η tr H = 0.4",
            0.0,
            to_exact[-1],
            Test(
                "equality",
                0.03**2,
                "a distance of 3 %, a sixth of what the theory with frozen noise misses here",
                side="below",
            ),
            [Control("frozen noise", to_frozen[-1])],
        ),
        Part(
            "Error of the theory with frozen noise when the learning rate doubles, factor",
            2.0,
            Estimate(float(ratios[0])),
            Test("slope", 0.05, "the next order of the error, η tr H = 0.025, twice"),
            [
                Control(
                    "a batch that doubles with the learning rate",
                    Estimate(larger_batch / float(errors[0, 0])),
                )
            ],
            asymptotic=True,
            sizes=[
                Size(float(s), Estimate(float(r)))
                for s, r in zip(step_sizes[:0:-1], ratios[::-1], strict=True)
            ],
        ),
        Part(
            "At batches of one the frozen noise, not the discrete step, makes the error: error "
            "with frozen noise over error of the stochastic equation with noise that follows the "
            "weights",
            4.0,
            Estimate(float(errors[-1, 0] / errors[-1, 1])),
            Test("ordering", 1.0, "a factor of three; equal shares would give two", side="above"),
            [Control("batches of 16", Estimate(many[0] / many[1]))],
        ),
        Part(
            "Batches of four at η tr H / S = 0.4: squared relative distance of simulated SGD from "
            "the exact recursion",
            0.0,
            relative_distance_squared(in_fours, of_four),
            Test(
                "equality",
                0.03**2,
                "as for batches of one; the temperature is the same, and what the batch changes "
                "is of the order η h / 2 = 0.1",
                side="below",
            ),
            [
                Control(
                    "batches of one at the same temperature",
                    relative_distance_squared(in_ones, of_four),
                )
            ],
        ),
    ]
    return result, parts


@registry.claim(
    2,
    source="setting of the abstract",
    basis="derived",
    statement=(
        "The mean loss above its minimum is η tr D / 4S for small steps, whether or not detailed "
        "balance holds; for larger steps the exact recursion gives it."
    ),
)
def mean_loss(context: Context) -> tuple[LossRun, list[Part]]:
    """AN-2."""
    noise = draw_problem(40, 10, context.numpy_generator("problem"))
    trace = float(np.trace(noise.hessian))
    simulated_at = np.array([0.08, 0.16, 0.33])
    replicas = context.choose(ci=3000, laptop=6000, paper=24_000)

    def unit(rate: float) -> float:
        return rate * float(np.trace(noise.covariance)) / 4

    def exact(step_size: float) -> float:
        rate = step_size / trace
        return loss_excess(noise.hessian, exact_covariance(noise, rate, 1)) / unit(rate)

    root = np.linalg.cholesky(noise.hessian)

    def measured_loss(path: Iterator[np.ndarray], center: np.ndarray, step_size: float) -> Estimate:
        every, excess = round(3 / step_size), []
        for step, w in enumerate(path, start=1):
            if step % every == 0:
                excess.append((((w - center) @ root) ** 2).sum(axis=1) / 2)
        return estimate_mean(np.mean(excess, axis=0) / unit(step_size / trace))

    simulated, fixed = [], []
    for step_size in simulated_at:
        rate, steps = step_size / trace, round(180 / step_size)
        generator = context.numpy_generator(f"SGD at {step_size}")
        start = stationary_start(noise, exact_covariance(noise, rate, 1), replicas, generator)
        path = run_sgd(noise.x, noise.y, start, rate, 1, steps, generator)
        simulated.append(measured_loss(path, noise.minimum, step_size))
        frozen = frozen_noise_covariance(noise, rate, 1)
        start = stationary_start(noise, frozen, replicas, generator) - noise.minimum
        path = run_gaussian(noise.hessian, noise.covariance, start, rate, steps, generator)
        fixed.append(measured_loss(path, np.zeros(10), step_size))
    frozen = frozen_noise_covariance(noise, 0.33 / trace, 1)
    closed = loss_excess(noise.hessian, frozen) / unit(0.33 / trace)
    step_sizes = np.linspace(0.01, 0.4, 14)
    result = LossRun(step_sizes, np.array([exact(s) for s in step_sizes]), simulated_at, simulated)
    parts = [
        Part(
            "Trace of the Lyapunov equation: mean loss of the theory with frozen noise over "
            "η tr D / 4S",
            1.0,
            Estimate(closed),
            Test("exact", 1e-10, "rounding of a 10 × 10 eigenproblem"),
            [Control("exact recursion at η tr H = 0.33", Estimate(exact(0.33)))],
        )
    ]
    for step_size, measured, control in zip(simulated_at, simulated, fixed, strict=True):
        parts.append(
            Part(
                f"Mean loss of simulated SGD at η tr H = {step_size:g}, in units of η tr D / 4S",
                exact(step_size),
                measured,
                Test(
                    "equality", 0.02, "less than half the smallest correction that is tested, 5 %"
                ),
                [Control("Gaussian noise, frozen at the minimum", control)],
            )
        )
    return result, parts
