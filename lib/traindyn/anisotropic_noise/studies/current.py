"""Studies of the probability current of one layer, and of the entropy that it produces."""

from __future__ import annotations

from itertools import islice

import numpy as np

from traindyn.anisotropic_noise.experiments.data import NoiseLaw
from traindyn.anisotropic_noise.experiments.one_layer import run_gaussian
from traindyn.anisotropic_noise.results.covariance import Shares
from traindyn.anisotropic_noise.results.current import (
    EntropyMeans,
    EntropyRun,
    LaggedRun,
    ShownMoments,
)
from traindyn.anisotropic_noise.results.estimators import shares
from traindyn.anisotropic_noise.studies.ensembles import Ensemble, draw_problems
from traindyn.anisotropic_noise.studies.problems import UNEVEN, over_problems
from traindyn.anisotropic_noise.theory.balance import (
    entropy_production,
    entropy_production_law,
    lag_antisymmetry,
    residual_kurtosis,
)
from traindyn.anisotropic_noise.theory.covariance import solve_lyapunov
from traindyn.anisotropic_noise.theory.regression import RegressionNoise
from traindyn.runs import Context, study

PROBLEMS = {"ci": 320, "laptop": 320, "paper": 1600}
GAUSSIAN_RUNS, SHOWN_RUNS = 4, 120
DRAWS = {"ci": 120, "laptop": 140, "paper": 640}
INPUTS, ENTROPY_INPUTS = 10, 64
LAG = 10
"""Steps between the two weights of a lagged moment: a tenth of the time that a mode forgets in."""

ASPECTS = (0.5, 0.25, 0.125, 0.0625)
RATE = 1e-3
"""Learning rate of the entropy production, which is proportional to it."""


def _antisymmetric(lagged: np.ndarray) -> np.ndarray:
    return (lagged - lagged.swapaxes(-1, -2)) / 2


@study(stream="AN-7")
def lagged_moments(context: Context) -> LaggedRun:
    """Antisymmetric lagged moments of SGD and of three kinds of Gaussian noise, many problems."""
    noises = draw_problems(
        context.choose(**PROBLEMS), 2 * INPUTS, INPUTS, context.numpy_generator("problems")
    )
    ensemble = Ensemble(noises, 0.1, 1, 2, 500, 4000, LAG)
    exact = ensemble.predicted()
    predicted = _predicted(ensemble, exact)
    _, later = ensemble.simulated(context.numpy_generator("SGD"))
    sgd = _antisymmetric(later)
    generator = context.numpy_generator("Gaussian noise")
    hessians, gradients = (
        np.array([getattr(noise, name) for noise in noises]) for name in ("hessian", "covariance")
    )
    sizes = np.array([noise.residual_variance for noise in noises])[:, None, None]
    traces = np.trace(gradients, axis1=1, axis2=2)[:, None, None]
    frozen = _predicted(ensemble, ensemble.predicted(follows=False)[:, :1])

    def gaussian(covariances: np.ndarray) -> np.ndarray:
        return _antisymmetric(_gaussian(ensemble, hessians, covariances, generator))

    still = np.zeros_like(predicted[:, 0])
    return LaggedRun(
        sgd=Shares(*shares(sgd.mean(axis=2), np.zeros_like(predicted), predicted)),
        entropy=_entropies(ensemble, sgd, predicted),
        gaussian=Shares(*shares(gaussian(gradients), still, frozen[:, 0])),
        like_hessian=Shares(*shares(gaussian(sizes * hessians), still, frozen[:, 0])),
        white=Shares(*shares(gaussian(traces * np.eye(INPUTS) / INPUTS), still, frozen[:, 0])),
    )


def _predicted(ensemble: Ensemble, covariances: np.ndarray) -> np.ndarray:
    """Antisymmetric moments from covariances by problem and start."""
    return np.array(
        [
            [lag_antisymmetry(noise.hessian, c, float(rate), LAG) for c in of]
            for noise, rate, of in zip(ensemble.noises, ensemble.rates, covariances, strict=True)
        ]
    )


def _entropies(ensemble: Ensemble, sgd: np.ndarray, predicted: np.ndarray) -> Shares:
    """Entropy production of SGD from pairs of runs, and the predicted one, per problem.

    A pair of independent runs makes the square of the current without the noise of either.
    """
    gone, whole = [], []
    for noise, c, runs, theory in zip(
        ensemble.noises, ensemble.stationary, sgd, predicted, strict=True
    ):
        product = noise.hessian @ c
        spread, inverse = np.linalg.inv(product + product.T), np.linalg.inv(c)
        gone.append(np.einsum("ij,sjk,kl,sil->", spread, runs[:, 0], inverse, runs[:, 1]))
        whole.append(np.einsum("ij,sjk,kl,sil->", spread, theory, inverse, theory))
    return Shares(np.array(gone), np.array(whole))


def _gaussian(
    ensemble: Ensemble,
    hessians: np.ndarray,
    covariances: np.ndarray,
    generator: np.random.Generator,
) -> np.ndarray:
    """Lagged moments of gradient descent with Gaussian noise, from the minimum, per problem."""
    start = np.zeros((len(hessians), GAUSSIAN_RUNS, INPUTS))
    path = run_gaussian(hessians, covariances, start, ensemble.rates, ensemble.steps, generator)
    kept, total, records = None, np.zeros_like(hessians), 0
    for w in islice(path, ensemble.skip, None, LAG):
        if kept is not None:
            total += kept.mT @ w / GAUSSIAN_RUNS
            records += 1
        kept = w
    return total / records


@study(stream="AN-7")
def shown_moments(context: Context) -> ShownMoments:
    """Entry by entry, the antisymmetric moments of one problem."""
    ensemble = Ensemble(
        draw_problems(1, 2 * INPUTS, INPUTS, context.numpy_generator("shown problem")),
        0.1,
        1,
        SHOWN_RUNS,
        500,
        4000,
        LAG,
    )
    noise = ensemble.noises[0]
    _, later = ensemble.simulated(context.numpy_generator("shown SGD"))
    sgd = _antisymmetric(later).reshape(-1, INPUTS, INPUTS)
    generator = context.numpy_generator("shown Gaussian noise")
    hessians, *covariances = (
        np.tile(matrix, (SHOWN_RUNS // GAUSSIAN_RUNS, 1, 1))
        for matrix in (noise.hessian, noise.covariance, noise.residual_variance * noise.hessian)
    )
    same, like_hessian = (
        _antisymmetric(_gaussian(ensemble, hessians, covariance, generator).mean(axis=0))
        for covariance in covariances
    )
    upper = np.triu_indices(INPUTS, 1)
    return ShownMoments(
        predicted=_predicted(ensemble, ensemble.predicted()).mean(axis=1)[0][upper],
        sgd=sgd.mean(axis=0)[upper],
        errors=(sgd.std(axis=0, ddof=1) / len(sgd) ** 0.5)[upper],
        gaussian=same[upper],
        like_hessian=like_hessian[upper],
    )


def _entropy(noise: RegressionNoise) -> dict[str, float]:
    h = np.linalg.eigvalsh(noise.hessian)
    aspect = noise.inputs / noise.samples
    relative = noise.covariance / noise.residual_variance
    c = solve_lyapunov(noise.hessian, RATE * relative)
    found = entropy_production(noise.hessian, c, RATE)
    law = entropy_production_law(h, noise.samples, RATE)
    unit = RATE * h.sum()
    kurtosis = residual_kurtosis(1.0, aspect)
    equal = entropy_production_law(h, noise.samples, RATE, kurtosis)
    return {
        "over_law": found / law,
        "over_rate": found / unit,
        "over_square": found / unit / aspect**2,
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
        {
            aspect: means("signs", aspect, 2 * draws, "rademacher")
            for aspect in (ASPECTS[0], ASPECTS[-1])
        },
        per_input,
    )
