"""Study of the noise away from the minimum."""

from __future__ import annotations

import numpy as np

from traindyn.anisotropic_noise.experiments.data import draw_regression
from traindyn.anisotropic_noise.results.covariance import GeneralNoise, NoiseDistances
from traindyn.anisotropic_noise.theory.many_samples import sampling_distance
from traindyn.inference import estimate_mean
from traindyn.runs import Context, study

SPREAD = np.geomspace(0.3, 3.0, 10)
LABEL_VARIANCE = 1.0
SAMPLES = (500, 2000, 8000, 32_000)
PROBLEMS = {"ci": 80, "laptop": 80, "paper": 384}


@study(stream="AN-19")
def general_noise(context: Context, samples: int) -> GeneralNoise:
    """Squared distances of the noise from laws at random weights, at the minimum, for signs."""
    generator = context.numpy_generator(f"samples {samples}")
    rows = [_of_one(samples, generator) for _ in range(context.choose(**PROBLEMS))]
    *distances, sampled = zip(*rows, strict=True)
    away, minimum, signs = (
        NoiseDistances(*(estimate_mean(np.array(column)) for column in zip(*of, strict=True)))
        for of in distances
    )
    return GeneralNoise(away, minimum, signs, *np.mean(sampled, axis=0).tolist())


def _of_one(samples: int, generator: np.random.Generator) -> tuple[tuple[float, ...], ...]:
    """Distances at random weights, at the minimum and for signs; what sampling leaves of two."""
    x, y = draw_regression(
        samples, len(SPREAD), generator, noise=LABEL_VARIANCE**0.5, spread=SPREAD
    )
    best = np.linalg.lstsq(x, y, rcond=None)[0][:, 0]
    step = generator.standard_normal(len(SPREAD))
    away = best + step / np.sqrt(SPREAD @ step**2)  # adds as much to the loss as the label noise
    signs = np.sign(x) * np.sqrt(SPREAD)
    return (
        _distances(x, x @ away - y[:, 0]),
        _distances(x, x @ best - y[:, 0]),
        _distances(signs, signs @ (away - best) - (y[:, 0] - x @ best)),
        tuple(
            sampling_distance(np.diag(SPREAD), distance, LABEL_VARIANCE, samples)
            for distance in (away - best, 0 * best)
        ),
    )


def _distances(x: np.ndarray, residual: np.ndarray) -> tuple[float, ...]:
    """From 2LH + gg′, without and with twice the product, and from half of 2LH."""
    gradient = x.T @ residual / len(x)
    scaled = x * residual[:, None]
    product = np.outer(gradient, gradient)
    covariance = scaled.T @ scaled / len(x) - product
    local = np.mean(residual**2) * x.T @ x / len(x)
    laws = (local + product, local, local + 2 * product, local / 2 + product)
    norm = np.linalg.norm(covariance)
    return tuple(float(np.linalg.norm(covariance - law) / norm) ** 2 for law in laws)
