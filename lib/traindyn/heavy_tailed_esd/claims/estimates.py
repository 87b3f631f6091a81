"""Estimates over drawn problems: slopes over sizes, and ratios of means."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from traindyn.inference import Estimate

Array = np.ndarray


def slope_over_sizes(sizes: Sequence[int], columns: Sequence[Float[Array, " _"]]) -> Estimate:
    """Slope of positive samples over the size, both on a logarithmic axis.

    Args:
        sizes: At least two sizes.
        columns: Independent samples at each size.

    Raises:
        ValueError: If a sample is not positive.

    >>> slope = slope_over_sizes([1, 10], [np.array([1.0, 1.0]), np.array([100.0, 100.0])])
    >>> round(slope.value, 12)
    2.0
    """
    if any((column <= 0).any() for column in columns):
        raise ValueError("columns must be positive, got a sample that is not")
    x = np.log(sizes) - np.mean(np.log(sizes))
    share = x / (x @ x)
    logs = [np.log(column) for column in columns]
    variances = [log.var(ddof=1) / len(log) for log in logs]
    least = min(len(log) for log in logs)
    return Estimate(
        float(share @ [log.mean() for log in logs]),
        math.sqrt(share**2 @ variances),
        least,
        degrees_of_freedom=least - 1.0,
    )


def ratio_of_means(upper: Float[Array, " n"], lower: Float[Array, " n"]) -> Estimate:
    """Ratio of two means over the same problems; its error by linear propagation.

    >>> ratio_of_means(np.array([2.0, 4.0]), np.array([1.0, 2.0])).value
    2.0
    """
    value = float(upper.mean() / lower.mean())
    scatter = (upper - value * lower) / lower.mean()
    error = float(scatter.std(ddof=1) / math.sqrt(len(scatter)))
    return Estimate(value, error, len(scatter), degrees_of_freedom=len(scatter) - 1.0)
