"""Estimates over replicas."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from traindyn.inference import Estimate, estimate_mean

Array = np.ndarray


def replica_mean(values: Array) -> Estimate:
    """Mean over replicas, the first axis, of the means over whatever follows."""
    return estimate_mean(values.reshape(len(values), -1).mean(axis=1))


def log_slope(abscissas: Sequence[float], estimates: Sequence[Estimate]) -> Estimate:
    """Slope of log estimate over log abscissa by least squares, with propagated errors."""
    u = np.log(np.asarray(abscissas, dtype=float))
    coefficients = (u - u.mean()) / ((u - u.mean()) ** 2).sum()
    value = math.fsum(c * math.log(e.value) for c, e in zip(coefficients, estimates, strict=True))
    error = math.hypot(
        *(c * e.stderr / e.value for c, e in zip(coefficients, estimates, strict=True))
    )
    degrees = min(e.degrees_of_freedom for e in estimates)
    return Estimate(value, error, sum(e.n for e in estimates), degrees_of_freedom=degrees)
