"""Correlated samples: how many independent ones they are worth."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from traindyn.inference.samples import scaled
from traindyn.system.arguments import real_array

Array = np.ndarray


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
    x = real_array("series", series, axes=None, least=0)
    if x.ndim != 2 or len(x) < 10 or not x.size:
        raise ValueError(
            f"series must be (time, replicas) with at least 10 times, got shape {x.shape}"
        )
    if x.min() == x.max():
        raise ValueError(f"series must vary, got a constant, {x.flat[0]:.3g}")
    x, _ = scaled(x)
    x, _ = scaled(x - x.mean())
    variance = float(np.mean(x * x))
    tau = 0.5
    for lag in range(1, len(x)):
        tau += float(np.mean(x[lag:] * x[:-lag])) / variance
        if lag >= 5 * tau:
            return max(tau, 0.5)
    raise ValueError(
        f"series must be longer than 5 autocorrelation times ({tau:.3g}), got {len(x)} times"
    )
