"""The slow life of two layers: drift along the valley, its end, and what it does to a window."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

__all__ = ["DriftRun", "WindowRun"]


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
class WindowRun:
    """Variance against flatness in windows, one and two layers.

    Args:
        panels: Per name, pairs of flatness and variance (both over their largest), per setting.
        theory: Per name and setting, the predicted variances of one layer.
    """

    panels: dict[str, dict[str, tuple[np.ndarray, np.ndarray]]]
    theory: dict[str, np.ndarray]
