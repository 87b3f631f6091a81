r"""Which of two absorbing states the two-layer model reaches when it can fit the data exactly.

Without label noise, :math:`y = kx`, the noise :math:`g(v) = \alpha_1(v - k)^2` vanishes at the
minimum :math:`v = k`, and :math:`v = 0` is a fixed point as well.
"""

from __future__ import annotations

import math

import numpy as np
from scipy import special

from traindyn.balance_regularization.theory.moments import Moments
from traindyn.balance_regularization.theory.stationary import require_temperature


def interpolation_moments(slope: float, alpha1: float, beta1: float = 1.0) -> Moments:
    r"""Moments of noiseless data :math:`y = kx`: :math:`\alpha = \alpha_1(1, k, k^2)`.

    Args:
        slope: :math:`k > 0`.
        alpha1: :math:`\mathrm{Var}\,x^2 > 0`; 2 for standard normal inputs.
        beta1: :math:`E x^2 > 0`.

    Raises:
        ValueError: If an argument is not positive and finite.

    >>> interpolation_moments(1.0, 2.0).delta
    0.0
    """
    for name, value in (("slope", slope), ("alpha1", alpha1), ("beta1", beta1)):
        if not (value > 0 and math.isfinite(value)):
            raise ValueError(f"{name} must be positive and finite, got {value}")
    return Moments(alpha1, alpha1 * slope, alpha1 * slope * slope, beta1, beta1 * slope)


def drift_exponent(data: Moments, temperature: float) -> float:
    r"""The exponent :math:`\theta = \beta_1 / (2T\alpha_1k)`; the origin absorbs if it is below ½.

    Source: appendix A.9.

    Raises:
        ValueError: If label noise is left, or the temperature is not positive.

    >>> drift_exponent(interpolation_moments(1.0, 2.0), 0.5)
    0.5
    """
    require_temperature(temperature)
    if not (data.alpha1 > 0 and data.delta <= 1e-12 * data.alpha1 * data.alpha3):
        raise ValueError(f"delta must be 0 (data without label noise), got {data.delta:.6g}")
    return data.beta1 / (2 * temperature * data.alpha1 * data.minimum)


def probability_of_zero(data: Moments, temperature: float, start: float) -> float:
    r"""Probability that the balanced two-layer model ends at 0 instead of at :math:`k`.

    The scale function of :math:`dv = 4v(Tg - f)\,dt + 4v\sqrt{Tg}\,dW` has the derivative

    .. math:: s'(v) = v^{-1/2-\theta}(k - v)^{\theta}, \qquad 0 < v < k.

    For :math:`\theta < 1/2` it is integrable at both ends, and with the regularized incomplete
    beta function

    .. math:: P_0 = 1 - I_{v_0/k}(\tfrac12 - \theta, 1 + \theta).

    For :math:`\theta \ge 1/2`, or from :math:`v_0 \ge k`, it is 0. Derived; the paper gives the
    condition, not the weights.

    Args:
        data: Moments with :math:`\Delta = 0`.
        temperature: :math:`T`.
        start: :math:`v_0 > 0`.

    Raises:
        ValueError: If label noise is left, or ``temperature`` or ``start`` is not positive.

    >>> probability_of_zero(interpolation_moments(1.0, 2.0), 0.5, 0.3)
    0.0
    """
    if not (start > 0 and math.isfinite(start)):
        raise ValueError(f"start must be positive and finite, got {start}")
    theta = drift_exponent(data, temperature)
    if theta >= 0.5 or start >= data.minimum:
        return 0.0
    return float(special.betaincc(0.5 - theta, 1 + theta, start / data.minimum))


def probability_to_touch(data: Moments, temperature: float, start: float, cutoff: float) -> float:
    r"""Probability to fall below a cut-off before :math:`k` is reached, at any temperature.

    .. math:: \int_{v_0}^k s'(v)\,dv \Big/ \int_c^k s'(v)\,dv,

    by quadrature in :math:`\log v`. It bounds what a cut-off counts wrongly: below the threshold
    the true probability of absorption is 0, and this is what is measured instead.

    Args:
        data: Moments with :math:`\Delta = 0`.
        temperature: :math:`T`.
        start: :math:`v_0` in (cutoff, k).
        cutoff: :math:`c > 0`.

    Raises:
        ValueError: If ``0 < cutoff < start < k`` does not hold, label noise is left, or the
            temperature is not positive.
    """
    theta = drift_exponent(data, temperature)
    k = data.minimum
    if not 0 < cutoff < start < k:
        raise ValueError(f"cutoff < start < {k} must hold, got cutoff {cutoff}, start {start}")

    def log_mass(lower: float) -> float:
        log_v, step = np.linspace(math.log(lower), math.log(k), 400_001, retstep=True)
        inner = log_v[:-1] + step / 2  # midpoints: the density may vanish at k with a cusp
        exponent = (0.5 - theta) * inner + theta * np.log(-np.expm1(inner - math.log(k)))
        return float(special.logsumexp(exponent) + math.log(step))

    return math.exp(log_mass(start) - log_mass(cutoff))
