r"""Outliers, minibulk and bulk of a block when samples are plenty.

For a weight w that is a smooth function of the logits :math:`x^c \cdot X`, integration by parts
over the noise gives

.. math::

    \mathbb{E}[w X X^\top] = \frac{\mathbb{E}w}{\lambda} I + \frac1k\sum_a \Bigl\{
    \mathbb{E}_a[w]\,\mu_a\mu_a^\top
    + \frac1\lambda\sum_c \mathbb{E}_a[\partial_c w]\,(x^c\mu_a^\top + \mu_a x^{c\top})
    + \frac1{\lambda^2}\sum_{cd} \mathbb{E}_a[\partial_c\partial_d w]\,x^c x^{d\top} \Bigr\} .

The curly bracket has its range in the span of weights and means. So :math:`d - 2k` eigenvalues
equal :math:`\mathbb{E}w/\lambda`, the *bulk*; k are of order one, the *outliers*; and k belong to
the rest of the weights, where the bracket is only :math:`O(1/\lambda^2)`: the *minibulk*, within a
relative :math:`O(1/\lambda)` of the bulk. One of them equals the bulk, since adding a vector to all
:math:`x^c` changes no probability.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from traindyn.hessian_alignment.theory.projection import Projection

Array = np.ndarray


@dataclass(frozen=True)
class PopulationBlock:
    """Eigenvalues of one block for infinitely many samples.

    Args:
        outliers: The k largest, falling.
        minibulk: The k others of the span, falling.
        bulk: All others.
    """

    outliers: Float[Array, " k"]
    minibulk: Float[Array, " k"]
    bulk: float


def hessian_population(
    projection: Projection,
    parameters: Float[Array, "k d"],
    means: Float[Array, "k d"],
    block: int,
) -> PopulationBlock:
    r"""Eigenvalues of a diagonal block of the Hessian, from the formula by parts.

    With :math:`w = \pi_c(1 - \pi_c)` and :math:`u = 1 - 2\pi_c` the derivatives by the logits are

    .. math::

        \partial_a w = u\,\partial_a\pi_c , \qquad
        \partial_a\partial_b w = u\,\partial_a\partial_b\pi_c
        - 2\,\partial_a\pi_c\,\partial_b\pi_c .

    Args:
        projection: The mixture seen from the span.
        parameters: One row per class.
        means: One row per class.
        block: Index c of the class.

    >>> from traindyn.hessian_alignment.theory.projection import project
    >>> zero, means = np.zeros((2, 6)), np.eye(2, 6)
    >>> found = hessian_population(project(zero, means, 10.0), zero, means, 0)
    >>> round(found.bulk, 9), found.outliers.round(9).tolist(), found.minibulk.round(9).tolist()
    (0.025, [0.15, 0.15], [0.025, 0.025])
    """
    k = len(means)
    p, precision = projection.probabilities, projection.precision
    one = np.eye(k)[block]
    w = projection.hessian_weights(block)
    first = p[:, block, None] * (one - p)
    jacobian = p[:, :, None] * (np.eye(k) - p[:, None, :])  # of every probability
    second = first[:, :, None] * (one - p)[:, None, :] - p[:, block, None, None] * jacobian
    u = 1 - 2 * p[:, block]
    first_w = u[:, None] * first
    second_w = u[:, None, None] * second - 2 * first[:, :, None] * first[:, None, :]
    shares = projection.shares
    mu, x = means @ projection.basis, parameters @ projection.basis
    bulk = projection.mean(w) / precision
    total = bulk * np.eye(len(projection.unseen))
    total += x.T @ np.einsum("n,ncd->cd", shares, second_w) @ x / precision**2
    for a in range(k):
        mine = projection.labels == a
        total += (shares[mine] @ w[mine]) * np.outer(mu[a], mu[a])
        mixed = np.outer(shares[mine] @ first_w[mine] @ x, mu[a]) / precision
        total += mixed + mixed.T
    values = np.linalg.eigvalsh(total)[::-1]
    return PopulationBlock(values[:k], values[k:], bulk)
