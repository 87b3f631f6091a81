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
    *,
    inputs: Float[Array, "n n"] | None = None,
    error: Float[Array, "*batch m n"] | None = None,
) -> Float[Array, "*batch k k"]:
    r"""Mean change of Q per step, for Gaussian inputs of covariance :math:`\Sigma`.

    At a minimum it is

    .. math:: \frac{\eta^2 s^2}{S} \bigl[\operatorname{tr}(\Sigma)\, W_2^\top W_2
        - m\, W_1 \Sigma W_1^\top\bigr] .

    Derivation: with the mean gradient G of a batch by the map, the layers have the gradients
    :math:`W_2^\top G` and :math:`GW_1^\top`, so the change is
    :math:`\eta^2(W_2^\top \mathbb{E}[GG^\top] W_2 - W_1 \mathbb{E}[G^\top G] W_1^\top)`.
    Residuals have the variance :math:`s^2` per output and are independent of the inputs. Beside a
    minimum, with the error :math:`\Delta = W_2W_1 - \hat B` of the map, Wick's theorem gives

    .. math::

        \mathbb{E}[GG^\top] &= \tfrac1S\bigl[(s^2 + \Delta\Sigma\Delta^\top)
            \operatorname{tr}\Sigma + 2\Delta\Sigma^2\Delta^\top\bigr]
            + (1 - \tfrac1S)\, \Delta\Sigma^2\Delta^\top , \\
        \mathbb{E}[G^\top G] &= \tfrac1S\bigl[(m s^2 + \operatorname{tr}\Delta\Sigma\Delta^\top)
            \Sigma + 2\Sigma\Delta^\top\Delta\Sigma\bigr]
            + (1 - \tfrac1S)\, \Sigma\Delta^\top\Delta\Sigma .

    Args:
        first: :math:`W_1`.
        second: :math:`W_2`.
        residual_variance: :math:`s^2`.
        learning_rate: Learning rate η.
        batch_size: Samples S per batch.
        inputs: :math:`\Sigma`; default the identity.
        error: :math:`\Delta`; default 0.

    >>> drift_of_balance(np.array([[1.0]]), np.array([[2.0]]), 1.0, 0.1, 1).round(12)
    array([[0.03]])
    """
    size, outputs = first.shape[-1], second.shape[-2]
    sigma = np.eye(size) if inputs is None else inputs
    delta = np.zeros((outputs, size)) if error is None else error
    turned = delta @ sigma  # outputs by inputs
    pairs = turned @ delta.mT
    excess = np.trace(pairs, axis1=-2, axis2=-1)[..., None, None]
    of_outputs = (residual_variance * np.eye(outputs) + pairs) * np.trace(sigma)
    of_inputs = (outputs * residual_variance + excess) * sigma
    of_outputs = of_outputs / batch_size + (1 + 1 / batch_size) * turned @ turned.mT
    of_inputs = of_inputs / batch_size + (1 + 1 / batch_size) * turned.mT @ turned
    change = second.mT @ of_outputs @ second - first @ of_inputs @ first.mT
    return np.asarray(learning_rate**2 * change)


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


def decay_correction(
    first_squares: Float[Array, "*batch k"],
    second_square: Float[Array, "*batch"],
    inputs: int,
    learning_rate: float,
    batch_size: int,
) -> Float[Array, "*batch"]:
    r"""Rate of decay of the weakest mode over :func:`decay_rate`, to the next order in η.

    For one output and isotropic inputs

    .. math:: 1 + \frac{\eta}{2S}\Bigl[\sum_j a_j^2 + nb^2\Bigr]
        + \frac\eta2\Bigl(1 + \frac1S\Bigr)(a^2 + b^2) - \frac{n\eta}{2S\,(a^2 + b^2)} .

    Derivation: :func:`drift_of_balance` for the mode, with the stationary variances
    :math:`T(a_j^2 + b^2)` of the error of the map and :math:`Ta^2/(a^2 + b^2)` of the second layer
    along the mode: the loss is above its minimum, and the second layer, which fluctuates along the
    mode, feeds it.

    Args:
        first_squares: Squared singular values of the first layer, the weakest last.
        second_square: Squared singular value b² of the second layer.
        inputs: Number n of inputs.
        learning_rate: Learning rate η.
        batch_size: Samples S per batch.

    >>> round(float(decay_correction(np.array([0.0]), np.array(1.0), 1, 0.1, 1)), 12)
    1.1
    """
    own = first_squares[..., -1] + second_square
    excess = first_squares.sum(axis=-1) + inputs * second_square
    half = learning_rate / 2
    fed = inputs / (batch_size * own)
    return np.asarray(1 + half * (excess / batch_size + (1 + 1 / batch_size) * own - fed))


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


def balance_correction(
    first_squares: Float[Array, " m"],
    second_squares: Float[Array, " m"],
    inputs: int,
    learning_rate: float,
    batch_size: int,
) -> Float[Array, " m"]:
    r"""Ratio :math:`a_i^2/b_i^2` at the end of the drift over n/m, to the next order in η.

    Where the mean change of Q vanishes, :math:`b_i^2\,\mathbb{E}[GG^\top]_{ii} =
    a_i^2\,\mathbb{E}[G^\top G]_{ii}`, with the variances :math:`T(a_i^2 + b_j^2)` of the entries of
    the error of the map, see :func:`drift_of_balance`.

    Args:
        first_squares: :math:`a_i^2` to lowest order.
        second_squares: :math:`b_i^2` to lowest order.
        inputs: Number n of inputs.
        learning_rate: Learning rate η.
        batch_size: Samples S per batch.
    """
    outputs, half = len(first_squares), learning_rate / (2 * batch_size)
    a = np.zeros(inputs)
    a[:outputs] = first_squares
    entries = half * (a + second_squares[:, None])  # over s², outputs by inputs
    of_outputs = inputs * (1 + entries.sum(axis=1)) + (batch_size + 1) * entries.sum(axis=1)
    of_inputs = outputs + entries.sum() + (batch_size + 1) * entries.sum(axis=0)[:outputs]
    return np.asarray(of_outputs / of_inputs * outputs / inputs)
