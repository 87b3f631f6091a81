r"""Excess loss :math:`E\,L(v) - L(v^*) = \beta_1E(v - v^*)^2` of the stochastic equation."""

from __future__ import annotations

from traindyn.balance_regularization.theory.moments import Moments
from traindyn.balance_regularization.theory.stationary import require_temperature, stationary_law


def excess_loss_depth0(data: Moments, temperature: float) -> float:
    r"""Excess loss at depth 0, :math:`\beta_1Tg(v^*) / (\beta_1 - T\alpha_1)`.

    It is infinite from :math:`T = \beta_1/\alpha_1` on. Derived from
    :math:`dv = -2f\,dt + 2\sqrt{Tg}\,dW`: stationary second moments solve
    :math:`\beta_1 E(v - v^*)^2 = T\,E\,g(v)`.

    Raises:
        ValueError: If the temperature is not in :math:`(0, \beta_1/\alpha_1)`.

    >>> excess_loss_depth0(Moments(0.0, 0.0, 4.0, 1.0, 1.0), 0.25)
    1.0
    """
    require_temperature(temperature)
    room = data.beta1 - temperature * data.alpha1
    if not room > 0:
        raise ValueError(
            f"temperature must lie below {data.beta1 / data.alpha1:.6g}, got {temperature:.6g}"
        )
    # E g(v) = g(v*) + alpha1 Var v, because E v = v*
    return temperature * data.noise(data.minimum) * data.beta1 / room


def excess_loss_depth1(data: Moments, temperature: float) -> float:
    r"""Excess loss at depth 1: quadrature of eq. 15 below :math:`T_c`, saturated above.

    From :math:`T_c` on the law is a point mass at 0, and the excess loss that of predicting 0,
    :math:`L(0) - L(v^*) = \beta_1v^{*2}`.

    Raises:
        ValueError: If the temperature is not positive.
    """
    require_temperature(temperature)
    if temperature >= data.critical_temperature:
        return data.beta1 * data.minimum**2
    law = stationary_law(data, temperature)
    return data.beta1 * law.expect(lambda v: (v - data.minimum) ** 2)
