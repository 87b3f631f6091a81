r"""Limits of the stationary law of deep nets: infinite depth, far tail, high temperature."""

from __future__ import annotations

import math

import numpy as np
from scipy import stats

from traindyn.balance_regularization.theory.depth import (
    GRID,
    LARGEST_EXPONENT,
    coupling_power,
    log_density_of_depth,
    require_net,
)
from traindyn.balance_regularization.theory.moments import Moments
from traindyn.balance_regularization.theory.stationary import require_temperature
from traindyn.laws import GridLaw

Array = np.ndarray


def log_density_infinite_depth(log_v: Array, data: Moments, effective_temperature: float) -> Array:
    r"""Logarithm of the density at infinite depth, up to a constant; :math:`\Delta > 0`.

    .. math::
        p \propto v^{-3-k_1} g^{-1+k_1/2} \exp\Bigl\{-\frac{1}{\Theta}\Bigl[
        \frac{\beta_2}{\alpha_3 v} + \frac{\alpha_2\alpha_3\beta_1 - 2\alpha_2^2\beta_2
        + \alpha_1\alpha_3\beta_2}{\alpha_3^2\sqrt\Delta}
        \arctan\frac{\alpha_1v - \alpha_2}{\sqrt\Delta}\Bigr]\Bigr\},\quad
        k_1 = \frac{\alpha_3\beta_1 - 2\alpha_2\beta_2}{\Theta\,\alpha_3^2},

    where only :math:`\Theta = TD/d` enters.

    Source: the limit of eq. 14 for :math:`D, d \to \infty`, section 4.4.

    Raises:
        ValueError: If ``effective_temperature`` is not positive or :math:`\Delta = 0`.
    """
    if not (effective_temperature > 0 and math.isfinite(effective_temperature)):
        raise ValueError(
            f"effective_temperature must be positive and finite, got {effective_temperature}"
        )
    if not data.delta > 0:
        raise ValueError(f"delta of data must be positive, got {data.delta}")
    a1, a2, a3, b1, b2 = data.alpha1, data.alpha2, data.alpha3, data.beta1, data.beta2
    v, root = np.exp(log_v), math.sqrt(data.delta)
    k1 = (a3 * b1 - 2 * a2 * b2) / (effective_temperature * a3**2)
    skew = (a2 * a3 * b1 - 2 * a2**2 * b2 + a1 * a3 * b2) / (a3**2 * root)
    exponent = b2 / (a3 * v) + skew * np.arctan((a1 * v - a2) / root)
    log_g = np.log(data.noise(v))
    return -(3 + k1) * log_v + (k1 / 2 - 1) * log_g - exponent / effective_temperature


def law_of_infinite_depth(data: Moments, effective_temperature: float) -> GridLaw:
    r"""The law of :func:`log_density_infinite_depth`; only :math:`\Theta = TD/d` enters.

    Raises:
        ValueError: As :func:`log_density_infinite_depth`.
    """
    require_temperature(effective_temperature)
    barrier = data.critical_temperature / (effective_temperature * LARGEST_EXPONENT)
    lowest = min(math.log(barrier), math.log(data.minimum) - 5.0)
    log_v = np.linspace(lowest, 40.0, GRID)
    log_weight = log_density_infinite_depth(log_v, data, effective_temperature) + log_v
    return GridLaw.from_log_density(log_v, np.exp(log_v), log_weight)


def tail_exponent(depth: int) -> float:
    r"""Tail exponent :math:`5 - 3/(D+1)` of the density, for :math:`\alpha_1 > 0`.

    Source: section 4.4; independent of temperature, width and data.

    Raises:
        ValueError: If ``depth`` is below 1.

    >>> tail_exponent(1), tail_exponent(2)
    (3.5, 4.0)
    """
    require_net(depth, 1)
    return 5 - 3 / (depth + 1)


def local_exponent(
    v: float, data: Moments, temperature: float, depth: int, width: int = 1
) -> float:
    r"""Negative slope :math:`-d\log p/d\log v` of eq. 14 at a point above :math:`v^*`.

    A central difference over a tenth of a unit of :math:`\log v`.

    Raises:
        ValueError: If the point does not lie above twice :math:`v^*`.
    """
    if not v > 2 * data.minimum:
        raise ValueError(f"v must lie above 2v* = {2 * data.minimum:.6g}, got {v}")
    low, high = math.log(data.minimum) - 0.1, math.log(v) + 0.05
    steps = math.ceil((high - low) * 100)
    log_v = high - 0.01 * np.arange(steps, -1, -1)
    log_density = log_density_of_depth(log_v, data, temperature, depth, width)
    return float((log_density[-11] - log_density[-1]) / 0.1)


def hot_median(data: Moments, temperature: float, depth: int, width: int = 1) -> float:
    r"""Median of :math:`v` far above the depth-1 critical temperature, depth :math:`D \ge 2`.

    Where :math:`v \ll v^*` eq. 14 becomes the law of :math:`v = y^{-1/a}` with :math:`y` of a Gamma
    law of shape :math:`(2D-1)/(D-1)` and rate :math:`d^a T_c / (T(D-1))`. So the median falls as
    the power :math:`T^{-(D+1)/(D-1)}` and never vanishes. Derived.

    Raises:
        ValueError: If ``depth`` is below 2 or another argument leaves its range.
    """
    require_temperature(temperature)
    require_net(depth, width, shallowest=2)
    power = coupling_power(depth)
    rate = width**power * data.critical_temperature / (temperature * (depth - 1))
    median = stats.gamma((2 * depth - 1) / (depth - 1), scale=1 / rate).median()
    return float(median ** (-1 / power))
