"""Top eigenpairs of a symmetric matrix or operator, and how many of them are outliers."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Float
from scipy import linalg
from scipy.sparse.linalg import LinearOperator

from traindyn.curvature.lanczos import Pairs, largest_pairs
from traindyn.curvature.operators import (
    ACCURACY,
    Matrix,
    NotConvergedError,
    SymmetricMatrix,
    symmetric_matrix,
)
from traindyn.system.arguments import numpy_generator, real_number, whole_number

Array = np.ndarray


class Eigenpairs(NamedTuple):
    """Eigenvalues, falling, and their eigenvectors as columns."""

    values: Float[Array, " count"]
    """The largest eigenvalues, falling."""
    vectors: Float[Array, "n count"]
    """Their eigenvectors of length one, as columns."""


def top_eigenpairs(
    matrix: Matrix,
    count: int,
    generator: np.random.Generator | None = None,
    tolerance: float | None = None,
    max_products: int = 10_000,
    copies: bool = True,
) -> Eigenpairs:
    r"""The largest eigenvalues of a symmetric matrix, each with a checked residual.

    Every returned pair satisfies :math:`|A v - \lambda v| \le \epsilon \lVert A \rVert`, so an
    eigenvalue of A lies within that distance of :math:`\lambda`. Operators go through Lanczos,
    arrays through LAPACK. From one start Lanczos sees one copy of a repeated eigenvalue, so
    further starts follow until one adds nothing; ``copies=False`` leaves them out, which saves
    13 to 20 products. Eigenvalues closer than the tolerance are as good as repeated.

    A matrix of up to 1,000 rows and an operator of up to 100,000 take one thread, which is faster
    there beside other work; larger ones take the threads that numpy, scipy and torch are set to.

    Args:
        matrix: Symmetric array, sparse matrix or operator.
        count: Number of pairs, in [1, n].
        generator: Source of the starting vector of Lanczos; default: stream 0.
        tolerance: The bound :math:`\epsilon` on relative residuals; default: 1e-8, for float32
            1e-4.
        max_products: Number of products after which Lanczos gives up.
        copies: Whether to look for copies of a repeated eigenvalue. A further start overlooks one
            that lies a tenth of the spectrum's width above the last pair with a chance of 1 %.

    Raises:
        ValueError: If an argument leaves its range, or the matrix is not square, real, finite and
            symmetric.
        NotConvergedError: If Lanczos gives up, a residual is larger than the tolerance, or the
            products of an operator are not finite or not those of a symmetric one.

    >>> top_eigenpairs(np.diag([1.0, 5.0, 3.0]), 2).values
    array([5., 3.])
    """
    found = pairs_with_residuals(matrix, count, generator, tolerance, max_products, copies)
    return Eigenpairs(found.values, found.vectors)


def pairs_with_residuals(
    matrix: Matrix,
    count: int,
    generator: np.random.Generator | None = None,
    tolerance: float | None = None,
    max_products: int = 10_000,
    copies: bool = True,
) -> Pairs:
    r"""The pairs of :func:`top_eigenpairs` with :math:`|A v - \lambda v|` of each.

    Measuring these costs an operator no further product.

    Args:
        matrix: See :func:`top_eigenpairs`.
        count: Number of pairs, in [1, n].
        generator: Source of the starting vector of Lanczos; default: stream 0.
        tolerance: The bound on relative residuals; default: 1e-8, for float32 1e-4.
        max_products: Number of products after which Lanczos gives up.
        copies: Whether to look for copies of a repeated eigenvalue. A further start overlooks one
            that lies a tenth of the spectrum's width above the last pair with a chance of 1 %.

    Raises:
        ValueError: See :func:`top_eigenpairs`.
        NotConvergedError: See :func:`top_eigenpairs`.

    >>> pairs_with_residuals(np.diag([1.0, 5.0, 3.0]), 2).residuals
    array([0., 0.])
    """
    a = symmetric_matrix(matrix)
    count = whole_number("count", count, 1, a.size)
    generator = numpy_generator(np.random.default_rng(0) if generator is None else generator)
    tolerance = ACCURACY[a.dtype] if tolerance is None else tolerance
    tolerance = real_number("tolerance", tolerance, "(0, inf)")
    max_products = whole_number("max_products", max_products, 1)
    subspace = max(2 * count + 1, 20)
    if a.zero:
        zeros = np.zeros(count, a.dtype)
        return Pairs(zeros, np.eye(a.size, count, dtype=a.dtype), zeros)
    norm = 1.0
    with a.threads():
        if isinstance(a.content, LinearOperator) and a.size > subspace:
            found, norm = largest_pairs(a, count, generator, tolerance, max_products, copies)
        else:
            values, vectors = linalg.eigh(a.dense(), subset_by_index=(a.size - count, a.size - 1))
            values, vectors = values[::-1], vectors[:, ::-1]
            residuals = np.linalg.norm(a @ vectors - vectors * values, axis=0)
            found = Pairs(values, vectors, residuals)
        _check_residuals(a, found, tolerance, norm)
    return Pairs(found.values * a.scale, found.vectors, found.residuals * a.scale)


def _check_residuals(a: SymmetricMatrix, pairs: Pairs, tolerance: float, norm: float) -> None:
    largest, scale = float(pairs.residuals.max()), max(float(np.abs(pairs.values).max()), norm)
    if not largest <= tolerance * scale:
        raise NotConvergedError(
            f"largest residual |Av - λv| must be at most {tolerance:g} × {scale * a.scale:.3g}, "
            f"got {largest * a.scale:.3g}: is the matrix symmetric?"
        )
