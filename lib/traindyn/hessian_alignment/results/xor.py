"""Layers of the XOR network over time, and the corners that it captures."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from traindyn.inference import Estimate


@dataclass(frozen=True)
class XorLayers:
    """Overlaps and eigenvalues over time.

    Args:
        times: Times of the snapshots.
        first: Overlap of incoming weights with two eigenvectors, per matrix.
        second: Overlap of outgoing weights with four eigenvectors of the Hessian.
        values: Mean top eigenvalues of the second layer's Hessian; times by count.
        first_random: Overlap of a random vector in the first layer.
        second_random: And in the second.
        corner: Predicted eigenvalue per captured corner for large λ.
    """

    times: np.ndarray
    first: dict[str, list[Estimate]]
    second: list[Estimate]
    values: np.ndarray
    first_random: float
    second_random: float
    corner: float


@dataclass(frozen=True)
class PathRun:
    """Four neurons on their way to corners, for SGD and for the flow without noise.

    Args:
        times: Times of the snapshots.
        means: Products of incoming weights with μ and ν: of SGD, times by neurons by two.
        logits: Logits at the four corners: of SGD, times by four.
        flow_means: Of the flow from the same start.
        flow_logits: Of the flow.
        captured: Predicted size of the logit of a captured corner.
    """

    times: np.ndarray
    means: np.ndarray
    logits: np.ndarray
    flow_means: np.ndarray
    flow_logits: np.ndarray
    captured: float


@dataclass(frozen=True)
class CornerRun:
    """How often 1, 2, 3, 4 corners are captured.

    Args:
        predicted: Probabilities.
        late: Frequencies after a long time.
        early: Frequencies of runs stopped too early.
        eigenvalues: Mean eigenvalues of the Hessian over their law, per number of corners.
    """

    predicted: np.ndarray
    late: np.ndarray
    early: np.ndarray
    eigenvalues: dict[int, np.ndarray]
