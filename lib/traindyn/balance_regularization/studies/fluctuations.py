"""Studies of the variance of v over temperature, with one layer and with two."""

from __future__ import annotations

import numpy as np

from traindyn.balance_regularization.experiments.samples import (
    sample_regression_sgd,
    sample_two_layer_sgd,
)
from traindyn.balance_regularization.studies.data import LIGHT
from traindyn.balance_regularization.theory.dynamics import relaxation_time
from traindyn.balance_regularization.theory.moments import moments
from traindyn.inference import Estimate, estimate_mean, estimate_variance
from traindyn.runs import Context, study

REPLICAS = {"ci": 4_000, "laptop": 5_000, "paper": 80_000}


@study(stream="BR-10")
def regression_variance(context: Context, ratio: float) -> Estimate:
    """Variance of simulated SGD at depth 0, in units of v*²."""
    rate = ratio * moments(LIGHT).critical_temperature
    generator = context.torch_generator(f"depth 0 at {ratio}")
    replicas = context.choose(**REPLICAS)
    v = sample_regression_sgd(LIGHT, rate, 1, round(2.5 / rate), replicas, generator)
    return estimate_variance(v)


@study(stream="BR-10")
def two_layer_variance(context: Context, ratio: float) -> Estimate:
    """Variance of simulated SGD at depth 1: averages over 20 times per replica, then replicas.

    A replica must forget its start for four relaxation times; later it gives new values of v much
    faster, since only states near zero live that long.
    """
    data = moments(LIGHT)
    temperature = ratio * data.critical_temperature
    relaxation = relaxation_time(data, temperature)
    times = 4 * relaxation + 0.3 * relaxation * np.arange(20)
    v = sample_two_layer_sgd(
        LIGHT,
        data.minimum,
        temperature,
        1,
        [round(time / temperature) for time in times],
        context.choose(**REPLICAS),
        context.torch_generator(f"inversion {ratio}"),
    )
    return estimate_mean(((v - v.mean()) ** 2).mean(axis=0))
