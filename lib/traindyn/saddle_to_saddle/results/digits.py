"""Training on the digits data from smaller and smaller starts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from traindyn.saddle_to_saddle.experiments.digits import FitRun

__all__ = ["DigitsLaw", "DigitsRun", "EscapeTimes", "FitRun"]


@dataclass(frozen=True)
class DigitsLaw:
    """What the data predict.

    Args:
        linear_rate: Rate at which two linear layers leave the origin.
        rectified_rate: The same with ReLU.
        fitted: Singular values of the least-squares fit, over the root of the number of images.
        least_loss: Loss of that fit, the least of a linear network.
    """

    linear_rate: float
    rectified_rate: float
    fitted: Float[np.ndarray, " rank"]
    least_loss: float


@dataclass(frozen=True)
class EscapeTimes:
    """Times to leave the origin over the scale of the start.

    Args:
        scales: Standard deviations of the first weights, falling.
        times: Steps times learning rate until the fit has half its first singular value.
        rate: Predicted rate of escape.
        learning_rate: Learning rate of the descent.
    """

    scales: Float[np.ndarray, " scales"]
    times: Float[np.ndarray, "scales networks"]
    rate: float
    learning_rate: float

    @property
    def predicted_slope(self) -> float:
        r"""Time per unit of log(1/scale): :math:`\eta / \log(1 + \eta s)`, for small steps 1/s."""
        return float(self.learning_rate / np.log1p(self.learning_rate * self.rate))

    @property
    def slopes(self) -> Float[np.ndarray, "pairs networks"]:
        """Measured time per unit of log(1/scale), between neighbors."""
        return np.asarray(np.diff(self.times, axis=0) / -np.diff(np.log(self.scales))[:, None])


@dataclass(frozen=True)
class DigitsRun:
    """What the figure shows.

    Args:
        linear: Fit of a linear network of three layers.
        rectified: The same with ReLU.
        levels: Predicted singular values of the linear fit.
        times: Escape times of two layers, by name.
    """

    linear: FitRun
    rectified: FitRun
    levels: Float[np.ndarray, " rank"]
    times: dict[str, EscapeTimes]
