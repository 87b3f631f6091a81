r"""Weight decay in nets of any depth: when the origin attracts, and how fast it absorbs.

With the loss :math:`\ell + \gamma|\theta|^2` a balanced product of :math:`D + 1` layers follows,
with :math:`q(v) = v^a`, :math:`a = (D-1)/(D+1)`,

.. math:: d\log v = -2(D+1)\bigl[(\gamma + qf + q^2Tg)\,dt - q\sqrt{Tg}\,dW\bigr].

Everything that comes from the loss carries a factor :math:`q`. At depth 1 it is one, and decay
only shifts :math:`\beta_2`. Above, it vanishes at zero and decay does not: near zero nothing is
left but :math:`d\log v = -2(D+1)\gamma\,dt`. The density of the scale function in
:math:`s = \log v`,

.. math:: S'(s) = \exp\int \frac{\gamma + qf + q^2Tg}{(D+1)\,q^2Tg}\,ds
          \;\approx\; \exp\Bigl(-\frac{\gamma\,v^{-2a}}{2a(D+1)T\alpha_3}\Bigr)
          \quad (v \to 0,\ D \ge 2),

is integrable toward zero for every :math:`\gamma > 0`, and never toward infinity: by Feller's test
every path ends at zero. Without decay the exponent is positive there and no path does. All results
here are derived; the paper treats decay at depth 1.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from scipy import integrate, optimize, special

from traindyn.balance_regularization.theory.depth import coupling_power, require_net
from traindyn.balance_regularization.theory.moments import Moments
from traindyn.balance_regularization.theory.stationary import require_temperature

Array = np.ndarray

HIGHEST = 6.0
"""Upper end of the grids in log v, a wall; the law has lost all its mass there."""


def growth_at_zero(data: Moments, temperature: float, depth: int, decay: float) -> float:
    r"""Drift of :math:`\log v` in the limit :math:`v \to 0`.

    :math:`4(\beta_2 - \gamma - T\alpha_3)` at depth 1, :math:`-2(D+1)\gamma` above: there neither
    data nor temperature enter. The origin attracts where it is negative.

    Args:
        data: Moments of the data.
        temperature: :math:`T > 0`.
        depth: :math:`D \ge 1`.
        decay: :math:`\gamma \ge 0`.

    Raises:
        ValueError: If an argument leaves its range.

    >>> unit = Moments(1.0, 0.0, 1.0, 1.0, 1.0)
    >>> growth_at_zero(unit, 0.5, 1, 0.25), growth_at_zero(unit, 0.5, 2, 0.25)
    (1.0, -1.5)
    """
    _require(temperature, depth, decay)
    if depth == 1:
        return 4 * (data.beta2 - decay - temperature * data.alpha3)
    return -2 * (depth + 1) * decay


def basin_edge(data: Moments, depth: int, decay: float) -> float:
    r"""Without noise, the :math:`v` below which a net of depth 2 or more falls to zero.

    The smaller root of :math:`v^a(\beta_2 - \beta_1v) = \gamma`; about
    :math:`(\gamma/\beta_2)^{(D+1)/(D-1)}`. Infinite if decay beats the loss everywhere.

    Raises:
        ValueError: If ``depth`` is below 2 or ``decay`` is not positive.

    >>> data = Moments(1.0, 0.0, 1.0, 1.0, 1.0)
    >>> edge = basin_edge(data, 3, 0.1)
    >>> round(edge**0.5 * (1 - edge), 12)
    0.1
    """
    require_net(depth, 1, shallowest=2)
    if not (decay > 0 and math.isfinite(decay)):
        raise ValueError(f"decay must be positive and finite, got {decay}")
    power = coupling_power(depth)
    top = data.minimum * power / (1 + power)

    def excess(v: float) -> float:
        return v**power * (data.beta2 - data.beta1 * v) - decay

    if excess(top) <= 0:
        return math.inf
    return float(optimize.brentq(excess, 0.0, top, xtol=1e-300, rtol=1e-12))


def mean_time_to_zero(
    data: Moments,
    temperature: float,
    depth: int,
    decay: float,
    start: float,
    cutoff: float,
    points: int = 2000,
) -> float:
    r"""Mean time until :math:`v` first falls below a cut-off, from the scale function.

    On a grid in :math:`\log v` with rates :math:`r^\pm_i` between neighbors, the mean time
    :math:`h_i` to go down by one point obeys

    .. math:: h_i = (1 + r^+_i\,h_{i+1}) / r^-_i, \qquad E\tau = \sum_i h_i,

    a sum of positive terms, which keeps its digits however long the time is. It is finite for every
    :math:`\gamma > 0` at depth 2 and above. Where it is long compared with the time to relax inside
    the well, the fraction that has not fallen decays as :math:`e^{-t/E\tau}`.

    Args:
        data: Moments of the data.
        temperature: :math:`T > 0`.
        depth: :math:`D \ge 1`.
        decay: :math:`\gamma \ge 0`.
        start: :math:`v_0` in (cutoff, e⁶).
        cutoff: :math:`c > 0`.
        points: Size of the grid; the error is of second order in its step.

    Raises:
        ValueError: If an argument leaves its range.
    """
    _require(temperature, depth, decay)
    if not 0 < cutoff < start < math.exp(HIGHEST):
        raise ValueError(f"0 < cutoff < start < e^6 must hold, got {cutoff}, {start}")
    s = np.linspace(math.log(cutoff), HIGHEST, points)
    up, down = _neighbor_rates(s, *_coefficients(s, data, temperature, depth, decay))
    falls = np.zeros(points + 1)
    up[-1] = 0.0  # a wall
    for i in range(points - 1, 0, -1):
        falls[i] = (1 + up[i] * falls[i + 1]) / down[i]
    return float(np.interp(math.log(start), s, np.cumsum(falls[:-1])))


def probability_below(
    data: Moments,
    temperature: float,
    depth: int,
    decay: float,
    start: float,
    cutoff: float,
    times: Sequence[float],
    points: int = 800,
) -> Array:
    r"""Probability that :math:`v` lies below a cut-off at given times.

    Solves Kolmogorov's backward equation for :math:`P_t(s) = P(v_t < c \mid \log v_0 = s)`,

    .. math:: \partial_tP = \mu\,\partial_sP + \tfrac12\varsigma^2\,\partial_s^2P,
              \qquad P_0 = 1_{s < \log c},

    on a grid in :math:`s = \log v`. The rates between neighbors are those of Scharfetter and
    Gummel, exact for coefficients that are constant between them, so the grid needs no refinement
    where the noise dies out.

    Args:
        data: Moments of the data.
        temperature: :math:`T > 0`.
        depth: :math:`D \ge 1`.
        decay: :math:`\gamma \ge 0`.
        start: :math:`v_0 > 0`.
        cutoff: :math:`c > 0`.
        times: Times, positive and increasing.
        points: Size of the grid; the error is of first order in its step.

    Raises:
        ValueError: If an argument leaves its range.
    """
    _require(temperature, depth, decay)
    for name, value in (("start", start), ("cutoff", cutoff)):
        if not 0 < value < math.exp(HIGHEST):
            raise ValueError(f"{name} must lie in (0, e^6), got {value}")
    times = list(times)
    if not times or min(np.diff(times, prepend=0.0)) <= 0:
        raise ValueError(f"times must be positive and increase, got {times}")
    below = 40.0 if depth == 1 else 5.0  # at depth 1 the law reaches far down, and comes back
    s = np.linspace(math.log(cutoff) - below, HIGHEST, points)
    up, down = _neighbor_rates(s, *_coefficients(s, data, temperature, depth, decay))

    def change(_: float, probability: Array) -> Array:
        flow = np.diff(probability)
        result = np.zeros_like(probability)
        result[:-1] += up[:-1] * flow
        result[1:] -= down[1:] * flow
        return result

    solution = integrate.solve_ivp(
        change,
        (0.0, times[-1]),
        np.clip((math.log(cutoff) - s) / (s[1] - s[0]) + 0.5, 0.0, 1.0),
        method="LSODA",
        t_eval=times,
        lband=1,
        uband=1,
        rtol=1e-6,
        atol=1e-9,
    )
    return np.array([np.interp(math.log(start), s, row) for row in solution.y.T])


def _require(temperature: float, depth: int, decay: float) -> None:
    require_temperature(temperature)
    require_net(depth, 1)
    if not (decay >= 0 and math.isfinite(decay)):
        raise ValueError(f"decay must be at least 0 and finite, got {decay}")


def _coefficients(
    s: Array, data: Moments, temperature: float, depth: int, decay: float
) -> tuple[Array, Array]:
    """Drift and variance of log v per unit of time."""
    v, layers = np.exp(s), depth + 1
    coupling = np.exp(coupling_power(depth) * s)
    noise = temperature * data.noise(v)
    drift = -2 * layers * (decay + coupling * data.force(v) + coupling**2 * noise)
    return drift, 4 * layers**2 * coupling**2 * noise


def _neighbor_rates(s: Array, drift: Array, variance: Array) -> tuple[Array, Array]:
    """Rates of jumps to the next and to the previous point of an equally spaced grid."""
    step = s[1] - s[0]
    peclet = np.clip(2 * drift * step / variance, -500.0, 500.0)
    # x / (e^x - 1), 1 at x = 0; exprel is (e^x - 1) / x
    diffusion = np.maximum(variance, np.abs(drift) * step / 250.0) / (2 * step**2)
    return diffusion / special.exprel(-peclet), diffusion / special.exprel(peclet)
