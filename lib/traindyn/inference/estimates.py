"""A measured value with its standard error, and the estimators that give one."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import lru_cache

import numpy as np
from jaxtyping import Float
from scipy import stats

from traindyn.inference.decisions import BOOK_ERROR_RATE, BOOK_RANDOM_TESTS, critical_value
from traindyn.inference.samples import finite_samples, require_finite

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
    x = finite_samples("samples", samples)
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
    x = finite_samples("samples", samples)
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
    require_finite("samples", samples)
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
    x = np.sort(finite_samples("samples", samples))
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
