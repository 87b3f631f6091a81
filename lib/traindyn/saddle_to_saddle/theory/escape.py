r"""How a small network leaves the origin: speed, time and alignment of the first escape.

Near zero the loss falls by :math:`H(\theta) = \langle G_0, W_L \cdots W_1 \rangle` with
:math:`G_0 = -\nabla C(0)`. On the unit sphere H is at most :math:`s_1 L^{-L/2}`, with equality
where all layers have rank one, equal norms and fit onto each other: bound H by the product of the
layers' operator norms, and that by the arithmetic mean of their squares.
"""

from __future__ import annotations

import numpy as np

Array = np.ndarray


def _require(depth: int, s1: float) -> None:
    if depth < 2:
        raise ValueError(f"depth must be at least 2, got {depth}")
    if not s1 > 0:
        raise ValueError(f"s1 must be positive, got {s1}")


def largest_slope(depth: int, s1: float) -> float:
    r"""The largest value of H on the unit sphere, :math:`s_1 L^{-L/2}`.

    Raises:
        ValueError: If ``depth`` is below 2 or ``s1`` is not positive.

    >>> largest_slope(2, 3.0)
    1.5
    """
    _require(depth, s1)
    return float(s1 * depth ** (-depth / 2))


def escape_speed(depth: int, s1: float) -> float:
    r"""Growth :math:`\dot{\lVert\theta\rVert} / \lVert\theta\rVert^{L-1}` along the best direction.

    By Euler's identity it is L times :func:`largest_slope`, :math:`s_1 L^{-(L-2)/2}`.

    >>> escape_speed(2, 3.0)
    3.0
    """
    return depth * largest_slope(depth, s1)


def escape_time(depth: int, s1: float, start: float, end: float) -> float:
    r"""Time along the best direction from one norm of the parameters to another.

    For :math:`L = 2` it is :math:`\log(r_1/r_0)/s_1`; for :math:`L > 2`
    :math:`(r_0^{2-L} - r_1^{2-L}) / ((L-2)\, s)` with the speed s.

    Args:
        depth: Number of layers.
        s1: Largest singular value of :math:`G_0`.
        start: Norm :math:`r_0 > 0` at the start.
        end: Norm :math:`r_1` at the end.

    Raises:
        ValueError: If the norms are not positive and rising.

    >>> round(escape_time(3, 3**0.5, 0.5, 1.0), 12)
    1.0
    """
    if not 0 < start <= end:
        raise ValueError(f"start and end must be positive and rise, got {start} and {end}")
    speed = escape_speed(depth, s1)
    if depth == 2:
        return float(np.log(end / start) / speed)
    power = 2 - depth
    return float((start**power - end**power) / ((depth - 2) * speed))


def discrete_time_unit(s1: float, learning_rate: float) -> float:
    r"""Time per factor e of gradient descent with two layers, :math:`\eta / \log(1 + \eta s_1)`.

    >>> round(discrete_time_unit(1.0, 1e-9), 6)
    1.0
    """
    return float(learning_rate / np.log1p(learning_rate * s1))


def angle_exponent(s1: float, s2: float) -> float:
    r"""Exponent of the angle to the top singular vectors in the start's scale, :math:`1 - s_2/s_1`.

    Derivation: around the ray of size c a tilt e of an outer layer into the second direction grows
    as :math:`\dot e = s_2 c^{L-2} e` while :math:`\dot c = s_1 c^{L-1}`, so :math:`e \propto
    c^{s_2/s_1}` at every depth. From :math:`e, c \sim \alpha` to :math:`c \sim 1` the angle becomes
    :math:`\alpha^{1 - s_2/s_1}`.

    >>> angle_exponent(4.0, 1.0)
    0.75
    """
    return 1 - s2 / s1


def rank_one_exponent(depth: int, s1: float, s2: float) -> float:
    r"""Exponent of the second over the first singular value of a layer in the start's scale.

    For two layers a second path grows as the tilt does. For more it needs its own size to grow,
    :math:`\dot f = s_2 f^{L-1}`, and stays of order :math:`\alpha` while c explodes: exponent 1.

    >>> rank_one_exponent(2, 4.0, 1.0), rank_one_exponent(3, 4.0, 1.0)
    (0.75, 1.0)
    """
    return angle_exponent(s1, s2) if depth == 2 else 1.0


def second_escape_slope(s1: float, s2: float, next_s1: float) -> float:
    r"""Time of the second escape of two layers per unit of :math:`\log(1/\alpha)`.

    .. math:: \frac{1}{s_1} + \Bigl(1 - \frac{s_2}{s_1}\Bigr) \frac{1}{s_1'} .

    At the first escape the second direction of :math:`G_0` has grown to
    :math:`\alpha^{1 - s_2/s_1}`; from there it grows at the rate :math:`s_1'`, the largest singular
    value of minus the gradient at the first saddle, on which it has a component. For a cost with
    commuting gradients :math:`s_1' = s_2` and the sum is :math:`1/s_2`.

    Args:
        s1: Largest singular value of minus the gradient at the origin.
        s2: Its second one.
        next_s1: Largest singular value of minus the gradient at the first saddle.

    >>> second_escape_slope(2.0, 1.0, 1.0)
    1.0
    """
    return 1 / s1 + (1 - s2 / s1) / next_s1
