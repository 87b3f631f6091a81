"""Study of the noise away from the minimum."""

from __future__ import annotations

import numpy as np

from traindyn.anisotropic_noise.experiments.data import draw_regression
from traindyn.anisotropic_noise.results.covariance import GeneralNoise, NoiseDistances
from traindyn.runs import Context, study

SPREAD = np.geomspace(0.3, 3.0, 10)


@study(stream="AN-19")
def general_noise(context: Context, samples: int) -> GeneralNoise:
    """Distances of the noise from two laws at random weights, at the minimum, and for signs."""
    generator = context.numpy_generator(f"samples {samples}")
    x, y = draw_regression(samples, len(SPREAD), generator, spread=SPREAD)
    best = np.linalg.lstsq(x, y, rcond=None)[0][:, 0]
    away = best + generator.standard_normal(len(SPREAD))
    signs = np.sign(x) * np.sqrt(SPREAD)
    return GeneralNoise(
        _distances(x, x @ away - y[:, 0]),
        _distances(x, x @ best - y[:, 0]),
        _distances(signs, signs @ (away - best) - (y[:, 0] - x @ best)),
    )


def _distances(x: np.ndarray, residual: np.ndarray) -> NoiseDistances:
    gradient = x.T @ residual / len(x)
    scaled = x * residual[:, None]
    product = np.outer(gradient, gradient)
    covariance = scaled.T @ scaled / len(x) - product
    local = np.mean(residual**2) * x.T @ x / len(x)
    norm = np.linalg.norm(covariance)
    return NoiseDistances(
        float(np.linalg.norm(covariance - local - product) / norm),
        float(np.linalg.norm(covariance - local) / norm),
    )
