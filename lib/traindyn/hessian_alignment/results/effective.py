"""Overlaps of SGD against its limit, and the parts of a population block."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

__all__ = ["DensityRun", "MinibulkRun", "OverlapRun"]

Array = np.ndarray


@dataclass(frozen=True)
class OverlapRun:
    """Mean overlaps of one class along runs of SGD, and the limiting equations.

    Args:
        dimension: d.
        step_constant: Learning rate times d.
        times: Times of the records.
        m: Overlap of the weights of a class with its mean, averaged over replicas and classes.
        r: Squared norm of the rest of the weights, likewise.
        predicted_m: The limit of m.
        predicted_r: The limit of r.
        uncorrected_m: The same without the corrector.
        uncorrected_r: The same without the corrector.
    """

    dimension: int
    step_constant: float
    times: Float[Array, " times"]
    m: Float[Array, " times"]
    r: Float[Array, " times"]
    predicted_m: Float[Array, " times"]
    predicted_r: Float[Array, " times"]
    uncorrected_m: Float[Array, " times"]
    uncorrected_r: Float[Array, " times"]


@dataclass(frozen=True)
class DensityRun:
    """Density of the eigenvalues of one block of a finite sample, in units of the bulk.

    Args:
        points: Eigenvalues over the bulk of the population.
        measured: Smoothed density by Lanczos quadrature.
        error: Its standard error over directions.
        predicted: Law of the bulk, smoothed alike.
        outliers: Predicted outliers.
    """

    points: Float[Array, " n"]
    measured: Float[Array, " n"]
    error: Float[Array, " n"]
    predicted: Float[Array, " n"]
    outliers: Float[Array, " k"]


@dataclass(frozen=True)
class MinibulkRun:
    """Eigenvalues of the population block in the span of weights and means, over the bulk.

    Args:
        precisions: λ, rising.
        outliers: The k largest over the bulk.
        minibulk: The k others over the bulk.
        predicted_outliers: From the formula by parts.
        predicted_minibulk: From the formula by parts.
        density: The whole spectrum of a finite sample.
    """

    precisions: Float[Array, " n"]
    outliers: Float[Array, "n k"]
    minibulk: Float[Array, "n k"]
    predicted_outliers: Float[Array, "n k"]
    predicted_minibulk: Float[Array, "n k"]
    density: DensityRun
