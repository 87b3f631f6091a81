"""The transition at the critical temperature, and the peak of the density."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

__all__ = ["GrowthCurves", "PeakMap", "PhaseMap", "TransitionRun"]


@dataclass(frozen=True)
class TransitionRun:
    """Growth near zero and mean of discrete SGD.

    Args:
        growth: Growth of log v per unit of time, rows (T/T_c, growth), by kind of data.
        means: Exact mean of v, in units of v*.
        ratios: T/T_c of the means.
    """

    growth: dict[str, np.ndarray]
    means: np.ndarray
    ratios: np.ndarray


@dataclass(frozen=True)
class PhaseMap:
    """Where the stationary density has a peak away from zero.

    Args:
        noises: Label noise, in units of the slope (rows).
        ratios: T/T_c (columns).
        seen: Whether the density has a peak.
        stated: Whether the paper's text grants one.
    """

    noises: np.ndarray
    ratios: np.ndarray
    seen: np.ndarray
    stated: np.ndarray


@dataclass(frozen=True)
class PeakMap:
    """The map with the rule that holds.

    Args:
        phases: What the figure shows.
        granted: Whether eq. 16 with a positive root grants a peak.
    """

    phases: PhaseMap
    granted: np.ndarray


@dataclass(frozen=True)
class GrowthCurves:
    """Growth of log v of discrete SGD near zero.

    Args:
        lowest: Lowest growth per step over learning rates up to 3 T_c, by noise of Gaussian data.
        bounded: The same with bounded inputs, at the smallest of these noises.
        curves: Growth per unit of time, rows (T/T_c, growth), by kind of data.
    """

    lowest: dict[float, float]
    bounded: float
    curves: dict[str, np.ndarray]
