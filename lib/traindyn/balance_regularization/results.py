"""What running a claim leaves for the figures."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from traindyn.balance_regularization.experiments.digits import DigitsRun
from traindyn.balance_regularization.experiments.network_runs import NetworkRun
from traindyn.balance_regularization.experiments.neurons import BudgetRun
from traindyn.balance_regularization.experiments.trajectories import Paths
from traindyn.balance_regularization.theory.moments import Moments
from traindyn.inference import Estimate, estimate_mean
from traindyn.laws import GridLaw

__all__ = [
    "BudgetRun",
    "DecayRun",
    "DeepLimitRun",
    "DepthRun",
    "DigitsRun",
    "FluctuationRun",
    "NetworkRun",
    "PhaseMap",
    "PlaneRun",
    "RateRun",
    "RegressionRun",
    "TailRun",
    "TransitionRun",
    "TwoLayerRun",
]


@dataclass(frozen=True)
class RateRun:
    """One setting of the scalar model and its paths.

    Args:
        learning_rate: Learning rate of the run.
        batch_size: Batch size of the run.
        paths: Recorded replicas.
        moments: Moments of the data.
    """

    learning_rate: float
    batch_size: int
    paths: Paths
    moments: Moments

    @property
    def temperature(self) -> float:
        """Learning rate over batch size."""
        return self.learning_rate / self.batch_size

    @property
    def decay(self) -> np.ndarray:
        """Total decrease of log|u² − w²| of each replica."""
        return self.paths.log_imbalance[0] - self.paths.log_imbalance[-1]

    def predicted_decay(self, *, centered: bool) -> float:
        """Mean over replicas of 4∫[Tg + ηf²]dt along the paths, without f² if centered."""
        averages = self.paths.mean_v[-1], self.paths.mean_v_squared[-1]
        rate = self.temperature * self.moments.mean_noise(*averages)
        if not centered:
            rate = rate + self.learning_rate * self.moments.mean_squared_force(*averages)
        return float(4 * self.paths.times[-1] * rate.mean())

    def predicted_decay_over_time(self) -> np.ndarray:
        """Mean over replicas of 4T∫g dt up to each record."""
        noise = self.moments.mean_noise(self.paths.mean_v, self.paths.mean_v_squared)
        return 4 * self.temperature * self.paths.times * noise.mean(axis=1)

    def ratio(self, *, centered: bool) -> Estimate:
        """Measured over predicted decay."""
        return estimate_mean(self.decay / self.predicted_decay(centered=centered))


@dataclass(frozen=True)
class PlaneRun:
    """The same start under four dynamics.

    Args:
        descent: Gradient descent, by learning rate.
        noisy: SGD, Langevin and the mutant with independent noise, by name.
        moments: Moments of the data.
        learning_rate: Learning rate of the noisy runs.
    """

    descent: dict[float, Paths]
    noisy: dict[str, Paths]
    moments: Moments
    learning_rate: float


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
