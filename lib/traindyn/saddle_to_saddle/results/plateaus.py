"""Paths with their plateaus."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from traindyn.saddle_to_saddle.experiments.plateaus import Plateau

__all__ = [
    "GradientRun",
    "LogisticRun",
    "Plateau",
    "PlateauRun",
    "RegressionRun",
    "SecondEscapeRun",
    "Staircases",
]


@dataclass(frozen=True)
class PlateauRun:
    """One path and where it rests.

    Args:
        depth: Number of layers.
        scale: Scale of the start.
        times: Times of the record.
        loss: Cost along the path.
        singular_values: Of A along the path.
        plateaus: Where it rests.
    """

    depth: int
    scale: float
    times: Float[np.ndarray, " times"]
    loss: Float[np.ndarray, " times"]
    singular_values: Float[np.ndarray, "times rank"]
    plateaus: list[Plateau]


@dataclass(frozen=True)
class Staircases:
    """Paths to one target from smaller and smaller starts.

    Args:
        runs: The paths, by depth and falling scale.
        levels: Predicted losses of the plateaus.
    """

    runs: list[PlateauRun]
    levels: Float[np.ndarray, " stages"]


@dataclass(frozen=True)
class RegressionRun:
    """Paths of regressions, one per drawn problem, and what becomes of them with other inputs.

    Args:
        x: Inputs, one sample per column.
        y: Outputs.
        losses: Losses of the rests at ranks one and two; NaN where there is none.
        angles: Between the first direction of the path and the top left singular vector of the
            cross moment, in degrees.
        whitened_angles: The same with whitened inputs.
        fitted_angles: Between that vector and the first direction of the fitted outputs.
    """

    x: Float[np.ndarray, "problems in samples"]
    y: Float[np.ndarray, "problems out samples"]
    losses: Float[np.ndarray, "problems 2"]
    angles: Float[np.ndarray, " problems"]
    whitened_angles: Float[np.ndarray, " problems"]
    fitted_angles: Float[np.ndarray, " problems"]


@dataclass(frozen=True)
class GradientRun:
    """Smallest gradient on a plateau over the scale of the start, means over starts.

    Args:
        depth: Number of layers.
        rank: Rank of the saddle, at least 1.
        scales: Scales of the start.
        gradients: Smallest norm of the gradient between the escapes before and after it.
        exponent: Predicted exponent of the gradient.
    """

    depth: int
    rank: int
    scales: Float[np.ndarray, " scales"]
    gradients: Float[np.ndarray, " scales"]
    exponent: float


@dataclass(frozen=True)
class SecondEscapeRun:
    """Times of the first two escapes over the scale of the start.

    Args:
        scales: Scales of the start.
        first: Times of the first escape.
        second: Times of the second.
        first_slope: Predicted slope of the first in log(1/α).
        second_slope: The same of the second.
        naive_slope: What the second would be if the gradients commuted.
        all_observed: Times of the first with all entries observed.
        commuting: Times of the second where the gradients commute.
        single_precision: Measured slope of the second by descent in single precision.
    """

    scales: Float[np.ndarray, " scales"]
    first: Float[np.ndarray, "scales starts"]
    second: Float[np.ndarray, "scales starts"]
    first_slope: float
    second_slope: float
    naive_slope: float
    all_observed: Float[np.ndarray, "scales starts"]
    commuting: Float[np.ndarray, "scales starts"]
    single_precision: Float[np.ndarray, " fewer"]

    def last_slopes(self, times: Float[np.ndarray, "scales starts"]) -> Float[np.ndarray, "starts"]:
        """Time per factor e of the start between the two smallest scales."""
        return np.asarray(np.diff(times, axis=0)[-1] / np.diff(-np.log(self.scales))[-1])


@dataclass(frozen=True)
class LogisticRun:
    """A path without a finite minimum.

    Args:
        times: Times of the record.
        loss: Cost along the path.
        norm: Norm of the parameters along the path.
        margin: Smallest entry of A times its sign along the path.
        rank: Rank of A at the end.
        plateaus: Where it rests.
    """

    times: Float[np.ndarray, " times"]
    loss: Float[np.ndarray, " times"]
    norm: Float[np.ndarray, " times"]
    margin: Float[np.ndarray, " times"]
    rank: int
    plateaus: list[Plateau]

    def margin_at(self, time: float) -> float:
        """The smallest margin at a time, between records on a logarithmic axis of time."""
        return float(np.interp(np.log(time), np.log(self.times[1:]), self.margin[1:]))

    def reaches(self, level: float) -> float:
        """When the smallest margin first passes a level, between records on a line.

        Raises:
            ValueError: If it never does, or is above from the start.
        """
        after = int(np.argmax(self.margin > level))
        if after == 0:
            lowest, highest = self.margin[0], self.margin.max()
            raise ValueError(f"level must lie between {lowest} and {highest}, got {level}")
        steps = slice(after - 1, after + 1)
        return float(np.interp(level, self.margin[steps], self.times[steps]))
