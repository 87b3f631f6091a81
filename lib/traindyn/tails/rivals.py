r"""Likelihoods of a tail under a power law and under its rivals.

In the logarithm :math:`t = \log(\lambda/\lambda_{\min}) \ge 0` a power law is an exponential law,
and a lognormal law cut off on the left is a normal one cut off at 0:

.. math:: p(t) \propto e^{-a t} \qquad\text{and}\qquad p(t) \propto e^{-a t - b t^2},\quad b > 0 .

The first is the limit :math:`b \to 0` of the second, so a lognormal law never fits worse. The
third law is exponential in :math:`\lambda` itself.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from scipy import optimize, special, stats

from traindyn.tails.indices import EQUAL
from traindyn.tails.spectra import log_spectrum, positive_spectrum

Array = np.ndarray

_FAR = 40.0  # beyond it, in standard deviations, a cut-off normal law is exponential to 0.1 %


@dataclass(frozen=True)
class Comparison:
    r"""Power law against a rival on one tail.

    Args:
        ratio: Normalized likelihood ratio :math:`\sum_i \ell_i / (\sqrt m\,s_\ell)` of the
            pointwise log ratios :math:`\ell_i`: positive favors the power law. Zero where the two
            fits are one law.
        log_likelihood: Sum of the pointwise log ratios.
        p_value: Chance of a ratio at least as far from 0 when both laws are equally near the truth;
            for the nested lognormal law, of a gain at least as large when the power law is true.
    """

    ratio: float
    log_likelihood: float
    p_value: float


FEWEST_TO_COMPARE = 10
"""Tail points below which no law is compared with another."""


def _excess(tail: Array) -> Array:
    logs = log_spectrum(positive_spectrum(tail, "tail", FEWEST_TO_COMPARE))
    if not logs.mean() > EQUAL:
        raise ValueError(f"tail must hold values that differ, got {logs.size} equal ones")
    return logs


def power_law_density(tail: Float[Array, " m"]) -> Float[Array, " m"]:
    r"""Log density of each :math:`t_i` under the fitted power law, :math:`\log a - a t_i`.

    >>> t = power_law_density(np.exp(np.arange(10.0)))
    >>> round(float(t[0]), 6)  # the logarithm of 1/4.5
    -1.504077
    """
    t = _excess(tail)
    a = 1 / t.mean()
    return np.asarray(math.log(a) - a * t)


def exponential_density(tail: Float[Array, " m"]) -> Float[Array, " m"]:
    r"""Log density of each :math:`t_i` under the fitted law exponential in :math:`\lambda`.

    The rate is one over the mean of :math:`\lambda - \lambda_{\min}`; the factor
    :math:`d\lambda/dt = \lambda` turns the density into one of t.
    """
    t = _excess(tail)
    beyond = np.expm1(t)
    rate = 1 / beyond.mean()
    return np.asarray(math.log(rate) - rate * beyond + t)


def lognormal_density(tail: Float[Array, " m"]) -> Float[Array, " m"]:
    r"""Log density of each :math:`t_i` under the fitted lognormal law cut off on the left.

    The law is an exponential family with the statistics :math:`t, t^2`, so the fit matches the
    first two moments. With the cut-off at :math:`u` standard deviations from the center of the
    normal law and :math:`e = \varphi(u)/\Phi(-u) - u` the mean excess there, it solves

    .. math:: \frac{\overline{t^2}}{\bar t^{\,2}} = \frac{1 - u e}{e^2},

    whose right side rises from 1 to 2. A tail with a larger ratio has the power law as its best
    fit.
    """
    t = _excess(tail)
    target = float((t**2).mean() / t.mean() ** 2)
    if target >= _moment_ratio(_FAR):
        return power_law_density(tail)
    u = float(optimize.brentq(lambda u: _moment_ratio(u) - target, -1e4, _FAR))
    spread = t.mean() / _mean_excess(u)
    return np.asarray(stats.norm.logpdf(t / spread + u) - stats.norm.logsf(u) - math.log(spread))


def _mean_excess(u: float) -> float:
    """Mean excess of a standard normal variable over u, given that it exceeds u."""
    return math.sqrt(2 / math.pi) / float(special.erfcx(u / math.sqrt(2))) - u


def _moment_ratio(u: float) -> float:
    """Second moment of that excess over its squared mean."""
    excess = _mean_excess(u)
    return (1 - u * excess) / excess**2


def against_exponential(tail: Float[Array, " m"]) -> Comparison:
    """Power law against an exponential law on the values of a tail, its smallest the cut-off.

    Raises:
        ValueError: If the tail has fewer than 10 values, one is not positive, or all are equal.

    Source: Q. Vuong, Econometrica 57 (1989) 307.

    >>> against_exponential(np.arange(1.0, 60.0)).ratio < -3
    True
    """
    return _compare(power_law_density(tail) - exponential_density(tail), nested=False)


def against_lognormal(tail: Float[Array, " m"]) -> Comparison:
    """Power law against a lognormal law on the values of a tail, its smallest the cut-off.

    The laws are nested, so the ratio is never positive; twice the gain has the law of half a
    chi-square variable if the power law is true, the cut-off being the edge of its family.

    Raises:
        ValueError: If the tail has fewer than 10 values, one is not positive, or all are equal.

    Source: S. Self and K.-Y. Liang, J. Am. Stat. Assoc. 82 (1987) 605, for the law at the edge.

    >>> pareto = (1 - (np.arange(4000) + 0.5) / 4000) ** -1.0
    >>> bool(-2 < against_lognormal(pareto).ratio <= 0)
    True
    """
    return _compare(power_law_density(tail) - lognormal_density(tail), nested=True)


def _compare(pointwise: Array, *, nested: bool) -> Comparison:
    total, spread = float(pointwise.sum()), float(pointwise.std())
    if spread < 1e-12:
        return Comparison(0.0, 0.0, 1.0)
    ratio = total / (math.sqrt(pointwise.size) * spread)
    if nested:
        p_value = 0.5 * float(stats.chi2.sf(max(-2 * total, 0.0), 1))
    else:
        p_value = 2 * float(stats.norm.sf(abs(ratio)))
    return Comparison(ratio, total, p_value)
