r"""Balance of two-layer ReLU networks :math:`f = U\,\mathrm{ReLU}(Wx)` with square loss."""

from __future__ import annotations

import math

import numpy as np
from scipy import stats


def norm_ratio(inputs: int, outputs: int) -> float:
    r"""Norm ratio :math:`|U|^2 / |W|^2 = d_y / d_x` at noise balance.

    If label noise dominates and inputs and noise are isotropic, the noise of :math:`W` is
    :math:`\propto d_x|U|^2` and that of :math:`U` is :math:`\propto d_y|W|^2`. Derived, not in
    the paper; equal norms need :math:`d_x = d_y`.

    Raises:
        ValueError: If a dimension is below 1.

    >>> norm_ratio(20, 5)
    0.25
    """
    for name, value in (("inputs", inputs), ("outputs", outputs)):
        if value < 1:
            raise ValueError(f"{name} must be at least 1, got {value}")
    return outputs / inputs


def balance_rate(inputs: int, outputs: int, noise: float, temperature: float) -> float:
    r"""Rate :math:`4T\sigma^2 d_xd_y/(d_x + d_y)` at which the norm ratio settles.

    Linearized decay of :math:`\log(|U|^2/|W|^2)` at fixed :math:`|U||W|`, label noise only.
    Derived.

    Raises:
        ValueError: If an argument is not positive.

    >>> balance_rate(20, 20, 1.0, 0.01)
    0.4
    """
    for name, value in (
        ("inputs", inputs),
        ("outputs", outputs),
        ("noise", noise),
        ("temperature", temperature),
    ):
        if not value > 0:
            raise ValueError(f"{name} must be positive, got {value}")
    return 4 * temperature * noise**2 * inputs * outputs / (inputs + outputs)


def active_second_moment(incoming: np.ndarray) -> np.ndarray:
    r"""Second moment :math:`E[\tilde x\tilde x^\top 1\{w\cdot\tilde x > 0\}]`, standard normal x.

    :math:`\tilde x = (x, 1)` and the last weight is the bias. With
    :math:`\tau = b/|w|`, :math:`\Phi` and :math:`\varphi` at :math:`\tau`, and
    :math:`e = w/|w|`: :math:`E[1] = \Phi`, :math:`E[x1] = \varphi e` and
    :math:`E[xx^\top1] = \Phi I - \tau\varphi ee^\top`.

    Args:
        incoming: Weights and bias, shape (inputs + 1,).

    Raises:
        ValueError: If the weights without the bias are all zero or one is not finite.
    """
    weights, bias = incoming[:-1], float(incoming[-1])
    length = float(np.linalg.norm(weights))
    if not (length > 0 and np.isfinite(incoming).all()):
        raise ValueError(f"incoming must be finite with a nonzero weight, got {incoming}")
    tau, direction = bias / length, weights / length
    probability, density = float(stats.norm.cdf(tau)), float(stats.norm.pdf(tau))
    size = len(weights)
    moment = np.empty((size + 1, size + 1))
    moment[:size, :size] = probability * np.eye(size) - tau * density * np.outer(
        direction, direction
    )
    moment[:size, size] = moment[size, :size] = density * direction
    moment[size, size] = probability
    return moment


def eigenvalue_floors(incoming: np.ndarray, noise: float, outputs: int) -> tuple[float, float]:
    r"""Lower bounds of the smallest eigenvalues of :math:`C_1` and :math:`C_2` of one neuron.

    With :math:`A = 2\tilde xr^\top 1_{\mathrm{active}}` and residual
    :math:`r = \delta(x) - \epsilon`, Jensen's inequality for the misfit :math:`\delta` leaves

    .. math:: C_1 \succeq 4\sigma^2E[|\tilde x|^21]\,I, \qquad
              C_2 \succeq 4d_y\sigma^2E[\tilde x\tilde x^\top1].

    A quantitative form of Theorem 3.2, derived here.

    Args:
        incoming: Weights and bias, shape (inputs + 1,).
        noise: Standard deviation of the label noise of each output.
        outputs: :math:`d_y`.

    Raises:
        ValueError: If ``noise`` is not positive, ``outputs`` below 1 or the weights are zero.
    """
    if not (noise > 0 and math.isfinite(noise)):
        raise ValueError(f"noise must be positive and finite, got {noise}")
    if outputs < 1:
        raise ValueError(f"outputs must be at least 1, got {outputs}")
    moment = active_second_moment(incoming)
    smallest = float(np.linalg.eigvalsh(moment)[0])
    return 4 * noise**2 * float(np.trace(moment)), 4 * outputs * noise**2 * smallest
