"""The slow life of two layers: drift along the valley, its end, and what it does to a window."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

__all__ = [
    "ComponentRun",
    "DriftChange",
    "DriftRates",
    "DriftRun",
    "DriftWindow",
    "EndOfDrift",
    "SlowDrift",
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
class DriftWindow:
    """Variances of the second layer in a window, networks by modes.

    Args:
        found: Measured, along the modes of the first layer at that time.
        predicted: a²/(a² + b²) at that time, of which a window of this length sees a share.
        at_start: The same with the singular values of the start.
    """

    found: np.ndarray
    predicted: np.ndarray
    at_start: np.ndarray


@dataclass(frozen=True)
class SlowDrift:
    """A long run of two layers with one output.

    Args:
        times: Steps times the decay rate of unused modes.
        first: Squared singular values of the first layer, times by networks by modes.
        second: Squared singular value of the second layer, times by networks.
        windows: Variances in windows along the run.
        learning_rate: Learning rate η.
        batch_size: Samples S per batch.
    """

    times: np.ndarray
    first: np.ndarray
    second: np.ndarray
    windows: list[DriftWindow]
    learning_rate: float
    batch_size: int


@dataclass(frozen=True)
class DriftChange:
    """Change of the imbalance Q per network, projected on the drift of its start.

    Args:
        change: The measured change.
        added: The drift that theory adds up to along the run.
        at_minimum: The drift with the loss of the minimum.
    """

    change: np.ndarray
    added: np.ndarray
    at_minimum: np.ndarray


@dataclass(frozen=True)
class DriftRates:
    """Change of the imbalance with label noise, and with little in units of the former's drift."""

    noisy: DriftChange
    quiet: DriftChange


@dataclass(frozen=True)
class ComponentRun:
    """Principal components of the second layer in a window, per network.

    Args:
        cosine: Cosine between the first component and the mean of the layer.
        ratio: Variance of the first over that of the second component.
        correlation: Correlation of log variance and log flatness over the other components.
        correlation_with_first: The same with the first component.
    """

    cosine: np.ndarray
    ratio: np.ndarray
    correlation: np.ndarray
    correlation_with_first: np.ndarray


@dataclass(frozen=True)
class EndOfDrift:
    """A long run of two layers with several outputs.

    Args:
        times: Steps times the decay rate of unused modes.
        first: Squared singular values of the first layer, averaged over networks.
        second: Those of the second layer.
        late_first: The former at the end of the run, per network.
        late_second: The latter.
        variances: Linear theory of the second layer over T at the end, networks by outputs by
            modes.
    """

    times: np.ndarray
    first: np.ndarray
    second: np.ndarray
    late_first: np.ndarray
    late_second: np.ndarray
    variances: np.ndarray


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
    """Variances over T in windows, one row per problem or network.

    Args:
        windows: Steps of each window.
        flatness: Flatness of the directions.
        curvatures: Curvatures of the directions, problems by directions.
        variances: Measured variances.
        theory: Predicted variances, where theory has them.
    """

    windows: dict[str, int]
    flatness: np.ndarray
    curvatures: np.ndarray
    variances: dict[str, np.ndarray]
    theory: dict[str, np.ndarray]
