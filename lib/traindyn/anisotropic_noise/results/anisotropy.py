"""Variance against flatness along principal directions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

__all__ = ["FlatnessRun"]


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
