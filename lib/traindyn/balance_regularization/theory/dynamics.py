r"""Rates and times of the scalar model.

Time is :math:`t = \eta n` after :math:`n` steps of learning rate :math:`\eta`.
"""

from __future__ import annotations

import math

import numpy as np
from scipy import integrate, sparse, special

from traindyn.balance_regularization.theory.moments import Moments
from traindyn.balance_regularization.theory.stationary import require_temperature

Array = np.ndarray


def relaxation_time(data: Moments, temperature: float) -> float:
    r"""Slowest relaxation time of :math:`\log v` at :math:`r = T/T_c < 1`.

    .. math:: \tau = \frac{2r}{\beta_2 (1-r)^2} \quad (r \ge \tfrac15), \qquad
        \tau = \frac{1}{4\beta_2(1 - 3r)} \quad (r < \tfrac15).

    Near :math:`v = 0`, :math:`\log v` diffuses with drift; the spectral gap of that motion slows
    down critically as :math:`T \to T_c`. For bounded inputs, :math:`\alpha_1 = 0`, the generator
    is that of a particle in Morse's potential, which has a bound state below the gap where
    :math:`r < 1/5`: the mean of v. Derived, not in the paper.

    Raises:
        ValueError: If the temperature is not below the critical one.

    Source: P. Morse, Phys. Rev. 34 (1929) 57, for the levels.
    """
    require_temperature(temperature)
    ratio = temperature / data.critical_temperature
    if not ratio < 1:
        raise ValueError(
            f"temperature must lie below {data.critical_temperature:.6g}, got {temperature:.6g}"
        )
    if ratio < 1 / 5:
        return 1 / (4 * data.beta2 * (1 - 3 * ratio))
    return 2 * ratio / (data.beta2 * (1 - ratio) ** 2)


def residual_imbalance_of_flow(data: Moments, u: float, w: float) -> float:
    r"""Prefactor :math:`4\int_0^\infty f^2\,dt` of gradient descent's drift of the imbalance.

    Gradient flow conserves :math:`u^2 - w^2`. A descent step of rate :math:`\eta` multiplies it by
    :math:`1 - 4\eta^2f^2`, so to first order it shrinks by :math:`4\eta\int f^2dt` in total, taken
    along the flow :math:`\dot u = -2fw, \dot w = -2fu`. Derived.

    Raises:
        ValueError: If u + w = 0: that flow ends at the saddle point, not in the valley.
    """
    if not abs(u + w) > 0:
        raise ValueError(f"u + w must not be 0, got u = {u} and w = {w}")

    def flow(_: float, state: Array) -> list[float]:
        a, b, _integral = state
        f = data.force(a * b)
        return [-2 * f * b, -2 * f * a, f * f]

    curvature = data.beta1 * 2 * data.minimum
    path = integrate.solve_ivp(
        flow, (0, 40 / curvature), [u, w, 0.0], rtol=1e-10, atol=1e-14, method="DOP853"
    )
    return float(4 * path.y[2, -1])


def imbalance_spread_in_valley(
    minimum: float, imbalance: float, noise_rate: float, time: float, damping: float = 0.0
) -> float:
    r"""Second moment of :math:`d = u^2 - w^2` under isotropic noise in the valley :math:`uw = v^*`.

    Independent noise of variance :math:`q` per unit time on both weights leaves the mean of
    :math:`d` alone and gives it the quadratic variation :math:`4q(u^2 + w^2)`. In the valley
    :math:`u^2 + w^2 = \sqrt{d^2 + 4v^{*2}}`, so :math:`d` is a martingale diffusion; its second
    moment solves the backward equation
    :math:`\partial_t h = 2q\rho\,h'' - \frac{cq}{1 - c\rho}d\,h'` from :math:`h = d^2`, with
    :math:`\rho = \sqrt{d^2 + 4v^{*2}}`.

    The second term is that of finite steps: they multiply :math:`d` by :math:`1 - 4\eta^2f^2`, and
    across the valley :math:`E f^2 = \beta_1 q / 4(1 - \eta\beta_1\rho)`, the variance of the
    linear recursion of :math:`v`; hence :math:`c = \eta\beta_1`. Derived.

    Args:
        minimum: :math:`v^* > 0`.
        imbalance: Initial :math:`d`.
        noise_rate: :math:`q > 0`.
        time: Time elapsed, positive.
        damping: :math:`c \ge 0`; 0 for continuous time.

    Returns:
        :math:`E\,d(t)^2`.

    Raises:
        ValueError: If an argument that must be positive is not, or ``damping`` is negative.
    """
    for name, value in (("minimum", minimum), ("noise_rate", noise_rate), ("time", time)):
        if not value > 0:
            raise ValueError(f"{name} must be positive, got {value}")
    if not damping >= 0:
        raise ValueError(f"damping must be at least 0, got {damping}")
    # d spreads at most like the solution of M' = 4q(sqrt(M) + 2v*); the grid holds ten times that
    reach = 10 * (
        abs(imbalance) + 2 * noise_rate * time + math.sqrt(8 * noise_rate * minimum * time)
    )
    grid, width = np.linspace(-reach, reach, 4001, retstep=True)
    norm = np.sqrt(grid**2 + 4 * minimum**2)
    speed = 2 * noise_rate * norm / width**2
    # beyond c·norm = 1 steps are unstable; paths do not get near it
    drift = damping * noise_rate * grid / (2 * width) / np.maximum(1 - damping * norm, 0.1)
    speed[[0, -1]] = drift[[0, -1]] = 0.0
    generator = sparse.diags_array(
        [(speed + drift)[1:], -2 * speed, (speed - drift)[:-1]], offsets=[-1, 0, 1], format="csc"
    )
    solution = integrate.solve_ivp(
        lambda _, h: generator @ h, (0, time), grid**2, method="BDF", jac=generator, rtol=1e-6
    )
    return float(np.interp(imbalance, grid, solution.y[:, -1]))


def memory_of_log_v(data: Moments, temperature: float) -> float:
    r"""Integrated autocorrelation time of :math:`\log v` in continuous time, Gamma limit.

    With :math:`y = \log v`, stationary density :math:`p(y)` and diffusion
    :math:`8T\alpha_3`,

    .. math::
        \tau = \frac{1}{\operatorname{Var} y} \int
        \frac{\bigl(\int_{-\infty}^y (E y - y')\,p(y')\,dy'\bigr)^2}{8T\alpha_3\,p(y)}\,dy .

    It approaches half the :func:`relaxation_time` as :math:`T \to T_c`. Derived.

    Args:
        data: Moments with :math:`\alpha_1 = 0`.
        temperature: :math:`T` below the critical one.

    Raises:
        ValueError: If :math:`\alpha_1` is not zero or the temperature leaves its range.
    """
    require_temperature(temperature)
    if data.alpha1 != 0:
        raise ValueError(f"alpha1 must be 0 for the Gamma limit, got {data.alpha1}")
    shape = (data.critical_temperature / temperature - 1) / 2
    if not shape > 0:
        raise ValueError(
            f"temperature must lie below {data.critical_temperature:.6g}, got {temperature:.6g}"
        )
    y, step = np.linspace(
        -40 / min(shape, 2.0), math.log(shape + 12 * shape**0.5 + 30), 200_001, retstep=True
    )
    p = np.exp(shape * y - np.exp(y) - special.gammaln(shape))
    mean, variance = float(special.digamma(shape)), float(special.polygamma(1, shape))
    pull = (mean - y) * p * step
    from_left = np.cumsum(pull) - pull / 2
    from_right = -(np.cumsum(pull[::-1])[::-1] - pull / 2)
    flux = np.where(y < mean, from_left, from_right)
    integrand = np.divide(flux**2, p, out=np.zeros_like(p), where=p > 1e-290)
    return float(integrand.sum() * step / (8 * temperature * data.alpha3 * variance))


def decay_along_paths(
    data: Moments,
    learning_rate: float,
    batch_size: int,
    time: float,
    mean_v: Array,
    mean_v_squared: Array,
    *,
    centered: bool,
) -> Array:
    r"""Predicted decrease of :math:`\log|u^2 - w^2|` along each path.

    :math:`4\int [Tg + \eta f^2]\,dt`, and without :math:`f^2` if centered, as in the paper.

    Args:
        data: Moments of the data.
        learning_rate: :math:`\eta`.
        batch_size: :math:`S`; the temperature is :math:`\eta / S`.
        time: Length of the paths.
        mean_v: Average of v over each path.
        mean_v_squared: Average of v² over each path.
        centered: Whether to leave out the squared mean force.
    """
    rate = learning_rate / batch_size * data.mean_noise(mean_v, mean_v_squared)
    if not centered:
        rate = rate + learning_rate * data.mean_squared_force(mean_v, mean_v_squared)
    return 4 * time * rate
