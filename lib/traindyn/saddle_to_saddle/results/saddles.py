"""What is measured at the saddles of ranks one and two."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

__all__ = ["Passages", "Spectra"]


@dataclass(frozen=True)
class Passages:
    """How closely the flow passes the saddles of ranks one and two.

    Args:
        scales: Scales of the start.
        gradients: Smallest norm of the gradient between the escapes before and after a saddle.
        gaps: Distance of the loss from that of the saddle, there.
    """

    scales: Float[np.ndarray, " scales"]
    gradients: Float[np.ndarray, "scales starts saddles"]
    gaps: Float[np.ndarray, "scales starts saddles"]

    def last_slopes(
        self, values: Float[np.ndarray, "scales starts"]
    ) -> Float[np.ndarray, "starts"]:
        """Exponents of a quantity between the two smallest scales, per start."""
        steps = np.diff(np.log(self.scales))
        return np.asarray(np.diff(np.log(values), axis=0)[-1] / steps[-1])


@dataclass(frozen=True)
class Spectra:
    """Eigenvalues of the Hessian, rising, of networks of one shape.

    Args:
        origin: At the origin.
        saddles: At the saddles of ranks one and two that the greedy algorithm visits.
        generic: Where the first and last layer are zero and the others drawn, one row for each; the
            origin for two layers.
    """

    origin: Float[np.ndarray, " P"]
    saddles: Float[np.ndarray, "saddles P"]
    generic: Float[np.ndarray, "points P"]
