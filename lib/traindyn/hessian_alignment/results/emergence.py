"""Outliers of the blocks, at the start over the precision and along runs over time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from traindyn.hessian_alignment.experiments.blocks import Matrix

__all__ = ["BlockSeries", "EmergenceRun", "Matrix", "StartRun"]

Array = np.ndarray


@dataclass(frozen=True)
class StartRun:
    """The block at zero weights over the precision.

    Args:
        classes: k.
        critical: Predicted threshold.
        precisions: Precisions of the measurements, rising.
        squared_cosines: Measured overlap of the means with the top k eigenspace.
        grid: Precisions of the prediction.
        predicted: Predicted squared cosine on the grid.
    """

    classes: int
    critical: float
    precisions: Float[Array, " n"]
    squared_cosines: Float[Array, " n"]
    grid: Float[Array, " m"]
    predicted: Float[Array, " m"]


@dataclass(frozen=True)
class BlockSeries:
    """One matrix along a run, means over replicas and classes.

    Args:
        values: The k + 1 largest eigenvalues.
        outliers: Predicted outliers; not a number where there is none.
        edge: Predicted edge of the bulk.
        cosine: Squared cosine of the first eigenvector with the mean of the class.
        predicted_cosine: Its prediction, zero without an outlier.
    """

    values: Float[Array, "times top"]
    outliers: Float[Array, "times k"]
    edge: Float[Array, " times"]
    cosine: Float[Array, " times"]
    predicted_cosine: Float[Array, " times"]


@dataclass(frozen=True)
class EmergenceRun:
    """Blocks along a run.

    Args:
        classes: k.
        precision: λ.
        times: Times of the spectra.
        series: One series per matrix.
    """

    classes: int
    precision: float
    times: Float[Array, " times"]
    series: dict[Matrix, BlockSeries]
