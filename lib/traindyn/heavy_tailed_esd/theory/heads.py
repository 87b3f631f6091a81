r"""Test loss and kernel alignment of a ridge head, predicted from the weights alone.

The hidden outputs :math:`z_i = \tanh(w_i\cdot x/d^p)/\sqrt h` of a standard normal x have a
covariance that is a series in the correlations of the hidden inputs,

.. math:: h\,\mathbb{E} z_i z_j = \sum_{k\ \mathrm{odd}} \frac{c_k(q_i)\,c_k(q_j)}{k!}
    \Bigl(\frac{w_i\cdot w_j}{|w_i||w_j|}\Bigr)^k , \qquad
    c_k(q) = \mathbb{E}\,\mathrm{He}_k(g)\tanh(\sqrt q\,g) ,

with :math:`q_i = |w_i|^2/d^{2p}` and the Hermite polynomials :math:`\mathrm{He}_k`. Their product
with the teacher's odd part involves k = 1 only. For many samples and inputs the loss of ridge
depends on the features through these two moments alone: they may be taken for Gaussian.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

import numpy as np
from jaxtyping import Float
from numpy.polynomial.hermite_e import hermegauss, hermeval

Array = np.ndarray

_NODES, _WEIGHTS = hermegauss(100)
_WEIGHTS = _WEIGHTS / _WEIGHTS.sum()


@dataclass(frozen=True)
class FeatureMoments:
    """Second moments of features and of their product with the target, in the eigenbasis.

    Args:
        eigenvalues: Eigenvalues of the covariance of the features.
        cross: Product of features and target, averaged, along the eigenvectors.
        signal: Second moment of the part of the target that was averaged.
    """

    eigenvalues: Float[Array, " k"]
    cross: Float[Array, " k"]
    signal: float

    def ridge_loss(
        self, penalty: Float[Array, " p"], samples: int, noise: float
    ) -> Float[Array, " p"]:
        r"""Test loss of the ridge heads that were fitted to n samples.

        With :math:`\kappa = \lambda/h + \frac{\kappa}{n}\sum_i \frac{s_i}{s_i+\kappa}` it is

        .. math:: \frac{\sigma^2 + r^2 - \sum_i \frac{q_i^2}{s_i} +
            \sum_i \frac{q_i^2}{s_i}\frac{\kappa^2}{(s_i+\kappa)^2}}
            {1 - \frac1n \sum_i \frac{s_i^2}{(s_i+\kappa)^2}} ,

        with eigenvalues s, cross moments q, signal r² and noise σ²; the noise is part of the loss.

        Args:
            penalty: λ/h, what multiplies the squared norm of the head in the mean loss; positive.
            samples: n.
            noise: σ², second moment of the label that the features cannot see.

        Raises:
            ValueError: If a penalty is not positive or there is no sample.

        Source: T. Hastie, A. Montanari, S. Rosset, R. Tibshirani, Ann. Statist. 50 (2022) 949, for
        Gaussian features.
        """
        if not ((penalty > 0) & (penalty < np.inf)).all():
            raise ValueError(f"penalty must be positive and finite, got {penalty}")
        if samples < 1:
            raise ValueError(f"samples must be at least 1, got {samples}")
        seen = self.eigenvalues > 1e-12 * self.eigenvalues.max()
        s, energy = self.eigenvalues[seen], self.cross[seen] ** 2 / self.eigenvalues[seen]
        shrinkage = self._shrinkage(s, penalty, samples)[:, None]
        missed = (shrinkage / (s + shrinkage)) ** 2
        unseen = noise + self.signal - energy.sum()
        used = ((s / (s + shrinkage)) ** 2).sum(axis=1) / samples
        return np.asarray((unseen + missed @ energy) / (1 - used))

    @staticmethod
    def _shrinkage(s: Array, penalty: Array, samples: int) -> Array:
        """The κ of every penalty, by bisection of its logarithm between λ/h and λ/h + Σs/n."""
        low, high = np.log(penalty), np.log(penalty + s.sum() / samples)
        for _ in range(50):
            middle = (low + high) / 2
            kappa = np.exp(middle)
            used = (s / (s + kappa[:, None])).sum(axis=1) / samples
            below = kappa * (1 - used) < penalty
            low, high = np.where(below, middle, low), np.where(below, high, middle)
        return np.exp((low + high) / 2)

    def alignment(self, samples: int, target: float) -> float:
        r"""Kernel alignment on n fresh samples, for many features of comparable size.

        .. math:: \frac{\lVert q\rVert^2 + \tau S_1/n}{\tau\sqrt{S_2 + S_1^2/n}},
            \qquad S_k = \sum_i s_i^k ,

        with the second moment τ of the label. The terms in 1/n are the diagonal of the kernel.

        Args:
            samples: n.
            target: τ.

        Raises:
            ValueError: If there is no sample or τ is not positive.
        """
        if samples < 1:
            raise ValueError(f"samples must be at least 1, got {samples}")
        if not target > 0:
            raise ValueError(f"target must be positive, got {target}")
        first, second = self.eigenvalues.sum(), (self.eigenvalues**2).sum()
        size = math.sqrt(second + first**2 / samples)
        return float((self.cross @ self.cross + target * first / samples) / (target * size))


def hermite_coefficients(variance: Float[Array, " n"], order: int) -> Float[Array, " n"]:
    r"""The coefficients :math:`c_k(q) = \mathbb{E}\,\mathrm{He}_k(g)\tanh(\sqrt q\,g)`.

    Args:
        variance: The variances q, positive.
        order: k.

    >>> round(float(hermite_coefficients(np.array([1.0]), 1)[0]), 5)
    0.60571
    """
    return np.asarray(_at_nodes(variance) @ _hermite_weights(order))


def _at_nodes(variance: Float[Array, " n"]) -> Float[Array, "n nodes"]:
    """The activations at the nodes of the quadrature."""
    return np.tanh(np.sqrt(variance)[:, None] * _NODES)


@cache
def _hermite_weights(order: int) -> Float[Array, " nodes"]:
    return np.asarray(_WEIGHTS * hermeval(_NODES, [0.0] * order + [1.0]))


def tanh_moments(
    weights: Float[Array, "hidden inputs"],
    direction: Float[Array, " inputs"],
    power: float,
    slope: float,
    orders: int = 9,
) -> FeatureMoments:
    r"""Moments of the features :math:`\tanh(Wx/d^p)/\sqrt h` and the target :math:`r\beta\cdot x`.

    Args:
        weights: The matrix W.
        direction: The unit vector β.
        power: p, 1/2 for the model and 1 for what the authors' public code evaluates.
        slope: r.
        orders: Largest k of the series; the diagonal is exact.

    >>> moments = tanh_moments(1e-3 * np.eye(2), np.array([1.0, 0.0]), 0.5, 0.5)
    >>> (moments.eigenvalues * 4e6).round(5).tolist()  # tanh is linear there
    [1.0, 1.0]
    """
    hidden, inputs = weights.shape
    norms = np.linalg.norm(weights, axis=1)
    unit = weights / norms[:, None]
    variance = norms**2 / inputs ** (2 * power)
    correlation = unit @ unit.T
    covariance = np.zeros((hidden, hidden))
    odd = correlation
    values = _at_nodes(variance)
    first = values @ _hermite_weights(1)
    for order in range(1, orders + 1, 2):
        c = values @ _hermite_weights(order) / math.sqrt(math.factorial(order))
        covariance += np.outer(c, c) * odd
        odd = odd * correlation**2
    np.fill_diagonal(covariance, values**2 @ _WEIGHTS)
    eigenvalues, axes = np.linalg.eigh(covariance / hidden)
    cross = axes.T @ (first * (unit @ direction)) * (slope / math.sqrt(hidden))
    return FeatureMoments(np.maximum(eigenvalues, 0.0), cross, slope**2)
