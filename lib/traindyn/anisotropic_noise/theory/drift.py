r"""The slow drift of two layers along their valley of minima.

Gradient flow conserves :math:`Q = W_1 W_1^\top - W_2^\top W_2`. A step of SGD changes it in second
order, by :math:`\eta^2 (g_1 g_1^\top - g_2^\top g_2)`, whose mean does not vanish.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

Array = np.ndarray


def drift_of_balance(
    first: Float[Array, "*batch k n"],
    second: Float[Array, "*batch m k"],
    residual_variance: float,
    learning_rate: float,
    batch_size: int,
) -> Float[Array, "*batch k k"]:
    r"""Mean change of Q per step at a minimum, for isotropic inputs of unit variance.

    .. math:: \frac{\eta^2 s^2}{S} \bigl[n\, W_2^\top W_2 - m\, W_1 W_1^\top\bigr] .

    Derivation: the gradients of one sample are :math:`g_1 = W_2^\top r x^\top` and
    :math:`g_2 = r x^\top W_1^\top` with residuals of variance :math:`s^2` per output, independent
    of the inputs; average :math:`g_1g_1^\top - g_2^\top g_2`.

    >>> drift_of_balance(np.array([[1.0]]), np.array([[2.0]]), 1.0, 0.1, 1).round(12)
    array([[0.03]])
    """
    inputs, outputs = first.shape[-1], second.shape[-2]
    pull = inputs * second.mT @ second - outputs * first @ first.mT
    return np.asarray(learning_rate**2 * residual_variance / batch_size * pull)


def decay_rate(
    residual_variance: float, learning_rate: float, batch_size: int, outputs: int
) -> float:
    r"""Rate per step at which a hidden mode that the map does not need loses :math:`a_i^2`.

    :math:`\eta^2 s^2 m / S`: with :math:`W_2` blind to the mode only the second term of the drift
    is left.

    >>> round(decay_rate(1.0, 0.1, 2, 1), 12)
    0.005
    """
    return learning_rate**2 * residual_variance * outputs / batch_size


def stationary_values(
    singular_values: Float[Array, " rank"], inputs: int, outputs: int
) -> tuple[Float[Array, " rank"], Float[Array, " rank"]]:
    r"""Squared singular values of both layers where the drift vanishes.

    There :math:`n W_2^\top W_2 = m W_1 W_1^\top`, so :math:`a_i^2 = s_i\sqrt{n/m}` and
    :math:`b_i^2 = s_i \sqrt{m/n}` for the singular values s of the map.

    >>> stationary_values(np.array([2.0]), 4, 1)
    (array([4.]), array([1.]))
    """
    ratio = np.sqrt(inputs / outputs)
    return singular_values * ratio, singular_values / ratio
