r"""How many neurons of the XOR network leave the corner that the signs of their first weights tell.

Without noise no sign of an incoming weight turns. SGD turns some at the start, where a neuron has
:math:`v \sim N(0, 1)` and projections :math:`m_\mu, m_\nu \sim N(0, 1/d)` on the means, the logits
are small and all residuals are one half.
"""

from __future__ import annotations

import math

from scipy import integrate, stats


def second_turns(dimension: int) -> float:
    r"""Probability that v changes its sign, to first order in :math:`d^{-1/2}`.

    With :math:`q = |m_\mu| - |m_\nu|` the flow at the start is :math:`\dot v = q/8, \dot q = v/4`
    for either sign of v, whose growing mode is :math:`v + q/\sqrt 2`: v turns where that has the
    other sign,

    .. math:: P = \frac{\varphi(0)}{\sqrt 2}\,\mathbb{E}|q| , \qquad
              \mathbb{E}|q| = \frac{2}{\sqrt d}\Bigl(\frac{2}{\sqrt\pi} - \sqrt{\frac2\pi}\Bigr) ,

    the mean distance of two sizes of normal numbers.

    Args:
        dimension: d, at least 1.

    Raises:
        ValueError: If ``dimension`` is below 1.

    >>> round(second_turns(100), 4)
    0.0186
    """
    _require(dimension)
    distance = 2 * (2 / math.sqrt(math.pi) - math.sqrt(2 / math.pi)) / math.sqrt(dimension)
    return distance / math.sqrt(2 * math.pi) / math.sqrt(2)


def first_turns(dimension: int, precision: float) -> float:
    r"""Probability that the projection m on the mean of a neuron's pair changes its sign.

    The noise :math:`|W|/\sqrt\lambda` of the input of a neuron smooths its kink, so that near zero
    :math:`\dot m = a m` with :math:`a = \frac{v}{4}\sqrt{\lambda/2\pi}`; steps of either sign at a
    quarter of the samples add the variance :math:`v^2/16d` per unit of time. The last sign is that
    of :math:`m_0` plus a normal variable of variance :math:`v^2/32da`, which differs from the first
    with the probability

    .. math:: \mathbb{E}\,\frac1\pi\arctan\sqrt{\frac{|v|}{8}\sqrt{\frac{2\pi}{\lambda}}} ,

    as long as the noise of m is small against the width of the kink, :math:`\lambda \ll d^2`. It
    does not fall as d grows.

    Args:
        dimension: d, at least 1.
        precision: :math:`\lambda`, positive, below :math:`d^2`.

    Raises:
        ValueError: If an argument leaves its range.

    >>> round(first_turns(100, 1000.0), 4)
    0.026
    """
    _require(dimension)
    if not 0 < precision < dimension**2:
        raise ValueError(f"precision must lie in (0, {dimension**2}), got {precision}")
    width = math.sqrt(2 * math.pi / precision) / 8

    def turns(v: float) -> float:
        return 2 * stats.norm.pdf(v) * math.atan(math.sqrt(v * width)) / math.pi

    return float(integrate.quad(turns, 0, math.inf)[0])


def _require(dimension: int) -> None:
    if dimension < 1:
        raise ValueError(f"dimension must be at least 1, got {dimension}")
