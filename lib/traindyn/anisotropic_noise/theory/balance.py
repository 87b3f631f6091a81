r"""Detailed balance of the fluctuations, and what breaks it.

Linear drift :math:`-\eta H\delta` with noise of covariance D has detailed balance exactly if
H and D commute. The part of D that is diagonal in the eigenbasis of H is the part that does; the
rest drives a probability current in the stationary state.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

Array = np.ndarray


def balanced_part(hessian: Float[Array, "N N"], noise: Float[Array, "N N"]) -> Float[Array, "N N"]:
    """The part of the noise covariance that commutes with the Hessian.

    >>> balanced_part(np.diag([1.0, 2.0]), np.array([[3.0, 1.0], [1.0, 4.0]]))
    array([[3., 0.],
           [0., 4.]])
    """
    _, basis = np.linalg.eigh(hessian)
    kept = np.einsum("in,ij,jn->n", basis, noise, basis)
    return np.asarray((basis * kept) @ basis.T)


def lag_antisymmetry(
    hessian: Float[Array, "N N"],
    covariance: Float[Array, "N N"],
    learning_rate: float,
    steps: int = 1,
) -> Float[Array, "N N"]:
    r"""Antisymmetric part of the moment of weights some steps apart.

    The mean of :math:`\delta_{t+\tau}` given :math:`\delta_t` is
    :math:`(1 - \eta H)^\tau\delta_t`, so the moment
    :math:`\mathbb{E}[\delta_t\delta_{t+\tau}^\top]` is :math:`C (1 - \eta H)^\tau`. It is
    symmetric exactly if no current flows; for :math:`\tau = 1` its antisymmetric part is
    :math:`\frac\eta2(HC - CH)`.

    >>> lag_antisymmetry(np.diag([1.0, 3.0]), np.array([[1.0, 0.5], [0.5, 1.0]]), 0.1)
    array([[ 0.  , -0.05],
           [ 0.05,  0.  ]])
    """
    kept = np.linalg.matrix_power(np.eye(len(hessian)) - learning_rate * hessian, steps)
    moment = covariance @ kept
    return np.asarray((moment - moment.T) / 2)


def entropy_production(
    hessian: Float[Array, "N N"], covariance: Float[Array, "N N"], learning_rate: float
) -> float:
    r"""Entropy production per step, :math:`\operatorname{tr}[B^{-1} K C^{-1} K^\top]`.

    With :math:`B = \frac\eta2(HC + CH)` and :math:`K = \frac\eta2(CH - HC)`: the current velocity
    is :math:`KC^{-1}\delta`, and its mean square in the metric of the diffusion is the entropy
    production of a linear process in continuous time.

    Source: C. Godrèche and J.-M. Luck, J. Phys. A 52 (2019) 035002.

    >>> entropy_production(np.diag([1.0, 2.0]), np.eye(2), 0.1)
    0.0
    """
    product = covariance @ hessian
    spread = learning_rate / 2 * (product + product.T)
    current = learning_rate / 2 * (product - product.T)
    velocity = current @ np.linalg.inv(covariance)
    return float(np.trace(np.linalg.solve(spread, velocity @ current.T)))


def mean_pair_weight(eigenvalues: Float[Array, " N"]) -> float:
    r"""Mean of :math:`4hh'/(h + h')^2` over pairs of eigenvalues; 1 if all are equal.

    >>> mean_pair_weight(np.ones(3))
    1.0
    """
    h = eigenvalues
    return float(np.mean(4 * h[:, None] * h / (h[:, None] + h) ** 2))


def variance_of_variances(aspect: float, eigenvalues: Float[Array, " N"], kurtosis: float) -> float:
    r"""Variance of the eigenvalues of :math:`C / T`: :math:`(\kappa_r - 1)\, c\, g`.

    Derivation: given the inputs, :math:`D / s^2 - H` has entries of variance
    :math:`(\kappa_r - 1) h_i h_j / P` in the eigenbasis of H, for residuals independent of the
    inputs with kurtosis :math:`\kappa_r`; the Lyapunov equation divides them by
    :math:`(h_i + h_j)/2`. Here g is :func:`mean_pair_weight`.

    Args:
        aspect: :math:`c = N / P`.
        eigenvalues: Those of the Hessian.
        kurtosis: :math:`\kappa_r`, 3 for Gaussian residuals.
    """
    return (kurtosis - 1) * aspect * mean_pair_weight(eigenvalues)


def residual_kurtosis(label_kurtosis: float, aspect: float) -> float:
    r"""Kurtosis of the residuals, :math:`3 + (\kappa_\xi - 3)(1 - c)^2`.

    A residual is :math:`(1 - c)` of its own label noise plus a sum over many others, which is
    normal; in units of its variance :math:`1 - c` the own part weighs :math:`(1 - c)`, and the
    fourth cumulant goes with the square of that.

    >>> residual_kurtosis(3.0, 0.5), residual_kurtosis(1.0, 0.0)
    (3.0, 1.0)
    """
    return 3 + (label_kurtosis - 3) * (1 - aspect) ** 2


def entropy_production_law(
    eigenvalues: Float[Array, " N"], samples: int, learning_rate: float, kurtosis: float = 3.0
) -> float:
    r"""Entropy production for few inputs per sample.

    .. math:: \frac{\kappa_r - 1}{2}\, \frac{\eta}{P} \sum_{ij} \frac{(h_i - h_j)^2}{h_i + h_j} .

    It follows from the variances of the entries of D, to lowest order in c.
    """
    h = eigenvalues
    pairs = float(np.sum((h[:, None] - h) ** 2 / (h[:, None] + h)))
    return (kurtosis - 1) / 2 * learning_rate / samples * pairs
