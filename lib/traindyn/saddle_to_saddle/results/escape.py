"""First escapes over decades of the start's scale."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

__all__ = ["EscapeRun", "WidthRun"]


@dataclass(frozen=True)
class EscapeRun:
    """Escapes of one depth from the same directions at shrinking scales.

    Args:
        depth: Number of layers.
        scales: Scales of the start, falling.
        times: Times until half of the first singular value is learned, per scale and start.
        angles: Angles to the top singular vectors, the larger of the two.
        layer_ratios: Second over first singular value of a layer, the largest.
        distances: Distance to a balanced network of width one.
        ratio: Second over first singular value of the target.
        misalignment: At the smallest scale, one minus the cosine between neighboring layers.
        norm_spread: At the smallest scale, largest over smallest norm of a layer, minus one.
    """

    depth: int
    scales: Float[np.ndarray, " scales"]
    times: Float[np.ndarray, "scales starts"]
    angles: Float[np.ndarray, "scales starts"]
    layer_ratios: Float[np.ndarray, "scales starts"]
    distances: Float[np.ndarray, "scales starts"]
    ratio: float
    misalignment: float
    norm_spread: float

    def slopes(
        self, values: Float[np.ndarray, "scales starts"]
    ) -> Float[np.ndarray, "pairs starts"]:
        """Local exponents of a quantity in the scale, between neighboring scales."""
        return np.diff(np.log(values), axis=0) / np.diff(np.log(self.scales))[:, None]


@dataclass(frozen=True)
class WidthRun:
    """Escape times over the width at a fixed exponent of the start.

    Args:
        depth: Number of layers.
        gamma: Exponent of the start, σ² = w^(−γ).
        widths: Widths, rising.
        times: Escape times, mean over starts.
        predicted: The times of an infinitely wide network with weights of this size.
    """

    depth: int
    gamma: float
    widths: Float[np.ndarray, " widths"]
    times: Float[np.ndarray, " widths"]
    predicted: Float[np.ndarray, " widths"]
