"""Studies of covariance and mean loss of SGD, simulated, exact and in the small-step limit."""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice

import numpy as np

from traindyn.anisotropic_noise.experiments.one_layer import run_gaussian, run_sgd
from traindyn.anisotropic_noise.results.covariance import (
    CovarianceRun,
    Distances,
    LossRun,
    MixedMoments,
    Shares,
    TheoryErrors,
)
from traindyn.anisotropic_noise.results.estimators import pair_distances, shares
from traindyn.anisotropic_noise.studies.ensembles import STARTS, Ensemble, draw_problems
from traindyn.anisotropic_noise.theory.covariance import (
    MomentRecursion,
    frozen_noise_covariance,
    loss_excess,
    moment_after,
    solve_lyapunov,
)
from traindyn.anisotropic_noise.theory.regression import RegressionNoise
from traindyn.runs import Context, study

PROBLEMS = {"ci": 240, "laptop": 320, "paper": 2400}
LOSS_PROBLEMS = {"ci": 80, "laptop": 110, "paper": 800}
THEORY_PROBLEMS = 80
FIXED_REPLICAS, FIXED_STEPS = 10, 600
"""Of Gaussian noise, per problem."""

INPUTS = 10
BATCH, LARGE_BATCH = 4, 64
STEP_SIZES = (0.1, 0.2, 0.4)
"""η tr H / S of the simulations."""

SIMILAR, AWAY = 100, 12
"""Runs of a problem from one displaced start, and their steps."""


def theory_errors(noises: list[RegressionNoise], step_size: float, batch_size: int) -> TheoryErrors:
    """Distances of theories from the exact covariance of problems, in units of it."""
    rows = [_theory_errors(noise, step_size, batch_size) for noise in noises]
    return TheoryErrors(*np.array(rows).T)


def _theory_errors(noise: RegressionNoise, step_size: float, batch_size: int) -> tuple[float, ...]:
    rate = step_size / float(np.trace(noise.hessian))
    h = noise.hessian
    exact = MomentRecursion(noise, rate, batch_size).stationary()
    inverse = np.linalg.inv(np.linalg.cholesky(exact))

    def size(gap: np.ndarray) -> float:
        return float(np.linalg.norm(inverse @ gap @ inverse.T) / INPUTS**0.5)

    def of(*, centered: bool) -> float:
        other = MomentRecursion(noise, rate, batch_size, discrete=False, centered=centered)
        return size(other.stationary() - exact)

    return (
        size(frozen_noise_covariance(noise, rate, batch_size) - exact),
        of(centered=True),
        of(centered=False),
        size(solve_lyapunov(h, rate * h @ exact @ h)),
    )


@study(stream="AN-1")
def covariances(context: Context) -> CovarianceRun:
    """Covariance of simulated SGD on many problems against the exact recursion and others."""
    noises = draw_problems(
        context.choose(**PROBLEMS), 2 * INPUTS, INPUTS, context.numpy_generator("problems")
    )
    largest = Ensemble(noises, STEP_SIZES[-1], 1, 2, 600, 2400, 12)
    found, followed = [], None
    for step_size in STEP_SIZES:
        ensemble = largest.with_steps(step_size)
        same, _ = ensemble.simulated(context.numpy_generator(f"SGD at {step_size}"))
        exact, frozen = ensemble.predicted(), ensemble.predicted(follows=False)
        found.append(Distances(*(_distances(ensemble, same, t) for t in (exact, frozen))))
        followed = _share(largest, same, frozen, exact)
    in_fours = largest.with_steps(BATCH * STEP_SIZES[-1], BATCH)
    same, _ = in_fours.simulated(context.numpy_generator("SGD in batches of four"))
    exact = in_fours.predicted()
    still, uncentered = in_fours.predicted(follows=False), in_fours.predicted(centered=False)
    errors = {
        step_size: theory_errors(noises[:THEORY_PROBLEMS], step_size, 1)
        for step_size in np.geomspace(0.0125, 0.4, 6)
    }
    assert followed is not None
    return CovarianceRun(
        simulated_at=np.array(STEP_SIZES),
        simulated=found,
        followed=followed,
        in_fours=Distances(*(_distances(in_fours, same, t) for t in (exact, still))),
        centered=_share(in_fours, same, uncentered, exact),
        step_sizes=np.array(list(errors)),
        errors=list(errors.values()),
        large_batch=theory_errors(
            noises[:THEORY_PROBLEMS], LARGE_BATCH * STEP_SIZES[0] / 10, LARGE_BATCH
        ),
    )


def _in_its_units(ensemble: Ensemble) -> Callable[[np.ndarray], np.ndarray]:
    """Turns covariances by problem and start into units of the stationary one, all ones."""
    inverse = np.linalg.inv(np.linalg.cholesky(ensemble.stationary))

    def turned(covariances: np.ndarray) -> np.ndarray:
        root = inverse.reshape(len(inverse), *[1] * (covariances.ndim - 3), INPUTS, INPUTS)
        return np.asarray(root @ covariances @ root.mT)

    return turned


def _distances(ensemble: Ensemble, same: np.ndarray, predicted: np.ndarray) -> np.ndarray:
    """Squared distance in units of the stationary covariance, a mean over the two starts."""
    turned = _in_its_units(ensemble)
    found, theory = turned(same), turned(predicted)
    return np.mean([pair_distances(found[:, s], theory[:, s]) for s in range(len(STARTS))], axis=0)


def _share(ensemble: Ensemble, same: np.ndarray, wrong: np.ndarray, right: np.ndarray) -> Shares:
    """Share of the way to the right prediction, in units of the stationary covariance."""
    turned = _in_its_units(ensemble)
    return Shares(*shares(*(turned(m) for m in (same.mean(axis=2), wrong, right))))


@study(stream="AN-1")
def mixed_moments(context: Context) -> MixedMoments:
    """Second moment of SGD in batches of four soon after a start beside the minimum."""
    generator = context.numpy_generator("beside the minimum")
    noises = draw_problems(context.choose(**PROBLEMS), 2 * INPUTS, INPUTS, generator)
    rates = [BATCH * 0.2 / float(np.trace(noise.hessian)) for noise in noises]
    away = generator.standard_normal((len(noises), INPUTS))
    minima = np.array([noise.minimum for noise in noises])
    *_, last = run_sgd(
        np.array([noise.x for noise in noises]),
        np.array([noise.y for noise in noises]),
        np.repeat(minima + away, SIMILAR, axis=0),
        np.repeat(rates, SIMILAR),
        BATCH,
        AWAY,
        generator,
    )
    deviations = last.reshape(len(noises), SIMILAR, INPUTS) - minima[:, None]
    found = np.einsum("pri,prj->pij", deviations, deviations) / SIMILAR
    exact, apart = (
        np.array(
            [
                moment_after(noise, rate, BATCH, start, AWAY, mixed)
                for noise, rate, start in zip(noises, rates, away, strict=True)
            ]
        )
        for mixed in (True, False)
    )
    inverse = np.linalg.inv(np.linalg.cholesky(exact))
    return MixedMoments(Shares(*shares(*(inverse @ m @ inverse.mT for m in (found, apart, exact)))))


@study(stream="AN-2")
def mean_losses(context: Context) -> LossRun:
    """Mean loss of SGD and of frozen Gaussian noise on many problems, over η tr D / 4S."""
    noises = draw_problems(
        context.choose(**LOSS_PROBLEMS), 4 * INPUTS, INPUTS, context.numpy_generator("problems")
    )
    simulated_at = (0.08, 0.16, 0.33)
    largest = Ensemble(noises, simulated_at[-1], 1, 14, 300, 1500, 9)

    def in_units(ensemble: Ensemble, covariances: np.ndarray) -> np.ndarray:
        """Mean loss per problem."""
        problems = zip(covariances, ensemble.noises, ensemble.rates, strict=True)
        return np.array(
            [
                np.mean([loss_excess(noise.hessian, c) for c in of.reshape(-1, INPUTS, INPUTS)])
                / (rate * np.trace(noise.covariance) / 4)
                for of, noise, rate in problems
            ]
        )

    simulated, exact = [], []
    for step_size in simulated_at:
        ensemble = largest.with_steps(step_size)
        same, _ = ensemble.simulated(context.numpy_generator(f"SGD at {step_size}"))
        simulated.append(in_units(ensemble, same))
        exact.append(in_units(ensemble, ensemble.predicted()))
    fixed = in_units(largest, _frozen(largest, context.numpy_generator("frozen Gaussian noise")))
    step_sizes = np.linspace(0.01, 0.4, 14)
    curve = []
    for step_size in step_sizes:
        few = largest.with_steps(float(step_size))
        curve.append(in_units(few, few.stationary).mean())
    frozen = np.array(
        [frozen_noise_covariance(n, r, 1) for n, r in zip(noises, largest.rates, strict=True)]
    )
    return LossRun(
        step_sizes=step_sizes,
        curve=np.array(curve),
        simulated_at=np.array(simulated_at),
        simulated=simulated,
        exact=exact,
        fixed=fixed,
        frozen=in_units(largest, frozen),
    )


def _frozen(ensemble: Ensemble, generator: np.random.Generator) -> np.ndarray:
    """Second moments of Gaussian noise with the covariance of the gradients at the minimum."""
    hessians, noises = (
        np.array([getattr(noise, name) for noise in ensemble.noises])
        for name in ("hessian", "covariance")
    )
    start = np.zeros((len(hessians), FIXED_REPLICAS, INPUTS))
    path = run_gaussian(hessians, noises, start, ensemble.rates, FIXED_STEPS, generator)
    kept = [w.mT @ w / FIXED_REPLICAS for w in islice(path, FIXED_STEPS // 3, None, 9)]
    return np.mean(kept, axis=0)
