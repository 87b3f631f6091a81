"""Covariance and mean loss of SGD against two theories."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from traindyn.inference import Estimate

__all__ = ["CovarianceRun", "GeneralNoise", "LossRun", "NoiseDistances", "TheoryErrors"]


@dataclass(frozen=True)
class TheoryErrors:
    """Relative distances of two theories from the exact recursion.

    Args:
        frozen: The theory with the noise of the minimum.
        state_dependent: The stochastic equation with noise that depends on the state.
    """

    frozen: float
    state_dependent: float


@dataclass(frozen=True)
class CovarianceRun:
    """Distances between covariances over the learning rate.

    Args:
        step_sizes: Learning rate times the trace of the Hessian, of the curves.
        frozen: Relative distance of the frozen-noise theory from the exact recursion.
        state_dependent: That of the stochastic equation with noise that depends on the state.
        simulated_at: Step sizes of the simulations.
        to_exact: Squared relative distance of simulated SGD from the exact recursion.
        to_frozen: That from the frozen-noise theory.
        doubled_batch: Errors at twice the smallest step and batches of two.
        large_batch: Errors at the largest step and large batches.
        in_fours: Squared relative distance of SGD in batches of four from its exact recursion.
        in_ones: That of batches of one at the same temperature from the same recursion.
    """

    step_sizes: np.ndarray
    frozen: np.ndarray
    state_dependent: np.ndarray
    simulated_at: np.ndarray
    to_exact: list[Estimate]
    to_frozen: list[Estimate]
    doubled_batch: TheoryErrors
    large_batch: TheoryErrors
    in_fours: Estimate
    in_ones: Estimate


@dataclass(frozen=True)
class LossRun:
    """Mean loss above the minimum, in units of the frozen-noise prediction.

    Args:
        step_sizes: Learning rate times the trace of the Hessian, of the curve.
        exact: The exact recursion.
        simulated_at: Step sizes of the simulations.
        simulated: What they measured.
        exact_there: The exact recursion at these step sizes.
        fixed: Simulations with Gaussian noise that is frozen at the minimum.
        frozen: The theory with frozen noise at the largest of them.
    """

    step_sizes: np.ndarray
    exact: np.ndarray
    simulated_at: np.ndarray
    simulated: list[Estimate]
    exact_there: list[float]
    fixed: list[Estimate]
    frozen: float


@dataclass(frozen=True)
class NoiseDistances:
    """Relative distances of the noise from laws of Gaussian inputs.

    Args:
        law: From 2L(w)H plus the product of the gradient with itself.
        without_product: From 2L(w)H.
    """

    law: float
    without_product: float


@dataclass(frozen=True)
class GeneralNoise:
    """The noise of one problem.

    Args:
        away: At random weights.
        minimum: At the minimum.
        signs: At the random weights, for inputs of either sign and fixed size.
    """

    away: NoiseDistances
    minimum: NoiseDistances
    signs: NoiseDistances
