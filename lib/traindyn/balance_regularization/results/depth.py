"""Nets of any depth: their laws, tails and limits, with and without weight decay."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from traindyn.balance_regularization.experiments.depth import DeepPaths
from traindyn.balance_regularization.experiments.weight_decay import Net
from traindyn.inference import Estimate
from traindyn.laws import GridLaw

__all__ = [
    "ClockRun",
    "DecayRun",
    "DeepLimitRun",
    "DeepPaths",
    "DepthRun",
    "TailRun",
    "WaitingTimes",
]


@dataclass(frozen=True)
class DepthRun:
    """Samples of the stochastic equation of v and their predicted laws, by depth."""

    samples: dict[int, np.ndarray]
    laws: dict[int, GridLaw]


@dataclass(frozen=True)
class TailRun:
    """The tail of the law of v.

    Args:
        v: States, equally spaced in log v.
        log_density: Logarithm of the unnormalized density at these states, by depth.
        exponents: Hill's exponent of the law and of its samples at the same threshold, by depth.
    """

    v: np.ndarray
    log_density: dict[int, np.ndarray]
    exponents: dict[int, tuple[float, Estimate]]


@dataclass(frozen=True)
class DeepLimitRun:
    """Laws of very deep nets.

    Args:
        scaled: Distance between the laws of (T, d) and (2T, 2d) at d = D, by depth D.
        unscaled: Distance between the laws of (T, d) and (2T, d), by depth.
        medians: Median of v, in units of v*, by d/D.
    """

    scaled: dict[int, float]
    unscaled: dict[int, float]
    medians: dict[float, float]


@dataclass(frozen=True)
class DecayRun:
    """Nets of depth 1 and 2 with and without weight decay that fall to zero.

    Args:
        times: Times of the simulation.
        fractions: Measured fraction at zero at these times, by net.
        curve_times: Times of the prediction.
        curves: Predicted fraction at these times, by net.
        decays: Weight decays.
        waits: Predicted mean time to fall to zero at these decays, by depth.
    """

    times: np.ndarray
    fractions: dict[str, list[Estimate]]
    curve_times: np.ndarray
    curves: dict[str, np.ndarray]
    decays: np.ndarray
    waits: dict[int, np.ndarray]


@dataclass(frozen=True)
class WaitingTimes:
    """How nets with weight decay are predicted to fall to zero.

    Args:
        times: Times of the fractions.
        curves: Fraction at zero at these times, by depth and decay.
        decays: Weight decays of the mean times.
        waits: Mean time to fall to zero at these decays, by depth.
    """

    times: np.ndarray
    curves: dict[Net, np.ndarray]
    decays: np.ndarray
    waits: dict[int, np.ndarray]


@dataclass(frozen=True)
class ClockRun:
    """A function of a subnet that grows evenly in time.

    Args:
        start: Its mean at the first record.
        growth: Its growth per unit of time.
    """

    start: float
    growth: Estimate
