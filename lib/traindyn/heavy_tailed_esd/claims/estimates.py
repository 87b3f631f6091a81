"""Bounds and slopes over sizes."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import numpy as np
from jaxtyping import Float

from traindyn.inference import Estimate, estimate_mean, slope
from traindyn.ledger import Rule, within


def slope_over_sizes(sizes: Iterable[int], columns: Sequence[Float[np.ndarray, " _"]]) -> Estimate:
    """Exponent over the size of the geometric means of independent samples.

    A mean itself lies above what most samples are, the more so the smaller the size.

    Raises:
        ValueError: If a sample is not positive.
    """
    if low := [float(column.min()) for column in columns if not column.min() > 0]:
        raise ValueError(f"columns must be positive, got {low[0]}")
    logs = [estimate_mean(np.log(column)) for column in columns]
    return slope([math.log(size) for size in sizes], logs)


def size_rule(sizes: Iterable[int]) -> Rule:
    r"""Rule of an exponent: what a correction of relative order 1/√d at the smallest size adds.

    From the smallest size to the largest it changes the exponent by at most
    :math:`d_{\min}^{-1/2} / \log(d_{\max}/d_{\min})`.
    """
    small, large = min(sizes), max(sizes)
    bound = 1 / (math.sqrt(small) * math.log(large / small))
    return within(bound, "a correction of relative order 1/√d at the smallest size", "size")


def midway(one: float, other: float) -> float:
    """Half of the distance of two predictions, never 0: equal ones are told from nothing.

    >>> midway(1.0, 0.5)
    0.25
    """
    return max(abs(one - other) / 2, 1e-6)
