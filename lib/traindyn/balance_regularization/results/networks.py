"""Networks on vectors and on the digits data."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from traindyn.balance_regularization.experiments.digits import DigitsRun
from traindyn.balance_regularization.experiments.network_runs import NetworkRun
from traindyn.balance_regularization.experiments.neuron_noise import NeuronRun

__all__ = ["DigitsRun", "NetworkRun", "NeuronFloors", "NeuronRun"]


@dataclass(frozen=True)
class NeuronFloors:
    """Smallest eigenvalues of the noise matrices over their floors, of every active neuron."""

    c1: Float[np.ndarray, " neurons"]
    c2: Float[np.ndarray, " neurons"]
