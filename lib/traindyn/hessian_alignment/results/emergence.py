"""Outliers of the blocks, at the start over the precision and along runs over time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from traindyn.hessian_alignment.experiments.blocks import Matrix

__all__ = ["BlockSeries", "Compared", "EmergenceRun", "Matrix", "Predicted", "StartRun"]

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
class Predicted:
    """What a theory says about every block.

    Args:
        edge: Upper edge of the bulk.
        outliers: Eigenvalues above it, falling; not a number where there is none.
        with_weights: Share of the squared weights of the class in the span of the outliers'
            eigenvectors.
        with_mean: Squared cosine of the first of them with the mean of the class; zero without an
            outlier.
    """

    edge: Float[Array, "replicas classes"]
    outliers: Float[Array, "replicas classes k"]
    with_weights: Float[Array, "replicas classes"]
    with_mean: Float[Array, "replicas classes"]

    def counts(self) -> Int[Array, "replicas classes"]:
        """Number of outliers of every block."""
        return np.asarray(np.isfinite(self.outliers).sum(axis=-1))


@dataclass(frozen=True)
class Compared:
    """Measured tops of blocks beside what two theories predict for them.

    Args:
        values: Measured k + 1 largest eigenvalues.
        with_weights: Measured share of the squared weights in the top k eigenvectors.
        with_mean: Measured squared cosine of the first eigenvector with the mean of the class.
        exact: What is predicted.
        naive: The same with weights independent of the samples; None unless asked for.
        plain_edge: Edge for equal weights of the same mean.
    """

    values: Float[Array, "replicas classes top"]
    with_weights: Float[Array, "replicas classes"]
    with_mean: Float[Array, "replicas classes"]
    exact: Predicted
    naive: Predicted | None
    plain_edge: Float[Array, "replicas classes"]

    def theory(self, naive: bool = False) -> Predicted:
        """What the exact or the naive theory predicts.

        Raises:
            ValueError: If the naive theory was not asked.
        """
        if not naive:
            return self.exact
        if self.naive is None:
            raise ValueError("naive must be False: this theory was not asked")
        return self.naive


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
