"""Networks on vectors and on the digits data."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from traindyn.balance_regularization.experiments.digits import DigitsRun
from traindyn.balance_regularization.experiments.digits_balance import DigitsBalance
from traindyn.balance_regularization.experiments.network_runs import NetworkRun
from traindyn.balance_regularization.experiments.neuron_noise import NeuronRun

__all__ = [
    "DigitsBalance",
    "DigitsRun",
    "NetworkRun",
    "NeuronFloors",
    "NeuronRun",
    "NoiseMatrices",
    "NoiseTraces",
    "RealRun",
]


@dataclass(frozen=True)
class NeuronFloors:
    """Smallest eigenvalues of the noise matrices over their floors; NaN if a neuron is inactive."""

    c1: Float[np.ndarray, "networks neurons"]
    c2: Float[np.ndarray, "networks neurons"]


@dataclass(frozen=True)
class NoiseMatrices:
    """Noise matrices over their floors, each summed over the neurons of a network.

    A neuron that is active on few samples has a small and noisy share in both sums.

    Args:
        c1: Mean eigenvalue of C₁.
        c2: C₂ along the direction in which its floor is lowest.
    """

    c1: Float[np.ndarray, " networks"]
    c2: Float[np.ndarray, " networks"]


@dataclass(frozen=True)
class NoiseTraces:
    """Total variances of the gradients over the same samples, computed in two ways.

    Args:
        by_c1: Sum of uᵀC₁u over neurons.
        by_c2: Sum of wᵀC₂w over neurons.
        incoming: Tr Cov of the gradient of W.
        outgoing: Tr Cov of the gradient of U.
    """

    by_c1: Float[np.ndarray, " networks"]
    by_c2: Float[np.ndarray, " networks"]
    incoming: Float[np.ndarray, " networks"]
    outgoing: Float[np.ndarray, " networks"]


@dataclass(frozen=True)
class RealRun:
    """Networks on the digits data.

    Args:
        accounts: The account of the imbalance of one network, by recipe.
        layers: The balance of the layers of many networks, by share of labels drawn at random.
    """

    accounts: dict[str, DigitsRun]
    layers: dict[float, DigitsBalance]
