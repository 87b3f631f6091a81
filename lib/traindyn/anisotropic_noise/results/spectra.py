"""Spectra of Hessian, gradient noise and weight covariance over many drawn problems."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from traindyn.inference import Estimate
from traindyn.laws import GridLaw
from traindyn.random_matrices import MarchenkoPastur

__all__ = [
    "AnisotropyRun",
    "BalanceMeans",
    "BalanceRun",
    "LawGaps",
    "LawMeans",
    "LawRun",
    "Spectra",
    "SpectraRun",
    "SplitRun",
]


@dataclass(frozen=True)
class Spectra:
    """Eigenvalues of problems with one aspect ratio.

    Args:
        hessian: Eigenvalues of the Hessian.
        noise: Eigenvalues of the noise covariance over the residual variance.
    """

    hessian: np.ndarray
    noise: np.ndarray


@dataclass(frozen=True)
class LawMeans:
    """Means over problems of how the eigenvalues of Hessian and noise are distributed.

    Args:
        noise: Variance of the eigenvalues of the noise over 3c.
        hessian: That of the Hessian over 3c.
        noise_to_law: Kolmogorov distance of the noise from the law of weighted samples.
        noise_to_first_power: That of the noise from the law of samples with weights |r|.
        noise_to_hessian_law: That of the noise from the law of Marchenko and Pastur.
        hessian_to_law: That of the Hessian from the same law.
        share_of_law: How far the eigenvalues of the noise have gone from the law of Marchenko and
            Pastur to that of weighted samples.
        distance: Size of D/s² − H over √(2/P) tr H.
    """

    noise: Estimate
    hessian: Estimate
    noise_to_law: Estimate
    noise_to_first_power: Estimate
    noise_to_hessian_law: Estimate
    hessian_to_law: Estimate
    share_of_law: Estimate
    distance: Estimate


@dataclass(frozen=True)
class LawGaps:
    """How far the wrong law of samples with weights |r| in place of r² is from the right ones.

    Args:
        to_noise: Kolmogorov distance from the law of the noise.
        to_hessian: That from the law of Marchenko and Pastur.
        share: How far it has gone from the latter law to the former.
    """

    to_noise: float
    to_hessian: float
    share: float


@dataclass(frozen=True)
class LawRun:
    """Means over problems by aspect ratio at one size, by size at one ratio, and of a control.

    Args:
        by_aspect: By ratio c = N/P.
        by_inputs: By number of inputs N, at c = 0.5.
        equal_residuals: With label noise ±1, at c = 0.1.
    """

    by_aspect: dict[float, LawMeans]
    by_inputs: dict[int, LawMeans]
    equal_residuals: LawMeans


@dataclass(frozen=True)
class BalanceMeans:
    """Means over problems of what the balanced part of the noise is like.

    Args:
        hessian: Variance of the eigenvalues of the Hessian.
        balanced: That of the balanced part.
        full: That of the noise.
        balanced_ratio: That of the balanced part over that of the Hessian.
        full_ratio: That of the noise over that of the Hessian.
        excess: That of the noise less that of the balanced part, over 2c.
        share: Size of the rest over that of the noise and the predicted share.
        balanced_weights: Spread of C/T over its sampling error, driven by the balanced part.
        full_weights: The same driven by the noise.
    """

    hessian: Estimate
    balanced: Estimate
    full: Estimate
    balanced_ratio: Estimate
    full_ratio: Estimate
    excess: Estimate
    share: Estimate
    balanced_weights: Estimate
    full_weights: Estimate


@dataclass(frozen=True)
class BalanceRun:
    """Means over problems by aspect ratio at one size, and by size at one ratio.

    Args:
        by_aspect: By ratio c = N/P.
        by_inputs: Ratio of balanced part and Hessian by number of inputs N, at c = 0.5.
    """

    by_aspect: dict[float, BalanceMeans]
    by_inputs: dict[int, Estimate]


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
