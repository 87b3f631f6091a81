r"""Stationary laws of the scalar model, in closed form and without a fitted parameter.

The temperature is :math:`T = \eta / S` for learning rate :math:`\eta` and batches of :math:`S`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Literal

import numpy as np

from traindyn.balance_regularization.theory.moments import Moments, Number
from traindyn.laws import GridLaw

Array = np.ndarray

Mutant = Literal["stratonovich", "no Ito drift", "doubled temperature"]


def require_temperature(temperature: float) -> None:
    """Raise ValueError unless the temperature is positive and finite."""
    if not (temperature > 0 and math.isfinite(temperature)):
        raise ValueError(f"temperature must be positive and finite, got {temperature}")


def log_density_depth0(v: Array, data: Moments, temperature: float) -> Array:
    r"""Logarithm of eq. 12, up to a constant; a Gaussian where :math:`\alpha_1 = 0`."""
    if data.alpha1 == 0:
        return -data.beta1 * (v - data.minimum) ** 2 / (2 * temperature * data.alpha3)
    root = math.sqrt(data.delta)
    exponent = data.beta1 / (2 * temperature * data.alpha1)
    skew = (data.alpha2 * data.beta1 - data.alpha1 * data.beta2) / (data.alpha1 * root)
    angle = np.arctan((data.alpha1 * v - data.alpha2) / root)
    return -(1 + exponent) * np.log(data.noise(v)) - skew * angle / temperature


def log_density_depth1(log_v: Array, data: Moments, temperature: float) -> Array:
    r"""Logarithm of eq. 15, up to a constant; a Gamma law where :math:`\alpha_1 = 0`."""
    v = np.exp(log_v)
    power = data.beta2 / (2 * data.alpha3 * temperature) - 1.5
    if data.alpha1 == 0:
        return power * log_v - data.beta1 * v / (2 * temperature * data.alpha3)
    root = math.sqrt(data.delta)
    skew = (data.beta1 - data.alpha2 * data.beta2 / data.alpha3) / (2 * temperature)
    angle = np.arctan((data.alpha1 * v - data.alpha2) / root)
    tail = 1 + data.beta2 / (4 * temperature * data.alpha3)
    return power * log_v - tail * np.log(data.noise(v)) - skew * angle / root


def stationary_law(
    data: Moments,
    temperature: float,
    depth: Literal[0, 1] = 1,
    *,
    mutant: Mutant | None = None,
    clock: Callable[[Array], Array] | None = None,
    reach: float = 25.0,
) -> GridLaw:
    r"""Stationary law of :math:`v` under SGD in continuous time.

    Depth 0 is linear regression (eq. 12), a law on the real line. Depth 1 is the two-layer net
    (eq. 15), a law on :math:`v > 0`; it is normalizable below the critical temperature. Where
    :math:`\alpha_1 = 0` the two become a normal law of variance :math:`T\alpha_3/\beta_1` and a
    Gamma law of shape :math:`(T_c/T - 1)/2` and scale :math:`2v^*T/T_c`.

    Args:
        data: Moments of the data.
        temperature: :math:`T = \eta/S`, positive; below :math:`T_c` at depth 1.
        depth: 0 or 1.
        mutant: A wrong law, to be rejected: the equation of motion read in the Stratonovich sense
            (density multiplied by the noise amplitude); at depth 1 also without the Ito drift
            :math:`4 v T g` (density multiplied by :math:`v^{-1/2}`), or at twice the temperature.
        clock: If time runs at the state-dependent speed :math:`1/m(v)`, the function :math:`m`:
            the law seen by such a clock has density proportional to :math:`m(v)\,p(v)`.
        reach: At depth 0 the grid ends at :math:`e^{\mathrm{reach}}/2` widths from the minimum,
            in [25, 300]. A law of tail exponent :math:`p` then lacks the fraction
            :math:`e^{(3-p)\,\mathrm{reach}}` of its variance.

    Raises:
        ValueError: If the law is not normalizable: the message names the critical temperature; or
            ``reach`` leaves its range.

    >>> law = stationary_law(Moments(0.0, 0.0, 100.0, 1.0, 1.0), 0.005)
    >>> round(law.mean, 9), round(law.variance, 9)
    (0.5, 0.5)
    """
    require_temperature(temperature)
    if depth not in (0, 1):
        raise ValueError(f"depth must be 0 or 1, got {depth}")
    if not 25 <= reach <= 300:
        raise ValueError(f"reach must lie in [25, 300], got {reach}")
    if depth == 0:
        if mutant not in (None, "stratonovich"):
            raise ValueError(f"mutant must be None or 'stratonovich' at depth 0, got {mutant!r}")
        coordinate = np.linspace(-reach, reach, round(800 * reach) + 1)
        width = math.sqrt(temperature * data.noise(data.minimum) / data.beta1)
        points = data.minimum + width * np.sinh(coordinate)
        log_weight = log_density_depth0(points, data, temperature)
        log_weight = log_weight + np.logaddexp(coordinate, -coordinate)
        if mutant == "stratonovich":
            log_weight = log_weight + np.log(data.noise(points)) / 2
    else:
        if mutant == "doubled temperature":
            temperature = 2 * temperature
        decay = (data.critical_temperature / temperature - 1) / 2
        if mutant == "no Ito drift":
            decay -= 0.5
        if not decay > 0:
            raise ValueError(
                f"temperature must lie below {data.critical_temperature:.6g} "
                f"(critical) for a law away from zero, got {temperature:.6g}"
            )
        coordinate = np.linspace(-30.0 / min(decay, 1.0), 40.0, 60_001)
        points = np.exp(coordinate)
        log_weight = log_density_depth1(coordinate, data, temperature) + coordinate
        if mutant == "stratonovich":
            log_weight = log_weight + coordinate + np.log(data.noise(points)) / 2
        elif mutant == "no Ito drift":
            log_weight = log_weight - coordinate / 2
    if clock is not None:
        log_weight = log_weight + np.log(clock(points))
    return GridLaw.from_log_density(coordinate, points, log_weight)


def balance_residual(law: GridLaw, data: Moments, temperature: float) -> float:
    r"""Stationary average :math:`E[\beta_1 v - \beta_2 + T g(v)]`; zero for the true law, depth 1.

    It is the average drift of :math:`\log v`, which must vanish where :math:`\log v` is stationary.
    """
    return law.expect(lambda v: data.force(v) + temperature * data.noise(v))


def gamma_variance(ratio: Number) -> Number:
    r"""Variance :math:`2r(1-r)` of :math:`v/v^*` at :math:`r = T/T_c`, depth 1, Gamma limit.

    Derived from eq. 15 at :math:`\alpha_1 = 0`; it is largest at :math:`r = 1/2` and vanishes at
    both ends. The depth-0 variance is :math:`r`.

    Raises:
        ValueError: If a ratio leaves [0, 1].
    """
    if not np.all((np.asarray(ratio) >= 0) & (np.asarray(ratio) <= 1)):
        raise ValueError(f"ratio must lie in [0, 1], got {ratio}")
    return 2 * ratio * (1 - ratio)


def regression_variance(noise: float, learning_rate: float, batch_size: int) -> float:
    r"""Exact stationary variance of discrete SGD at depth 0 with Gaussian inputs of unit variance.

    .. math:: \mathrm{Var}\,v = \frac{\eta\sigma^2/S}{1 - \eta(1 + 2/S)}.

    From :math:`v' - k = (1 - 2\eta\overline{x^2})(v - k) + 2\eta\overline{x\epsilon}` with
    :math:`E(\overline{x^2})^2 = 1 + 2/S`. Derived.

    Raises:
        ValueError: If the learning rate is not in (0, S/(S+2)), where the variance is finite,
            ``batch_size`` is below 1 or ``noise`` negative.

    >>> regression_variance(noise=1.0, learning_rate=0.25, batch_size=2)
    0.25
    """
    if batch_size < 1:
        raise ValueError(f"batch_size must be at least 1, got {batch_size}")
    if not noise >= 0:
        raise ValueError(f"noise must be at least 0, got {noise}")
    limit = batch_size / (batch_size + 2)
    if not 0 < learning_rate < limit:
        raise ValueError(f"learning_rate must lie in (0, {limit:.6g}), got {learning_rate}")
    return learning_rate * noise**2 / batch_size / (1 - learning_rate * (1 + 2 / batch_size))


def regression_variance_scatter(learning_rate: float, batch_size: int, steps: int) -> float:
    r"""Relative standard deviation of the average of :math:`(v-k)^2` over steps, depth 0.

    With :math:`a = 1 - 2\eta\overline{x^2}` and :math:`b = 2\eta\overline{x\epsilon}` the error
    obeys :math:`z' = az + b`. Its kurtosis :math:`\kappa` follows from
    :math:`E z^4 = E a^4\,E z^4 + 6E a^2b^2\,E z^2 + E b^4`, and its squares have autocorrelations
    :math:`\rho^j`, :math:`\rho = E a^2`; over :math:`N \gg 1` stationary steps

    .. math:: \frac{\kappa - 1}{N} \cdot \frac{1 + \rho}{1 - \rho}

    is the square of the result. Derived, for Gaussian inputs and noise of unit variance; it does
    not depend on the noise.

    Raises:
        ValueError: If the fourth moment is infinite at this learning rate, or ``batch_size`` or
            ``steps`` is below 1.
    """
    if batch_size < 1 or steps < 1:
        raise ValueError(f"batch_size and steps must be at least 1, got {batch_size} and {steps}")
    second, third, fourth = np.cumprod([1 + 2 * k / batch_size for k in (1, 2, 3)])
    c = 2 * learning_rate  # moments of the batch mean of x² are 1, second, third, fourth
    square = 1 - 2 * c + c**2 * second
    quartic = 1 - 4 * c + 6 * c**2 * second - 4 * c**3 * third + c**4 * fourth
    if not (learning_rate > 0 and quartic < 1):
        raise ValueError(f"learning_rate must leave a finite fourth moment, got {learning_rate}")
    variance = c**2 / batch_size / (1 - square)
    mixed = c**2 / batch_size * (1 - 2 * c * second + c**2 * third)
    noise = 3 * c**4 * second / batch_size**2
    kurtosis = (6 * mixed * variance + noise) / (1 - quartic) / variance**2
    return math.sqrt((kurtosis - 1) / steps * (1 + square) / (1 - square))


def tail_exponent_depth0(data: Moments, temperature: float) -> float:
    r"""Tail exponent :math:`2 + \beta_1/(T\alpha_1)` of the density at depth 0 (eq. 12).

    Raises:
        ValueError: If :math:`\alpha_1 = 0`, where the tail is not a power.
    """
    require_temperature(temperature)
    if data.alpha1 == 0:
        raise ValueError("alpha1 must be positive for a power-law tail, got 0")
    return 2 + data.beta1 / (temperature * data.alpha1)


def hill_exponent(law: GridLaw, threshold: float) -> float:
    r"""Tail exponent that Hill's estimator finds above a threshold, from the law itself.

    .. math:: 1 + \Bigl(E[\log(v/v_0) \mid v > v_0]\Bigr)^{-1}.

    It tends to the exponent of the density as :math:`v_0 \to \infty`.

    Raises:
        ValueError: If the threshold is not positive or no mass lies above it.
    """
    if not threshold > 0:
        raise ValueError(f"threshold must be positive, got {threshold}")
    above = law.points > threshold
    points = np.concatenate([[threshold], law.points[above]])
    survival = 1 - law.cdf(points)
    if not survival[0] > 1e-9:
        raise ValueError(f"threshold must leave mass above it, got {threshold}")
    # E[log(v/v0); v > v0] = ∫ P(V > v) dv / v
    return float(1 + survival[0] / np.trapezoid(survival, np.log(points)))
