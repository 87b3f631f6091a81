r"""Peaks of the stationary density: where they are, and at which temperatures they exist."""

from __future__ import annotations

import math

import numpy as np

from traindyn.balance_regularization.theory.moments import Moments
from traindyn.balance_regularization.theory.stationary import log_density_depth1


def mode(data: Moments, temperature: float) -> float | None:
    r"""The local maximum of the density away from zero (eq. 16), or ``None`` if there is none.

    .. math::
        v_m = \frac{-(\beta_1 - 10\alpha_2T) + \sqrt{(\beta_1 - 10\alpha_2T)^2
              + 28\alpha_1T(\beta_2 - 3\alpha_3T)}}{14\alpha_1T},

    and :math:`v^*(1 - 3T/T_c)` where :math:`\alpha_1 = 0`. A maximum at :math:`v > 0` exists if
    the root is real and positive: always below :math:`T_c/3`; above it only if also
    :math:`10\alpha_2T > \beta_1`, a condition that the paper's text omits.

    Raises:
        ValueError: If the temperature is not positive.
    """
    if not temperature > 0:
        raise ValueError(f"temperature must be positive, got {temperature}")
    slope = data.beta1 - 10 * data.alpha2 * temperature
    excess = data.beta2 - 3 * data.alpha3 * temperature
    if data.alpha1 == 0:
        root = excess / slope
    else:
        square = slope**2 + 28 * data.alpha1 * temperature * excess
        if square < 0:
            return None
        root = (math.sqrt(square) - slope) / (14 * data.alpha1 * temperature)
    return root if root > 0 else None


def mode_slope(data: Moments) -> float:
    r"""Derivative of the mode by the temperature at :math:`T = 0`.

    .. math:: 10\alpha_2\beta_2/\beta_1^2 - 7\alpha_1\beta_2^2/\beta_1^3 - 3\alpha_3/\beta_1.

    Source: sec. 4.3 of the paper.
    """
    b1, b2 = data.beta1, data.beta2
    return 10 * data.alpha2 * b2 / b1**2 - 7 * data.alpha1 * b2**2 / b1**3 - 3 * data.alpha3 / b1


def stated_mode_limit(slope: float, noise: float) -> float:
    r"""Temperature up to which the paper's text grants a nonzero mode, Gaussian data.

    .. math:: T^* = \frac{4k + \sqrt{42}\,\sigma}{4(21\sigma^2 - 8k^2)},

    where the discriminant of eq. 16 vanishes; without limit for :math:`\sigma^2 \le 8k^2/21`.

    Source: sec. 4.3 and appendix A.8.
    """
    if 21 * noise**2 <= 8 * slope**2:
        return math.inf
    return (4 * slope + math.sqrt(42) * noise) / (4 * (21 * noise**2 - 8 * slope**2))


def density_peaks(data: Moments, temperature: float) -> list[float]:
    """Local maxima of the density of eq. 15 at v > 0, found on a grid and refined by parabolas.

    Independent of :func:`mode`: it looks at the density, not at its derivative's roots.
    """
    log_v = np.linspace(math.log(1e-6), math.log(50.0), 40_001)
    v = np.exp(log_v)
    log_density = log_density_depth1(log_v, data, temperature)
    inner = np.arange(1, len(v) - 1)
    left, here, right = log_density[:-2], log_density[1:-1], log_density[2:]
    peaks = []
    for i in inner[(here > left) & (here >= right)]:
        a, b, c = log_density[i - 1 : i + 2]
        shift = (a - c) / (2 * (a - 2 * b + c))
        peaks.append(float(np.exp(log_v[i] + shift * (log_v[1] - log_v[0]))))
    return peaks
