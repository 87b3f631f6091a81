r"""What the indices of :mod:`traindyn.tails.indices` are for a matrix with nothing in it.

A matrix of independent entries of one variance has a bounded spectrum, the law of Marchenko and
Pastur, which has no tail; an index computed from it is a finite number all the same. It depends on
the shape alone, so an index means nothing without the null value for its shape.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from traindyn.random_matrices import MarchenkoPastur
from traindyn.system.arguments import MOST, numpy_generator, real_number, short, whole_number
from traindyn.tails.indices import fit_tail, hill
from traindyn.tails.spectra import FEWEST

Array = np.ndarray


def hill_null(ratio: float, share: float = 0.5) -> float:
    r"""Hill's index of a large random matrix with independent entries of one variance.

    .. math::

        \alpha = 1 + \frac{s}{\int_{1-s}^1 \log\bigl(q(p)/q(1-s)\bigr)\,dp}

    with the quantile q of the law of Marchenko and Pastur. It rises with the ratio: the square
    matrix has the smallest index of all shapes. One matrix with the shorter side n scatters by
    about :math:`4.5\,(\alpha - 1)/n`, around a mean that is :math:`1.8\,(\alpha - 1)/n` higher.

    Args:
        ratio: Longer over shorter side of the matrix, in [1, 1e6].
        share: Share s of the eigenvalues in the tail, in [0.001, 0.999].

    Raises:
        ValueError: If an argument leaves its range.

    >>> [round(hill_null(ratio), 3) for ratio in (1.0, 1.5, 2.0, 5.0)]
    [2.122, 2.449, 2.706, 3.747]
    """
    ratio = real_number("ratio", ratio, "[1, 1e6]")
    share = real_number("share", share, "[1e-3, 0.999]")
    nodes, weights = np.polynomial.legendre.leggauss(400)
    law = MarchenkoPastur(1 / ratio)
    levels = np.concatenate([[1 - share], 1 - share / 2 + share / 2 * nodes])
    cutoff, *above = law.quantile(levels)
    logs = np.log(np.array(above) / cutoff)
    return 1 + 2 / float(weights @ logs)


@dataclass(frozen=True)
class RandomIndices:
    """Indices of independent random matrices of one shape.

    Args:
        hill: Hill's index of each.
        alpha: Exponent of the Kolmogorov-Smirnov fit of each.
        count: Eigenvalues in the tail of that fit.
    """

    hill: Float[Array, " replicas"]
    alpha: Float[Array, " replicas"]
    count: Float[Array, " replicas"]


def random_indices(
    shape: tuple[int, int], replicas: int, generator: np.random.Generator
) -> RandomIndices:
    """Draw random matrices and fit their tails: the null of an index without a limit.

    The Kolmogorov-Smirnov fit of a bounded spectrum settles in a handful of the largest
    eigenvalues, and its exponent scatters over a decade; there is no single null value.

    Args:
        shape: Rows and columns, each from ``FEWEST`` to ``MOST``.
        replicas: Number of matrices, from 1 to ``MOST``.
        generator: Source of the entries.

    Raises:
        ValueError: If an argument leaves its range.
    """
    if not isinstance(shape, tuple | list) or len(shape) != 2:
        raise ValueError(f"shape must hold two whole numbers, got {short(shape)}")
    rows, columns = (whole_number("shape", side, FEWEST, MOST) for side in shape)
    whole_number("replicas", replicas, 1, MOST)
    numpy_generator(generator)
    found = []
    for _ in range(replicas):
        entries = generator.standard_normal((rows, columns))
        values = np.linalg.svd(entries, compute_uv=False) ** 2
        fit = fit_tail(values)
        found.append((hill(values), fit.alpha, float(fit.count)))
    return RandomIndices(*np.array(found).T)
