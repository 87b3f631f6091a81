"""The probability current of one layer."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from traindyn.anisotropic_noise.results.covariance import Shares
from traindyn.inference import Estimate

__all__ = ["CurrentRun", "EntropyMeans", "EntropyRun", "LaggedRun", "ShownMoments"]


@dataclass(frozen=True)
class LaggedRun:
    """Shares of the predicted antisymmetric moments that runs on many problems show.

    Args:
        sgd: Simulated SGD.
        entropy: Entropy production of SGD and the predicted one.
        gaussian: Gaussian noise with the covariance of the gradients.
        like_hessian: Gaussian noise proportional to the Hessian.
        white: Isotropic Gaussian noise.
    """

    sgd: Shares
    entropy: Shares
    gaussian: Shares
    like_hessian: Shares
    white: Shares


@dataclass(frozen=True)
class ShownMoments:
    """Antisymmetric lagged moments of one problem, entry by entry above the diagonal.

    Args:
        predicted: What the Hessian and the exact covariance predict.
        sgd: Simulated SGD.
        errors: Standard errors of that.
        gaussian: Gaussian noise with the covariance of the gradients.
        like_hessian: Gaussian noise proportional to the Hessian.
    """

    predicted: np.ndarray
    sgd: np.ndarray
    errors: np.ndarray
    gaussian: np.ndarray
    like_hessian: np.ndarray


@dataclass(frozen=True)
class EntropyMeans:
    """Means over problems of the entropy production per step.

    Args:
        over_law: Over its law.
        over_rate: Over learning rate times tr H.
        over_square: The latter over c².
        over_law_of_signs: Over the law of labels with noise ±1.
    """

    over_law: Estimate
    over_rate: Estimate
    over_square: Estimate
    over_law_of_signs: Estimate


@dataclass(frozen=True)
class EntropyRun:
    """Entropy production by aspect ratio c.

    Args:
        isotropic: For isotropic inputs.
        uneven: For inputs whose variances span two decades.
        signs: For labels with noise ±1, at the largest and the smallest ratio.
        uneven_law: What the entropy is over c, learning rate and tr H for uneven inputs.
    """

    isotropic: dict[float, EntropyMeans]
    uneven: dict[float, EntropyMeans]
    signs: dict[float, EntropyMeans]
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
