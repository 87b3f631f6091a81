"""What changes of the hidden bases do to training, and what training conserves."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

__all__ = ["SymmetryRun"]


@dataclass(frozen=True)
class SymmetryRun:
    """Training of networks, and of their images.

    Args:
        rotated: Trained from the start in rotated hidden bases: largest difference from the end in
            those bases, per network.
        stretched: The same for stretched bases.
        included: The same for the network inside a wider one.
        disturbed: The same where its new weights start small instead of 0.
        flow_changes: Largest change under gradient flow of what the flow conserves.
        descent_changes: The change under gradient descent, per rate; each is half of the one
            before.
        heun_changes: The change under steps with the mean of two slopes.
    """

    rotated: Float[np.ndarray, " networks"]
    stretched: Float[np.ndarray, " networks"]
    included: Float[np.ndarray, " networks"]
    disturbed: Float[np.ndarray, " networks"]
    flow_changes: Float[np.ndarray, " some_networks"]
    descent_changes: Float[np.ndarray, "rates networks"]
    heun_changes: Float[np.ndarray, "rates networks"]
