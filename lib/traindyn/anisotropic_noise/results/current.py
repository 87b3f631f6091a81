"""The probability current of one layer."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from traindyn.inference import Estimate

__all__ = ["CurrentRun"]


@dataclass(frozen=True)
class CurrentRun:
    """Antisymmetric lagged moments, entry by entry above the diagonal.

    Args:
        predicted: What the Hessian and the exact covariance predict.
        sgd: Simulated SGD.
        errors: Standard errors of that.
        gaussian: Gaussian noise with the covariance of the gradients.
        like_hessian: Gaussian noise proportional to the Hessian.
        aspects: Ratios c = N/P of the entropy production.
        entropy: Entropy production per step over learning rate times tr H, by spread of the inputs.
        uneven_law: What it is over c for uneven inputs and small c.
    """

    predicted: np.ndarray
    sgd: np.ndarray
    errors: np.ndarray
    gaussian: np.ndarray
    like_hessian: np.ndarray
    aspects: np.ndarray
    entropy: dict[str, list[Estimate]]
    uneven_law: float
