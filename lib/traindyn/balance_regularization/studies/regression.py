"""Studies of linear regression: the stochastic equation, and discrete SGD."""

from __future__ import annotations

import numpy as np

from traindyn.balance_regularization.experiments.samples import (
    mean_squares_of_regression_sgd,
    sample_regression_sde,
)
from traindyn.balance_regularization.results.stationary import RegressionSamples
from traindyn.balance_regularization.studies.data import STANDARD, coefficients
from traindyn.balance_regularization.studies.sizes import replicas_to_decide
from traindyn.balance_regularization.theory.moments import moments
from traindyn.balance_regularization.theory.stationary import regression_variance_scatter
from traindyn.inference import Estimate, estimate_mean, monotone, ratio_of_means
from traindyn.runs import Context, study

REPLICAS = {"ci": 40_000, "laptop": 50_000, "paper": 200_000}
"""(2.7 + 2)/√n, radius and scatter of a distance, must stay below its bound less 0.003."""

TIMES_ENOUGH = {"ci": 1, "laptop": 1, "paper": 10}
STEP = 0.01
RECORDS = tuple(400 + 100 * i for i in range(21))
BATCH, RESOLVED = 8, 0.024
"""Samples of a batch of discrete SGD, and relative deviation of its variance that is resolved."""


@study(stream="BR-7")
def regression_states(context: Context, temperature: float, threshold: float) -> RegressionSamples:
    """Samples of the stochastic equation, and Hill's exponent of the tail above a threshold."""
    samples = sample_regression_sde(
        coefficients(moments(STANDARD)),
        temperature,
        STEP,
        RECORDS,
        context.choose(**REPLICAS),
        context.torch_generator(f"depth 0 at {temperature}"),
    )
    return RegressionSamples(samples[-1].copy(), _hill(samples, threshold))


def _hill(samples: np.ndarray, threshold: float) -> Estimate:
    """Tail exponent above a threshold; replicas (columns) are independent, their times are not."""
    logs = np.log(np.maximum(samples, threshold) / threshold).sum(axis=0)
    counts = (samples > threshold).sum(axis=0)
    return monotone(ratio_of_means(logs, counts.astype(float)), lambda mean: 1 + 1 / mean)


@study(stream="BR-7")
def discrete_variance(context: Context, rate: float) -> Estimate:
    """Variance of discrete SGD."""
    burn_in, steps = round(2.5 / rate), round(10 / rate)
    enough = replicas_to_decide(regression_variance_scatter(rate, BATCH, steps), RESOLVED)
    return estimate_mean(
        mean_squares_of_regression_sgd(
            STANDARD,
            rate,
            BATCH,
            burn_in,
            steps,
            context.choose(**TIMES_ENOUGH) * enough,
            context.torch_generator(f"discrete at {rate}"),
        )
    )
