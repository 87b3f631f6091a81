r"""Sizes of lazy training: how far the tangent kernel is from its mean, and how far it moves.

Divide every layer by its size :math:`g = w^{(1-\gamma)/2}`. Then :math:`F_l^\top F_l` and
:math:`B_l B_l^\top` are close to the identity: the kernel, the mean of
:math:`B_l B_l^\top \otimes F_l^\top F_l` over the layers, is too.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Float

Array = np.ndarray


def _entry_variance(width: int, depth: int) -> float:
    r"""Variance of an entry of the mean of :math:`F_l^\top F_l` over the layers, off the diagonal.

    Every factor adds independent entries of variance :math:`1/w`, so layers :math:`l, l'` share
    :math:`\min(l, l') - 1` of them, and
    :math:`L^{-2} \sum_{l,l'} (\min(l, l') - 1) = (L-1)(2L-1)/6L`.
    """
    return (depth - 1) * (2 * depth - 1) / (6 * depth * width)


def kernel_spread(width: int, depth: int, inputs: int, outputs: int) -> float:
    r"""Relative distance of the tangent kernel from its mean at the start, in root mean square.

    .. math:: \frac{\lVert K - \kappa \rVert}{\lVert \kappa \rVert}
        = \sqrt{\frac{(n_0 + n_L + 2)(L-1)(2L-1)}{6 L w}} .

    The two sides of the Kronecker product stray independently; an entry on the diagonal has twice
    the variance of one beside it.

    Source: derived here, at leading order in :math:`1/w`.

    >>> kernel_spread(16, 2, 1, 1)  # w = 16: the squares of w weights, in two layers
    0.25
    """
    return float(np.sqrt((inputs + outputs + 2) * _entry_variance(width, depth)))


def _beside_start(depth: int) -> float:
    """Variance of what a step sees of a start beside its matrix, over that of an entry of it."""
    weights = [low * (depth - high) for high in range(depth) for low in range(1, high)]
    return sum(weight**2 for weight in weights) / (depth * (depth**2 - 1) / 6) ** 2


def kernel_change(
    start: Float[Array, "out in"],
    learned: Float[Array, "out in"],
    width: int,
    depth: int,
    gamma: float,
) -> float:
    r"""Relative change of the kernel where training adds R to the matrix :math:`A_0`.

    .. math:: \frac{\lVert \Delta K \rVert}{\lVert \kappa \rVert}
        = \frac{L^2 - 1}{12\, L}\, w^{-(1-\gamma)L}\,
        \frac{\lVert X \otimes 1 + 1 \otimes Y \rVert}{\sqrt{n_0 n_L}},
        \qquad Y = R^\top R + 2 (A_0^\top R + R^\top A_0) ,

    and X the same of the transposes. Derivation: the smallest step to R is
    :math:`\Delta W_l = B_l^\top R F_l^\top / \kappa`. It changes :math:`F_l` by a sum over the
    layers below; two of its terms with :math:`m \le m'` layers between them and :math:`l` have the
    overlap :math:`m + 1`, a moment of a product of square normal matrices. The sums over layers
    give :math:`\sum_l (l-1)l(2l-1)/6 = L^2(L^2-1)/12` for the square of the step, and
    :math:`\sum_l l(l-1)/2 = L(L^2-1)/6` for its product with the start. The latter sees more of the
    start than :math:`A_0`: beside it stand independent matrices of the same variance, one for two
    layers :math:`k < a < L`, with the weight :math:`k(L-a)`. Their mean square is added.

    Args:
        start: The matrix :math:`A_0` at the start.
        learned: The change R of the matrix.
        width: Hidden units per layer.
        depth: Number of layers.
        gamma: Exponent of the start.

    Source: derived here, at leading order in :math:`w^{-(1-\gamma)L}`.

    >>> kernel_change(np.zeros((1, 1)), np.ones((1, 1)), 100, 2, 0.5)  # 2 · 3/24 / 100
    0.0025
    """
    cross = 2 * (start.T @ learned)
    right = learned.T @ learned + cross + cross.T
    cross = 2 * (start @ learned.T)
    left = learned @ learned.T + cross + cross.T
    outputs, inputs = learned.shape
    square = inputs * (left**2).sum() + outputs * (right**2).sum()
    square += 2 * np.trace(left) * np.trace(right)
    entry = _beside_start(depth) * float(width) ** (depth - 1 - gamma * depth)
    square += 16 * entry * (inputs * outputs + (inputs + outputs) / 2 + 2) * (learned**2).sum()
    factor = (depth**2 - 1) / (12 * depth) * float(width) ** (-(1 - gamma) * depth)
    return float(factor * np.sqrt(square / (inputs * outputs)))


def hidden_motion(
    missing: Float[Array, "out in"], hidden: Bool[Array, "out in"], width: int, depth: int
) -> float:
    r"""Norm of what the entries without data move in lazy training, in root mean square.

    An entry moves with the observed ones of its row and its column, by the kernel's entries off the
    diagonal, each of variance :math:`(L-1)(2L-1)/6Lw`.

    Args:
        missing: Target minus start at the observed entries, 0 at the hidden ones.
        hidden: Where there are no data.
        width: Hidden units per layer.
        depth: Number of layers.

    Source: derived here, at leading order in :math:`1/w`.

    >>> hidden = np.array([[False, True]])
    >>> hidden_motion(np.array([[2.0, 0.0]]), hidden, 1, 2)  # one entry, variance 1/4
    1.0
    """
    power = missing**2
    reached = power.sum(axis=0)[None, :] + power.sum(axis=1)[:, None]
    return float(np.sqrt(_entry_variance(width, depth) * reached[hidden].sum()))
