r"""One direction of large weights: when it leaves the bulk, where it lands, what it shows.

Let u be a unit vector of the hidden units, and all of W that is orthogonal to it as random as at
the start. Then :math:`W^\top W` is a random matrix plus :math:`d\,\ell\,v v^\top`, with the
*length* :math:`\ell = |u^\top W|^2 / d`, which is 1 at the start, and
:math:`v \propto W^\top u`.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float
from scipy import optimize

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


def spike_position(
    length: Float[Array, "..."] | float, aspect: float
) -> Float[Array, "..."] | float:
    r"""Largest eigenvalue of :math:`W^\top W` over d.

    .. math:: \ell\,\Bigl(1 + \frac{\gamma}{\ell - 1}\Bigr)
        \quad (\ell > 1 + \sqrt\gamma), \qquad (1 + \sqrt\gamma)^2 \quad \text{below.}

    It solves :math:`1 = d\,\ell\, v^\top(\lambda - W_\perp^\top W_\perp)^{-1} v`, where the
    resolvent is that of Marchenko and Pastur.

    Args:
        length: ℓ.
        aspect: γ.

    >>> float(spike_position(3.0, 1.0))
    4.5
    >>> float(spike_position(1.5, 1.0))  # the edge
    4.0
    """
    held = np.maximum(length, critical_length(aspect))
    return np.asarray(held * (1 + aspect / (held - 1)))


def spike_overlap(
    length: Float[Array, "..."] | float, aspect: float
) -> Float[Array, "..."] | float:
    r"""Squared cosine of the top right singular vector and :math:`v`.

    .. math:: 1 - \frac{\gamma}{(\ell - 1)^2} \quad (\ell > 1 + \sqrt\gamma), \qquad 0
        \quad\text{below.}

    Args:
        length: ℓ.
        aspect: γ.

    >>> float(spike_overlap(3.0, 1.0)), float(spike_overlap(1.5, 1.0))
    (0.75, 0.0)
    """
    held = np.maximum(length, critical_length(aspect))
    return np.maximum(1 - aspect / (held - 1) ** 2, 0.0)


def length_at(ratio: float, aspect: float) -> float:
    r"""Length at which the spike stands a factor above the edge.

    Args:
        ratio: Largest eigenvalue over the edge :math:`(1 + \sqrt\gamma)^2`, above 1.
        aspect: γ.

    Raises:
        ValueError: If ``ratio`` is not above 1.

    >>> round(length_at(4.5 / 4, 1.0), 9)
    3.0
    """
    if not ratio > 1:
        raise ValueError(f"ratio must be above 1, got {ratio}")
    edge = critical_length(aspect) ** 2
    critical = critical_length(aspect)

    def excess(length: float) -> float:
        return float(spike_position(length, aspect)) - ratio * edge

    return float(optimize.brentq(excess, critical, critical + ratio * edge, xtol=1e-12))


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
    strength: Float[Array, "..."], shrinking: float, teacher_cosine: float, aspect: float
) -> Float[Array, "..."]:
    r"""Cosine of the top right singular vector and the teacher after one step.

    The start knows nothing of the teacher; the step of length t brings the cosine
    :math:`\tau` with it:

    .. math:: \tau\, t\,\sqrt{\frac{1 - \gamma/(\ell - 1)^2}{\ell}} .

    Args:
        strength: Length t of the step.
        shrinking: Its cosine b against the start.
        teacher_cosine: τ, cosine of the step and the teacher.
        aspect: γ.

    >>> float(alignment_after_step(np.array(1e6), 0.5, 0.4, 1.5).round(5))  # the plateau
    0.4
    """
    length = spike_length(strength, shrinking)
    return np.asarray(teacher_cosine * strength * np.sqrt(spike_overlap(length, aspect) / length))
