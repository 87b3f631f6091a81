"""The probability current of one layer."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from traindyn.inference import Estimate

__all__ = ["CurrentRun", "EntropyMeans", "EntropyRun", "LaggedRun"]


@dataclass(frozen=True)
class LaggedRun:
    """Antisymmetric lagged moments, entry by entry above the diagonal, and squared distances.

    Args:
        predicted: What the Hessian and the exact covariance predict.
        sgd: Simulated SGD.
        errors: Standard errors of that.
        gaussian: Gaussian noise with the covariance of the gradients.
        like_hessian: Gaussian noise proportional to the Hessian.
        sgd_distance: Squared relative distance of SGD from the prediction.
        like_hessian_distance: That of noise proportional to the Hessian.
        white_distance: That of isotropic noise.
        gaussian_to_frozen: That of noise with the covariance of the gradients from the theory with
            frozen noise.
        white_to_frozen: That of isotropic noise from the same theory.
    """

    predicted: np.ndarray
    sgd: np.ndarray
    errors: np.ndarray
    gaussian: np.ndarray
    like_hessian: np.ndarray
    sgd_distance: Estimate
    like_hessian_distance: Estimate
    white_distance: Estimate
    gaussian_to_frozen: Estimate
    white_to_frozen: Estimate


@dataclass(frozen=True)
class EntropyMeans:
    """Means over problems of the entropy production per step.

    Args:
        over_law: Over its law.
        over_rate: Over learning rate times tr H.
        over_square: The latter over c².
        balanced: Of noise proportional to the Hessian, over the law.
        over_law_of_signs: Over the law of labels with noise ±1.
    """

    over_law: Estimate
    over_rate: Estimate
    over_square: Estimate
    balanced: Estimate
    over_law_of_signs: Estimate


@dataclass(frozen=True)
class EntropyRun:
    """Entropy production by aspect ratio c.

    Args:
        isotropic: For isotropic inputs.
        uneven: For inputs whose variances span two decades.
        signs: For labels with noise ±1, at the smallest ratio.
        uneven_law: What the entropy is over c, learning rate and tr H for uneven inputs.
    """

    isotropic: dict[float, EntropyMeans]
    uneven: dict[float, EntropyMeans]
    signs: EntropyMeans
    uneven_law: float


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
