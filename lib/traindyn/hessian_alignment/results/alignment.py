"""Overlaps of weights with eigenspaces, over time and over λ."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from traindyn.inference import Estimate


@dataclass(frozen=True)
class AlignmentRun:
    """One setting over time.

    Args:
        matrix: ``hessian`` or ``gradient``.
        times: Times of the snapshots.
        overlaps: Overlap of the weights of each class, mean over replicas; times by classes.
        gaps: k-th over next eigenvalue.
        random: Overlap of a random vector, √(k/d).
        limit: Predicted overlap at late times.
        controls: Overlap at the last time when something is missing.
    """

    matrix: str
    times: np.ndarray
    overlaps: np.ndarray
    gaps: np.ndarray
    random: float
    limit: float
    controls: dict[str, float]


@dataclass(frozen=True)
class SubspaceRun:
    """Distance of eigenspaces from the span of the means.

    Args:
        precisions: Values of λ.
        distances: Largest sine per λ, for each matrix.
    """

    precisions: np.ndarray
    distances: dict[str, list[Estimate]]
