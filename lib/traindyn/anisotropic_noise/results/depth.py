"""The inverse relation without a current."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

__all__ = ["CommutatorRun"]


@dataclass(frozen=True)
class CommutatorRun:
    """Two layers at fewer and fewer weights per sample.

    Args:
        aspects: Ratios c = n/P.
        commutators: Size of the commutator of Hessian and covariance over the anticommutator.
        gaps: Largest distance of V/T from the inverse relation.
    """

    aspects: np.ndarray
    commutators: np.ndarray
    gaps: np.ndarray
