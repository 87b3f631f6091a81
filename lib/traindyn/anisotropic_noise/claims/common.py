"""Problems and starts that several claims share."""

from __future__ import annotations

import numpy as np

from traindyn.anisotropic_noise.experiments.data import NoiseLaw, draw_regression
from traindyn.anisotropic_noise.theory.regression import RegressionNoise

UNEVEN = (0.1, 10.0)
"""Smallest and largest variance of anisotropic inputs; the others lie evenly between on a log axis.

The coupling of two directions falls to a half where their curvatures differ by a factor of 5.8: the
range is far wider."""


def draw_problem(
    samples: int,
    inputs: int,
    generator: np.random.Generator,
    law: NoiseLaw = "gaussian",
    *,
    uneven: bool = False,
) -> RegressionNoise:
    """A regression with Gaussian inputs, isotropic or uneven, and one output."""
    spread = np.geomspace(*UNEVEN, inputs) if uneven else None
    x, y = draw_regression(samples, inputs, generator, law=law, spread=spread)
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


def directions(covariance: np.ndarray, hessian: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Variances of the principal directions of a covariance, and the curvatures along them."""
    variances, axes = np.linalg.eigh(covariance)
    return variances, np.einsum("in,ij,jn->n", axes, hessian, axes)
