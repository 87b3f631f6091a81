"""Whether vectors and subspaces lie in the top eigenspace of a matrix.

An overlap alone misleads. One eigenvector can carry it while the other ``k - 1`` are noise of the
bulk, and a random vector has the overlap √(k/n), which is 1 for ``k = n``. So :func:`alignment`
returns the overlap with the gap :math:`e_k / e_{k+1}` and the overlap of a random vector.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from traindyn.curvature.eigenpairs import top_eigenpairs
from traindyn.curvature.operators import Matrix, power_of_two, symmetric_matrix
from traindyn.system.arguments import real_array, whole_number

Array = np.ndarray


def overlap(vector: Float[Array, " n"], basis: Float[Array, "n k"]) -> float:
    r"""Overlap :math:`|P v| / |v|` of a vector with the span of the columns of a basis.

    It is the cosine of the angle between them, not its square, and :math:`\sqrt{k/n}` on
    root mean square for a random direction.

    Args:
        vector: Not zero.
        basis: Linearly independent columns; they need not be orthonormal.

    Raises:
        ValueError: If the vector is zero, the shapes do not fit, an entry is not real and finite,
            or the columns are dependent.

    >>> overlap(np.array([3.0, 4.0]), np.array([[0.0], [2.0]]))
    0.8
    """
    vector = real_array("vector", vector)
    if not vector.any():
        raise ValueError("vector must have a positive norm, got 0")
    q = _orthonormal("basis", basis, len(vector))
    vector = _near_one(vector)
    return min(float(np.linalg.norm(q.T @ vector) / np.linalg.norm(vector)), 1.0)


def subspace_distance(one: Float[Array, "n k"], other: Float[Array, "n k"]) -> float:
    r"""Distance :math:`\lVert P - P' \rVert` of two subspaces of one dimension.

    The operator norm of the difference of the orthogonal projections is the sine of the largest
    principal angle: 0 for equal spaces, 1 if some direction of one is orthogonal to the other.

    Args:
        one: Linearly independent columns that span the first.
        other: Columns that span the second, as many.

    Raises:
        ValueError: If the shapes differ, an entry is not real and finite, or columns are dependent.

    Source: Å. Björck and G. Golub, Math. Comp. 27 (1973) 579.

    >>> plane, turned = np.eye(3)[:, :2], np.eye(3)[:, [0, 2]]
    >>> subspace_distance(plane, plane), subspace_distance(plane, turned)
    (0.0, 1.0)
    """
    one, other = real_array("one", one, 2), real_array("other", other, 2)
    if one.shape != other.shape:
        raise ValueError(f"subspaces must have one shape (n, k), got {one.shape} and {other.shape}")
    q, other_q = _orthonormal("one", one), _orthonormal("other", other)
    outside = other_q - q @ (q.T @ other_q)
    return min(float(np.linalg.norm(outside, 2)), 1.0)


def _orthonormal(name: str, basis: Array, rows: int | None = None) -> Array:
    """Orthonormal columns with the span of the given ones."""
    columns = real_array(name, basis, 2)
    n, k = columns.shape
    if rows not in (None, n) or k > n:
        size = n if rows is None else rows
        raise ValueError(f"{name} must be ({size}, k) with k at most {size}, got shape ({n}, {k})")
    q, r = np.linalg.qr(_near_one(columns))
    lengths = np.linalg.norm(r, axis=0)
    spread = np.linalg.svd(r / np.where(lengths > 0, lengths, 1), compute_uv=False)
    if not spread[-1] > INDEPENDENT * spread[0]:
        raise ValueError(
            f"{name} must have independent columns, got singular values of the columns, scaled to "
            f"length 1, from {spread[0]:.3g} to {spread[-1]:.3g}"
        )
    return q


def _near_one(columns: Array) -> Array:
    """Columns divided by powers of two near their sizes, so that no square runs over or under."""
    return np.asarray(columns / power_of_two(np.abs(columns).max(axis=0)))


INDEPENDENT = 1e-8
"""Columns whose span is not known to this relative accuracy count as dependent."""


@dataclass(frozen=True)
class Alignment:
    """Overlap of a vector with a top eigenspace, and what is needed to judge it.

    Args:
        overlap: Cosine between the vector and the span of the top k eigenvectors.
        gap: Ratio of the k-th to the next eigenvalue. Near 1 the span is not well defined. It is
            infinite if the next eigenvalue is not positive, and nan if the k-th is not either, up
            to rounding: there a ratio says nothing.
        random: Overlap of a random vector, √(k/n).
        values: The k + 1 largest eigenvalues, falling.
        vectors: The top k eigenvectors.
    """

    overlap: float
    gap: float
    random: float
    values: Float[Array, " k_and_one"]
    vectors: Float[Array, "n k"]


def spectral_gap(top: float, below: float, size: int, dtype: np.dtype, norm: float) -> float:
    r"""Ratio of two eigenvalues that follow each other, beyond rounding.

    Args:
        top: The larger one.
        below: The next one.
        size: Rows n of the matrix.
        dtype: In which it was computed.
        norm: Of the matrix. Rounding is :math:`10\sqrt n` units of it.

    Returns:
        The ratio; infinite if the next one is not above rounding, nan if the larger one is not.

    >>> kind = np.dtype(float)
    >>> spectral_gap(3.0, 2.0, 9, kind, 5.0), spectral_gap(3.0, -1.0, 9, kind, 5.0)
    (1.5, inf)
    """
    rounding = 10 * np.sqrt(size) * float(np.finfo(dtype).eps) * norm
    if not top > rounding:
        return np.nan
    return top / below if below > rounding else np.inf


def alignment(
    vector: Float[Array, " n"],
    matrix: Matrix,
    count: int,
    generator: np.random.Generator | None = None,
    tolerance: float | None = None,
) -> Alignment:
    """Alignment of a vector with the span of the top eigenvectors of a symmetric matrix.

    Args:
        vector: Such as the gradient or the weights of a layer.
        matrix: Symmetric array or operator, such as the block of the Hessian for that layer.
        count: Number k of eigenvectors, in [1, n - 1].
        generator: Source of the start of Lanczos, for operators.
        tolerance: See :func:`top_eigenpairs`.

    Raises:
        ValueError: If an argument leaves its range, the vector is zero or the shapes do not fit.
        NotConvergedError: If the eigenpairs do not converge.

    >>> found = alignment(np.array([1.0, 0.0, 0.0]), np.diag([6.0, 3.0, 2.0]), 1)
    >>> found.overlap, found.gap
    (1.0, 2.0)
    """
    vector, a = real_array("vector", vector), symmetric_matrix(matrix)
    if len(vector) != a.size:
        raise ValueError(f"vector must have the length {a.size}, got {len(vector)}")
    count = whole_number("count", count, 1, a.size - 1)
    values, vectors = top_eigenpairs(a, count + 1, generator, tolerance)
    top, below = float(values[count - 1]), float(values[count])
    norm = max(float(np.abs(values).max()), a.scale)
    basis = vectors[:, :count]
    return Alignment(
        overlap(vector, basis),
        spectral_gap(top, below, a.size, a.dtype, norm),
        float(np.sqrt(count / a.size)),
        values,
        basis,
    )
