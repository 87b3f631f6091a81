"""A matrix that fills in: what the moving figure shows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

__all__ = ["Filling", "FillingRun"]


@dataclass(frozen=True)
class FillingRun:
    """Gradient descent on the observed entries from one start.

    Args:
        gamma: Exponent of the start, σ² = w^(−γ).
        times: Steps times the learning rate, rising.
        train: Mean squared error on the observed entries over that of zero.
        test: The same on the hidden entries.
        matrices: The matrix along the run.
        ranks: Its singular values above a hundredth of the target's first; 0 near the origin.
    """

    gamma: float
    times: Float[np.ndarray, " records"]
    train: Float[np.ndarray, " records"]
    test: Float[np.ndarray, " records"]
    matrices: Float[np.ndarray, "records out in"]
    ranks: Int[np.ndarray, " records"]


@dataclass(frozen=True)
class Filling:
    """The same problem from a small and from a large start.

    Args:
        target: The whole matrix.
        observed: 1 where an entry is observed, else 0.
        levels: Errors of the greedy stages on the observed entries over that of zero, the origin
            first.
        runs: The small start, then the large one.
    """

    target: Float[np.ndarray, "out in"]
    observed: Int[np.ndarray, "out in"]
    levels: Float[np.ndarray, " stages"]
    runs: tuple[FillingRun, FillingRun]
