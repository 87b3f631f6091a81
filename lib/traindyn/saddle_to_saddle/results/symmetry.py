"""What changes of the hidden bases do to training, and what training conserves."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

__all__ = ["SymmetryRun"]


@dataclass(frozen=True)
class SymmetryRun:
    """Training of one network, and of its images.

    Args:
        rotated: Trained from the start in rotated hidden bases: largest difference from the end in
            those bases.
        stretched: The same for stretched bases.
        included: The same for the network inside a wider one.
        disturbed: The same where its new weights start small instead of 0.
        flow_change: Largest change under gradient flow of what the flow conserves.
        rates: Learning rates, each half of the one before.
        descent_changes: The change under gradient descent, per rate.
        heun_changes: The change under steps with the mean of two slopes, for the first two rates.
    """

    rotated: float
    stretched: float
    included: float
    disturbed: float
    flow_change: float
    rates: Float[np.ndarray, " rates"]
    descent_changes: Float[np.ndarray, " rates"]
    heun_changes: Float[np.ndarray, "2"]
