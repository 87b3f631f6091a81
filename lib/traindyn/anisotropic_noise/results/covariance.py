"""Covariance and mean loss of SGD against two theories."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from traindyn.inference import Estimate

__all__ = ["CovarianceRun", "LossRun"]


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
    """

    step_sizes: np.ndarray
    frozen: np.ndarray
    state_dependent: np.ndarray
    simulated_at: np.ndarray
    to_exact: list[Estimate]
    to_frozen: list[Estimate]


@dataclass(frozen=True)
class LossRun:
    """Mean loss above the minimum, in units of the frozen-noise prediction.

    Args:
        step_sizes: Learning rate times the trace of the Hessian, of the curve.
        exact: The exact recursion.
        simulated_at: Step sizes of the simulations.
        simulated: What they measured.
    """

    step_sizes: np.ndarray
    exact: np.ndarray
    simulated_at: np.ndarray
    simulated: list[Estimate]
