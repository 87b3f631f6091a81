"""Studies of whether the loss diverges, in the stochastic equation and in discrete SGD."""

from __future__ import annotations

import numpy as np

from traindyn.balance_regularization.experiments.divergence import (
    BLOWN_UP,
    count_blow_ups,
    sample_squared_distance,
)
from traindyn.balance_regularization.experiments.samples import sample_regression_sde
from traindyn.balance_regularization.results.stationary import ExcessLoss
from traindyn.balance_regularization.studies.data import STANDARD, coefficients
from traindyn.balance_regularization.theory.moments import moments
from traindyn.data import ScalarRegression
from traindyn.inference import Estimate, estimate_fraction, estimate_mean, ratio_of_means
from traindyn.runs import Context, study

REPLICAS = {"ci": 100_000, "laptop": 100_000, "paper": 400_000}
REGRESSION_REPLICAS = {"ci": 80_000, "laptop": 150_000, "paper": 1_000_000}
RUNS = {"ci": 2000, "laptop": 4000, "paper": 40_000}
STEP = 0.02
"""Of the Euler scheme at depth 0."""

DATA = moments(STANDARD)
HALF, COLD = DATA.critical_temperature / 2, DATA.critical_temperature / 4
"""Temperatures of the simulations of depth 1 and of depth 0."""


@study(stream="BR-19")
def excess_loss(context: Context) -> ExcessLoss:
    """Excess loss of the stochastic equation at depth 1, and its time at large weights."""
    replicas = context.choose(**REPLICAS)
    weights, squares = sample_squared_distance(
        coefficients(DATA), HALF, 192.0, replicas, context.torch_generator("depth 1"), 0.4
    )
    # v above the square of the size of weights that counts as blown up
    large = weights * (squares > weights * float(BLOWN_UP) ** 4)
    return ExcessLoss(ratio_of_means(squares, weights), ratio_of_means(large, weights))


@study(stream="BR-19")
def regression_loss(context: Context) -> Estimate:
    """Excess loss of the stochastic equation at depth 0."""
    (v,) = sample_regression_sde(
        coefficients(DATA),
        COLD,
        STEP,
        [150],
        context.choose(**REGRESSION_REPLICAS),
        context.torch_generator("depth 0"),
    )
    return estimate_mean((np.asarray(v) - DATA.minimum) ** 2)


@study(stream="BR-19")
def blow_ups(context: Context, noise: float, ratio: float) -> Estimate:
    """Fraction of runs of SGD that blow up by time 50, at a temperature in units of T_c."""
    data, runs = ScalarRegression(slope=1.0, noise=noise), context.choose(**RUNS)
    rate = ratio * moments(data).critical_temperature
    stream = context.torch_generator(f"SGD {noise} {ratio}")
    return estimate_fraction(count_blow_ups(data, 1.0, rate, round(50 / rate), runs, stream), runs)
