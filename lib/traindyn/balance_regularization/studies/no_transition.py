"""Studies of deep nets above the critical temperature."""

from __future__ import annotations

import numpy as np

from traindyn.balance_regularization.studies.deep_runs import run_sgd, sample
from traindyn.balance_regularization.theory.moments import moments
from traindyn.data import ScalarRegression
from traindyn.runs import Context, study

REPLICAS = {"ci": 20_000, "laptop": 20_000, "paper": 400_000}
SHALLOW_REPLICAS = 500
SGD_REPLICAS = {1: 500, 2: 6000}
"""By depth."""

POINTS = {
    "ci": ((2, 1.5), (3, 3.0)),
    "laptop": ((2, 1.5), (3, 3.0)),
    "paper": ((2, 1.5), (2, 3.0), (3, 1.5), (3, 3.0)),
}
"""Depths, and temperatures in units of T_c."""

RELAXED = {2: 12.0, 3: 20.0}
"""Times by depth; Kolmogorov's equation: 0.004 from the law."""

NOISY = ScalarRegression(slope=1.0, noise=30.0, inputs="rademacher")
HOT = 1.5
SGD_RATE = HOT * moments(NOISY).critical_temperature


def points(context: Context) -> tuple[tuple[int, float], ...]:
    """Where the stochastic equation is simulated at this scale."""
    return context.choose(**POINTS)


@study(stream="BR-16")
def hot_states(context: Context, depth: int, temperature: float) -> np.ndarray:
    """Final v of the stochastic equation."""
    replicas = context.choose(**REPLICAS)
    return sample(context, temperature, depth, time=RELAXED[depth], replicas=replicas).v


@study(stream="BR-16")
def shallow_states(context: Context) -> np.ndarray:
    """Final v of the stochastic equation at depth 1, where there is no law."""
    return sample(context, HOT, 1, time=60.0, replicas=SHALLOW_REPLICAS, start=1.0).v


@study(stream="BR-16")
def hot_sgd_states(context: Context, depth: int) -> np.ndarray:
    """Final v of SGD on all weights."""
    replicas = SGD_REPLICAS[depth]
    return run_sgd(context, [0.0137], depth, [0.0, 8.0], replicas, NOISY, rate=SGD_RATE).subnets[
        -1, 0
    ]
