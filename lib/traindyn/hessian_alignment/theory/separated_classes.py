r"""Softmax regression of well separated classes: closed forms to leading order in 1/λ.

Means are orthonormal, classes equally likely, the start is small. By symmetry the weights are
:math:`x^c = A(t)\,(\mu_c - \frac{1}{k-1}\sum_{b \ne c}\mu_b)`: one number. A class is recognized
with probability P, and each wrong class gets :math:`q = (1 - P)/(k - 1)`.
"""

from __future__ import annotations

import math
from typing import Literal

import numpy as np
from jaxtyping import Float
from scipy.integrate import solve_ivp
from scipy.optimize import brentq

Array = np.ndarray
Matrix = Literal["hessian", "gradient"]


def confidence(amplitude: float, classes: int) -> float:
    r"""Probability :math:`P = 1/(1 + (k-1)e^{-kA/(k-1)})` of the right class at its mean.

    >>> confidence(0.0, 4)
    0.25
    """
    k = classes
    return 1 / (1 + (k - 1) * math.exp(-amplitude * k / (k - 1)))


def amplitude(classes: int, decay: float, time: float = math.inf) -> float:
    r"""Amplitude A at a time: :math:`\dot A = (1 - P(A))/k - \beta A` from A = 0.

    Args:
        classes: Number of classes k, at least 2.
        decay: Strength :math:`\beta` of the regularizer, positive for the stationary value.
        time: Steps times learning rate; infinite for the stationary value.

    Raises:
        ValueError: If there are fewer than two classes, the time is negative, or the stationary
            value is asked for without a regularizer.

    >>> amplitude(4, 0.1, 0.0)
    0.0
    """
    if classes < 2:
        raise ValueError(f"classes must be at least 2, got {classes}")
    if not time >= 0:
        raise ValueError(f"time must be at least 0, got {time}")

    def speed(a: float) -> float:
        return (1 - confidence(a, classes)) / classes - decay * a

    if math.isinf(time):
        if not decay > 0:
            raise ValueError(f"decay must be positive for a stationary value, got {decay}")
        return float(brentq(speed, 0.0, 1 / decay, xtol=1e-13))
    path = solve_ivp(lambda _, a: [speed(a[0])], (0.0, time), [0.0], rtol=1e-9, atol=1e-12)
    return float(path.y[0, -1])


def class_weights(right: float, classes: int, matrix: Matrix) -> Float[Array, " k"]:
    r"""Weight of a sample of each class in the block of class 0.

    For the Hessian :math:`\pi_0(1 - \pi_0)`, for the gradient matrix :math:`(\pi_0 - y_0)^2`.

    Args:
        right: Probability P of the right class.
        classes: Number of classes k.
        matrix: Which matrix.

    >>> class_weights(0.5, 3, "gradient")
    array([0.25  , 0.0625, 0.0625])
    """
    q = (1 - right) / (classes - 1)
    own, other = (
        (right * (1 - right), q * (1 - q)) if matrix == "hessian" else ((1 - right) ** 2, q**2)
    )
    return np.array([own] + [other] * (classes - 1))


def tilts(weights: Float[Array, " k"], precision: float, aspect: float) -> Float[Array, " k"]:
    r"""Squared sines of the angles between means and eigenvectors, to second order in 1/λ.

    .. math:: \sin^2\theta_a = \frac{\gamma k}{\lambda}
              \Bigl(1 + \frac{1}{\lambda}\sum_b \frac{w_b^2}{w_a^2}\Bigr)

    The random part of a finite sample that couples :math:`\mu_a` to the noise has the squared norm
    :math:`\gamma(w_a^2/k + \overline{w^2}/\lambda)/\lambda`, and the distance to the bulk is
    :math:`w_a/k`.

    Args:
        weights: Weight of the samples of each class.
        precision: :math:`\lambda`.
        aspect: :math:`\gamma = d/M`.

    >>> tilts(np.array([1.0, 1.0]), 100.0, 0.5)
    array([0.0102, 0.0102])
    """
    k = len(weights)
    spread = (weights**2).sum() / weights**2
    return np.asarray(aspect * k / precision * (1 + spread / precision), dtype=float)


def shares(classes: int) -> Float[Array, " k"]:
    r"""Share of :math:`|x^0|^2` along each mean: (k-1)/k on its own, 1/(k(k-1)) on the others.

    >>> shares(2)
    array([0.5, 0.5])
    """
    k = classes
    return np.array([(k - 1) / k] + [1 / (k * (k - 1))] * (k - 1))


def floor_squared(
    residual: float, curvature: float, classes: int, precision: float, decay: float, step: float
) -> float:
    r"""Stationary :math:`|x^c_\perp|^2`, the part of the weights that the noise of SGD sustains.

    .. math:: |x_\perp|^2 = \frac{c_\delta\,\mathbb{E}(\pi_c - y_c)^2}
              {2\beta\lambda + 2\kappa\,k/(k-1)}, \qquad \kappa = \mathbb{E}\,\pi_c(1 - \pi_c)

    Every step adds :math:`\delta^2 (\pi_c - y_c)^2 |Z_\perp|^2/\lambda`. The regularizer and the
    curvature of the noise shrink it; the weights of the other classes, whose sum is zero, add the
    factor k/(k - 1) to the curvature.

    Args:
        residual: Mean of :math:`(\pi_c - y_c)^2`.
        curvature: :math:`\kappa`.
        classes: Number of classes k.
        precision: :math:`\lambda`.
        decay: :math:`\beta`.
        step: :math:`c_\delta`.

    >>> floor_squared(0.5, 0.0, 4, 10.0, 0.25, 1.0)
    0.1
    """
    k = classes
    return step * residual / (2 * decay * precision + 2 * curvature * k / (k - 1))


def noise_floor(
    classes: int, precision: float, decay: float, step: float, time: float = math.inf
) -> float:
    r"""One minus the overlap of the weights with the means, to first order in 1/λ.

    Half of :math:`|x_\perp|^2/|x|^2`, with what is left of the start, :math:`e^{-2\beta t}`.
    """
    k = classes
    a = amplitude(k, decay, time)
    right = confidence(a, k)
    residual, curvature = (
        class_weights(right, k, matrix).mean() for matrix in ("gradient", "hessian")
    )
    rest = math.exp(-2 * decay * time)
    squared = floor_squared(residual, curvature, k, precision, decay, step) * (1 - rest) + rest
    return squared / (2 * a**2 * k / (k - 1))


def misalignment(
    classes: int,
    precision: float,
    decay: float,
    step: float,
    aspect: float,
    matrix: Matrix,
    time: float = math.inf,
) -> float:
    r"""One minus the overlap of the weights with the top k eigenvectors of their block.

    The noise floor of the weights and the tilt of the eigenvectors add up, since the two are
    independent: :math:`1 - \rho = \mathrm{floor} + \frac12\sum_a s_a \sin^2\theta_a` with the
    shares :math:`s_a` of the weights along the means.
    """
    right = confidence(amplitude(classes, decay, time), classes)
    tilted = tilts(class_weights(right, classes, matrix), precision, aspect)
    return noise_floor(classes, precision, decay, step, time) + float(shares(classes) @ tilted) / 2


def tier_eigenvalues(right: float, classes: int) -> tuple[float, float]:
    r"""Eigenvalues of the two tiers of the full Hessian as λ grows.

    k of them are :math:`P(1-P)/(k-1)`, and :math:`k(k-2)` are :math:`(1-P)/(k(k-1))`.

    Their trace is that of the Hessian, :math:`1 - P^2 - (k-1)q^2`:

    >>> k, p = 4, 0.7
    >>> high, low = tier_eigenvalues(p, k)
    >>> round(k * high + k * (k - 2) * low - (1 - p**2 - (1 - p) ** 2 / (k - 1)), 12)
    0.0
    """
    k = classes
    return right * (1 - right) / (k - 1), (1 - right) / (k * (k - 1))
