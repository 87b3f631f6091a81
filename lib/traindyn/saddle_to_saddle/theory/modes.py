r"""Closed form of one mode of a balanced network: the path of width one.

With the squared error and all layers of equal size :math:`c` along one singular pair of the target
the network is a scalar, :math:`A = a\,u v^\top` with :math:`a = c^L`, and

.. math:: \dot a = L\, a^{2 - 2/L} (s - a).

Source: A. Saxe, J. McClelland and S. Ganguli, *Exact solutions to the nonlinear dynamics of
learning in deep linear neural networks* (2014), arXiv 1312.6120.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float
from scipy.special import hyp2f1

Array = np.ndarray


def _require(name: str, value: float, below: float) -> None:
    if not 0 < value < below:
        raise ValueError(f"{name} must lie in (0, {below}), got {value}")


def two_layer_mode(times: Float[Array, " times"], s: float, start: float) -> Float[Array, " times"]:
    r"""Strength of a mode of two layers, :math:`a(t) = s / (1 + (s/a_0 - 1) e^{-2st})`.

    Args:
        times: Times :math:`t`.
        s: Singular value of the target.
        start: Strength :math:`a_0` at time 0, in (0, s).

    Raises:
        ValueError: If ``start`` leaves its range.

    >>> two_layer_mode(np.array([0.0, 100.0]), 2.0, 0.5)
    array([0.5, 2. ])
    """
    _require("start", start, s)
    return np.asarray(s / (1 + (s / start - 1) * np.exp(-2 * s * np.asarray(times))))


def blow_up_lead(depth: int, s: float, end: float) -> float:
    r"""Time at strength ``end``, counted from when the path without saturation would blow up.

    For :math:`L > 2` a path that starts at :math:`c_0 \to 0` reaches :math:`a` at
    :math:`c_0^{2-L}/((L-2)s) + T(a)`. The first term is the blow-up of :math:`\dot c = s c^{L-1}`;
    with :math:`x = a/s` and :math:`q = 2/L` the second is

    .. math:: T(a) = \frac{s^{q-2}}{L}\Bigl(\frac{x^q}{q}\,{}_2F_1(1, q; q+1; x)
        - \frac{L\,x^{q-1}}{L-2}\Bigr),

    by partial fractions of :math:`a^{q-2}/(s-a)` and the geometric series.

    Raises:
        ValueError: If ``depth`` is below 3 or ``end`` is not in (0, s).

    >>> bool(blow_up_lead(3, 3.0, 1.5) < 0)  # half way comes before the blow-up
    True
    """
    if depth < 3:
        raise ValueError(f"depth must be at least 3, got {depth}")
    _require("end", end, s)
    x, q = end / s, 2 / depth
    gained = x**q / q * hyp2f1(1, q, q + 1, x)
    return float(s ** (q - 2) / depth * (gained - depth * x ** (q - 1) / (depth - 2)))


def mode_time(depth: int, s: float, start: float, end: float) -> float:
    r"""Time in which a mode grows from one strength to another, :math:`\int da / \dot a`.

    For two layers it is the inverse of :func:`two_layer_mode`, for more a difference of
    :func:`blow_up_lead`.

    Args:
        depth: Number of layers, at least 2.
        s: Singular value of the target.
        start: Strength at the start, in (0, s).
        end: Strength at the end, in (0, s).

    Raises:
        ValueError: If an argument leaves its range.

    >>> round(mode_time(2, 2.0, 0.5, 1.5), 12) == round(float(np.log(9.0)) / 4, 12)
    True
    """
    _require("start", start, s)
    _require("end", end, s)
    if depth == 2:
        return float(np.log(end * (s - start) / (start * (s - end))) / (2 * s))
    return blow_up_lead(depth, s, end) - blow_up_lead(depth, s, start)


def two_layer_amplitude(
    first: Float[Array, "*batch w in"],
    last: Float[Array, "*batch out w"],
    u: Float[Array, " out"],
    v: Float[Array, " in"],
) -> Float[Array, "*batch"]:
    r"""Strength of the balanced mode that a small start of two layers grows into.

    Near zero :math:`p = W_1 v` and :math:`q = W_2^\top u` obey :math:`\dot p = s q`,
    :math:`\dot q = s p`: only :math:`(p + q)/2` grows, and :math:`u^\top A v = q \cdot p` becomes
    :math:`\lVert p_0 + q_0\rVert^2 e^{2ts} / 4`. A balanced mode that starts at
    :math:`a_0 = \lVert W_1 v + W_2^\top u\rVert^2 / 4` grows alike.

    >>> two_layer_amplitude(np.array([[1.0]]), np.array([[1.0]]), np.ones(1), np.ones(1))
    array(1.)
    """
    along = first @ v + last.mT @ u
    return np.asarray((along**2).sum(axis=-1) / 4)
