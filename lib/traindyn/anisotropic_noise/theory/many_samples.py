r"""How far the noise of finitely many samples is from its law for Gaussian inputs.

At weights :math:`w` let :math:`\delta` be their distance from the teacher, :math:`r = \delta^\top x
+ \xi` the residual with variance :math:`\sigma^2`, and :math:`g = \Sigma\delta` the gradient. Write
:math:`r = \sigma t` and :math:`x = (g / \sigma)\, t + y` with :math:`y` independent of
:math:`t`. To first order in the fluctuations of all sample means a sample contributes to
:math:`D - 2L(w)H - gg^\top`

.. math:: gg^\top \mathrm{He}_4(t) + \sigma\, (gy^\top + yg^\top)\, \mathrm{He}_3(t)
    + \sigma^2 (yy^\top - S)\, \mathrm{He}_2(t), \qquad S = \Sigma - gg^\top / \sigma^2 ,

with the polynomials of Hermite, which are orthogonal and have the squares 24, 6 and 2.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

Array = np.ndarray


def sampling_distance(
    inputs: Float[Array, "N N"],
    away: Float[Array, " N"],
    label_variance: float,
    samples: int,
) -> float:
    r"""Squared relative distance of the noise from :math:`2L(w)H + gg^\top` at P samples.

    .. math:: \frac{24\, |g|^4 + 12\, \sigma^2 (|g|^2 \operatorname{tr} S + g^\top S g)
        + 2\, \sigma^4 [(\operatorname{tr} S)^2 + \operatorname{tr} S^2]}
        {P\, |\sigma^2 \Sigma + gg^\top|^2}

    to lowest order in 1/P; at the minimum, where :math:`g = 0`, it is
    :math:`2\,[(\operatorname{tr}\Sigma)^2 + \operatorname{tr}\Sigma^2] / (P
    \operatorname{tr}\Sigma^2)`.

    Args:
        inputs: Covariance Σ of the inputs.
        away: Distance δ of the weights from the teacher.
        label_variance: Variance of the label noise, positive.
        samples: Number P of samples.

    Raises:
        ValueError: If ``label_variance`` is not positive or ``samples`` is below 1.

    >>> sampling_distance(np.eye(2), np.zeros(2), 1.0, 6)
    1.0
    """
    if not label_variance > 0:
        raise ValueError(f"label_variance must be positive, got {label_variance}")
    if samples < 1:
        raise ValueError(f"samples must be at least 1, got {samples}")
    gradient = inputs @ away
    square = gradient @ gradient
    variance = label_variance + away @ gradient
    product = np.outer(gradient, gradient)
    rest = inputs - product / variance
    power = (
        24 * square**2
        + 12 * variance * (square * np.trace(rest) + gradient @ rest @ gradient)
        + 2 * variance**2 * (np.trace(rest) ** 2 + np.sum(rest**2))
    )
    return float(power / np.sum((variance * inputs + product) ** 2) / samples)
