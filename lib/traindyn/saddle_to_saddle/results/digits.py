"""Training on the digits data from smaller and smaller starts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from traindyn.saddle_to_saddle.experiments.digits import FitRun

__all__ = ["EscapeTimes", "FitRun"]


@dataclass(frozen=True)
class EscapeTimes:
    """Times to leave the origin over the scale of the start.

    Args:
        scales: Standard deviations of the first weights, falling.
        times: Steps times learning rate until the fit has half its first singular value.
        rate: Predicted rate of escape.
        learning_rate: Learning rate of the descent.
    """

    scales: Float[np.ndarray, " runs"]
    times: Float[np.ndarray, " runs"]
    rate: float
    learning_rate: float

    @property
    def predicted_slope(self) -> float:
        r"""Time per unit of log(1/scale): :math:`\eta / \log(1 + \eta s)`, for small steps 1/s."""
        return float(self.learning_rate / np.log1p(self.learning_rate * self.rate))

    @property
    def slopes(self) -> Float[np.ndarray, " pairs"]:
        """Measured time per unit of log(1/scale), between neighbors."""
        return np.diff(self.times) / -np.diff(np.log(self.scales))
