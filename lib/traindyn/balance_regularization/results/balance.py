"""Paths of the scalar model, and the account of neurons."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from traindyn.balance_regularization.experiments.neurons import Account, Activation, BudgetRun
from traindyn.balance_regularization.experiments.trajectories import Paths
from traindyn.inference import Estimate, ratio_of_means

__all__ = ["Account", "Activation", "BudgetRun", "Paths", "PlaneRun", "RateRun"]


@dataclass(frozen=True)
class RateRun:
    """One setting of the scalar model, its paths, and the decay that is predicted along them.

    Args:
        learning_rate: Learning rate of the run.
        batch_size: Batch size of the run.
        paths: Recorded replicas.
        predicted: Mean over replicas of 4T∫g dt up to each record.
        centered: 4T∫g dt at the end of the run, of each replica.
        exact: 4∫[Tg + ηf²]dt at the end, of each replica.
    """

    learning_rate: float
    batch_size: int
    paths: Paths
    predicted: Float[np.ndarray, " records"]
    centered: Float[np.ndarray, " replicas"]
    exact: Float[np.ndarray, " replicas"]

    @property
    def temperature(self) -> float:
        """Learning rate over batch size."""
        return self.learning_rate / self.batch_size

    @property
    def decay(self) -> np.ndarray:
        """Total decrease of log|u² − w²| of each replica."""
        return self.paths.log_imbalance[0] - self.paths.log_imbalance[-1]

    def ratio(self, *, centered: bool) -> Estimate:
        """Measured over predicted decay, ratio of means, without f² if centered."""
        return ratio_of_means(self.decay, self.centered if centered else self.exact)


@dataclass(frozen=True)
class PlaneRun:
    """The same start under four dynamics.

    Args:
        descent: Gradient descent, by learning rate.
        noisy: SGD, Langevin and the mutant with independent noise, by name.
        minimum: Minimizer v* of the loss.
        learning_rate: Learning rate of the noisy runs.
    """

    descent: dict[float, Paths]
    noisy: dict[str, Paths]
    minimum: float
    learning_rate: float
