"""The first escape: over decades of the start's scale, over the width, and what it looks like."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

__all__ = [
    "DirectionCounts",
    "EscapeRun",
    "LayerShape",
    "LearningTimes",
    "ModeTimes",
    "SpeedRun",
    "WidthRun",
    "WidthTimes",
]


@dataclass(frozen=True)
class EscapeRun:
    """Escapes of one depth from the same directions at shrinking scales.

    Args:
        depth: Number of layers.
        scales: Scales of the start, falling.
        times: Times until half of the first singular value is learned, per scale and start.
        angles: Angles to the top singular vectors toward the second ones, the larger of the two.
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
    misalignment: Float[np.ndarray, " starts"]
    norm_spread: Float[np.ndarray, " starts"]

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


@dataclass(frozen=True)
class WidthTimes:
    """Escape times of independent starts at some widths.

    Args:
        widths: Widths, rising.
        times: Times until half of the first singular value is learned.
        moments: What the first singular pair of the target sees of a start, each with mean zero:
            the squared norms of its images in the outer layers, over their mean and minus one, and
            the overlap of the two through the layers between.
    """

    widths: Int[np.ndarray, " widths"]
    times: Float[np.ndarray, "widths starts"]
    moments: Float[np.ndarray, "widths starts 3"]

    @property
    def steadier(self) -> Float[np.ndarray, "widths starts"]:
        """The times less the part that is linear in the moments: same mean, less scatter.

        The coefficients are those of least squares; that they are fitted to the same starts changes
        the mean by their scatter over the number of starts.
        """
        found = []
        for times, moments in zip(self.times, self.moments, strict=True):
            table = np.column_stack([np.ones(len(times)), moments])
            fit = np.linalg.lstsq(table, times, rcond=None)[0]
            found.append(times - moments @ fit[1:])
        return np.array(found)


@dataclass(frozen=True)
class ModeTimes:
    """Escape times of two layers beside the strengths of the modes that they start with.

    Args:
        times: Times until half of the first singular value is learned.
        first: Strength of a balanced mode along the first singular pair that grows alike.
    """

    times: Float[np.ndarray, " starts"]
    first: Float[np.ndarray, " starts"]


@dataclass(frozen=True)
class LearningTimes:
    """Times in which the first singular value grows, after starts of shrinking scale.

    Args:
        depth: Number of layers.
        levels: Its value at time 0, then the values that are waited for.
        scales: Scales of the start, falling.
        times: Times until each value that is waited for.
    """

    depth: int
    levels: Float[np.ndarray, " 1+ends"]
    scales: Float[np.ndarray, " scales"]
    times: Float[np.ndarray, "scales starts ends"]


@dataclass(frozen=True)
class LayerShape:
    """How far the layers are from those of a balanced network of width one.

    Args:
        misalignment: One minus the cosine between neighboring layers, the largest.
        norm_spread: Largest over smallest norm of a layer, minus one.
        layer_ratio: Second over first singular value of a layer, the largest.
    """

    misalignment: Float[np.ndarray, " starts"]
    norm_spread: Float[np.ndarray, " starts"]
    layer_ratio: Float[np.ndarray, " starts"]


@dataclass(frozen=True)
class DirectionCounts:
    """How many random starts turn into the fastest direction out of zero.

    Args:
        trials: Number of starts.
        early: Those that have reached it after few sweeps.
        reached: Those that reach it.
        frozen_trials: Number of starts whose last layer does not move.
        frozen: Those of them that reach it.
    """

    trials: int
    early: int
    reached: int
    frozen_trials: int
    frozen: int


@dataclass(frozen=True)
class SpeedRun:
    """Speeds on the way out, the growth of the norm over its power L − 1.

    Args:
        depth: Number of layers.
        starts: Norms of the start, falling.
        speeds: Speed after each of them, always at the same operator norm of A.
        at_random: Speed of the random directions themselves.
    """

    depth: int
    starts: Float[np.ndarray, " starts"]
    speeds: Float[np.ndarray, "starts directions"]
    at_random: Float[np.ndarray, " directions"]
