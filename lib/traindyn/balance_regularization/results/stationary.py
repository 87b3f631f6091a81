"""Laws of v below the critical temperature, and their samples."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from traindyn.inference import Estimate
from traindyn.laws import GridLaw

__all__ = [
    "EquationRun",
    "ExcessLoss",
    "FluctuationRun",
    "RegressionRun",
    "RegressionSamples",
    "TwoLayerRun",
]


@dataclass(frozen=True)
class RegressionRun:
    """Depth 0: samples of the stochastic equation and their predicted laws, by temperature."""

    samples: dict[float, np.ndarray]
    laws: dict[float, GridLaw]


@dataclass(frozen=True)
class TwoLayerRun:
    """Depth 1: discrete SGD against its parameter-free law.

    Args:
        samples: Final v of simulated SGD, by T/T_c.
        laws: Predicted laws, by T/T_c.
        chains: Exact laws of discrete SGD, by T/T_c.
        mutants: Wrong laws at T = 0.3 T_c, by name.
        by_noise: Worst distance of the exact law, by noise of the data.
        by_batch: Distance of the exact law at equal temperature, by batch size.
        gaussian: Distance of simulated SGD with Gaussian data, by noise of the data.
    """

    samples: dict[float, np.ndarray]
    laws: dict[float, GridLaw]
    chains: dict[float, GridLaw]
    mutants: dict[str, GridLaw]
    by_noise: dict[float, float]
    by_batch: dict[int, float]
    gaussian: dict[float, Estimate]


@dataclass(frozen=True)
class FluctuationRun:
    """Variance of v over temperature.

    Args:
        ratios: T/T_c.
        two_layers: Exact variance of discrete SGD at depth 1, in units of v*².
        regression: Variance of simulated SGD at depth 0, in units of v*².
        simulated: Variance of simulated SGD at depth 1, by T/T_c.
    """

    ratios: np.ndarray
    two_layers: np.ndarray
    regression: list[Estimate]
    simulated: dict[float, Estimate]


@dataclass(frozen=True)
class RegressionSamples:
    """Samples of the stochastic equation at depth 0.

    Args:
        states: Final v.
        tail: Hill's tail exponent above a threshold, from several times.
    """

    states: np.ndarray
    tail: Estimate


@dataclass(frozen=True)
class EquationRun:
    """Samples at depth 1.

    Args:
        distance: Distance from eq. 15.
        mutants: Distance from wrong laws, by name.
    """

    distance: Estimate
    mutants: dict[str, Estimate]


@dataclass(frozen=True)
class ExcessLoss:
    """The stochastic equation at depth 1, where discrete SGD blows up.

    Args:
        loss: Excess loss.
        large: Share of time with weights that count as blown up.
    """

    loss: Estimate
    large: Estimate
