"""The second escape of two layers on many problems of matrix completion."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

__all__ = ["SecondEscapes"]


@dataclass(frozen=True)
class SecondEscapes:
    """Time of the second escape per factor e of the start's scale, problem by problem.

    Args:
        measured: Between two scales of a start.
        predicted: From the gradients at the origin and at the first saddle.
        naive: What it would be if they commuted.
    """

    measured: Float[np.ndarray, " problems"]
    predicted: Float[np.ndarray, " problems"]
    naive: Float[np.ndarray, " problems"]
