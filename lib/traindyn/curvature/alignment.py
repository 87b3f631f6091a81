"""Whether vectors and subspaces lie in the top eigenspace of a matrix.

An overlap alone misleads. One eigenvector can carry it while the other ``k - 1`` are noise of the
bulk, and a random vector has the overlap √(k/n), which is 1 for ``k = n``. So :func:`alignment`
returns the overlap with the gap :math:`e_k / e_{k+1}` and the overlap of a random vector.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from scipy import linalg
from scipy.sparse.linalg import LinearOperator

from traindyn.curvature.eigenpairs import top_eigenpairs

Array = np.ndarray


def overlap(vector: Float[Array, " n"], basis: Float[Array, "n k"]) -> float:
    r"""Overlap :math:`|P v| / |v|` of a vector with the span of the columns of a basis.

    It is the cosine of the angle between them, not its square, and :math:`\sqrt{k/n}` on
    root mean square for a random direction.

    Args:
        vector: Not zero.
        basis: Linearly independent columns; they need not be orthonormal.

    Raises:
        ValueError: If the vector is zero or the shapes do not fit.

    >>> overlap(np.array([3.0, 4.0]), np.array([[0.0], [2.0]]))
    0.8
    """
    norm = float(np.linalg.norm(vector))
    if not 0 < norm < np.inf:
        raise ValueError(f"vector must have a positive norm, got {norm}")
    if basis.ndim != 2 or basis.shape[0] != len(vector):
        raise ValueError(f"basis must be ({len(vector)}, k), got shape {basis.shape}")
    q, _ = np.linalg.qr(basis)
    return float(np.linalg.norm(q.T @ vector) / norm)


def subspace_distance(one: Float[Array, "n k"], other: Float[Array, "n k"]) -> float:
    r"""Distance :math:`\lVert P - P' \rVert` of two subspaces of one dimension.

    The operator norm of the difference of the orthogonal projections is the sine of the largest
    principal angle: 0 for equal spaces, 1 if some direction of one is orthogonal to the other.

    Args:
        one: Linearly independent columns that span the first.
        other: Columns that span the second, as many.

    Raises:
        ValueError: If the shapes differ.

    Source: Å. Björck and G. Golub, Math. Comp. 27 (1973) 579.

    >>> plane, turned = np.eye(3)[:, :2], np.eye(3)[:, [0, 2]]
    >>> subspace_distance(plane, plane), subspace_distance(plane, turned)
    (0.0, 1.0)
    """
    if one.ndim != 2 or one.shape != other.shape:
        raise ValueError(f"subspaces must have one shape (n, k), got {one.shape} and {other.shape}")
    return float(np.sin(linalg.subspace_angles(one, other).max()))


@dataclass(frozen=True)
class Alignment:
    """Overlap of a vector with a top eigenspace, and what is needed to judge it.

    Args:
        overlap: Cosine between the vector and the span of the top k eigenvectors.
        gap: Ratio of the k-th to the next eigenvalue; near 1 the span is not well defined.
        random: Overlap of a random vector, √(k/n).
        values: The k + 1 largest eigenvalues, falling.
        vectors: The top k eigenvectors.
    """

    overlap: float
    gap: float
    random: float
    values: Float[Array, " k_and_one"]
    vectors: Float[Array, "n k"]


def alignment(
    vector: Float[Array, " n"],
    matrix: Float[Array, "n n"] | LinearOperator,
    count: int,
    generator: np.random.Generator | None = None,
) -> Alignment:
    """Alignment of a vector with the span of the top eigenvectors of a symmetric matrix.

    Args:
        vector: Such as the gradient or the weights of a layer.
        matrix: Symmetric array or operator, such as the block of the Hessian for that layer.
        count: Number k of eigenvectors, in [1, n - 1].
        generator: Source of the start of Lanczos, for operators.

    Raises:
        ValueError: If ``count`` leaves its range, the vector is zero or the shapes do not fit.
        NotConvergedError: If the eigenpairs do not converge.

    >>> found = alignment(np.array([1.0, 0.0, 0.0]), np.diag([6.0, 3.0, 2.0]), 1)
    >>> found.overlap, found.gap
    (1.0, 2.0)
    """
    n = matrix.shape[0]
    if not 1 <= count < n:
        raise ValueError(f"count must lie in [1, {n - 1}], got {count}")
    values, vectors = top_eigenpairs(matrix, count + 1, generator)
    top = vectors[:, :count]
    below = float(values[count])
    gap = float(values[count - 1]) / below if below > 0 else np.inf
    return Alignment(overlap(vector, top), gap, float(np.sqrt(count / n)), values, top)
