r"""Tail indices of a spectrum: Hill's at the median, and that of the best Kolmogorov-Smirnov fit.

Both fit a power law :math:`p(\lambda) \propto \lambda^{-\alpha}` to the :math:`m` eigenvalues at or
above a cut-off :math:`\lambda_{\min}` by maximum likelihood,

.. math:: \hat\alpha = 1 + \frac{m}{\sum_{i} \log(\lambda_i/\lambda_{\min})},

and differ in the cut-off alone, which is one of the eigenvalues. Values that agree to twelve digits
count as equal. Both are free of scale. Neither says that there *is* a power law: a random matrix
has an index too (:mod:`traindyn.tails.nulls`), and other laws may fit better
(:mod:`traindyn.tails.rivals`).
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from jaxtyping import Float, Int

from traindyn.system.arguments import real_number
from traindyn.tails.spectra import log_spectrum, positive_spectrum

Array = np.ndarray

EQUAL = 1e-12
"""Relative difference up to which two eigenvalues count as equal."""


def hill(eigenvalues: Float[Array, " n"], share: float = 0.5) -> float:
    r"""Hill's estimate of the tail index above a fixed order statistic, the median by default.

    The cut-off is the eigenvalue of number :math:`i_0 = \lfloor (1 - s)\,n \rfloor` in increasing
    order, counted from 0; the :math:`m` eigenvalues at or above it are fitted, which are
    :math:`n - i_0` unless others are equal to the cut-off.

    Args:
        eigenvalues: Positive, in any order and any unit.
        share: Share :math:`s` of the eigenvalues in the tail, in (0, 1).

    Raises:
        ValueError: If the spectrum is none (:func:`positive_spectrum`), the share leaves its range,
            or the tail is a single value.

    Source: B. Hill, Ann. Statist. 3 (1975) 1163.

    >>> round(hill(np.exp(np.arange(40.0))), 12)  # logarithms 0 to 19 above the median
    1.105263157895
    """
    share = real_number("share", share, "(0, 1)")
    values = positive_spectrum(eigenvalues)
    number = int((1 - Fraction(repr(share))) * values.size)  # in doubles 1 - 0.9 is below 0.1
    groups = first_of_equals(log_spectrum(values))
    start = int(groups[np.searchsorted(groups, number, "right") - 1])
    if start == groups[-1]:
        raise ValueError(f"eigenvalues above the cut-off must differ, all are {values[start]:.3g}")
    return 1 + (values.size - start) / float(np.log(values[start:] / values[start]).sum())


@dataclass(frozen=True)
class TailFit:
    """A power law fitted to the largest eigenvalues.

    Args:
        alpha: Exponent of the density.
        cutoff: Smallest eigenvalue of the tail, in the unit of the spectrum.
        count: Eigenvalues in the tail: all that are at least the cut-off.
        share: Their share of the spectrum.
        distance: Kolmogorov-Smirnov distance of the tail from the fitted law.
    """

    alpha: float
    cutoff: float
    count: int
    share: float
    distance: float


def fit_tail(eigenvalues: Float[Array, " n"]) -> TailFit:
    r"""The power law whose cut-off brings the tail nearest to it in the Kolmogorov-Smirnov sense.

    Every distinct eigenvalue but the largest is tried as cut-off. The distance is that of the
    fitted law from the share of the tail *below* each eigenvalue,

    .. math:: D = \max_{0\le j<m}\Bigl|\,1 - (\lambda_j/\lambda_{\min})^{1-\alpha}
        - \frac{\#\{i: \lambda_{\min} \le \lambda_i < \lambda_j\}}{m}\,\Bigr| ,

    the convention of WeightWatcher, whose ``alpha`` this is.

    Args:
        eigenvalues: Positive, in any order and any unit, at least ``FEWEST``.

    Raises:
        ValueError: If the spectrum is none (:func:`positive_spectrum`) or all are equal.

    Source: A. Clauset, C. Shalizi and M. Newman, SIAM Rev. 51 (2009) 661, sec. 3.3.

    >>> pareto = (1 - (np.arange(4000) + 0.5) / 4000) ** -1.0  # quantiles of the exponent 2
    >>> fit = fit_tail(pareto)
    >>> round(fit.alpha, 1), fit.count > 3000
    (2.0, True)
    """
    values = positive_spectrum(eigenvalues)
    found = best_cutoff(log_spectrum(values))
    if found is None:
        raise ValueError(f"eigenvalues must differ, all are {values[0]:.3g}")
    start, alpha, distance = found
    count = values.size - start
    return TailFit(alpha, float(values[start]), count, count / values.size, distance)


def best_cutoff(logs: Float[Array, " n"]) -> tuple[int, float, float] | None:
    """Number of the best cut-off in increasing logarithms, its exponent and its distance.

    None if all values are equal.
    """
    n = logs.size
    groups = first_of_equals(logs)
    if groups.size < 2:
        return None
    below = np.repeat(groups, np.diff(groups, append=n))  # for each value, how many are smaller
    starts = groups[:-1]
    slopes, distances = np.empty(starts.size), np.empty(starts.size)  # slope: alpha - 1
    for i, start in enumerate(starts):
        excess = logs[start:] - logs[start]
        slopes[i] = excess.size / excess.sum()
        law = -np.expm1(-slopes[i] * excess)
        distances[i] = np.abs(law - (below[start:] - start) / excess.size).max()
    best = int(np.argmin(distances))
    return int(starts[best]), float(1 + slopes[best]), float(distances[best])


def first_of_equals(logs: Float[Array, " n"]) -> Int[Array, " k"]:
    """Numbers of the values that are larger than the one before by more than ``EQUAL``."""
    return np.flatnonzero(np.diff(logs, prepend=-np.inf) > EQUAL)
