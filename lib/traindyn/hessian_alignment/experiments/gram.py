"""Gram matrices of many replicas: triangular factors, and the change that a step of SGD makes."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

Array = np.ndarray


def triangular(gram: Float[Array, "K K replicas"]) -> Float[Array, "K K replicas"]:
    """Lower triangular factors of Gram matrices, column by column over all replicas.

    A pivot that rounding made negative counts as zero: vectors that have become parallel, or have
    nothing left outside of the means, make the matrix singular, which LAPACK refuses.

    >>> triangular(np.array([[4.0, 2.0], [2.0, 5.0]])[..., None])[..., 0]
    array([[2., 0.],
           [1., 2.]])
    """
    left, lower = gram.copy(), np.zeros_like(gram)
    for j in range(len(gram)):
        pivot = np.sqrt(np.maximum(left[j, j], 0))
        column = left[j:, j] / np.where(pivot > 0, pivot, np.inf)
        lower[j:, j] = column
        left[j:, j:] -= column[:, None] * column
    return lower


def step(
    gram: Float[Array, "K K replicas"],
    pushes: Float[Array, "K replicas"],
    products: Float[Array, "K replicas"],
    squares: Float[Array, " replicas"],
    shrink: float,
) -> None:
    r"""Gram matrix R of vectors that shrink and are pushed along one sample, in place.

    .. math:: R \leftarrow s^2 R - s\,(c u^\top + u c^\top) + |Z|^2 c c^\top

    Args:
        gram: R.
        pushes: Multiples c of the sample that are subtracted.
        products: Products u of the vectors with the sample.
        squares: Squared norm of the sample.
        shrink: s.

    >>> r = np.array([[[4.0]]])  # the vector 2, and 2/2 - 3 · 1
    >>> step(r, np.array([[3.0]]), np.array([[2.0]]), np.array([1.0]), 0.5)
    >>> r.tolist()
    [[[4.0]]]
    """
    gram *= shrink**2
    half = pushes[:, None] * (squares / 2 * pushes - shrink * products)  # and its transpose
    gram += half
    gram += half.transpose(1, 0, 2)
