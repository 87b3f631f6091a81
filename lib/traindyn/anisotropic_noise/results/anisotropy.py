"""Variance against flatness along principal directions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from traindyn.anisotropic_noise.results.covariance import Shares
from traindyn.inference import Estimate

__all__ = [
    "FlatnessMeans",
    "FlatnessRun",
    "FlatnessRuns",
    "SpreadMeans",
    "SpreadSimulation",
    "UnevenInputs",
    "UnevenMeans",
    "UnevenRun",
]


@dataclass(frozen=True)
class SpreadMeans:
    """Means over problems of the variance of the eigenvalues of C/T.

    Args:
        spread: The variance.
        over: The variance over its law for labels of each kind.
        law: The law for the labels of these problems.
    """

    spread: Estimate
    over: dict[str, Estimate]
    law: float


@dataclass(frozen=True)
class SpreadSimulation:
    """Shares of what sets exact covariances apart from equal variances T, on many problems.

    Args:
        sgd: Of SGD.
        like_hessian: Of Gaussian noise proportional to the Hessian.
        ranges: Largest over smallest exact variance of every problem.
    """

    sgd: Shares
    like_hessian: Shares
    ranges: np.ndarray


@dataclass(frozen=True)
class FlatnessMeans:
    """Means over problems along the principal directions of the weights, and of isotropic noise.

    Args:
        slope: Slope of log flatness over log variance.
        flatness_range: Largest over smallest flatness.
        excess_range: Largest over smallest variance, over the square of the range of flatness.
        even_range: The same if all variances were equal.
        curvature_spread: Spread of the curvatures over that along random directions.
        white_slope: The slope for isotropic noise.
        white_flatness_range: The range of flatness for isotropic noise.
    """

    slope: Estimate
    flatness_range: Estimate
    excess_range: Estimate
    even_range: Estimate
    curvature_spread: Estimate
    white_slope: Estimate
    white_flatness_range: Estimate


@dataclass(frozen=True)
class FlatnessRuns:
    """Means at two aspect ratios.

    Args:
        half: At c = 0.5.
        tenth: At c = 0.1.
    """

    half: FlatnessMeans
    tenth: FlatnessMeans


@dataclass(frozen=True)
class FlatnessRun:
    """One problem with one layer.

    Args:
        variances: Variances over T along the principal directions of the weights.
        flatness: Flatness of the loss along them.
        white_variances: Variances under isotropic noise, in units of their own.
        white_flatness: Flatness along the principal directions of isotropic noise.
    """

    variances: np.ndarray
    flatness: np.ndarray
    white_variances: np.ndarray
    white_flatness: np.ndarray


@dataclass(frozen=True)
class UnevenRun:
    """Inputs whose variances differ.

    Args:
        shown: One problem with many samples.
        aspects: Ratios c = N/P.
        principal: Variance of the curvatures along principal directions, by ratio.
        random: That along random directions.
        predicted: What both are for small c.
    """

    shown: FlatnessRun
    aspects: np.ndarray
    principal: list[Estimate]
    random: list[Estimate]
    predicted: tuple[float, float]


@dataclass(frozen=True)
class UnevenMeans:
    """Means over problems whose inputs have different variances.

    Args:
        correlation: Rank correlation of flatness with variance along principal directions.
        principal: Variance of the curvatures along principal directions over its law.
        random: That along random directions over the same law.
    """

    correlation: Estimate
    principal: Estimate
    random: Estimate


@dataclass(frozen=True)
class UnevenInputs:
    """Inputs whose variances differ: what the figure shows, and the means by aspect ratio."""

    shown: UnevenRun
    by_aspect: dict[float, UnevenMeans]
