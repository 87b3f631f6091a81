"""Distances and constants over the width."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

__all__ = ["ConstantRun", "DescentRatios", "DistanceRun", "StartDistances"]


@dataclass(frozen=True)
class StartDistances:
    """Distances of random starts, one array per width.

    Args:
        depth: Number of layers.
        gamma: Exponent of the start.
        modes: Modes that the explicit saddle drops.
        widths: Widths, rising.
        minimum: Distance to the nearest minimum found; NaN where none was sought.
        missing: Norm of what the start has to fit.
        saddle: Distance to the explicit saddle.
        dropped: Part of it that drops modes from the outer layers.
        origin: Distance to the origin.
    """

    depth: int
    gamma: float
    modes: int
    widths: Float[np.ndarray, " widths"]
    minimum: tuple[Float[np.ndarray, " _"], ...]
    missing: tuple[Float[np.ndarray, " _"], ...]
    saddle: tuple[Float[np.ndarray, " _"], ...]
    dropped: tuple[Float[np.ndarray, " _"], ...]
    origin: tuple[Float[np.ndarray, " _"], ...]


@dataclass(frozen=True)
class DistanceRun:
    """Distances of random starts over the width, means over starts.

    Args:
        depth: Number of layers.
        gamma: Exponent of the start.
        widths: Widths, rising.
        minimum: Distance to the nearest minimum found; NaN where none was sought.
        minimum_ratio: The same over its prediction.
        saddle: Distance to the explicit saddle.
        saddle_ratio: The same over its prediction.
        dropped: Part of it that drops modes from the outer layers.
        origin: Distance to the origin.
    """

    depth: int
    gamma: float
    widths: Float[np.ndarray, " widths"]
    minimum: Float[np.ndarray, " widths"]
    minimum_ratio: Float[np.ndarray, " widths"]
    saddle: Float[np.ndarray, " widths"]
    saddle_ratio: Float[np.ndarray, " widths"]
    dropped: Float[np.ndarray, " widths"]
    origin: Float[np.ndarray, " widths"]

    def slope(self, values: Float[np.ndarray, " widths"]) -> float:
        """Exponent of a quantity in the width, by least squares."""
        return float(np.polyfit(np.log(self.widths), np.log(values), 1)[0])


@dataclass(frozen=True)
class ConstantRun:
    """A constant of training over the width, one per exponent of the start.

    Args:
        widths: Widths, rising.
        values: Smallest ratio of squared gradient to twice the cost along the path, by exponent.
        predicted: The scale of the kernel, by exponent.
    """

    widths: Float[np.ndarray, " widths"]
    values: dict[float, Float[np.ndarray, " widths"]]
    predicted: dict[float, Float[np.ndarray, " widths"]]


@dataclass(frozen=True)
class DescentRatios:
    """Ratios of squared gradient to twice the cost.

    Args:
        gamma: Exponent of the start.
        widths: Widths, rising.
        squared_gradient: Squared gradient at the start.
        cost: The cost at the start.
        smallest: The smallest ratio along the path, of a few starts.
    """

    gamma: float
    widths: Int[np.ndarray, " widths"]
    squared_gradient: Float[np.ndarray, "widths starts"]
    cost: Float[np.ndarray, "widths starts"]
    smallest: Float[np.ndarray, "widths some_starts"]
