"""Studies of very deep nets: the stochastic equation, and tanh nets on the digits data."""

from __future__ import annotations

import numpy as np

from traindyn.balance_regularization.experiments.deep_digits import accuracy_on_digits
from traindyn.balance_regularization.studies.deep_runs import sample
from traindyn.inference import Estimate, estimate_by_bootstrap
from traindyn.runs import Context, study

REPLICAS = {"ci": 20_000, "laptop": 20_000, "paper": 200_000}
NETWORKS = {"ci": 16, "laptop": 16, "paper": 24}
STEPS = {"ci": 1200, "laptop": 1200, "paper": 1200}
TEMPERATURE = 0.5
DEPTH = 8


@study(stream="BR-17")
def deep_states(context: Context) -> np.ndarray:
    """Final v of the stochastic equation, as wide as deep."""
    replicas = context.choose(**REPLICAS)
    return sample(context, TEMPERATURE, DEPTH, DEPTH, time=3.0, replicas=replicas).v


@study(stream="BR-17")
def accuracy(context: Context, depth: int, rate: float) -> Estimate:
    """Median test accuracy of tanh nets on the digits data."""
    generator = context.torch_generator(f"digits {depth} {rate}")
    reached = accuracy_on_digits(
        depth, rate, context.choose(**STEPS), context.choose(**NETWORKS), generator
    )
    resampling = context.numpy_generator(f"bootstrap {depth} {rate}")
    # a median: now and then a deep net learns late, which makes the mean heavy-tailed
    return estimate_by_bootstrap(reached, lambda a: float(np.median(a)), resampling)
