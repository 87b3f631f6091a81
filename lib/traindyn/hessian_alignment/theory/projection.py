r"""A Gaussian mixture seen from the few directions that softmax regression looks at.

A sample is :math:`X = a + b` with a in the span of weights and means, of at most 2k dimensions, and
:math:`b \sim N(0, I/\lambda)` orthogonal to it and independent of everything. Probabilities depend
on the logits :math:`x^c \cdot a` alone, so that expectations of functions of them are integrals
over k normal variables per class: exact up to a quadrature, whatever the dimension d.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from jaxtyping import Float, Int
from scipy import special, stats

Array = np.ndarray


@cache
def normal_rule(dimension: int, order: int = 8) -> tuple[Array, Array]:
    """Points and weights of a standard normal law.

    Up to three dimensions a product of Gauss-Hermite rules, exact for polynomials of degree
    ``2 · order - 1`` in each coordinate; beyond that 1,024 points of a Sobol sequence, with an
    error of about 1e-3 for the smooth functions here.

    Args:
        dimension: Number of variables, at least 1.
        order: Points per coordinate of the product rule.

    Returns:
        Points, one per row, and their weights; everybody gets the same read-only arrays.

    >>> points, weights = normal_rule(2)
    >>> round(float(weights @ (points[:, 0] ** 4 * points[:, 1] ** 2)), 9)
    3.0
    """
    if dimension > 3:
        uniform = stats.qmc.Sobol(dimension, rng=np.random.default_rng(0)).random_base2(10)
        points, weights = stats.norm.ppf(uniform), np.full(1024, 2.0**-10)
    else:
        nodes, each = special.roots_hermitenorm(order)
        grids = np.meshgrid(*[nodes] * dimension, indexing="ij")
        shares = np.meshgrid(*[each / each.sum()] * dimension, indexing="ij")
        points = np.stack(grids, axis=-1).reshape(-1, dimension)
        weights = np.prod(shares, axis=0).reshape(-1)
    points.flags.writeable = weights.flags.writeable = False
    return points, weights


@dataclass(frozen=True)
class Projection:
    r"""Quadrature for expectations over a mixture seen from the span of weights and means.

    Args:
        basis: Orthonormal basis of the span, as columns.
        centers: The means, in that basis.
        around: Displacements from a mean that the logits can tell apart, the same for all.
        shares: Probabilities of the points, mean by mean.
        labels: Class that each point belongs to.
        probabilities: Softmax probabilities :math:`\pi` at the points.
        unseen: Covariance of the part of a that the logits do not see.
        precision: :math:`\lambda`.
    """

    basis: Float[Array, "d s"]
    centers: Float[Array, "k s"]
    around: Float[Array, "q s"]
    shares: Float[Array, " n"]
    labels: Int[Array, " n"]
    probabilities: Float[Array, "n k"]
    unseen: Float[Array, "s s"]
    precision: float

    @property
    def points(self) -> Float[Array, "n s"]:
        """Values of a that the logits can tell apart."""
        return (self.centers[:, None] + self.around).reshape(-1, self.centers.shape[1])

    def hessian_weights(self, block: int) -> Float[Array, " n"]:
        r"""Weights :math:`\pi_c (1 - \pi_c)` of a diagonal block of the Hessian."""
        p = self.probabilities[:, block]
        return np.asarray(p * (1 - p))

    def gradient_weights(self, block: int) -> Float[Array, " n"]:
        r"""Weights :math:`(\pi_c - y_c)^2` of a diagonal block of the gradient matrix."""
        return np.asarray((self.probabilities[:, block] - (self.labels == block)) ** 2)

    def mean(self, function: Float[Array, " n"]) -> float:
        r"""Expectation of a function of the point."""
        return float(self.shares @ function)

    def covariance(self) -> Float[Array, "s s"]:
        r"""Expectation :math:`\mathbb{E}[a a^\top]`.

        For orthonormal means its k largest eigenvalues are equal, and only rounding chooses among
        their eigenvectors: every change of the order of summation chooses others.
        """
        weighted = self.points * self.shares[:, None]
        whole = self.mean(np.ones_like(self.shares))
        return np.asarray(weighted.T @ self.points + whole * self.unseen)

    def second_moment(self, function: Float[Array, " n"]) -> Float[Array, "s s"]:
        r"""Expectation :math:`\mathbb{E}[f\, a a^\top]`.

        With :math:`a = \mu_l + b` displacements b are summed over the means first: few are left.
        """
        weights = (self.shares * function).reshape(len(self.centers), -1)
        mixed = self.centers.T @ (weights @ self.around)
        means = (self.centers.T * weights.sum(axis=1)) @ self.centers
        rest = (self.around.T * weights.sum(axis=0)) @ self.around
        return np.asarray(means + mixed + mixed.T + rest + self.mean(function) * self.unseen)


def project(
    parameters: Float[Array, "k d"], means: Float[Array, "k d"], precision: float
) -> Projection:
    r"""The mixture of equally likely classes seen from softmax regression at given weights.

    Args:
        parameters: One row :math:`x^c` per class.
        means: One row :math:`\mu_a` per class.
        precision: :math:`\lambda > 0`, the inverse variance of each coordinate of the noise.

    Raises:
        ValueError: If the shapes differ or the span does not fit into the space.

    >>> seen = project(np.zeros((2, 6)), np.eye(2, 6), 4.0)
    >>> round(seen.mean(seen.hessian_weights(0)), 9)
    0.25
    """
    k, d = means.shape
    if parameters.shape != means.shape or 2 * k > d:
        raise ValueError(
            f"parameters and means must both be (k, d) with 2k <= d, "
            f"got {parameters.shape} and {means.shape}"
        )
    if not precision > 0:
        raise ValueError(f"precision must be positive, got {precision}")
    basis, _ = np.linalg.qr(np.concatenate([means, parameters]).T)
    centers, weights = means @ basis, parameters @ basis
    # softmax sees differences of logits only: k - 1 directions
    seen, _ = np.linalg.qr((weights[1:] - weights[0]).T)
    nodes, shares = normal_rule(k - 1)
    around = nodes @ seen.T / np.sqrt(precision)
    logits = (centers[:, None] + around) @ weights.T
    return Projection(
        basis=basis,
        centers=centers,
        around=around,
        shares=np.tile(shares, k) / k,
        labels=np.repeat(np.arange(k), len(nodes)),
        probabilities=special.softmax(logits.reshape(-1, k), axis=1),
        unseen=(np.eye(len(seen)) - seen @ seen.T) / precision,
        precision=precision,
    )
