r"""Symmetric matrices and operators of any kind, checked and measured before they are used.

An array is read once: it must be square, real, finite and symmetric. Of an operator only products
are known. Two with random vectors x and y show whether it is symmetric, :math:`x \cdot Ay = y
\cdot Ax`, how large it is, and whether it is zero; every further one is checked to be finite.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias, runtime_checkable

import numpy as np
import torch
from jaxtyping import Float
from scipy import sparse
from scipy.sparse.linalg import LinearOperator, aslinearoperator

from traindyn.inference.samples import require_finite
from traindyn.system.arguments import real_array
from traindyn.system.threads import one_thread

Array = np.ndarray

ACCURACY = {np.dtype(np.float32): 1e-4, np.dtype(np.float64): 1e-8}
"""Relative accuracy that eigenpairs of a matrix of this dtype are asked for."""

SMALL_ARRAY, SMALL_OPERATOR = 1_000, 100_000
"""Rows up to which one thread is used, of arrays and of operators.

An eigendecomposition of that size takes 0.1 s, and so do ten products of a network of that many
parameters with a thousand samples: what two threads can save is little. What they can lose is
not. On two cores with other work the eigenpairs of 100 and of 600 rows took twice to 80 times as
long with two threads as with one, those of networks of 870 and 17,610 parameters 16 times.
"""


@runtime_checkable
class _ConvertsToScipy(Protocol):
    """Operators of other packages, such as curvlinops."""

    def to_scipy(self) -> LinearOperator:
        """The operator on vectors of numpy."""


class NotConvergedError(ArithmeticError, ValueError):
    """Products or eigenpairs are not accurate enough to be used."""


@dataclass(frozen=True)
class SymmetricMatrix:
    """A symmetric matrix divided by a power of two near its size.

    Dividing keeps squares from running over or under, and by a power of two it costs no digit.

    Args:
        content: Array, or operator with checked products, not divided.
        scale: The power of two, within a factor of two of a lower bound of the norm; 1 for zeros.
        zero: Whether all entries are zero.
    """

    content: Array | LinearOperator
    scale: float
    zero: bool

    @property
    def size(self) -> int:
        """Number of rows."""
        return int(self.content.shape[0])

    @property
    def dtype(self) -> np.dtype:
        """Dtype of the products, float32 or float64."""
        return np.dtype(self.content.dtype)

    def threads(self) -> AbstractContextManager[None]:
        """A block in which small products take one thread, and large ones what the user set."""
        return _threads_for(self.content)

    def __matmul__(self, vectors: Array) -> Array:
        """Products of the divided matrix with one or several columns."""
        return np.asarray(self.content @ vectors) / self.scale

    def dense(self) -> Array:
        """The divided matrix as an array.

        Raises:
            ValueError: If it is not symmetric.
        """
        if isinstance(self.content, LinearOperator):
            columns = self @ np.eye(self.size, dtype=self.dtype)
            _require_symmetric(columns, columns.T)
            return columns
        return self.content / self.scale


Matrix: TypeAlias = (
    Float[Array, "n n"]
    | sparse.sparray
    | sparse.spmatrix
    | LinearOperator
    | _ConvertsToScipy
    | SymmetricMatrix
)
"""What can be meant by a symmetric matrix."""


def _threads_for(content: Array | LinearOperator) -> AbstractContextManager[None]:
    small = SMALL_OPERATOR if isinstance(content, LinearOperator) else SMALL_ARRAY
    return one_thread() if content.shape[0] <= small else nullcontext()


def symmetric_matrix(matrix: Matrix) -> SymmetricMatrix:
    """Check and measure a symmetric matrix.

    Args:
        matrix: Array, sparse matrix, :class:`scipy.sparse.linalg.LinearOperator`, or an operator of
            another package with a method ``to_scipy``. What is checked already comes back.

    Raises:
        ValueError: If it is not square, real, finite and symmetric, or nothing of these.
        NotConvergedError: If products of an operator show that it is not.

    >>> symmetric_matrix(np.diag([1.0, 5.0])).scale
    4.0
    """
    if isinstance(matrix, SymmetricMatrix):
        return matrix
    if isinstance(matrix, _ConvertsToScipy):
        matrix = matrix.to_scipy()
    if sparse.issparse(matrix):
        matrix = _operator_of_sparse(matrix)
    if not isinstance(matrix, LinearOperator):
        array = real_array("matrix", matrix, 2)
        if getattr(matrix, "dtype", None) in (np.float32, torch.float32):
            array = array.astype(np.float32)
        _require_square(array)
        _require_symmetric(array, array.T)
        return _measured(array, float(np.abs(array).max()))
    _require_square(matrix)
    if matrix.dtype is not None and np.dtype(matrix.dtype).kind not in "biuf":
        raise ValueError(f"matrix must be real, got an operator of dtype {matrix.dtype}")
    operator = _checked(matrix)
    # a stream of its own: what the caller's generator gives does not depend on this check
    start = np.random.default_rng(0).standard_normal((operator.shape[0], 2)).astype(operator.dtype)
    with _threads_for(operator):
        pushed = operator @ start
    largest = float(np.abs(pushed).max())
    if largest == 0:
        return _measured(operator, 0.0)
    pushed = pushed / largest
    size = float(np.linalg.norm(pushed) / np.linalg.norm(start))
    difference = abs(start[:, 0] @ pushed[:, 1] - start[:, 1] @ pushed[:, 0])
    bound = ACCURACY[np.dtype(operator.dtype)] * float(start.size) * size
    if not difference <= bound:
        raise NotConvergedError(
            f"|x·Ay - y·Ax| must be at most {bound * largest:.3g} for random vectors x and y, "
            f"got {difference * largest:.3g}: is the matrix symmetric?"
        )
    return _measured(operator, largest * size)


def _require_square(matrix: Any) -> None:
    if len(matrix.shape) != 2 or matrix.shape[0] != matrix.shape[1] or not matrix.shape[0]:
        raise ValueError(f"matrix must be square, got shape {tuple(matrix.shape)}")


def _require_symmetric(matrix: Any, transpose: Any) -> None:
    difference, size = abs(matrix - transpose).max(), abs(matrix).max()
    if not difference <= ACCURACY[np.dtype(matrix.dtype)] * size:
        raise ValueError(
            f"matrix must be symmetric, got entries up to {size:.3g} that differ from the "
            f"transpose by up to {difference:.3g}"
        )


def _operator_of_sparse(matrix: Any) -> LinearOperator:
    """The operator of a sparse matrix, whose entries are checked."""
    if matrix.dtype.kind not in "biuf":
        raise ValueError(f"matrix must be real, got {type(matrix).__name__} of {matrix.dtype}")
    _require_square(matrix)
    matrix = matrix.tocsr().astype(np.float32 if matrix.dtype == np.float32 else np.float64)
    if matrix.nnz:
        require_finite("matrix", matrix.data)
        _require_symmetric(matrix, matrix.T)
    return aslinearoperator(matrix)


def power_of_two(size: Any) -> Any:
    """The largest normal power of two up to a size that is not negative; 1 for zero.

    Numbers divided by it keep all digits, and their squares neither run over nor under.

    >>> float(power_of_two(5.0)), float(power_of_two(0.0))
    (4.0, 1.0)
    """
    exponents = np.maximum(np.frexp(size)[1] - 1, -1022)
    return np.where(np.asarray(size) > 0, np.ldexp(1.0, exponents), 1.0)


def _measured(content: Array | LinearOperator, size: float) -> SymmetricMatrix:
    return SymmetricMatrix(content, float(power_of_two(size)), not size)


def _checked(operator: LinearOperator) -> LinearOperator:
    """The operator with products that are real and finite, of one of two dtypes."""
    single = operator.dtype is not None and operator.dtype == np.float32
    dtype = np.dtype(np.float32 if single else np.float64)

    def apply(vectors: Array) -> Array:
        result = np.asarray(operator @ vectors)
        if result.dtype.kind not in "biuf" or not np.isfinite(result).all():
            raise NotConvergedError("products with the matrix must be real and finite")
        return result.astype(dtype, copy=False)

    return LinearOperator(operator.shape, matvec=apply, rmatvec=apply, matmat=apply, dtype=dtype)
