r"""Top of a block at zero weights, in law and without a sample: from a bidiagonal matrix.

At zero weights all samples weigh the same, and the block is a multiple of :math:`X^\top X`. Turn
the samples such that the means of the k classes, seen :math:`n_a` times each, fill k rows. The
noise of the other :math:`M - k` rows is a Wishart matrix: its eigenvalues D are those of a
bidiagonal matrix of chi variables (Golub and Kahan; Dumitriu and Edelman), its eigenvectors U a
uniform rotation. In their basis

.. math:: \lambda X^\top X \sim D + W^\top W , \qquad W_a = \sqrt{\lambda n_a}\, U_a + \xi_a ,

with orthonormal rows :math:`U_a`, the means, and normal :math:`\xi_a`. For :math:`\theta` above D
the number of eigenvalues above it is that of the k × k matrix :math:`W (\theta - D)^{-1} W^\top`
above 1 (Sylvester's law of inertia). So a draw costs O(d²) in place of O(M d²).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from scipy import linalg

Array = np.ndarray
HALVINGS = 50
"""Of the interval that holds an eigenvalue."""


@dataclass(frozen=True)
class StartSpectra:
    """Top of the block at zero weights in independent draws.

    Args:
        values: The k + 1 largest eigenvalues, falling.
        squared_cosines: Of the means with the top k eigenspace, averaged over means.
    """

    values: Float[Array, "draws top"]
    squared_cosines: Float[Array, " draws"]


def start_spectra(
    classes: int,
    dimension: int,
    precision: float,
    samples: int,
    draws: int,
    generator: np.random.Generator,
) -> StartSpectra:
    """Spectra of the block of one class at zero weights.

    Args:
        classes: k.
        dimension: d, above k.
        precision: Inverse variance of each coordinate of the noise.
        samples: Number of samples M, above k.
        draws: Independent draws of the samples.
        generator: Their source.

    Raises:
        ValueError: If d or M does not exceed k.
    """
    k, d = classes, dimension
    if min(d, samples) <= k:
        raise ValueError(f"dimension and samples must exceed {k}, got {d} and {samples}")
    noise = np.array([wishart_eigenvalues(samples - k, d, generator) for _ in range(draws)])
    means = np.linalg.qr(generator.standard_normal((draws, d, k)))[0].swapaxes(1, 2)
    seen = generator.multinomial(samples, np.full(k, 1 / k), size=draws)
    rows = np.sqrt(precision * seen)[..., None] * means + generator.standard_normal((draws, k, d))
    values, vectors = updated_eigenpairs(noise, rows, k + 1)
    unit = (classes - 1) / classes**2 / (precision * samples)
    cosines = (means @ vectors[..., :k]) ** 2
    return StartSpectra(unit * values, cosines.sum(axis=(1, 2)) / k)


def wishart_eigenvalues(
    rows: int, columns: int, generator: np.random.Generator
) -> Float[Array, " columns"]:
    """Eigenvalues of the Gram matrix of the columns of a normal matrix, falling.

    >>> float(wishart_eigenvalues(1, 3, np.random.default_rng(0))[-1])
    0.0
    """
    few, many = sorted((rows, columns))
    diagonal = np.sqrt(generator.chisquare(many - np.arange(few)))
    beside = np.sqrt(generator.chisquare(few - 1 - np.arange(few - 1)))
    square = diagonal**2
    square[1:] += beside**2
    values = linalg.eigvalsh_tridiagonal(square, diagonal[:-1] * beside)[::-1]
    return np.concatenate([np.maximum(values, 0), np.zeros(columns - few)])


def updated_eigenpairs(
    diagonal: Float[Array, "draws d"], rows: Float[Array, "draws k d"], count: int
) -> tuple[Float[Array, "draws count"], Float[Array, "draws d count"]]:
    r"""The largest eigenvalues of :math:`D + W^\top W` and their eigenvectors as columns.

    Args:
        diagonal: D, falling.
        rows: W.
        count: Number of eigenvalues.

    >>> values, vectors = updated_eigenpairs(np.array([[2.0, 1.0]]), np.array([[[0.0, 3.0]]]), 1)
    >>> values.round(9).tolist(), np.abs(vectors[0, :, 0]).round(6).tolist()
    ([[10.0]], [0.0, 1.0])
    """

    def inside(theta: Array) -> Array:
        scaled = rows / (theta[:, None] - diagonal)[:, None]
        return np.asarray(scaled @ rows.swapaxes(1, 2))

    top = diagonal[:, 0] + (rows**2).sum(axis=(1, 2))
    values = np.empty((len(diagonal), count))
    vectors = np.empty((*diagonal.shape, count))
    for place in range(count):
        low, high = diagonal[:, min(place, diagonal.shape[1] - 1)].copy(), 1.001 * top
        for _ in range(HALVINGS):
            theta = (low + high) / 2
            above = (diagonal > theta[:, None]).sum(axis=1)
            above += (np.linalg.eigvalsh(inside(theta)) > 1).sum(axis=1)
            beyond = above > place
            low, high = np.where(beyond, theta, low), np.where(beyond, high, theta)
        values[:, place] = high
        mixed = np.linalg.eigh(inside(high))
        nearest = np.abs(mixed[0] - 1).argmin(axis=1)
        weight = np.take_along_axis(mixed[1], nearest[:, None, None], axis=2)[..., 0]
        vector = np.einsum("akd,ak->ad", rows, weight) / (high[:, None] - diagonal)
        vectors[..., place] = vector / np.linalg.norm(vector, axis=1, keepdims=True)
    return values, vectors
