r"""Distances from a random start to the nearest minimum and saddle, in width and γ.

The start has variance :math:`\sigma^2 = w^{-\gamma}`. Its tangent kernel, the Gram matrix of the
derivatives of A, is close to :math:`\kappa` times the identity.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

Array = np.ndarray


def kernel_scale(width: int, depth: int, gamma: float) -> float:
    r"""Mean of the tangent kernel, :math:`\kappa = L\, w^{(1-\gamma)(L-1)}`.

    Each layer contributes the mean of :math:`B_l B_l^\top \otimes F_l^\top F_l`, a product of
    :math:`L - 1` factors :math:`w \sigma^2`.

    >>> kernel_scale(100, 3, 1.0)
    3.0
    """
    return float(depth * width ** ((1 - gamma) * (depth - 1)))


def distance_to_minimum_lazy(missing: float, width: int, depth: int, gamma: float) -> float:
    r"""Distance to the nearest global minimum for :math:`\gamma < 1` and large width.

    Derivation: the smallest step that moves A by :math:`R = T - A_0` in the linearization has the
    squared length :math:`\langle R, K^{-1} R \rangle`, and :math:`K \to \kappa`.

    Args:
        missing: The norm of R.
        width: Hidden units per layer.
        depth: Number of layers.
        gamma: Exponent of the start.

    >>> distance_to_minimum_lazy(2.0, 16, 4, 1.0)
    1.0
    """
    return float(missing / np.sqrt(kernel_scale(width, depth, gamma)))


def missing_at_start(
    singular_values: Float[Array, " rank"], size: int, width: int, depth: int, gamma: float
) -> float:
    r"""What a random start has to fit, :math:`\lVert T - A_0\rVert` in root mean square.

    .. math:: \sqrt{\textstyle\sum_i s_i^2 + n^2\, w^{L-1-\gamma L}} .

    Args:
        singular_values: Of the target.
        size: Number n of inputs and of outputs.
        width: Hidden units per layer.
        depth: Number of layers.
        gamma: Exponent of the start.

    >>> missing_at_start(np.array([3.0]), 4, 16, 2, 0.5)
    5.0
    """
    start = size**2 * float(width) ** (depth - 1 - gamma * depth)
    return float(np.sqrt(np.sum(np.asarray(singular_values) ** 2) + start))


def descent_ratio(target_norm: float, size: int, width: int, depth: int, gamma: float) -> float:
    r"""Mean squared gradient over twice the mean cost at a random start, for any width.

    .. math:: \frac{\kappa\,\lVert T\rVert^2 + \sigma^2 \sum_l m_{L-l}\, m_{l-1}}
        {\lVert T\rVert^2 + n^2\, w^{L-1} \sigma^{2L}} ,
        \qquad m_k = \mathbb{E}\,\mathrm{tr}\,(P_k P_k^\top)^2 .

    The gradient of layer l has a part :math:`B_l^\top T F_l^\top`, whose mean square is a term of
    :math:`\kappa \lVert T\rVert^2`, and one of the start's own matrix,
    :math:`B_l^\top B_l W_l F_l F_l^\top`; their product is odd in :math:`W_l`. The moment of a
    product :math:`P_k` of k random layers, n wide outside, follows factor by factor from Wick's
    theorem for a normal p by q matrix G,
    :math:`\mathbb{E}\,\mathrm{tr}(S G G^\top)^2 = \sigma^4 [q(q+1)\,\mathrm{tr} S^2 +
    q\,(\mathrm{tr} S)^2]` and
    :math:`\mathbb{E}\,(\mathrm{tr}\, S G G^\top)^2 = \sigma^4 [q^2 (\mathrm{tr} S)^2 +
    2q\,\mathrm{tr} S^2]`.

    Args:
        target_norm: Frobenius norm of the target T.
        size: Number n of inputs and of outputs.
        width: Hidden units per layer.
        depth: Number of layers.
        gamma: Exponent of the start.

    >>> round(descent_ratio(1.0, 1, 100, 2, 20.0) / kernel_scale(100, 2, 20.0), 9)
    1.0
    """
    variance = float(width) ** -gamma
    moments, square, trace_squared = [float(size)], float(size), float(size**2)
    for _ in range(depth - 1):
        square, trace_squared = (
            variance**2 * width * ((width + 1) * square + trace_squared),
            variance**2 * width * (width * trace_squared + 2 * square),
        )
        moments.append(square)
    own = variance * sum(moments[depth - 1 - k] * moments[k] for k in range(depth))
    missing = missing_at_start(np.array([target_norm]), size, width, depth, gamma)
    return (kernel_scale(width, depth, gamma) * target_norm**2 + own) / missing**2


def distance_to_minimum_small(singular_values: Float[Array, " rank"], depth: int) -> float:
    r"""Distance from the origin to the nearest global minimum, :math:`\sqrt{L \sum_i s_i^{2/L}}`.

    The smallest sum of squared weights whose product is T is reached by balanced layers.

    Source: F. Shang, Y. Liu and J. Cheng, AAAI 30 (2016), for the Schatten norm.

    >>> distance_to_minimum_small(np.array([4.0, 1.0]), 2) ** 2
    10.000000000000002
    """
    return float(np.sqrt(depth * np.sum(np.asarray(singular_values) ** (2 / depth))))


def gap_to_minimum_small(
    singular_values: Float[Array, " rank"], width: int, depth: int, gamma: float
) -> float:
    r"""How much closer than the origin a small start is to the nearest minimum.

    .. math:: \sqrt2\,(L-1)\, w^{(1-\gamma)/2}\,
        \frac{\sum_i s_i^{1/L}}{\sqrt{L \sum_i s_i^{2/L}}} .

    The squared distance falls by twice the overlap of the start with the balanced factors
    :math:`s_i^{1/L} o_{l} o_{l-1}^\top` of each mode, whose hidden unit vectors are free. For
    random layers of size :math:`w^{(1-\gamma)/2}` the best overlap is that of a spherical model
    with the covariance :math:`x_1 + x_1 x_2 + \dots + x_{L-1}` of the overlaps :math:`x_l` of the
    vectors: a sum over them of the root of its derivative at one, which is 2 for each.

    Source: A. Crisanti and H.-J. Sommers, Z. Phys. B 87 (1992) 341, for the spherical model.

    >>> gap_to_minimum_small(np.array([1.0]), 100, 2, 2.0)
    0.1
    """
    s = np.asarray(singular_values) ** (1 / depth)
    overlap = np.sqrt(2) * (depth - 1) * width ** ((1 - gamma) / 2) * s.sum()
    return float(overlap / distance_to_minimum_small(singular_values, depth))


def saddle_bound_three_layers(width: int, gamma: float) -> float:
    r"""No saddle of three wide layers is nearer than :math:`\sqrt{2/3}\, w^{(1-\gamma)/2}`.

    At a saddle :math:`W_3 W_2` and :math:`W_2 W_1` lose rank. Give each of the two half of the
    squared change of :math:`W_2`, and divide by the size of a layer. With the unit vector z that
    :math:`W_3^\top` makes of u the first costs at least the smallest eigenvalue of
    :math:`\tfrac12 M - z z^\top`, plus one, with :math:`M = W_2 W_2^\top`. The eigenvalues of M
    follow the law of Marchenko and Pastur, and that smallest one, :math:`-x`, obeys
    :math:`z^\top (\tfrac12 M + x)^{-1} z = \sqrt{1 + 2/x} - 1 = 1`. So :math:`x = 2/3`, and each
    of the two costs a third.

    >>> round(saddle_bound_three_layers(100, 1.0) ** 2, 12) == round(2 / 3, 12)
    True
    """
    return float(np.sqrt(2 / 3) * width ** ((1 - gamma) / 2))


def distance_to_saddle(width: int, gamma: float, modes: int) -> float:
    r"""Distance to a saddle that drops m modes from its outer layers.

    .. math:: d_s = \sqrt{2m}\, w^{(1-\gamma)/2} .

    A saddle has a left singular vector u of the gradient with :math:`u^\top W_L = 0` and a right
    one with :math:`W_1 v = 0`; removing m such pairs costs :math:`2 m w \sigma^2`. For
    :math:`\gamma < 1` one mode is dropped and the others stay fitted at a vanishing cost; for
    :math:`\gamma > 1` fitting a mode costs more than dropping it, and all are dropped.

    >>> distance_to_saddle(100, 1.0, 2)
    2.0
    """
    return float(np.sqrt(2 * modes) * width ** ((1 - gamma) / 2))
