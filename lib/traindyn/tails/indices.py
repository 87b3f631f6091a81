r"""Tail indices of a spectrum: Hill's at the median, and that of the best Kolmogorov-Smirnov fit.

Both fit a power law :math:`p(\lambda) \propto \lambda^{-\alpha}` to the eigenvalues above a cut-off
:math:`\lambda_{\min}` by maximum likelihood,

.. math:: \hat\alpha = 1 + \frac{m}{\sum_{i} \log(\lambda_i/\lambda_{\min})},

and differ in the cut-off alone. Both are free of scale. Neither says that there *is* a power law:
a random matrix has an index too (:mod:`traindyn.tails.nulls`), and other laws may fit better
(:mod:`traindyn.tails.rivals`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

Array = np.ndarray

FEWEST = 20
"""Eigenvalues below which no index is computed: its relative error 1/√m would pass a third."""


def positive_spectrum(eigenvalues: Float[Array, " n"]) -> Array:
    """The eigenvalues in increasing order.

    Raises:
        ValueError: If there are fewer than ``FEWEST`` or one is not positive and finite.
    """
    values = np.sort(np.asarray(eigenvalues, dtype=float))
    if values.ndim != 1 or values.size < FEWEST:
        raise ValueError(
            f"eigenvalues must be one axis of at least {FEWEST}, got shape {values.shape}"
        )
    if not (np.isfinite(values).all() and values[0] > 0):
        raise ValueError(
            f"eigenvalues must be positive and finite, got {values[0]:.3g} to {values[-1]:.3g}"
        )
    return values


def hill(eigenvalues: Float[Array, " n"], share: float = 0.5) -> float:
    r"""Hill's estimate of the tail index above a fixed order statistic, the median by default.

    The cut-off is the eigenvalue of number :math:`i_0 = \lfloor (1 - s)\,n \rfloor` in increasing
    order, counted from 0; the :math:`m = n - i_0` largest, itself included, are fitted.

    Args:
        eigenvalues: Positive, in any order and any unit.
        share: Share :math:`s` of the eigenvalues in the tail, in (0, 1).

    Raises:
        ValueError: If there are fewer than ``FEWEST`` eigenvalues, one is not positive, the
            share leaves its range, or the tail is a single value.

    Source: B. Hill, Ann. Statist. 3 (1975) 1163.

    >>> round(hill(np.exp(np.arange(40.0))), 12)  # logarithms 0 to 19 above the median
    1.105263157895
    """
    if not 0 < share < 1:
        raise ValueError(f"share must lie in (0, 1), got {share}")
    values = positive_spectrum(eigenvalues)
    start = int((1 - share) * values.size)
    excess = float(np.log(values[start:] / values[start]).sum())
    if not excess > 0:
        raise ValueError(f"eigenvalues above the cut-off must differ, all are {values[start]:.3g}")
    return 1 + (values.size - start) / excess


@dataclass(frozen=True)
class TailFit:
    """A power law fitted to the largest eigenvalues.

    Args:
        alpha: Exponent of the density.
        cutoff: Smallest eigenvalue of the tail, in the unit of the spectrum.
        count: Eigenvalues in the tail.
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

    Every eigenvalue but the largest is tried as cut-off. The distance is that of the fitted law
    from the share of the tail *below* each eigenvalue,

    .. math:: D = \max_{0\le j<m}\bigl|\,1 - (\lambda_j/\lambda_{\min})^{1-\alpha} - j/m\,\bigr| ,

    the convention of WeightWatcher, whose ``alpha`` this is. Exponents of all cut-offs come from
    one suffix sum of logarithms.

    Args:
        eigenvalues: Positive, in any order and any unit, at least ``FEWEST``.

    Raises:
        ValueError: If there are too few eigenvalues, one is not positive, or all are equal.

    Source: A. Clauset, C. Shalizi and M. Newman, SIAM Rev. 51 (2009) 661, sec. 3.3.

    >>> pareto = (1 - (np.arange(4000) + 0.5) / 4000) ** -1.0  # quantiles of the exponent 2
    >>> fit = fit_tail(pareto)
    >>> round(fit.alpha, 1), fit.count > 3000
    (2.0, True)
    """
    values = positive_spectrum(eigenvalues)
    logs = np.log(values)
    n = values.size
    counts = n - np.arange(n - 1)
    excess = np.cumsum(logs[::-1])[::-1][:-1] - counts * logs[:-1]
    usable = excess > 1e-12 * counts
    if not usable.any():
        raise ValueError(f"eigenvalues must differ, all are {values[0]:.3g}")
    slopes = np.where(usable, counts / np.where(usable, excess, 1.0), np.inf)  # alpha - 1
    distances = np.full(n - 1, np.inf)
    for start in np.flatnonzero(usable):
        law = -np.expm1(slopes[start] * (logs[start] - logs[start:]))
        distances[start] = np.abs(law - np.arange(counts[start]) / counts[start]).max()
    best = int(np.argmin(distances))
    count = int(counts[best])
    return TailFit(
        float(1 + slopes[best]), float(values[best]), count, count / n, float(distances[best])
    )


def count_above(eigenvalues: Float[Array, " n"], edge: float, margin: float = 0.05) -> int:
    """Number of eigenvalues that stand out above an edge by more than a relative margin.

    Args:
        eigenvalues: In any order.
        edge: Edge of the bulk, positive, in the unit of the eigenvalues.
        margin: Relative margin, at least 0; the default is wider than the edge fluctuates at a
            few hundred dimensions (their size to the power -2/3).

    Raises:
        ValueError: If the edge is not positive or the margin is negative.

    >>> count_above(np.array([1.0, 1.04, 1.06, 9.0]), 1.0)
    2
    """
    if not edge > 0:
        raise ValueError(f"edge must be positive, got {edge}")
    if not margin >= 0:
        raise ValueError(f"margin must be at least 0, got {margin}")
    return int((np.asarray(eigenvalues) > (1 + margin) * edge).sum())
