r"""How low a test loss can get: what an odd function cannot learn, and the best linear fit.

A network without biases and with an odd activation is odd in its input, whatever its weights and
its head. Of the label :math:`y = s(z) + \rho\epsilon`, with :math:`z = \beta\cdot x` standard
normal and :math:`s(z) = \log(1 + e^z)`, it can learn the odd part alone, and that is linear:
:math:`s(z) - s(-z) = z`. The even part :math:`\log(2\cosh(z/2))` acts like noise.
"""

from __future__ import annotations

import math

import numpy as np

SLOPE = 0.5
"""The odd part of the teacher is this times z."""

_NODES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(80)
_WEIGHTS = _WEIGHTS / _WEIGHTS.sum()


def even_moment() -> float:
    r"""Second moment of the even part of the teacher, :math:`\mathbb{E}\log^2(2\cosh(z/2))`.

    >>> round(even_moment(), 4)
    0.6712
    """
    even = np.logaddexp(_NODES / 2, -_NODES / 2)
    return float(_WEIGHTS @ even**2)


def odd_floor(noise: float) -> float:
    r"""Smallest test loss of any odd function: :func:`even_moment` plus :math:`\rho^2`.

    For an odd f the loss is :math:`\mathbb{E}(z/2 - f)^2` plus this floor.

    Args:
        noise: Standard deviation ρ of the label noise, not negative.

    Raises:
        ValueError: If the noise is negative or not finite.

    >>> round(odd_floor(0.3), 4)
    0.7612
    """
    if not 0 <= noise < math.inf:
        raise ValueError(f"noise must be finite and at least 0, got {noise}")
    return even_moment() + noise**2


def zero_loss(noise: float) -> float:
    r"""Test loss of predicting zero: the floor plus 1/4, the energy of the odd part.

    Raises:
        ValueError: If the noise is negative or not finite.

    >>> round(zero_loss(0.3), 4)
    1.0112
    """
    return odd_floor(noise) + SLOPE**2


def linear_ridge_loss(aspect: float, noise: float) -> float:
    r"""Test loss of the best linear ridge without bias on the raw inputs, for d and n large.

    With the signal :math:`r^2 = 1/4`, the effective noise :math:`\sigma^2` = :func:`odd_floor` and
    :math:`c = d/n`, the best penalty is :math:`\sigma^2 c/r^2`, and the excess over the floor is
    :math:`E = \sigma^2 c\,m`, with the Stieltjes transform m of the Marchenko-Pastur law at minus
    that penalty. Its quadratic equation turns into

    .. math:: E^2 + \bigl[r^2(1-c)/c + \sigma^2\bigr]E - \sigma^2 r^2 = 0 ,

    whose positive root goes from 0 for many samples to :math:`r^2` for few. That the effective
    noise depends on x through the one direction β changes nothing for large d.

    Args:
        aspect: c, inputs over samples, positive.
        noise: Standard deviation ρ of the label noise.

    Raises:
        ValueError: If the aspect is not positive and finite, or the noise leaves its range.

    Source: E. Dobriban and S. Wager, Ann. Statist. 46 (2018) 247, for the best penalty and the
    excess in terms of m.

    >>> round(linear_ridge_loss(1e-9, 0.3) - odd_floor(0.3), 6)
    0.0
    >>> round(zero_loss(0.3) - linear_ridge_loss(1e6, 0.3), 6)
    0.0
    """
    if not 0 < aspect < math.inf:
        raise ValueError(f"aspect must be positive and finite, got {aspect}")
    signal, floor = SLOPE**2, odd_floor(noise)
    half = (signal * (1 - aspect) / aspect + floor) / 2
    root = math.hypot(half, math.sqrt(floor * signal))
    excess = floor * signal / (half + root) if half > 0 else root - half
    return floor + excess
