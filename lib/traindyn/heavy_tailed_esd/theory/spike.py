r"""One direction of large weights: when it leaves the bulk, where it lands, what it shows.

Let u be a unit vector of the hidden units, and all of W that is orthogonal to it, :math:`W_\perp`,
as random as at the start. Then :math:`W^\top W` is a random matrix plus
:math:`d\,\ell\,v v^\top`, with the *length* :math:`\ell = |u^\top W|^2 / d`, which is 1 at the
start, and :math:`v \propto W^\top u`.

A step may know more of the start than its part along u: if its right vector holds a part of length
c along :math:`W_\perp^\top u_\perp` for another unit vector, v is no random direction to
:math:`W_\perp`. With :math:`m = \frac1d\operatorname{tr}(x - W_\perp^\top W_\perp/d)^{-1}`, for
which :math:`x = 1/m + \gamma/(1 - m)`, the eigenvalue dx outside of the bulk solves

.. math:: 1 = (\ell - c^2)\,m + c^2\,\frac{m}{1 - m} ,

since :math:`W_\perp (\lambda - W_\perp^\top W_\perp)^{-1} W_\perp^\top
= \lambda(\lambda - W_\perp W_\perp^\top)^{-1} - 1`.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

Array = np.ndarray


def spike_length(
    strength: Float[Array, "..."] | float, shrinking: float
) -> Float[Array, "..."] | float:
    r"""Length :math:`\ell = 1 - 2bt + t^2` after a step.

    The sum of the start, of length 1, and a step of length t at the cosine -b.

    Args:
        strength: Length t of the step over that of the start.
        shrinking: Cosine b with which the step undoes the start.

    >>> spike_length(0.0, 0.5), spike_length(2.0, 1.0)
    (1.0, 1.0)
    """
    return 1 - 2 * shrinking * strength + strength**2


def critical_length(aspect: float) -> float:
    r"""Length :math:`1 + \sqrt\gamma` beyond which the direction leaves the bulk.

    Args:
        aspect: Hidden units per input γ.

    Source: J. Baik, G. Ben Arous and S. Péché, Ann. Probab. 33 (2005) 1643.
    """
    return 1 + float(np.sqrt(aspect))


def critical_strength(shrinking: float, beside: float, aspect: float) -> float:
    r"""Strength t at which the direction leaves the bulk.

    There :math:`\ell + c^2/\sqrt\gamma = 1 + \sqrt\gamma` with :math:`\ell = 1 - 2bt + t^2` and
    :math:`c = \kappa t`.

    Args:
        shrinking: Cosine b with which the step undoes the start along u.
        beside: Cosine κ with which it undoes the start along another vector of the units.
        aspect: γ.

    >>> critical_strength(0.0, 0.0, 16.0)  # of an independent step, the fourth root of γ
    2.0
    """
    root = float(np.sqrt(aspect))
    steep = 1 + beside**2 / root
    return (shrinking + float(np.sqrt(shrinking**2 + steep * root))) / steep


def _resolvent(length: Array | float, aspect: float, beside: Array | float) -> Array:
    r"""The trace m at the spike; at most that at the edge, :math:`1/(1 + \sqrt\gamma)`."""
    length = np.asarray(length, dtype=float)
    root = np.sqrt((length - 1) ** 2 + 4 * np.asarray(beside) ** 2)
    return np.asarray(np.minimum(2 / (length + 1 + root), 1 / (1 + np.sqrt(aspect))))


def spike_position(
    length: Float[Array, "..."] | float,
    aspect: float,
    beside: Float[Array, "..."] | float = 0.0,
) -> Float[Array, "..."] | float:
    r"""Largest eigenvalue of :math:`W^\top W` over d.

    .. math:: \frac1m + \frac{\gamma}{1 - m} , \qquad
        m = \frac{2}{\ell + 1 + \sqrt{(\ell - 1)^2 + 4c^2}} ,

    or the edge :math:`(1 + \sqrt\gamma)^2` where m would exceed :math:`1/(1 + \sqrt\gamma)`. For
    c = 0 it is :math:`\ell\,(1 + \gamma/(\ell - 1))`.

    Args:
        length: ℓ.
        aspect: γ.
        beside: Length c of the part of the step that the start knows besides.

    >>> float(spike_position(3.0, 1.0))
    4.5
    >>> float(spike_position(1.5, 1.0))  # the edge
    4.0
    """
    m = _resolvent(length, aspect, beside)
    return np.asarray(1 / m + aspect / (1 - m))


def spike_overlap(
    length: Float[Array, "..."] | float,
    aspect: float,
    beside: Float[Array, "..."] | float = 0.0,
) -> Float[Array, "..."] | float:
    r"""Squared cosine of the top right singular vector and :math:`v`.

    .. math:: \frac{1/m^2 - \gamma/(1 - m)^2}{\ell\,\bigl(\ell - c^2 + c^2/(1 - m)^2\bigr)} ,

    zero below the threshold. For c = 0 it is :math:`1 - \gamma/(\ell - 1)^2`.

    Args:
        length: ℓ.
        aspect: γ.
        beside: c.

    >>> float(spike_overlap(3.0, 1.0)), float(spike_overlap(1.5, 1.0))
    (0.75, 0.0)
    """
    return np.asarray(_spread(length, aspect, beside) / np.asarray(length))


def _spread(length: Array | float, aspect: float, beside: Array | float) -> Array:
    """One over the square of the resolvent between the weights along u."""
    m, square = _resolvent(length, aspect, beside), np.asarray(beside) ** 2
    slope = np.maximum(1 / m**2 - aspect / (1 - m) ** 2, 0.0)  # rounding at the edge
    slope = np.where(m < 1 / (1 + np.sqrt(aspect)), slope, 0.0)
    return np.asarray(slope / (np.asarray(length) - square + square / (1 - m) ** 2))


def strength_at(length: float, shrinking: float) -> float:
    r"""Strength of the step that reaches a length above 1, :math:`b + \sqrt{b^2 + \ell - 1}`.

    At :func:`critical_length` it is :math:`b + \sqrt{b^2 + \sqrt\gamma}`; for an independent step,
    b = 0, the textbook's fourth root of γ.

    Raises:
        ValueError: If ``length`` is below 1.

    >>> strength_at(5.0, 0.0)
    2.0
    """
    if not length >= 1:
        raise ValueError(f"length must be at least 1, got {length}")
    return shrinking + float(np.sqrt(shrinking**2 + length - 1))


def alignment_after_step(
    strength: Float[Array, "..."],
    shrinking: float,
    teacher_cosine: float,
    aspect: float,
    beside: float = 0.0,
) -> Float[Array, "..."]:
    r"""Cosine of the top right singular vector and the teacher after one step.

    The start knows nothing of the teacher; the step of length t brings the cosine :math:`\tau`
    with it:

    .. math:: \tau\, t\, m\,\sqrt{\frac{1/m^2 - \gamma/(1 - m)^2}{\ell - c^2 + c^2/(1 - m)^2}} .

    Args:
        strength: Length t of the step.
        shrinking: Its cosine b against the start.
        teacher_cosine: τ, cosine of the step and the teacher.
        aspect: γ.
        beside: Cosine κ, with which c = κt.

    >>> float(alignment_after_step(np.array(1e6), 0.5, 0.4, 1.5).round(5))  # the plateau
    0.4
    """
    length, other = spike_length(strength, shrinking), beside * np.asarray(strength)
    m = _resolvent(length, aspect, other)
    return np.asarray(teacher_cosine * strength * m * np.sqrt(_spread(length, aspect, other)))
