"""Variance against flatness along principal directions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from traindyn.inference import Estimate

__all__ = ["FlatnessRun", "UnevenRun"]


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
