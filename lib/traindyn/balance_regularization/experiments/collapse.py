r"""Growth or collapse of discrete SGD near :math:`v = 0`, exactly, without sampling.

With weight decay :math:`\gamma|\theta|^2`, a balanced step near zero multiplies :math:`v` by
:math:`(1 - 2\eta\gamma + 2\eta\,\overline{xy})^2`, independently of :math:`v`. The mean logarithm
of that factor decides: positive, :math:`v` escapes; negative, it collapses.
"""

from __future__ import annotations

import math
from functools import cache
from itertools import pairwise

import numpy as np
from scipy import integrate, optimize, special, stats
from scipy.interpolate import CubicSpline

from traindyn.data import ScalarRegression


def growth_per_step(
    data: ScalarRegression, learning_rate: float, batch_size: int = 1, weight_decay: float = 0.0
) -> float:
    r"""Mean of :math:`\log(1 - 2\eta\gamma + 2\eta\,\overline{xy})^2`.

    For :math:`x = \pm 1` the integral over the uniform noise is elementary for small batches, and
    for larger ones a quadrature over their Irwin-Hall law. For Gaussian data (batches of one),
    :math:`xy` given :math:`x` is normal, and the mean over :math:`x` is a quadrature of
    :func:`mean_log_normal`.

    Args:
        data: Where samples come from.
        learning_rate: :math:`\eta > 0`.
        batch_size: :math:`S \ge 1`; 1 for Gaussian data.
        weight_decay: :math:`\gamma \ge 0`, coefficient of :math:`|\theta|^2` in the loss.

    Raises:
        ValueError: If an argument leaves its range.

    >>> noiseless = ScalarRegression(slope=1.0, noise=1e-9, inputs="rademacher")
    >>> round(growth_per_step(noiseless, 0.5), 6) == round(2 * math.log(2), 6)
    True
    """
    if not (learning_rate > 0 and math.isfinite(learning_rate)):
        raise ValueError(f"learning_rate must be positive and finite, got {learning_rate}")
    if not (weight_decay >= 0 and math.isfinite(weight_decay)):
        raise ValueError(f"weight_decay must be at least 0 and finite, got {weight_decay}")
    if batch_size < 1 or (batch_size > 1 and data.inputs == "gaussian"):
        raise ValueError(
            f"batch_size must be at least 1, and 1 for Gaussian data, got {batch_size}"
        )
    kept = 1 - 2 * learning_rate * weight_decay
    if data.inputs == "rademacher":
        middle = kept + 2 * learning_rate * data.slope
        half = 2 * learning_rate * math.sqrt(3.0) * data.noise
        return 2 * _mean_log_of_uniforms(middle, half, batch_size)

    def given_input(x: float) -> float:
        mean = kept + 2 * learning_rate * data.slope * x * x
        density = math.sqrt(2 / math.pi) * math.exp(-x * x / 2)
        return density * mean_log_normal(mean, 2 * learning_rate * data.noise * x)

    value, _ = integrate.quad(given_input, 0, 12, limit=400, epsabs=1e-11)
    return 2 * float(value)


def _mean_log_of_uniforms(middle: float, half: float, count: int) -> float:
    r"""Mean of log|middle + half·m| for the mean m of n uniform variables on [-1, 1].

    Each uniform variable turns a function into the difference quotient of its antiderivative, so
    n of them leave :math:`(n/2h)^n\sum_k(-1)^k\binom nk F_n(\mathrm{middle} + h(1 - 2k/n))` with
    h = half and the n-th antiderivative :math:`F_n(z) = z^n(\log|z| - H_n)/n!`, where
    :math:`H_n = 1 + 1/2 + \dots + 1/n`. The sum cancels to :math:`(2h/n)^n`: many variables need
    a quadrature.
    """
    if (2 * half / count) ** count > 1e-5:
        harmonic = sum(1 / k for k in range(1, count + 1))
        total = 0.0
        for k in range(count + 1):
            z = middle + half * (1 - 2 * k / count)
            value = z**count * (math.log(abs(z)) - harmonic) if z else 0.0
            total += (-1) ** k * math.comb(count, k) * value
        return total / math.factorial(count) * (count / (2 * half)) ** count
    law = stats.irwinhall(count)

    def integrand(m: float) -> float:
        density = float(law.pdf((m + 1) * count / 2)) * count / 2
        return density * math.log(abs(middle + half * m)) if middle + half * m else 0.0

    zero = -middle / half
    breaks = [zero] if -1 < zero < 1 else None
    value, _ = integrate.quad(integrand, -1, 1, points=breaks, limit=400, epsabs=1e-10)
    return float(value)


def mean_log_normal(mean: float, deviation: float) -> float:
    r"""Mean of :math:`\log|\mu + sz|` for a standard normal :math:`z`.

    .. math:: \log s - \tfrac12(\gamma_E + \log 2) + 2\int_0^{\mu/s\sqrt2} F(t)\,dt

    with Dawson's function :math:`F`, since the derivative by :math:`\mu` is a Hilbert transform of
    the normal density.

    Args:
        mean: :math:`\mu`.
        deviation: :math:`s \ge 0`.

    Raises:
        ValueError: If ``deviation`` is negative, or zero together with ``mean``.

    >>> round(mean_log_normal(0.0, 1.0), 6)
    -0.635181
    """
    if deviation < 0 or (deviation == 0 and mean == 0):
        raise ValueError(f"deviation must be at least 0, got {deviation} at mean {mean}")
    if abs(mean) >= 20 * deviation:  # two terms of the expansion in deviation / mean
        square = (deviation / mean) ** 2
        return math.log(abs(mean)) - square / 2 - 3 * square**2 / 4
    scaled = abs(mean) / (deviation * math.sqrt(2))
    constant = -(np.euler_gamma + math.log(2)) / 2
    return math.log(deviation) + constant + float(_dawson_integral()(scaled))


@cache
def _dawson_integral() -> CubicSpline:
    """Twice the integral of Dawson's function from 0, on [0, 15]."""
    grid = np.linspace(0, 15, 3001)
    doubled: CubicSpline = CubicSpline(grid, 2 * special.dawsn(grid)).antiderivative()
    return doubled


def critical_learning_rate(
    data: ScalarRegression, guess: float, batch_size: int = 1, weight_decay: float = 0.0
) -> float:
    """Smallest learning rate at which discrete SGD stops escaping from zero.

    Args:
        data: Where samples come from.
        guess: A rate near the expected one; the root is sought between 0.2 and 3 times it.
        batch_size: Samples per batch; 1 for Gaussian data.
        weight_decay: Coefficient of the squared weights in the loss.

    Returns:
        The root, or infinity if SGD escapes from zero at every rate in that range.

    Raises:
        ValueError: If an argument leaves its range.
    """

    def growth(rate: float) -> float:
        return growth_per_step(data, rate, batch_size, weight_decay)

    rates = guess * np.arange(0.2, 3.01, 0.1)
    for low, high in pairwise(rates):
        if growth(high) <= 0:
            return float(optimize.brentq(growth, low, high))
    return math.inf
