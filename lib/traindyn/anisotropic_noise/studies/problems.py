"""Problems, starts and averages over problems that several studies share."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from traindyn.anisotropic_noise.experiments.data import NoiseLaw, draw_regression
from traindyn.anisotropic_noise.results.anisotropy import FlatnessRun
from traindyn.anisotropic_noise.theory.covariance import solve_lyapunov
from traindyn.anisotropic_noise.theory.flatness import flatness
from traindyn.anisotropic_noise.theory.regression import RegressionNoise
from traindyn.inference import Estimate, estimate_mean
from traindyn.runs import Context

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


def directions(covariance: np.ndarray, hessian: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Variances of the principal directions of a covariance, and the curvatures along them."""
    variances, axes = np.linalg.eigh(covariance)
    return variances, np.einsum("in,ij,jn->n", axes, hessian, axes)


def relative_covariance(noise: RegressionNoise) -> np.ndarray:
    """C/T for small steps."""
    return solve_lyapunov(noise.hessian, 2 * noise.covariance / noise.residual_variance)


def flatness_run(noise: RegressionNoise) -> FlatnessRun:
    """Variance and flatness of one problem, for its own noise and for isotropic noise."""
    variances, along = directions(relative_covariance(noise), noise.hessian)
    h = np.linalg.eigvalsh(noise.hessian)  # isotropic noise: C is in proportion to 1/H
    loss = noise.residual_variance / 2
    return FlatnessRun(variances, flatness(along, loss), 1 / h, flatness(h, loss))


def relative_noise(noise: RegressionNoise) -> np.ndarray:
    """Noise covariance over the residual variance: the Hessian, if samples abound."""
    return noise.covariance / noise.residual_variance


def spread(matrix: np.ndarray) -> float:
    """Variance of the eigenvalues of a symmetric matrix, from its entries.

    >>> spread(np.array([[2.0, 1.0], [1.0, 2.0]]))
    1.0
    """
    size = len(matrix)
    return float(np.sum(matrix**2) / size - (np.trace(matrix) / size) ** 2)


def over_problems(
    context: Context,
    name: str,
    inputs: int,
    aspect: float,
    draws: int,
    statistics: Callable[[RegressionNoise], dict[str, float]],
    law: NoiseLaw = "gaussian",
    *,
    uneven: bool = False,
) -> dict[str, Estimate]:
    """Means of named statistics over independently drawn problems."""
    generator = context.numpy_generator(f"{name} {inputs} {aspect}")
    samples = round(inputs / aspect)
    rows = [
        statistics(draw_problem(samples, inputs, generator, law, uneven=uneven))
        for _ in range(draws)
    ]
    columns = np.array([list(row.values()) for row in rows]).T
    return {name: estimate_mean(column) for name, column in zip(rows[0], columns, strict=True)}
