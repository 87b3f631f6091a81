r"""Weights of the samples in the gradient noise of regression.

The Hessian is a sample covariance, with the law of Marchenko and Pastur. The noise weighs every
sample with its squared residual :math:`t_\mu = r_\mu^2 / s^2`. Residuals of Gaussian labels are
nearly independent of the inputs, so its law is that of weighted samples.
"""

from __future__ import annotations

from scipy import special

from traindyn.random_matrices import Weights


def squared_normal(nodes: int = 200) -> Weights:
    r"""Law of :math:`t = \xi^2` for a standard normal :math:`\xi`.

    A Gauss-Hermite rule: exact for moments of t up to ``nodes - 1``.

    >>> weights = squared_normal()
    >>> round(weights.moment(1), 9), round(weights.moment(2), 9)
    (1.0, 3.0)
    """
    points, weights = special.roots_hermitenorm(nodes)
    return Weights(points**2, weights / weights.sum())
