r"""Stationary covariance of the weights of linear regression under SGD.

With :math:`\delta = w - \hat w` a step with a batch of S samples, drawn with replacement, is

.. math:: \delta' = \delta - \frac{\eta}{S} \sum_{\mu \in B} (r_\mu + x_\mu\cdot\delta)\, x_\mu .

It is linear in :math:`\delta`, so the second moment closes.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from traindyn.anisotropic_noise.theory.regression import RegressionNoise

Array = np.ndarray


def _require_rates(learning_rate: float, batch_size: int) -> None:
    if not 0 < learning_rate < np.inf:
        raise ValueError(f"learning_rate must be positive and finite, got {learning_rate}")
    if batch_size < 1:
        raise ValueError(f"batch_size must be at least 1, got {batch_size}")


def solve_lyapunov(hessian: Float[Array, "N N"], noise: Float[Array, "N N"]) -> Float[Array, "N N"]:
    r"""The symmetric C with ``H C + C H = noise``, for a positive definite H.

    In the eigenbasis of H it is :math:`C_{ij} = \text{noise}_{ij} / (h_i + h_j)`.

    >>> solve_lyapunov(np.array([[2.0]]), np.array([[1.0]]))
    array([[0.25]])
    """
    return _divided(*np.linalg.eigh(hessian), noise)


def _divided(h: Array, basis: Array, noise: Array) -> Array:
    c = basis @ (basis.T @ noise @ basis / (h[:, None] + h)) @ basis.T
    return np.asarray((c + c.T) / 2)


def frozen_noise_covariance(
    noise: RegressionNoise, learning_rate: float, batch_size: int
) -> Float[Array, "N N"]:
    r"""Covariance of the stochastic equation whose noise is that at the minimum.

    It solves :math:`HC + CH = \frac{\eta}{S} D` and errs in relative terms by about
    :math:`\eta \operatorname{tr} H / S`.

    Args:
        noise: The data.
        learning_rate: Learning rate η, positive.
        batch_size: Samples S per batch, at least 1.

    Raises:
        ValueError: If an argument leaves its range.
    """
    _require_rates(learning_rate, batch_size)
    return solve_lyapunov(noise.hessian, learning_rate / batch_size * noise.covariance)


def exact_covariance(
    noise: RegressionNoise,
    learning_rate: float,
    batch_size: int,
    tolerance: float = 1e-13,
    discrete: bool = True,
) -> Float[Array, "N N"]:
    r"""Exact stationary covariance of SGD with replacement, at any learning rate and batch size.

    It is the fixed point of

    .. math:: HC + CH = \frac{\eta}{S} \bigl[D + M_4(C)\bigr] + \eta\Bigl(1 - \frac1S\Bigr) HCH .

    Derivation: average :math:`\delta'\delta'^\top`; one sample's gradient has the second moment
    :math:`D + M_4(C)` (the mixed term vanishes with the mean of :math:`\delta`), two samples of a
    batch are independent given :math:`\delta` and contribute :math:`HCH`.

    Args:
        noise: The data.
        learning_rate: Learning rate η, positive.
        batch_size: Samples S per batch, at least 1.
        tolerance: Relative change at which the iteration stops.
        discrete: Whether steps are discrete; False gives the stochastic equation with noise that
            depends on the state, where :math:`\eta(1 - 1/S) HCH` becomes :math:`-\eta HCH / S`.

    Raises:
        ValueError: If an argument leaves its range, or the fixed point does not exist: the learning
            rate is beyond the stability limit of the second moment.

    >>> ones = RegressionNoise(np.ones((2, 1)), np.array([-1.0, 1.0]))
    >>> exact_covariance(ones, 0.1, 1)  # an AR(1) process: η / (2 - η)
    array([[0.05263158]])
    """
    _require_rates(learning_rate, batch_size)
    h = noise.hessian
    quadratic = learning_rate * ((1 if discrete else 0) - 1 / batch_size)
    spectrum = np.linalg.eigh(h)
    c = frozen = frozen_noise_covariance(noise, learning_rate, batch_size)
    previous = np.inf
    for _ in range(500):
        drive = learning_rate / batch_size * (noise.covariance + noise.fourth_moment(c))
        updated = _divided(*spectrum, drive + quadratic * h @ c @ h)
        change = float(np.linalg.norm(updated - c) / np.linalg.norm(updated))
        c = updated
        if change < tolerance or (change < 1e-10 and change >= previous):
            return c
        if np.linalg.norm(c) > 1e6 * np.linalg.norm(frozen):
            break
        previous = change
    raise ValueError(
        f"learning_rate must be below the stability limit of the second moment, got "
        f"{learning_rate}: learning_rate * tr(H) / batch_size = "
        f"{learning_rate * np.trace(h) / batch_size:.3g}"
    )


def loss_excess(hessian: Float[Array, "N N"], covariance: Float[Array, "N N"]) -> float:
    r"""Mean loss above its minimum, :math:`\tfrac12\operatorname{tr}(HC)`.

    >>> loss_excess(np.eye(2), np.eye(2))
    1.0
    """
    return float(np.sum(hessian * covariance) / 2)
