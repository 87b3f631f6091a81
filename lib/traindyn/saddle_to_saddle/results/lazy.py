"""What lazy training does to the kernel and to entries without data."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

__all__ = ["KernelDistances", "LazyRun", "StepRun"]


@dataclass(frozen=True)
class LazyRun:
    """What training does at one width, per start.

    Args:
        kernel_change: Relative change of the kernel over its prediction.
        hidden_motion: Motion of the hidden entries over its prediction.
        hidden_error: Error on the hidden entries over that of predicting zero.
    """

    kernel_change: Float[np.ndarray, " starts"]
    hidden_motion: Float[np.ndarray, " starts"]
    hidden_error: Float[np.ndarray, " starts"]


@dataclass(frozen=True)
class KernelDistances:
    """Distances of the kernel at the start from its mean, over the prediction, per start.

    Args:
        normal: With independent normal weights.
        orthogonal: With orthogonal middle layers of the same size.
    """

    normal: Float[np.ndarray, " starts"]
    orthogonal: Float[np.ndarray, " orthogonal_starts"]


@dataclass(frozen=True)
class StepRun:
    """Relative change of the kernel by the smallest step to the target, one array per width.

    Args:
        changes: Over its prediction.
        without_start: Over the prediction without the matrix of the start.
        per_size: Over the prediction at width one: per size of what is learned.
    """

    changes: tuple[Float[np.ndarray, " starts"], ...]
    without_start: tuple[Float[np.ndarray, " starts"], ...]
    per_size: tuple[Float[np.ndarray, " starts"], ...]
