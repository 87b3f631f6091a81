"""Problems and starts that several claims share."""

from __future__ import annotations

import numpy as np

from traindyn.anisotropic_noise.experiments.data import NoiseLaw, draw_regression
from traindyn.anisotropic_noise.theory.regression import RegressionNoise


def draw_problem(
    samples: int, inputs: int, generator: np.random.Generator, law: NoiseLaw = "gaussian"
) -> RegressionNoise:
    """A regression with isotropic Gaussian inputs and one output."""
    x, y = draw_regression(samples, inputs, generator, law=law)
    return RegressionNoise(x, y[:, 0])


def stationary_start(
    noise: RegressionNoise, covariance: np.ndarray, replicas: int, generator: np.random.Generator
) -> np.ndarray:
    """Weights around the minimum with a given covariance.

    The second moment of SGD obeys a linear equation of its own: replicas that start with the
    stationary one keep it, so that no step is lost to a burn-in.
    """
    root = np.linalg.cholesky(covariance)
    return noise.minimum + generator.standard_normal((replicas, noise.inputs)) @ root.T
