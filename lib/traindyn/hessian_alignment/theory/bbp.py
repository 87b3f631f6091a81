r"""Outliers, edge and eigenvectors of a block of the Hessian in the proportional limit.

A block is a weighted Gram matrix of M samples in d dimensions, :math:`\gamma = d/M`. At
initialization its weights hardly depend on the samples, and the transition of Baik, Ben Arous and
Péché applies. During training they do, through the few directions of
:mod:`~traindyn.hessian_alignment.theory.projection`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from scipy import optimize

from traindyn.hessian_alignment.theory.projection import Projection
from traindyn.random_matrices import spiked

Array = np.ndarray
EQUAL = 1e-7
"""Relative distance below which only rounding tells two eigenvalues apart."""


def critical_precision(classes: int, samples_per_dimension: float) -> float:
    r"""Precision :math:`\lambda_c = k/\sqrt\alpha` at which a mean leaves the bulk at the start.

    With equal weights the samples have the covariance :math:`I/\lambda + \mu\mu^\top/k` in the
    direction of a mean, a spike of relative size :math:`\lambda/k`; with :math:`\alpha = M/d`
    samples per dimension it is seen above :math:`\sqrt{1/\alpha}`.

    Args:
        classes: k, at least 2.
        samples_per_dimension: :math:`\alpha > 0`.

    Raises:
        ValueError: If an argument leaves its range.

    >>> critical_precision(4, 16.0)
    1.0
    """
    if classes < 2:
        raise ValueError(f"classes must be at least 2, got {classes}")
    if not samples_per_dimension > 0:
        raise ValueError(f"samples_per_dimension must be positive, got {samples_per_dimension}")
    return float(classes / np.sqrt(samples_per_dimension))


def resolved(
    weights: Float[Array, " n"], shares: Float[Array, " n"], samples: int
) -> Float[Array, " n"]:
    """Weights as a finite sample shows them: what is rarer than one in M is lowered to that level.

    Weights of the gradient matrix have a long thin tail. In the strict limit the rarest of them
    set the edge of the bulk; a sample of M does not hold them.

    Args:
        weights: Weights at the points of a quadrature.
        shares: Probabilities of the points.
        samples: M, at least 1.

    Raises:
        ValueError: If ``samples`` is below 1.

    >>> resolved(np.array([1.0, 9.0, 2.0]), np.array([0.5, 0.01, 0.49]), 10).tolist()
    [1.0, 2.0, 2.0]
    """
    if samples < 1:
        raise ValueError(f"samples must be at least 1, got {samples}")
    order = np.argsort(weights)[::-1]
    last = int(np.searchsorted(np.cumsum(shares[order]), 1 / samples))
    return np.minimum(weights, weights[order[min(last, len(order) - 1)]])


@dataclass(frozen=True)
class BlockSpectrum:
    r"""Predicted top of the spectrum of one block.

    Args:
        edge: Upper edge of the bulk.
        outliers: Eigenvalues above it, falling.
        vectors: The part of their eigenvectors in the span of weights and means, as columns; a
            column is shorter than 1 by what lies in the rest of the space.
    """

    edge: float
    outliers: Float[Array, " r"]
    vectors: Float[Array, "d r"]

    def squared_cosine(self, index: int, vector: Float[Array, " d"]) -> float:
        """Squared cosine of an eigenvector with a vector of the span."""
        return float((self.vectors[:, index] @ vector) ** 2 / (vector @ vector))


def block_spectrum(
    projection: Projection,
    weights: Float[Array, " n"],
    aspect: float,
    correlated: bool = True,
) -> BlockSpectrum:
    r"""Exact limit of a weighted Gram matrix whose weights depend on the projection of a sample.

    Let :math:`m < 0` be the Stieltjes transform of the part outside the span. It belongs to the
    point

    .. math:: z(m) = -\frac1m + \frac1\lambda\mathbb{E}\frac{w}{1 + \gamma w m/\lambda} ,

    and the edge of the bulk is where :math:`z'(m) = 0`. The Schur complement of that part in
    :math:`H - z` is :math:`N(m) - z` with

    .. math:: N(m) = \mathbb{E}\frac{w\,a a^\top}{1 + \gamma w m/\lambda} ,

    the denominator from the Sherman-Morrison formula for one sample. Eigenvalues outside the bulk
    are the zeros of :math:`\det(N(m) - z(m))`. N falls and z rises with m, so each ordered
    eigenvalue of N meets z at most once, and the number of outliers is that of the eigenvalues of
    N above z at the edge. With the unit eigenvector u of N there, the residue of
    :math:`(N - z)^{-1}` gives the part of the eigenvector in the span, of squared length
    :math:`1/(1 - u^\top N'(z)\,u)`.

    Args:
        projection: The mixture seen from the span.
        weights: Weights w at its points, not negative.
        aspect: Dimensions per sample :math:`\gamma > 0`.
        correlated: False treats the weights as if they knew nothing of the sample, which replaces N
            by :math:`\mathbb{E}[w/(1 + \gamma w m/\lambda)]\,\mathbb{E}[a a^\top]`: right at the
            start, wrong once the network has learned.

    Raises:
        ValueError: If ``aspect`` is not positive.

    >>> from traindyn.hessian_alignment.theory.projection import project
    >>> seen = project(np.zeros((2, 6)), np.eye(2, 6), 8.0)
    >>> found = block_spectrum(seen, np.ones(len(seen.points)), 0.25)
    >>> (8 * found.outliers).round(9)  # a spike of size 4: (1 + 4)(1 + 0.25/4)
    array([5.3125, 5.3125])
    """
    if not aspect > 0:
        raise ValueError(f"aspect must be positive, got {aspect}")
    t = weights / projection.precision
    share = projection.shares

    def denominator(m: float) -> Array:
        return np.asarray(1 + aspect * t * m)

    def z(m: float) -> float:
        return float(-1 / m + share @ (t / denominator(m)))

    def z_slope(m: float) -> float:
        return float(1 / m**2 - aspect * (share @ (t / denominator(m)) ** 2))

    covariance = None if correlated else projection.covariance()

    def moment(function: Array) -> Array:
        if covariance is None:
            return projection.second_moment(function)
        return projection.mean(function) * covariance

    def inner(m: float) -> Array:
        return moment(weights / denominator(m))

    edge_m = _edge(t, share, aspect)
    above = np.linalg.eigvalsh(inner(edge_m))[::-1] > z(edge_m) * (1 + 1e-12)
    outliers, vectors = [], []
    axes_at, axes = np.nan, np.empty((0, 0))  # equal eigenvalues share one basis of their space
    for index in range(int(above.sum())):

        def excess(m: float, place: int = -1 - index) -> float:
            return float(np.linalg.eigvalsh(inner(m))[place] - z(m))

        m = _root(excess, edge_m)
        if not abs(m - axes_at) < EQUAL * abs(m):
            axes_at, axes = m, np.linalg.eigh(inner(m))[1]
        u = axes[:, -1 - index]
        slope = moment(-aspect * weights * t / denominator(m) ** 2)
        outliers.append(z(m))
        vectors.append(projection.basis @ u / np.sqrt(1 - u @ slope @ u / z_slope(m)))
    columns = np.array(vectors).reshape(len(outliers), len(projection.basis)).T
    return BlockSpectrum(z(edge_m), np.array(outliers), columns)


def _edge(t: Array, share: Array, aspect: float) -> float:
    """The m at the edge: the root of aspect E(tm/(1 + aspect t m))² = 1 left of zero."""

    def excess(m: float) -> float:
        return float(aspect * (share @ (t * m / (1 + aspect * t * m)) ** 2) - 1)

    pole = -1 / (aspect * t.max())
    left = pole * (1 - 1e-3)
    while excess(left) < 0:
        left = pole + (left - pole) / 10
    return float(optimize.brentq(excess, left, 1e-9 * pole, xtol=1e-15 * abs(pole)))


def _root(excess: Callable[[float], float], edge_m: float) -> float:
    """The root between the edge and zero of a function that falls from positive to -infinity."""
    near = edge_m / 2
    while excess(near) > 0:
        near /= 2
    return float(optimize.brentq(excess, edge_m, near, rtol=1e-13))


def initial_outlier(precision: float, classes: int, aspect: float) -> tuple[float, float]:
    r"""Outlier and squared cosine with a mean at zero weights, in the block of one class.

    All samples have the weight :math:`w = (k - 1)/k^2`, so that the block is
    :math:`w/\lambda` times a sample covariance with k spikes of size :math:`\lambda/k`.

    Args:
        precision: :math:`\lambda > 0`.
        classes: k, at least 2.
        aspect: Dimensions per sample :math:`\gamma > 0`.

    Raises:
        ValueError: If an argument leaves its range.

    >>> initial_outlier(4.0, 4, 0.25)
    (0.1171875, 0.6)
    """
    if not precision > 0:
        raise ValueError(f"precision must be positive, got {precision}")
    value, cosine = spiked(precision / classes, aspect)
    return (classes - 1) / classes**2 / precision * value, cosine
