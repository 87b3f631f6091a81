"""Weights outside the means, and the residuals that the law of the noise floor needs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from scipy import special

from traindyn.hessian_alignment.experiments.gram import triangular
from traindyn.hessian_alignment.experiments.softmax_chain import softmax_chain
from traindyn.runs import Context, study

Array = np.ndarray
CLASSES, DECAY, DIMENSION, REPLICAS = 4, 0.1, 200, 128
HORIZON = 50.0
SAMPLES = 400
"""Test samples per replica."""


@dataclass(frozen=True)
class FloorMoments:
    """Runs from random starts of norm one, after a long time.

    Args:
        squared: Squared weights outside the means, mean over classes.
        residual: Mean of (π - y)² over classes, runs and test samples.
        curvature: Mean of π(1 - π).
    """

    squared: Float[Array, " runs"]
    residual: float
    curvature: float


@study(stream="HA-4")
def floor_moments(context: Context, precision: float, step: float = 1.0) -> FloorMoments:
    """Runs in law, through the overlaps of weights and means."""
    k, generator = CLASSES, context.numpy_generator(f"floor {precision} {step}")
    zero, one = np.zeros((k, k)), np.eye(k)
    found = softmax_chain(
        zero, one, DIMENSION, precision, DECAY, step, [HORIZON], REPLICAS, generator
    )
    m, rest = (part[-1] for part in found)
    lower = np.moveaxis(triangular(np.moveaxis(rest, 0, -1)), -1, 0)
    labels = generator.integers(k, size=(REPLICAS, SAMPLES))
    inputs = precision**-0.5 * generator.standard_normal((REPLICAS, SAMPLES, 2 * k))
    inputs[..., :k] += np.eye(k)[labels]
    pi = special.softmax(inputs @ np.concatenate([m, lower], axis=2).swapaxes(1, 2), axis=2)
    return FloorMoments(
        np.trace(rest, axis1=1, axis2=2) / k,
        float(((pi - np.eye(k)[labels]) ** 2).mean()),
        float((pi * (1 - pi)).mean()),
    )
