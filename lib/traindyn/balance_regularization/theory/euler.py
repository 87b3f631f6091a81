"""What the scheme of Euler and Maruyama does to the tail of linear regression."""

from __future__ import annotations

import math

import numpy as np
from scipy import integrate, optimize, stats

from traindyn.balance_regularization.theory.moments import Moments
from traindyn.balance_regularization.theory.stationary import (
    require_temperature,
    tail_exponent_depth0,
)


def tail_exponent_of_scheme(data: Moments, temperature: float, time_step: float) -> float:
    r"""Exponent of the density far out under steps of finite size.

    Far out a step multiplies v by :math:`1 - 2\beta_1 h + \sqrt{4T\alpha_1 h}\,\xi` with a standard
    normal :math:`\xi`, so that the density falls as :math:`v^{-1-\kappa}`, where

    .. math:: \mathbb{E}\,\bigl|1 - 2\beta_1 h + \sqrt{4T\alpha_1 h}\,\xi\bigr|^\kappa = 1 .

    As h vanishes it is :func:`~.stationary.tail_exponent_depth0`.

    Args:
        data: Moments of the data, of inputs that scatter.
        temperature: T, positive.
        time_step: h of the scheme, in (0, 1/(2β₁)).

    Raises:
        ValueError: If an argument leaves its range.

    Source: H. Kesten, Acta Math. 131 (1973) 207.

    >>> round(tail_exponent_of_scheme(Moments(1.0, 0.0, 1.0, 1.0, 1.0), 0.5, 1e-6), 4)  # 2 + 1/T
    4.0
    """
    require_temperature(temperature)
    longest = 1 / (2 * data.beta1)
    if not 0 < time_step < longest:
        raise ValueError(f"time_step must lie in (0, {longest:.6g}), got {time_step}")
    plain = tail_exponent_depth0(data, temperature) - 1
    factor = 1 - 2 * data.beta1 * time_step
    spread = math.sqrt(4 * temperature * data.alpha1 * time_step)

    def growth(power: float) -> float:
        """The expectation less one, over the step."""

        def density(xi: float) -> float:
            return float(np.abs(factor + spread * xi) ** power * stats.norm.pdf(xi))

        return (integrate.quad(density, -12, 12, epsabs=1e-13, limit=200)[0] - 1) / time_step

    return 1 + float(optimize.brentq(growth, plain / 2, 2 * plain, xtol=1e-10))
