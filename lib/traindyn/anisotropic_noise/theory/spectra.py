r"""Weights of the samples in the gradient noise of regression.

The Hessian is a sample covariance, with the law of Marchenko and Pastur. The noise weighs every
sample with its squared residual :math:`t_\mu = r_\mu^2 / s^2`. Residuals of Gaussian labels are
nearly independent of the inputs, so its law is that of weighted samples.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from scipy import special

from traindyn.laws import GridLaw
from traindyn.random_matrices import Weights, weighted_law


def squared_normal(nodes: int = 200) -> Weights:
    r"""Law of :math:`t = \xi^2` for a standard normal :math:`\xi`.

    A Gauss-Hermite rule, exact for moments of t up to ``nodes - 1``; both signs of :math:`\xi` give
    one t, which takes half of an even number of nodes.

    >>> weights = squared_normal()
    >>> round(weights.moment(1), 9), round(weights.moment(2), 9)
    (1.0, 3.0)
    """
    points, weights = special.roots_hermitenorm(nodes)
    start = 0 if nodes % 2 else nodes // 2
    points, weights = points[start:], weights[start:]
    return Weights(points**2, weights / weights.sum())


@cache
def noise_law(aspect: float) -> GridLaw:
    """Law of the eigenvalues of :math:`D/s^2` for Gaussian labels, at N/P = ``aspect``.

    >>> round(noise_law(0.5).variance, 6)
    1.5
    """
    return weighted_law(aspect, squared_normal())


@cache
def first_power_law(aspect: float) -> GridLaw:
    r"""A wrong law: samples weighted with :math:`|r_\mu|` in place of its square.

    >>> bool(abs(first_power_law(0.5).variance - np.pi / 4) < 0.01)
    True
    """
    weights = squared_normal()
    sizes = np.sqrt(weights.values)
    return weighted_law(aspect, Weights(sizes / (sizes @ weights.shares), weights.shares), 400)
