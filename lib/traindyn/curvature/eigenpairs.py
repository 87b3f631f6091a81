"""Top eigenpairs of a symmetric matrix or operator, and how many of them are outliers."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Float
from scipy import linalg
from scipy.sparse.linalg import ArpackError, LinearOperator, eigsh

Array = np.ndarray


class NotConvergedError(ArithmeticError):
    """Eigenpairs are not accurate enough to be used."""


class Eigenpairs(NamedTuple):
    """Eigenvalues, falling, and their eigenvectors as columns."""

    values: Float[Array, " count"]
    """The largest eigenvalues, falling."""
    vectors: Float[Array, "n count"]
    """Their eigenvectors of length one, as columns."""


def top_eigenpairs(
    matrix: Float[Array, "n n"] | LinearOperator,
    count: int,
    generator: np.random.Generator | None = None,
    tolerance: float = 1e-8,
    max_products: int = 10_000,
) -> Eigenpairs:
    r"""The largest eigenvalues of a symmetric matrix, each with a checked residual.

    Every returned pair satisfies :math:`|A v - \lambda v| \le \epsilon \max_j |\lambda_j|`, so an
    eigenvalue of A lies within that distance of :math:`\lambda`. Operators go through the
    implicitly restarted Lanczos method, arrays through LAPACK. Lanczos finds a repeated
    eigenvalue once per restart only: individual vectors of a degenerate space carry no meaning,
    the space does.

    Args:
        matrix: Symmetric array, or operator.
        count: Number of pairs, in [1, n].
        generator: Source of the starting vector of Lanczos; default: stream 0.
        tolerance: The bound :math:`\epsilon` on relative residuals; for float32 use 1e-4.
        max_products: Number of products after which Lanczos gives up.

    Raises:
        ValueError: If ``count`` leaves its range or the matrix is not square.
        NotConvergedError: If Lanczos gives up, or a residual is larger than the tolerance; an
            operator that is not symmetric ends here.

    >>> top_eigenpairs(np.diag([1.0, 5.0, 3.0]), 2).values
    array([5., 3.])
    """
    rows, columns = matrix.shape
    if rows != columns:
        raise ValueError(f"matrix must be square, got shape {matrix.shape}")
    if not 1 <= count <= rows:
        raise ValueError(f"count must lie in [1, {rows}], got {count}")
    subspace = max(2 * count + 1, 20)
    if isinstance(matrix, LinearOperator) and rows > subspace:
        start = np.asarray((generator or np.random.default_rng(0)).standard_normal(rows))
        try:
            values, vectors = eigsh(
                matrix,
                count,
                which="LA",
                v0=start.astype(matrix.dtype),
                ncv=subspace,
                maxiter=max(1, max_products // subspace),
            )
        except ArpackError as error:
            raise NotConvergedError(f"Lanczos gave up on {count} eigenpairs: {error}") from error
    else:
        dense = matrix @ np.eye(rows) if isinstance(matrix, LinearOperator) else matrix
        values, vectors = linalg.eigh(dense, subset_by_index=(rows - count, rows - 1))
    order = np.argsort(values)[::-1]
    pairs = Eigenpairs(values[order], vectors[:, order])
    _check_residuals(matrix, pairs, tolerance)
    return pairs


def _check_residuals(matrix: Array | LinearOperator, pairs: Eigenpairs, tolerance: float) -> None:
    residuals = np.linalg.norm(matrix @ pairs.vectors - pairs.vectors * pairs.values, axis=0)
    largest, scale = float(residuals.max()), float(np.abs(pairs.values).max())
    if not largest <= tolerance * scale:
        raise NotConvergedError(
            f"largest residual |Av - λv| must be at most {tolerance:g} × {scale:.3g}, "
            f"got {largest:.3g}: is the matrix symmetric?"
        )


def count_outliers(eigenvalues: Float[Array, " n"], edge: float, margin: float = 0.05) -> int:
    r"""Number of eigenvalues above :math:`(1 + \mathrm{margin})` times the edge of the bulk.

    Args:
        eigenvalues: In any order; only the largest are needed.
        edge: Upper edge of the bulk, from theory; positive.
        margin: Relative distance from the edge. The largest eigenvalue of the bulk scatters around
            the edge by a few times :math:`n^{-2/3}`, 0.05 for n in the hundreds.

    Raises:
        ValueError: If the edge is not positive or the margin negative.

    >>> count_outliers(np.array([5.0, 2.2, 2.05, 1.0]), edge=2.0)
    2
    """
    if not 0 < edge < np.inf:
        raise ValueError(f"edge must be positive and finite, got {edge}")
    if not margin >= 0:
        raise ValueError(f"margin must be at least 0, got {margin}")
    return int((eigenvalues > (1 + margin) * edge).sum())
