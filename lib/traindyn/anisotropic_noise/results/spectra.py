"""Spectra of Hessian, gradient noise and weight covariance over many drawn problems."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from traindyn.inference import Estimate
from traindyn.laws import GridLaw
from traindyn.random_matrices import MarchenkoPastur

__all__ = ["AnisotropyRun", "SpectraRun", "SplitRun"]


@dataclass(frozen=True)
class SpectraRun:
    """Eigenvalues at one aspect ratio c = N/P, and their laws.

    Args:
        aspect: The ratio c.
        hessian: Eigenvalues of the Hessian.
        noise: Eigenvalues of the noise covariance over the residual variance.
        hessian_law: Law of Marchenko and Pastur.
        noise_law: Law of weighted samples.
    """

    aspect: float
    hessian: np.ndarray
    noise: np.ndarray
    hessian_law: MarchenkoPastur
    noise_law: GridLaw


@dataclass(frozen=True)
class SplitRun:
    """Spectral variances over the aspect ratio.

    Args:
        aspects: The ratios c.
        hessian: Variance of the eigenvalues of the Hessian.
        balanced: That of the part of the noise with detailed balance.
        full: That of the noise.
    """

    aspects: np.ndarray
    hessian: list[Estimate]
    balanced: list[Estimate]
    full: list[Estimate]


@dataclass(frozen=True)
class AnisotropyRun:
    """Spread of the weight fluctuations over the aspect ratio, by law of the label noise.

    Args:
        aspects: The ratios c.
        measured: Variance of the eigenvalues of C/T by law of the labels.
        predicted: Its prediction.
    """

    aspects: np.ndarray
    measured: dict[str, list[Estimate]]
    predicted: dict[str, np.ndarray]
