"""Claim AN-19: the noise away from the minimum."""

from __future__ import annotations

import numpy as np

from traindyn.anisotropic_noise.claims.registry import registry
from traindyn.anisotropic_noise.experiments.data import draw_regression
from traindyn.inference import Estimate
from traindyn.ledger import Control, Part, Size, Test
from traindyn.runs import Context


@registry.claim(
    19,
    source="setting of the abstract",
    basis="derived",
    statement=(
        "At any weights, for Gaussian inputs and many samples, the noise is 2L(w)H plus the "
        "product of the gradient with itself; at the minimum it is proportional to the Hessian."
    ),
)
def general_noise(context: Context) -> tuple[None, list[Part]]:
    """AN-19."""
    spread = np.geomspace(0.3, 3.0, 10)
    sizes = {}
    for samples in (10_000, 100_000, 1_000_000):
        generator = context.numpy_generator(f"samples {samples}")
        x, y = draw_regression(samples, len(spread), generator, spread=spread)
        best = np.linalg.lstsq(x, y, rcond=None)[0][:, 0]
        away = best + generator.standard_normal(len(spread))
        signs = np.sign(x) * np.sqrt(spread)
        sizes[samples] = (
            *_distances(x, x @ away - y[:, 0]),
            *_distances(x, x @ best - y[:, 0]),
            *_distances(signs, signs @ (away - best) - (y[:, 0] - x @ best)),
        )
    law, without, _, at_minimum, of_signs, _ = sizes[1_000_000]
    why = "of order n/√P = 0.01, doubled"
    return None, [
        Part(
            "Relative distance of the noise from 2L(w)H + gg′ at random weights, a million samples",
            0.0,
            Estimate(law),
            Test("equality", 0.02, why),
            [Control("inputs of either sign and fixed size", Estimate(of_signs))],
            asymptotic=True,
            sizes=[Size(samples, Estimate(values[0])) for samples, values in sizes.items()],
        ),
        Part(
            "Relative distance of the noise from 2LH at the minimum",
            0.0,
            Estimate(at_minimum),
            Test("equality", 0.02, why),
            [Control("at the random weights", Estimate(without))],
            asymptotic=True,
            sizes=[Size(samples, Estimate(values[3])) for samples, values in sizes.items()],
        ),
    ]


def _distances(x: np.ndarray, residual: np.ndarray) -> tuple[float, float]:
    """Relative distance of the noise from 2LH + gg′, and from 2LH alone."""
    gradient = x.T @ residual / len(x)
    scaled = x * residual[:, None]
    product = np.outer(gradient, gradient)
    covariance = scaled.T @ scaled / len(x) - product
    local = np.mean(residual**2) * x.T @ x / len(x)
    norm = np.linalg.norm(covariance)
    return (
        float(np.linalg.norm(covariance - local - product) / norm),
        float(np.linalg.norm(covariance - local) / norm),
    )
