"""Bounds and slopes over sizes."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import numpy as np
from jaxtyping import Float

from traindyn.inference import Estimate, estimate_mean, log_slope
from traindyn.ledger import Rule, within


def slope_over_sizes(sizes: Iterable[int], columns: Sequence[Float[np.ndarray, " _"]]) -> Estimate:
    """Exponent of the means of independent samples over the size."""
    return log_slope([float(size) for size in sizes], [estimate_mean(column) for column in columns])


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
