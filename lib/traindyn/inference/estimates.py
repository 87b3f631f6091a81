"""A measured value with its standard error, and the estimators that give one."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import lru_cache

import numpy as np
from jaxtyping import Float
from scipy import special

from traindyn.inference.decisions import BOOK_ERROR_RATE, BOOK_RANDOM_TESTS, critical_value
from traindyn.inference.samples import distribution_at, finite_samples, scaled, spread, unscaled
from traindyn.system.arguments import (
    MOST,
    numpy_generator,
    real_array,
    real_number,
    require_callable,
    require_kind,
    whole_number,
    whole_text,
)

Array = np.ndarray

TAIL = BOOK_ERROR_RATE / BOOK_RANDOM_TESTS / 2
"""Chance that an interval of the book lies on one side of the truth."""

JUMP = 1e-12
"""Rise of a distribution function from one double to the next that makes an atom."""


@dataclass(frozen=True)
class Estimate:
    """A measured value with its standard error and sample count.

    Randomness is declared, never inferred from an error of zero: :func:`exact` is for what no seed
    changes, and a sweep over seeds checks it.

    Args:
        value: The point estimate, in ``unit``.
        stderr: Its standard error, in ``unit``; there is no default.
        n: Number of independent samples (replicas) behind it; 1 for what is not drawn.
        unit: Unit of ``value``; ``"1"`` for a pure number.
        degrees_of_freedom: Of the law of Student that ``(value - truth) / stderr`` follows, at
            least 1; infinite if ``stderr`` is known better than by the scatter of ``n`` samples.
        drawn: Whether another seed gives another value.

    Raises:
        ValueError: If ``stderr`` is negative or NaN, or not 0 for what is not drawn, if ``n`` or
            ``degrees_of_freedom`` is below 1, ``value`` is NaN, or one is of another kind.

    >>> Estimate(0.5, 0.01, 100).interval(z=2.0)
    (0.48, 0.52)
    """

    value: float
    stderr: float
    n: int = 1
    unit: str = "1"
    degrees_of_freedom: float = field(default=math.inf, repr=False)
    drawn: bool = field(default=True, repr=False)

    def __post_init__(self) -> None:
        freedom = real_number("degrees_of_freedom", self.degrees_of_freedom, "[1, inf]")
        for name, number in (
            ("value", real_number("value", self.value, "[-inf, inf]")),
            ("stderr", real_number("stderr", self.stderr, "[0, inf]")),
            ("n", whole_number("n", self.n, 1)),
            ("degrees_of_freedom", freedom),
        ):
            object.__setattr__(self, name, number)
        whole_text("unit", self.unit)
        require_kind("drawn", self.drawn, bool)
        if self.stderr and not self.drawn:
            raise ValueError(f"stderr must be 0 for what is not drawn, got {self.stderr}")

    @property
    def random(self) -> bool:
        """Whether the value carries noise; equal draws carry none."""
        return self.stderr > 0

    def half_width(self, z: float) -> float:
        """Half the width of the interval that leaves out what a normal law leaves beyond ``±z``.

        It is ``z·stderr`` for infinitely many degrees of freedom and larger for few: at the book's
        ``z`` of 5.2, four replicas would otherwise decide wrongly 14 times in 1,000.

        Raises:
            ValueError: If ``z`` is not in [0, 37], beyond which a normal law leaves nothing that a
                double holds.

        >>> round(Estimate(0.0, 1.0, 4, degrees_of_freedom=3).half_width(z=1.96), 2)
        3.18
        """
        z = real_number("z", z, "[0, 37]")
        if z == 0 or self.stderr == 0:
            return 0.0
        return _student_quantile(z, self.degrees_of_freedom) * self.stderr

    def interval(self, z: float) -> tuple[float, float]:
        """The interval ``value ± half_width(z)``."""
        half = self.half_width(z)
        if math.isinf(half):
            return -math.inf, math.inf
        return self.value - half, self.value + half

    def scaled(self, factor: float) -> Estimate:
        """The estimate of ``factor`` times the quantity.

        Raises:
            ValueError: If the factor is not finite, or the result beyond the doubles.
        """
        factor = real_number("factor", factor)
        value, stderr = self.value * factor, self.stderr * abs(factor)
        if math.isinf(value) > math.isinf(self.value) or math.isinf(stderr) > math.isinf(
            self.stderr
        ):
            raise ValueError(f"factor must keep {self} below 1.8e308, got {factor}")
        if self.stderr and factor:
            stderr = max(stderr, math.ulp(0.0))  # noise below the smallest double is not none
        return replace(self, value=value, stderr=stderr)


def exact(value: float, unit: str = "1") -> Estimate:
    """The value of what no seed changes: algebra, or a run from a fixed start without noise.

    Args:
        value: The value; it may be infinite.
        unit: Its unit.

    Raises:
        ValueError: If ``value`` is no number.

    >>> exact(0.5).interval(z=5.0)
    (0.5, 0.5)
    """
    return Estimate(value, 0.0, unit=unit, drawn=False)


def error_of(reach: float) -> float:
    """The standard error whose interval reaches so far at the book's error rate per test.

    Args:
        reach: At least 0; infinite, or not-a-number, if the interval is the whole line.

    >>> round(error_of(critical_value()), 12)
    1.0
    """
    if not math.isfinite(reach):
        return math.inf
    error = reach / critical_value()
    return max(error, math.ulp(0.0)) if reach else 0.0  # noise does not vanish by rounding


@lru_cache(maxsize=1024)
def _student_quantile(z: float, degrees_of_freedom: float) -> float:
    """The multiple of the standard error with the tail that a normal law has beyond ``z``."""
    if math.isinf(degrees_of_freedom):
        return z
    return float(-special.stdtrit(degrees_of_freedom, special.ndtr(-z)))


def estimate_mean(samples: Float[Array, " n"], unit: str = "1") -> Estimate:
    r"""Sample mean of independent samples, standard error :math:`s / \sqrt n`.

    It has ``n - 1`` degrees of freedom, so the interval of normal samples is exact for every n.
    Equal samples have the standard error 0 and are decided as if there were no noise: a rate of
    rare events that never happened needs :func:`estimate_fraction`.

    Args:
        samples: Independent samples.
        unit: Their unit.

    Raises:
        ValueError: If fewer than two samples are given, one is not finite, or their spread is
            beyond the doubles.

    >>> estimate_mean(np.array([1.0, 3.0]))
    Estimate(value=2.0, stderr=1.0, n=2, unit='1')
    """
    x = finite_samples("samples", samples)
    error = spread(x) / math.sqrt(x.size)
    parts, exponent = scaled(x)
    mean = float(np.ldexp(parts.mean(), exponent)) if error else float(x[0])
    return Estimate(mean, error, x.size, unit, x.size - 1.0)


def estimate_variance(samples: Float[Array, " n"], unit: str = "1") -> Estimate:
    r"""Unbiased variance of independent samples with the standard error of the fourth moment.

    .. math:: \mathrm{se}^2 = \frac{1}{n}\Bigl(\hat\mu_4 - \tfrac{n-3}{n-1}\,\hat\sigma^4\Bigr).

    Needs a finite fourth moment; for heavier tails use a replica bootstrap of a robust spread.
    The estimate is skewed, and small together with its error, so that few samples give an interval
    X

    Args:
        samples: Independent samples.
        unit: Unit of the variance.

    Raises:
        ValueError: If fewer than two samples are given, one is not finite, or their variance is
            beyond the doubles.

    >>> estimate_variance(np.array([1.0, 3.0])).value
    2.0
    """
    x = finite_samples("samples", samples)
    n = x.size
    if x.min() == x.max():
        return Estimate(0.0, 0.0, n, unit, n - 1.0)
    parts, exponent = scaled(x)
    variance = float(parts.var(ddof=1))
    fourth = float(np.mean((parts - parts.mean()) ** 4))
    least = (3 * n - 1) / (n * n * (n - 1)) * variance**2  # of samples with two equal halves
    error = math.sqrt(max(fourth - (n - 3) / (n - 1) * variance**2, least) / n)
    value, error = (unscaled("samples", part, 2 * exponent) for part in (variance, error))
    return Estimate(value, error, n, unit, n - 1.0)


def estimate_fraction(hits: int, trials: int) -> Estimate:
    r"""Fraction of independent trials that hit, with an error that holds for rare events too.

    ``stderr`` is scaled such that ``z·stderr`` reaches the farther end of the exact interval of
    Clopper and Pearson at the book's error rate per test; it is positive even without a hit.

    Args:
        hits: Number of hits, in [0, trials].
        trials: Number of trials, in [1, 1e9].

    Raises:
        ValueError: If an argument leaves its range.

    Source: C. Clopper and E. Pearson, Biometrika 26 (1934) 404.

    >>> estimate_fraction(0, 1000).value
    0.0
    """
    trials = whole_number("trials", trials, 1, 10**9)
    hits = whole_number("hits", hits, 0, trials)
    misses, fraction = trials - hits, hits / trials
    low = special.betaincinv(hits, misses + 1, TAIL) if hits else 0.0
    high = special.betainccinv(hits + 1, misses, TAIL) if misses else 1.0
    radius = max(high - fraction, fraction - low)
    return Estimate(fraction, float(radius) / critical_value(), trials)


def estimate_median(samples: Float[Array, " n"], unit: str = "1") -> Estimate:
    r"""Median of independent samples of any law, with the exact interval of order statistics.

    The interval from the k-th smallest to the k-th largest sample misses the median of the law with
    probability at most :math:`2\,P(\mathrm{Bin}(n, 1/2) < k)`. ``stderr`` is scaled such that
    ``z·stderr`` reaches its farther end at the book's error rate per test. For fewer than 24
    samples no interval is wide enough, and the error is infinite.

    Args:
        samples: Independent samples.
        unit: Their unit.

    Raises:
        ValueError: If fewer than two samples are given, or one is not finite.

    Source: W. R. Thompson, Ann. Math. Statist. 7 (1936) 122.

    >>> estimate_median(np.arange(101.0)).value, estimate_median(np.arange(23.0)).stderr
    (50.0, inf)
    """
    x = np.sort(finite_samples("samples", samples))
    n = x.size
    middle = float(x[n // 2] / 2 + x[(n - 1) // 2] / 2)
    rank = math.ceil(special.bdtrik(TAIL, n, 0.5))  # P(Bin < rank) is below TAIL
    if rank < 1:
        return Estimate(middle, math.inf, n, unit)
    radius = max(float(x[n - rank]) - middle, middle - float(x[rank - 1]))
    return Estimate(middle, error_of(radius), n, unit)


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
        statistic: Maps an array like ``samples`` to a finite number.
        generator: Source of the resampling.
        resamples: Number of bootstrap resamples, from 50 to ``MOST``. 400 give the standard error
            to about 1/sqrt(2·400) = 3.5 %.
        unit: Unit of the statistic.

    Raises:
        ValueError: If ``resamples`` leaves its range, fewer than two samples are given, one is not
            finite, or ``statistic`` returns anything but a finite number.

    >>> same = estimate_by_bootstrap(np.full(9, 2.0), np.median, np.random.default_rng(0))
    >>> same
    Estimate(value=2.0, stderr=0.0, n=9, unit='1')
    """
    samples = real_array("samples", samples, axes=None, least=2)
    if not samples.ndim:
        raise ValueError(f"samples must hold at least 2 rows, got {samples}")
    whole_number("resamples", resamples, 50, MOST)
    require_callable("statistic", statistic)
    numpy_generator(generator)
    n = len(samples)
    draws = np.array(
        [_number_of(statistic, samples[generator.integers(n, size=n)]) for _ in range(resamples)]
    )
    return Estimate(_number_of(statistic, samples), spread(draws, "statistic"), n, unit, n - 1.0)


def _number_of(statistic: Callable[[Array], float], samples: Array) -> float:
    return real_number("what statistic returns", statistic(samples))


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

    At an atom of the law the two functions are compared on both sides of their jump; the limit from
    the left is taken at the next smaller double. A rise up to ``JUMP`` there is none.

    Args:
        samples: Draws of the law under test.
        cdf: Predicted cumulative distribution function, vectorized.
        effective_n: Number of independent draws that carry the same information, in
            [1, len(samples)]; default: all of them.

    Raises:
        ValueError: If samples are not finite, ``effective_n`` leaves its range, or ``cdf`` returns
            another shape, something that is not a probability, or falls.

    Source: P. Massart, Ann. Probab. 18 (1990) 1269, for the constant 2.

    >>> estimate_ks_distance(np.array([0.25, 0.75]), lambda v: v).value
    0.25
    """
    x = np.sort(finite_samples("samples", samples))
    n = x.size if effective_n is None else whole_number("effective_n", effective_n, 1, x.size)
    predicted = distribution_at(cdf, x)
    with np.errstate(all="ignore"):  # a law of positive values may know nothing below 0
        before = np.where(predicted > 0, cdf(np.nextafter(x, -np.inf)), 0.0)
    before = np.clip(real_array("cdf", before), 0.0, predicted)
    before = np.where(predicted - before > JUMP, before, predicted)
    shares = np.arange(x.size + 1) / x.size
    up_to = np.searchsorted(x, x, "right")
    below = np.searchsorted(x, x, "left")
    distance = max(
        float(np.abs(shares[up_to] - predicted).max()),
        float(np.abs(before - shares[below]).max()),
    )
    radius = math.sqrt(math.log(2 * BOOK_RANDOM_TESTS / BOOK_ERROR_RATE) / (2 * n))
    return Estimate(distance, radius / critical_value(), n)
