"""Studies of the law of nets of any depth, and of its tail."""

from __future__ import annotations

import numpy as np

from traindyn.balance_regularization.experiments.depth import DeepSamples
from traindyn.balance_regularization.studies.deep_runs import run_sgd, sample
from traindyn.inference import Estimate, monotone, ratio_of_means
from traindyn.runs import Context, study

REPLICAS = {"ci": 20_000, "laptop": 20_000, "paper": 400_000}
SGD_REPLICAS = {"ci": 40_000, "laptop": 40_000, "paper": 400_000}
"""The law of depth 1 is 0.080 away: 33,000 replicas reject it surely."""

TAIL_REPLICAS = {"ci": 12_000, "laptop": 12_000, "paper": 200_000}
TEMPERATURE = 0.5
TAIL = 4.0
"""Where the tail begins."""


@study(stream="BR-13")
def states(context: Context, depth: int, width: int = 1) -> np.ndarray:
    """Final v of the stochastic equation, by Kolmogorov's equation 0.005 from its law."""
    time, replicas = 8.0 if depth == 1 else 4.0, context.choose(**REPLICAS)
    return sample(context, TEMPERATURE, depth, width, time=time, replicas=replicas).v


@study(stream="BR-13")
def sgd_states(context: Context) -> np.ndarray:
    """Final v of SGD on all six weights of two subnets of depth 2."""
    run = run_sgd(context, [0.25, 0.25], 2, [0.0, 4.0], context.choose(**SGD_REPLICAS))
    return run.subnets[-1].sum(axis=0)


@study(stream="BR-14")
def tail_exponent_of_samples(context: Context, depth: int, temperature: float) -> Estimate:
    """Hill's tail exponent of the stochastic equation."""
    replicas = context.choose(**TAIL_REPLICAS)
    return _hill(sample(context, temperature, depth, time=8.0, replicas=replicas, threshold=TAIL))


def _hill(samples: DeepSamples) -> Estimate:
    """Tail exponent above the threshold, from averages over the time of independent replicas."""
    return monotone(
        ratio_of_means(samples.log_above, samples.time_above), lambda mean: 1 + 1 / mean
    )
