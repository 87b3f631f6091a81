"""The slow life of two layers: drift along the valley, its end, and what it does to a window."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from traindyn.inference import Estimate

__all__ = [
    "ComponentRun",
    "DriftRates",
    "DriftRun",
    "EndOfDrift",
    "SlowDrift",
    "WindowExponents",
    "WindowRun",
    "WindowVariances",
]


@dataclass(frozen=True)
class DriftRun:
    """Squared singular values along a long run, averaged over replicas.

    Args:
        times: Steps times the decay rate of unused modes.
        first: Squared singular values of the first layer.
        second: Squared singular values of the second layer.
        variances: Variances over that of the first mode in windows along the run; empty if none.
        predicted: What a²/(a² + b²) predicts for them.
    """

    times: np.ndarray
    first: np.ndarray
    second: np.ndarray
    variances: np.ndarray
    predicted: np.ndarray


@dataclass(frozen=True)
class SlowDrift:
    """A long run of two layers with one output.

    Args:
        shown: The run.
        decay: Late decay rate of the weakest mode, over the predicted one.
        decay_of_needed: The same of the mode that the map needs.
        shape: In a late window, variances of the decaying modes over the predicted ones, relative
            to the same of the first mode.
        earlier_shape: Variances in an earlier window over the same prediction.
    """

    shown: DriftRun
    decay: Estimate
    decay_of_needed: float
    shape: Estimate
    earlier_shape: Estimate


@dataclass(frozen=True)
class DriftRates:
    """Change of the imbalance over the predicted drift, with label noise and with little."""

    noisy: Estimate
    quiet: Estimate


@dataclass(frozen=True)
class ComponentRun:
    """Principal components of the second layer in a window, means over replicas.

    Args:
        cosine: Cosine between the first component and the mean of the layer.
        ratio: Variance of the first over that of the second component.
        correlation: Correlation of log variance and log flatness over the other components.
        correlation_with_first: The same with the first component.
    """

    cosine: Estimate
    ratio: Estimate
    correlation: Estimate
    correlation_with_first: Estimate


@dataclass(frozen=True)
class EndOfDrift:
    """A long run of two layers with several outputs.

    Args:
        times: Steps times the decay rate of unused modes.
        first: Squared singular values of the first layer, averaged over replicas.
        second: Those of the second layer.
        predicted_first: Where the former end.
        predicted_second: Where the latter end.
        late_first: The former averaged over the end of the run.
        ratio: Sum of the former over sum of the latter, at the end of the run.
        variances_at_start: Largest distance from 1 of the variances of the second layer in linear
            theory over those of the predicted end, at the start.
        variances_at_end: The same at the end.
    """

    times: np.ndarray
    first: np.ndarray
    second: np.ndarray
    predicted_first: np.ndarray
    predicted_second: np.ndarray
    late_first: np.ndarray
    ratio: Estimate
    variances_at_start: float
    variances_at_end: float


@dataclass(frozen=True)
class WindowRun:
    """Variance against flatness in windows, one and two layers.

    Args:
        panels: Per name, pairs of flatness and variance (both over their largest), per setting.
        theory: Per name and setting, the predicted variances of one layer.
    """

    panels: dict[str, dict[str, tuple[np.ndarray, np.ndarray]]]
    theory: dict[str, np.ndarray]


@dataclass(frozen=True)
class WindowVariances:
    """Variances over T in windows, one row per replica.

    Args:
        windows: Steps of each window.
        flatness: Flatness of the directions.
        variances: Measured variances.
        theory: Predicted variances, where theory has them.
    """

    windows: dict[str, int]
    flatness: np.ndarray
    variances: dict[str, np.ndarray]
    theory: dict[str, np.ndarray]


@dataclass(frozen=True)
class WindowExponents:
    """Exponents d log V / d log F over the flattest directions, by window.

    Args:
        one: Of one layer.
        two: Of two layers.
        predicted: Predicted exponents of one layer, where theory has them.
    """

    one: dict[str, Estimate]
    two: dict[str, Estimate]
    predicted: dict[str, float]
