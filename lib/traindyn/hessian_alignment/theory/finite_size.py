r"""What a finite sample does to the top of a block: where its bulk ends, how its outliers scatter.

The limit of a block has a sharp edge and equal outliers. In d dimensions and on M samples the
largest eigenvalue of the bulk lies below the edge by the law of Tracy and Widom, and equal outliers
scatter, so that the lowest of them lies below their mean.
"""

from __future__ import annotations

import math

import numpy as np
from jaxtyping import Float

from traindyn.hessian_alignment.theory.projection import Projection
from traindyn.random_matrices import Weights, weighted_edge
from traindyn.random_matrices.marchenko_pastur import ASPECTS
from traindyn.system.arguments import real_number

TRACY_WIDOM_MEAN = -1.2065335745820
"""Mean of the Tracy-Widom law of real matrices.

Source: F. Bornemann, Markov Process. Relat. Fields 16 (2010) 803."""

LOWEST_OF_THREE = -3 / (2 * math.sqrt(math.pi))
LARGEST_OF_FOUR = 1.0293753730
"""Means of the lowest and of the largest of some standard normal numbers."""


def below_edge(weights: Weights, aspect: float, dimensions: int) -> float:
    r"""Mean of the largest eigenvalue of the bulk, over the edge, less one: negative.

    With z(m) of :func:`~traindyn.random_matrices.weighted_edge`, :math:`z \approx E +
    \frac12 z''(m)\,\delta m^2` at the edge E, so that the density ends as a root there, and the
    largest of d eigenvalues lies at

    .. math:: E + \Bigl(\frac{z''}{2 d^2}\Bigr)^{1/3} \xi , \qquad
              z'' = -\frac2{m^3} + 2\gamma^2\,\mathbb{E}\frac{t^3}{(1 + \gamma t m)^3} , \qquad
              m = -\Bigl(\gamma \frac{dE}{d\gamma}\Bigr)^{-1} ,

    with Tracy's and Widom's :math:`\xi` of real matrices. For equal weights this is the scale of
    I. Johnstone, Ann. Statist. 29 (2001) 295. The largest weights that together less than one of
    the :math:`d/\gamma` samples has are left out: no sample shows them, and one of share 1e-13
    near the pole at :math:`\gamma t m = -1` would bend z as much as all others.

    Args:
        weights: Law of the weights t.
        aspect: Dimensions per sample :math:`\gamma`.
        dimensions: d, at least 1.

    Raises:
        ValueError: If ``dimensions`` is below 1, or ``aspect`` leaves [1e-6, 1e6].

    >>> p, q = 1280**0.5, 160**0.5  # Johnstone's scale over the edge (p + q)²
    >>> scale = (1 / p + 1 / q) ** (1 / 3) / (p + q)
    >>> round(below_edge(Weights.equal(), 1 / 8, 160) / scale, 3)
    -1.207
    """
    if dimensions < 1:
        raise ValueError(f"dimensions must be at least 1, got {dimensions}")
    weights = _without_rare(weights, dimensions / real_number("aspect", aspect, ASPECTS))
    edge, near = weighted_edge(aspect, weights), 1e-4 * aspect
    above, below = (weighted_edge(aspect + shift, weights) for shift in (near, -near))
    m = -2 * near / (aspect * (above - below))
    pulls = (weights.values / (1 + aspect * weights.values * m)) ** 3
    bend = -2 / m**3 + 2 * aspect**2 * float(weights.shares @ pulls)
    return TRACY_WIDOM_MEAN * float(bend / (2 * dimensions**2)) ** (1 / 3) / edge


def _without_rare(weights: Weights, samples: float) -> Weights:
    """The law without its largest weights, as far as less than one of some samples has them.

    >>> law = Weights(np.array([1.0, 2.0, 3.0]), np.array([0.9, 0.1 - 1e-9, 1e-9]))
    >>> _without_rare(law, 1000).values
    array([1., 2.])
    """
    order = np.argsort(weights.values)
    often = np.cumsum(weights.shares[order][::-1])[::-1] * samples >= 1
    kept = order[often] if often.any() else order
    shares = weights.shares[kept]
    return Weights(weights.values[kept], shares / shares.sum())


def outlier_scatter(
    projection: Projection, weights: Float[np.ndarray, " n"], samples: int
) -> float:
    r"""Relative scatter of one of the equal outliers of a block around their mean.

    The outlier along :math:`\mu_a` is a sum over the samples of class a, a share 1/k of M. The sums
    of the classes scatter independently around their common mean, by

    .. math:: \sqrt{\frac kM\,\frac{\mathbb{E}_a[w^2 (X\cdot\mu_a)^4]}
                                   {\mathbb{E}_a[w (X\cdot\mu_a)^2]^2}} ,

    the number of samples of a class included.

    Args:
        projection: The mixture seen from the span of weights and means; the block is of class 0.
        weights: Weights w at its points.
        samples: M, at least 1.

    Raises:
        ValueError: If ``samples`` is below 1.

    >>> from traindyn.hessian_alignment.theory.projection import project
    >>> seen = project(np.zeros((4, 8)), np.eye(4, 8), 1e12)  # without noise
    >>> round(outlier_scatter(seen, np.ones(len(seen.points)), 400), 6)
    0.1
    """
    if samples < 1:
        raise ValueError(f"samples must be at least 1, got {samples}")
    own = projection.labels == 1
    terms = weights[own] * (projection.points[own] @ projection.centers[1]) ** 2
    shares = projection.shares[own] / projection.shares[own].sum()
    spread = float(shares @ terms**2) / float(shares @ terms) ** 2
    return math.sqrt(len(projection.centers) / samples * spread)


def tilt_noise(
    projection: Projection, weights: Float[np.ndarray, " n"], samples: int
) -> tuple[float, float]:
    r"""What a sample of M adds to tilts: to their sum in the mean, and the scatter of one of them.

    The tilt of :math:`\mu_a` has a part from the samples of its own class, which falls as
    :math:`1/n_a` with their number, and a part from those of the others, through the noise along
    :math:`\mu_a`, which falls as the inverse square of the sum of the weights of class a. The
    second over the first is

    .. math:: q_a = \frac1\lambda \sum_{b \ne a} \frac{\mathbb{E}_b w^2}{\mathbb{E}_a w^2} .

    With :math:`v = k/M`, the variance of relative numbers, :math:`v r_a`, that of mean weights,
    and :math:`v c_a`, their covariance with those of w²,

    .. math:: r_a = \frac{\mathbb{E}_a w^2}{(\mathbb{E}_a w)^2} - 1, \qquad
              c_a = \frac{\mathbb{E}_a w^3}{\mathbb{E}_a w\,\mathbb{E}_a w^2} - 1 ,

    second orders add to the sum, in which tilts have the shares :math:`t_a \propto (1 + r_a)(1 +
    q_a)`,

    .. math:: v \sum_a \frac{t_a}{1 + q_a} \Bigl[\bigl(1 - \tfrac1k\bigr)(1 + 3q_a)
              + \tfrac2k q_a + 3(1 + q_a) r_a - 2c_a\Bigr] ,

    and a tilt scatters by

    .. math:: \frac{\sqrt{v\,[(1 + 2q_a)^2 + 4q_a^2 r_a]}}{1 + q_a} .

    Args:
        projection: The mixture seen from the span of weights and means; the block is of class 0.
        weights: Weights w at its points.
        samples: M, at least 1.

    Returns:
        The mean excess of the sum of all tilts, and the scatter of the tilt of class 1; relative.

    Raises:
        ValueError: If ``samples`` is below 1.

    >>> from traindyn.hessian_alignment.theory.projection import project
    >>> seen = project(np.zeros((4, 8)), np.eye(4, 8), 1e12)  # without noise
    >>> [round(x, 6) for x in tilt_noise(seen, np.ones(len(seen.points)), 400)]
    [0.0075, 0.1]
    """
    if samples < 1:
        raise ValueError(f"samples must be at least 1, got {samples}")
    k = len(projection.centers)
    shares = k * projection.shares.reshape(k, -1)
    own = weights.reshape(k, -1)
    first, second, third = ((shares * own**power).sum(axis=1) for power in (1, 2, 3))
    q = (second.sum() - second) / second / projection.precision
    uneven = second / first**2 - 1
    common = third / second / first - 1
    grown = (1 - 1 / k) * (1 + 3 * q) + 2 / k * q + 3 * (1 + q) * uneven - 2 * common
    spread = ((1 + 2 * q) ** 2 + 4 * q**2 * uneven) / (1 + q) ** 2
    share = (1 + uneven) / ((1 + uneven) * (1 + q)).sum()
    return float(k / samples * (share @ grown)), math.sqrt(k / samples * spread[1])
