"""Eigenvalues of blocks over time, and their counts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class SeparationRun:
    """Eigenvalues of a block over time.

    Args:
        times: Times that were measured.
        values: Mean top eigenvalues for each matrix; times by count.
        grid: Times of the law.
        law: Predicted first and second eigenvalue for each matrix.
    """

    times: np.ndarray
    values: dict[str, np.ndarray]
    grid: np.ndarray
    law: dict[str, np.ndarray]


@dataclass(frozen=True)
class CountRun:
    """Top eigenvalues of one block for every geometry of the means and both matrices."""

    values: dict[tuple[str, str], np.ndarray]
