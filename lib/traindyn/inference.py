"""Estimates with standard errors, and decisions about them with a stated error rate.

Every number that a claim measures is an :class:`Estimate`. A decision compares the interval
``value ± z·stderr`` with a range of acceptance, ``z`` widened by Student's law where the standard
error itself comes from few samples. One error budget covers the whole book:
the chance that *any* random test of the book decides wrongly because of noise is at most
:data:`BOOK_ERROR_RATE`, shared equally by :data:`BOOK_RANDOM_TESTS` tests (Bonferroni).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Literal

import numpy as np
from jaxtyping import Float
from scipy import stats

BOOK_ERROR_RATE = 1e-3
"""Probability that noise alone turns at least one decision of the book wrong."""

BOOK_RANDOM_TESTS = 1000
"""Random tests (parts and controls) that the error budget pays for.

A fixed number keeps a verdict independent of chapters added later; the site build counts the
tests that were really made and refuses to publish more than this.
"""

Outcome = Literal["pass", "fail", "undecided"]
Array = np.ndarray


@dataclass(frozen=True)
class Estimate:
    """A measured value with its standard error and sample count.

    Args:
        value: The point estimate, in ``unit``.
        stderr: Its standard error, in ``unit``; 0 for a deterministic quantity.
        n: Number of independent samples (replicas) behind it; 1 for a deterministic quantity.
        unit: Unit of ``value``; ``"1"`` for a pure number.
        degrees_of_freedom: Of the law of Student that ``(value - truth) / stderr`` follows, at
            least 1; infinite if ``stderr`` is known better than by the scatter of ``n`` samples.

    Raises:
        ValueError: If ``stderr`` is negative or NaN, if ``n`` or ``degrees_of_freedom`` is below
            1, or ``value`` is NaN.

    >>> Estimate(0.5, 0.01, 100).interval(z=2.0)
    (0.48, 0.52)
    """

    value: float
    stderr: float = 0.0
    n: int = 1
    unit: str = "1"
    degrees_of_freedom: float = field(default=math.inf, repr=False)

    def __post_init__(self) -> None:
        if math.isnan(self.value):
            raise ValueError("value must be a number or infinite, got nan")
        if not self.stderr >= 0:
            raise ValueError(f"stderr must be at least 0, got {self.stderr}")
        if self.n < 1:
            raise ValueError(f"n must be at least 1, got {self.n}")
        if not self.degrees_of_freedom >= 1:
            raise ValueError(
                f"degrees_of_freedom must be at least 1, got {self.degrees_of_freedom}"
            )

    @property
    def random(self) -> bool:
        """Whether the value carries sampling noise."""
        return bool(self.stderr > 0)

    def half_width(self, z: float) -> float:
        """Half the width of the interval that leaves out what a normal law leaves beyond ``±z``.

        It is ``z·stderr`` for infinitely many degrees of freedom and larger for few: at the book's
        ``z`` of 4.9, four replicas would otherwise decide wrongly 16 times in 1,000.

        >>> round(Estimate(0.0, 1.0, 4, degrees_of_freedom=3).half_width(z=1.96), 2)
        3.18
        """
        return _student_quantile(z, self.degrees_of_freedom) * self.stderr if self.random else 0.0

    def interval(self, z: float) -> tuple[float, float]:
        """The interval ``value ± half_width(z)``."""
        half = self.half_width(z)
        if math.isinf(half):
            return -math.inf, math.inf
        return self.value - half, self.value + half

    def scaled(self, factor: float) -> Estimate:
        """The estimate of ``factor`` times the quantity."""
        return replace(self, value=self.value * factor, stderr=self.stderr * abs(factor))


@lru_cache(maxsize=1024)
def _student_quantile(z: float, degrees_of_freedom: float) -> float:
    """The multiple of the standard error with the tail that a normal law has beyond ``z``."""
    if math.isinf(degrees_of_freedom):
        return z
    return float(stats.t.isf(stats.norm.sf(z), degrees_of_freedom))


def critical_value(error_rate: float = BOOK_ERROR_RATE, tests: int = BOOK_RANDOM_TESTS) -> float:
    r"""Two-sided normal quantile :math:`z = \Phi^{-1}(1 - \alpha / 2N)` of the error budget.

    Args:
        error_rate: Family-wise error rate :math:`\alpha` in (0, 1).
        tests: Number :math:`N \ge 1` of random tests that share it.

    Raises:
        ValueError: If an argument leaves its range.

    >>> round(critical_value(0.05, 1), 4)
    1.96
    """
    if not 0 < error_rate < 1:
        raise ValueError(f"error_rate must lie in (0, 1), got {error_rate}")
    if tests < 1:
        raise ValueError(f"tests must be at least 1, got {tests}")
    return float(stats.norm.isf(error_rate / (2 * tests)))


def decide(interval: tuple[float, float], accept: tuple[float, float]) -> Outcome:
    """Compare a measured interval with the range of acceptance.

    Returns:
        ``"pass"`` if the interval lies inside the range, ``"fail"`` if the two are disjoint,
        ``"undecided"`` if they overlap in part.

    Raises:
        ValueError: If either interval is empty.

    >>> [decide(measured, (0.8, 1.2)) for measured in [(0.9, 1.1), (1.3, 1.5), (1.1, 1.3)]]
    ['pass', 'fail', 'undecided']
    """
    (low, high), (lower, upper) = interval, accept
    if not low <= high:
        raise ValueError(f"interval must be ordered, got {interval}")
    if not lower <= upper:
        raise ValueError(f"accept must be ordered, got {accept}")
    if lower <= low and high <= upper:
        return "pass"
    if high < lower or low > upper:
        return "fail"
    return "undecided"


def _finite(name: str, values: Array) -> Array:
    values = np.asarray(values, dtype=float)
    if values.ndim != 1 or values.size < 2:
        raise ValueError(
            f"{name} must hold at least 2 values on one axis, got shape {values.shape}"
        )
    _require_finite(name, values)
    return values


def _require_finite(name: str, values: Array) -> None:
    if bad := int((~np.isfinite(values)).sum()):
        raise ValueError(f"{name} must be finite, got {bad} of {values.size} values that are not")


def estimate_mean(samples: Float[Array, " n"], unit: str = "1") -> Estimate:
    r"""Sample mean of independent samples, standard error :math:`s / \sqrt n`.

    It has ``n - 1`` degrees of freedom, so the interval of normal samples is exact for every n.
    Equal samples have the standard error 0 and are decided as if there were no noise: a rate of
    rare events that never happened needs :func:`estimate_fraction`.

    Args:
        samples: Independent samples.
        unit: Their unit.

    Raises:
        ValueError: If fewer than two samples are given or one is not finite.

    >>> estimate_mean(np.array([1.0, 3.0]))
    Estimate(value=2.0, stderr=1.0, n=2, unit='1')
    """
    x = _finite("samples", samples)
    error = float(x.std(ddof=1) / math.sqrt(x.size))
    return Estimate(float(x.mean()), error, x.size, unit, x.size - 1.0)


def estimate_variance(samples: Float[Array, " n"], unit: str = "1") -> Estimate:
    r"""Unbiased variance of independent samples with the standard error of the fourth moment.

    .. math:: \mathrm{se}^2 = \frac{1}{n}\Bigl(\hat\mu_4 - \tfrac{n-3}{n-1}\,\hat\sigma^4\Bigr).

    Needs a finite fourth moment; for heavier tails use a replica bootstrap of a robust spread.
    The estimate is skewed, and small together with its error, so that few samples give an interval
    that is too short: at the book's error rate of one in a million normal samples miss the truth
    about 1 time in 1,000 for n = 64, 1 in 10,000 for n = 256; use thousands.

    Args:
        samples: Independent samples.
        unit: Unit of the variance.

    Raises:
        ValueError: If fewer than two samples are given or one is not finite.

    >>> estimate_variance(np.array([1.0, 3.0])).value
    2.0
    """
    x = _finite("samples", samples)
    n = x.size
    variance = x.var(ddof=1)
    fourth = np.mean((x - x.mean()) ** 4)
    error = math.sqrt(max(fourth - (n - 3) / (n - 1) * variance**2, 0.0) / n)
    return Estimate(float(variance), error, n, unit, n - 1.0)


def estimate_fraction(hits: int, trials: int) -> Estimate:
    r"""Fraction of independent trials that hit, with an error that holds for rare events too.

    ``stderr`` is scaled such that ``z·stderr`` reaches the farther end of the exact interval of
    Clopper and Pearson at the book's error rate per test; it is positive even without a hit.

    Args:
        hits: Number of hits, in [0, trials].
        trials: Number of trials, at least 1.

    Raises:
        ValueError: If an argument leaves its range.

    Source: C. Clopper and E. Pearson, Biometrika 26 (1934) 404.

    >>> estimate_fraction(0, 1000).value
    0.0
    """
    if trials < 1:
        raise ValueError(f"trials must be at least 1, got {trials}")
    if not 0 <= hits <= trials:
        raise ValueError(f"hits must lie in [0, {trials}], got {hits}")
    exact = stats.binomtest(hits, trials).proportion_ci(1 - BOOK_ERROR_RATE / BOOK_RANDOM_TESTS)
    fraction = hits / trials
    radius = max(exact.high - fraction, fraction - exact.low)
    return Estimate(fraction, float(radius) / critical_value(), trials)


def estimate_by_bootstrap(
    samples: Float[Array, "n ..."],
    statistic: Callable[[Array], float],
    generator: np.random.Generator,
    resamples: int = 400,
    unit: str = "1",
) -> Estimate:
    """A statistic of independent samples; the standard error is that of bootstrap resamples.

    Args:
        samples: Independent samples along the first axis.
        statistic: Maps an array like ``samples`` to a number.
        generator: Source of the resampling.
        resamples: Number of bootstrap resamples, at least 50. 400 give the standard error to
            about 1/sqrt(2·400) = 3.5 %.
        unit: Unit of the statistic.

    Raises:
        ValueError: If ``resamples`` is below 50, fewer than two samples are given or one is not
            finite.

    >>> same = estimate_by_bootstrap(np.full(9, 2.0), np.median, np.random.default_rng(0))
    >>> same
    Estimate(value=2.0, stderr=0.0, n=9, unit='1')
    """
    samples = np.asarray(samples, dtype=float)
    if resamples < 50:
        raise ValueError(f"resamples must be at least 50, got {resamples}")
    if len(samples) < 2:
        raise ValueError(f"samples must hold at least 2 rows, got {len(samples)}")
    _require_finite("samples", samples)
    n = len(samples)
    draws = [statistic(samples[generator.integers(n, size=n)]) for _ in range(resamples)]
    error = float(np.std(draws, ddof=1))
    return Estimate(float(statistic(samples)), error, n, unit, n - 1.0)


def estimate_ks_distance(
    samples: Float[Array, " n"],
    cdf: Callable[[Array], Array],
    effective_n: int | None = None,
) -> Estimate:
    r"""Kolmogorov distance :math:`\sup_v |F_n(v) - F(v)|` between samples and a predicted law.

    The distance of the *true* law from the prediction differs from the measured one by at most
    :math:`\sup_v|F_n - F_{\mathrm{true}}|`, which the Dvoretzky-Kiefer-Wolfowitz inequality bounds:
    it exceeds :math:`\varepsilon` with probability at most :math:`2 e^{-2 n \varepsilon^2}`.
    ``stderr`` is scaled such that ``z·stderr`` is that :math:`\varepsilon` at the book's error
    rate per test, so the interval holds for every law and every n, without a normal tail.

    Args:
        samples: Draws of the law under test.
        cdf: Predicted cumulative distribution function, vectorized and continuous.
        effective_n: Number of independent draws that carry the same information, in
            [1, len(samples)]; default: all of them.

    Raises:
        ValueError: If samples are not finite, ``effective_n`` leaves its range, or ``cdf`` returns
            another shape or something that is not a probability.

    Source: P. Massart, Ann. Probab. 18 (1990) 1269, for the constant 2.

    >>> estimate_ks_distance(np.array([0.25, 0.75]), lambda v: v).value
    0.25
    """
    x = np.sort(_finite("samples", samples))
    n = x.size if effective_n is None else effective_n
    if not 1 <= n <= x.size:
        raise ValueError(f"effective_n must lie in [1, {x.size}], got {effective_n}")
    predicted = np.asarray(cdf(x))
    if predicted.shape != x.shape or not ((predicted >= 0) & (predicted <= 1)).all():
        raise ValueError(f"cdf must return {x.size} probabilities in [0, 1], got {predicted}")
    steps = np.arange(x.size + 1) / x.size
    distance = max(float((steps[1:] - predicted).max()), float((predicted - steps[:-1]).max()))
    radius = math.sqrt(math.log(2 * BOOK_RANDOM_TESTS / BOOK_ERROR_RATE) / (2 * n))
    return Estimate(distance, radius / critical_value(), n)


def integrated_autocorrelation_time(series: Float[Array, "time replicas"]) -> float:
    r"""Integrated autocorrelation time :math:`\tau = \tfrac12 + \sum_{k\ge1}\rho_k`, in samples.

    The autocorrelation is averaged over replicas around their common mean; the sum stops at the
    first window :math:`W \ge 5\tau(W)`. ``T`` correlated samples carry the information of
    :math:`T / 2\tau` independent ones.

    Args:
        series: Stationary series, at least 10 times, one column per independent replica.

    Raises:
        ValueError: If the series is constant, not finite, or so short that the window does not
            close.

    Source: A. Sokal, *Monte Carlo Methods in Statistical Mechanics* (1996), sec. 3, for the window.

    >>> white = np.random.default_rng(0).normal(size=(200, 100))
    >>> abs(integrated_autocorrelation_time(white) - 0.5) < 0.05
    True
    """
    x = np.asarray(series, dtype=float)
    if x.ndim != 2 or len(x) < 10:
        raise ValueError(
            f"series must be (time, replicas) with at least 10 times, got shape {x.shape}"
        )
    _require_finite("series", x)
    x = x - x.mean()
    variance = float(np.mean(x * x))
    if variance == 0:
        raise ValueError("series must vary, got a constant")
    tau = 0.5
    for lag in range(1, len(x)):
        tau += float(np.mean(x[lag:] * x[:-lag])) / variance
        if lag >= 5 * tau:
            return max(tau, 0.5)
    raise ValueError(
        f"series must be longer than 5 autocorrelation times ({tau:.3g}), got {len(x)} times"
    )
