r"""Stationary laws of nets of any depth and width.

The net is :math:`v = \sum_{i \le d} \prod_{k=0}^{D} u_i^{(k)}` with depth :math:`D` (hidden layers)
and width :math:`d` (active subnets). In balance all layers of a subnet are equal, and at depths
above 1 all subnets are; then with :math:`q(v) = (v/d)^a`, :math:`a = (D-1)/(D+1)`,

.. math:: d\log v = -2(D+1)\,q\,\bigl[(f + qTg)\,dt - \sqrt{Tg}\,dW\bigr].
"""

from __future__ import annotations

import math

import numpy as np

from traindyn.balance_regularization.theory.moments import Moments
from traindyn.balance_regularization.theory.stationary import require_temperature
from traindyn.laws import GridLaw

Array = np.ndarray

GRID = 60_001
"""Points of the grid in log v."""

LARGEST_LOG = 120.0
"""Largest upper end of the grid in log v. The tail is cut at 20(D+1), where 1e-8 of the slowest
moment in use, which falls as v^(-1/(D+1)), is left."""

LARGEST_EXPONENT = 700.0
"""The grid starts where the density has lost this many factors of e to the barrier at zero."""


def require_net(depth: int, width: int, shallowest: int = 1) -> None:
    """Raise ValueError unless the depth and the width reach their smallest values."""
    if depth < shallowest:
        raise ValueError(f"depth must be at least {shallowest}, got {depth}")
    if width < 1:
        raise ValueError(f"width must be at least 1, got {width}")


def coupling_power(depth: int) -> float:
    r"""The power :math:`a = (D-1)/(D+1)` of :math:`v` in the coupling of a subnet to the loss.

    >>> coupling_power(1), coupling_power(3)
    (0.0, 0.5)
    """
    return (depth - 1) / (depth + 1)


def exponent_integral(
    log_v: Array, data: Moments, depth: int, width: int = 1, nodes: int = 4
) -> Array:
    r"""The integral in the exponent of eq. 14 times :math:`T`, from :math:`v^*`, by quadrature.

    .. math::
        I(v) = \int_{v^*}^{v} \frac{d^{\,1-2/(D+1)}\,(\beta_1v' - \beta_2)}
                                   {(D+1)\,v'^{\,2D/(D+1)}\,g(v')}\,dv' .

    Gauss-Legendre quadrature between neighbors of the grid, in :math:`\log v`. The sums start at
    :math:`v^*` in both directions: there :math:`I` vanishes, and it grows away from it, so that no
    digits cancel where the density is large.

    Args:
        log_v: Equally spaced grid that contains :math:`\log v^*` in its range.
        data: Moments of the data.
        depth: :math:`D \ge 1`.
        width: :math:`d \ge 1`.
        nodes: Nodes between neighbors.

    Returns:
        :math:`I \ge 0` at the points of the grid.

    Raises:
        ValueError: If ``depth`` or ``width`` is below 1, or the grid does not reach around
            :math:`v^*`.
    """
    require_net(depth, width)
    anchor = math.log(data.minimum)
    if not log_v[0] < anchor < log_v[-1]:
        raise ValueError(
            f"log_v must reach around log v* = {anchor:.6g}, got {log_v[0]:.6g} to {log_v[-1]:.6g}"
        )
    power = coupling_power(depth)
    position, weight = np.polynomial.legendre.leggauss(nodes)

    def integrate(low: Array, high: Array) -> Array:
        middle, half = (high + low) / 2, (high - low) / 2
        total = np.zeros_like(middle)
        for x, w in zip(position, weight, strict=True):
            s = middle + half * x
            v = np.exp(s)
            coupling = np.exp(power * (math.log(width) - s))
            total += w * half * coupling * data.force(v) / data.noise(v)
        return total / (depth + 1)

    after = int(np.searchsorted(log_v, anchor))
    start = np.array([anchor])
    right = np.cumsum(integrate(np.r_[start, log_v[after:-1]], log_v[after:]))
    left = np.cumsum(integrate(np.r_[log_v[1:after], start], log_v[:after])[::-1])[::-1]
    return np.concatenate([left, right])


def law_of_depth(data: Moments, temperature: float, depth: int, width: int = 1) -> GridLaw:
    r"""Stationary law of :math:`v > 0` in balance at depth D and width d (eq. 14).

    .. math:: p(v) \propto v^{-3D/(D+1)}\, g(v)^{-1}\, e^{-I(v)/T}

    with :math:`I` of :func:`exponent_integral`. At depth 1 it is eq. 15 and does not depend on the
    width. Above, it vanishes at zero faster than any power, at every temperature.

    Args:
        data: Moments of the data.
        temperature: :math:`T = \eta/S`; below :math:`T_c` at depth 1.
        depth: :math:`D \ge 1`, the number of hidden layers.
        width: :math:`d \ge 1`, the number of active subnets.

    Raises:
        ValueError: If an argument leaves its range.

    >>> light = Moments(0.0, 0.0, 100.0, 1.0, 1.0)
    >>> round(law_of_depth(light, 0.005, depth=1).mean, 9)
    0.5
    """
    require_temperature(temperature)
    require_net(depth, width)
    log_v = _grid(data, temperature, depth, width)
    log_density = log_density_of_depth(log_v, data, temperature, depth, width)
    return GridLaw.from_log_density(log_v, np.exp(log_v), log_density + log_v)


def log_density_of_depth(
    log_v: Array, data: Moments, temperature: float, depth: int, width: int = 1
) -> Array:
    """Logarithm of eq. 14, up to a constant; arguments as in :func:`exponent_integral`."""
    exponent = exponent_integral(log_v, data, depth, width) / temperature
    return -3 * depth / (depth + 1) * log_v - np.log(data.noise(np.exp(log_v))) - exponent


def _grid(data: Moments, temperature: float, depth: int, width: int) -> Array:
    """A grid of log v that holds the law."""
    if depth == 1:
        decay = (data.critical_temperature / temperature - 1) / 2
        if not decay > 0:
            raise ValueError(
                f"temperature must lie below {data.critical_temperature:.6g} "
                f"(critical) for a law away from zero, got {temperature:.6g}"
            )
        lowest = -30.0 / min(decay, 1.0)
    else:
        # near zero I = β₂ (d/v)^a / (α₃ (D - 1))
        barrier = data.critical_temperature / (temperature * (depth - 1) * LARGEST_EXPONENT)
        lowest = math.log(width) + math.log(barrier) / coupling_power(depth)
    highest = min(20.0 * (depth + 1), LARGEST_LOG)
    return np.linspace(min(lowest, math.log(data.minimum) - 5.0), highest, GRID)


def log_drift(law: GridLaw, data: Moments, temperature: float, depth: int, width: int) -> float:
    r"""Average :math:`E[q f + q^2 T g]` with :math:`q = (v/d)^a`: zero for the true law.

    It is the average drift of :math:`\log v` up to the factor :math:`-2(D+1)`. Derived.
    """
    power = coupling_power(depth)

    def integrand(v: Array) -> Array:
        coupling = (v / width) ** power
        return coupling * data.force(v) + coupling**2 * temperature * data.noise(v)

    return law.expect(integrand)
