"""The spectrum of the weights, computed once in float64; every statistic reads it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from scipy.sparse.linalg import eigsh
from torch import Tensor

from traindyn.heavy_tailed_esd.experiments.network import Weights

Array = np.ndarray


@dataclass(frozen=True)
class Spectrum:
    """Eigenvalues of W^T W.

    Args:
        eigenvalues: All d eigenvalues, rising.
        hidden: Number h of rows of W.
    """

    eigenvalues: Float[Array, " inputs"]
    hidden: int

    @property
    def inputs(self) -> int:
        """Number d of columns of W."""
        return len(self.eigenvalues)

    @property
    def top(self) -> float:
        """The largest eigenvalue."""
        return float(self.eigenvalues[-1])


def gram(weights: Weights) -> Float[Array, "inputs inputs"]:
    """The matrix W^T W in float64.

    In float32 the small eigenvalues are lost to rounding: the product squares the condition number.
    """
    w = weights.detach().double().numpy()
    return np.asarray(w.T @ w)


def spectrum(weights: Weights) -> Spectrum:
    """All eigenvalues of W^T W.

    Raises:
        ValueError: If a weight is not finite.

    >>> import torch
    >>> spectrum(torch.diag(torch.tensor([1.0, 3.0]))).eigenvalues.tolist()
    [1.0, 9.0]
    """
    if not bool(weights.isfinite().all()):
        raise ValueError("weights must be finite, got some that are not")
    return Spectrum(np.linalg.eigvalsh(gram(weights)), len(weights))


def top_direction(matrix: Float[Array, "inputs inputs"]) -> tuple[float, Float[Array, " inputs"]]:
    """Largest eigenvalue of a symmetric matrix, such as :func:`gram`, and its unit eigenvector.

    Raises:
        ValueError: If the matrix is smaller than 2 by 2.

    >>> value, vector = top_direction(np.diag([1.0, 4.0, 2.0]))
    >>> round(value, 9), np.abs(vector).round(6).tolist()
    (4.0, [0.0, 1.0, 0.0])
    """
    if len(matrix) < 2:
        raise ValueError(f"matrix must be at least 2 by 2, got {matrix.shape}")
    start = np.random.default_rng(0).standard_normal(len(matrix))  # the same for every call
    values, vectors = eigsh(matrix, k=1, which="LA", v0=start)
    return float(values[0]), vectors[:, 0]


def alignment(vector: Float[Array, " inputs"], direction: Float[Tensor, " inputs"]) -> float:
    """Absolute cosine of a unit vector and the direction of the teacher, from 0 to 1."""
    return float(abs(vector @ direction.double().numpy()))
