"""Spectra of the whole matrices, and where gradients lie."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from traindyn.inference import Estimate


@dataclass(frozen=True)
class FullRun:
    """All eigenvalues of one run, falling.

    Args:
        classes: Number of classes k.
        dimension: Number of inputs d.
        hessian_start: Of the Hessian at the start.
        hessian_end: After training.
        gradient_start: Of the gradient matrix at the start.
        gradient_end: After training.
    """

    classes: int
    dimension: int
    hessian_start: np.ndarray
    hessian_end: np.ndarray
    gradient_start: np.ndarray
    gradient_end: np.ndarray


@dataclass(frozen=True)
class GradientRun:
    """Shares of squared gradients in top eigenspaces, and losses of projected training.

    Args:
        times: Times of the snapshots.
        shares: Of the mean gradient, per number of eigenvectors.
        single: Of gradients of single samples, for k eigenvectors.
        losses: After SGD, its dominant part only, its bulk part only.
    """

    times: np.ndarray
    shares: dict[int, list[Estimate]]
    single: list[Estimate]
    losses: dict[str, Estimate]
