"""Studies of nets with weight decay that fall to zero."""

from __future__ import annotations

import math

import numpy as np

from traindyn.balance_regularization.experiments.weight_decay import Net, follow_decay
from traindyn.balance_regularization.results.depth import WaitingTimes
from traindyn.balance_regularization.studies.data import LIGHT, coefficients
from traindyn.balance_regularization.studies.deep_runs import UNIT, run_sgd
from traindyn.balance_regularization.theory.moments import moments
from traindyn.balance_regularization.theory.weight_decay import (
    mean_time_to_zero,
    probability_below,
)
from traindyn.inference import Estimate, estimate_fraction, estimate_mean
from traindyn.runs import Context, study

REPLICAS = {"ci": 1000, "laptop": 1500, "paper": 10_000}
RESOLUTIONS = {"ci": 0.25, "laptop": 0.2, "paper": 0.05}
SGD_REPLICAS = {"ci": 6000, "laptop": 6000, "paper": 40_000}
CONTROL_REPLICAS = 300
BASIN_REPLICAS, BASIN_TIME = 2000, 1.0
TEMPERATURE, DECAY = 0.5, 0.1
TIMES = (10.0, 50.0, 200.0, 800.0)
START = 0.14
CUTOFF = 1e-9
"""Zero counts as reached below it. A net of depth 1 visits 1e-6 half a percent of the time."""

DEEP, SHALLOW, FREE = (2, DECAY), (1, DECAY), (2, 0.0)
NETS: tuple[Net, ...] = (DEEP, SHALLOW, FREE)
"""Depth and decay."""

SGD_DECAY, SGD_START, SGD_TIME = 0.2, 0.2, 25.0


def sgd_rate() -> float:
    """Learning rate of discrete SGD."""
    return TEMPERATURE * moments(LIGHT).critical_temperature


@study(stream="BR-16")
def fallen(context: Context) -> dict[Net, list[Estimate]]:
    """Fraction of nets of the stochastic equation that have fallen, at each time."""
    replicas = context.choose(**REPLICAS)
    paths = follow_decay(
        coefficients(UNIT),
        TEMPERATURE,
        [DEEP, DEEP, FREE, SHALLOW],  # two rows of the net that matters
        START,
        TIMES,
        replicas,
        context.torch_generator("weight decay"),
        resolution=context.choose(**RESOLUTIONS),
    )
    below = (paths < math.log(CUTOFF)).sum(axis=2)
    hits = {DEEP: below[:, 0] + below[:, 1], FREE: below[:, 2], SHALLOW: below[:, 3]}
    return {
        net: [estimate_fraction(int(n), replicas * (2 if net == DEEP else 1)) for n in hits[net]]
        for net in NETS
    }


@study(stream="BR-16")
def growth_in_basin(context: Context, start: float) -> dict[Net, Estimate]:
    """Growth rate of log v near zero."""
    paths = follow_decay(
        coefficients(UNIT),
        TEMPERATURE,
        list(NETS),
        start,
        [BASIN_TIME],
        BASIN_REPLICAS,
        context.torch_generator(f"basin {start}"),
    )
    return {
        net: estimate_mean((ends - math.log(start)) / BASIN_TIME)
        for net, ends in zip(NETS, paths[0], strict=True)
    }


@study(stream="BR-16")
def fallen_sgd(context: Context, depth: int, decay: float, *, control: bool = False) -> Estimate:
    """Fraction of nets of discrete SGD on all weights that have fallen."""
    replicas = CONTROL_REPLICAS if control else context.choose(**SGD_REPLICAS)
    run = run_sgd(
        context,
        [SGD_START],
        depth,
        [SGD_TIME],
        replicas,
        LIGHT,
        rate=sgd_rate(),
        weight_decay=decay,
    )
    return estimate_fraction(int((np.abs(run.subnets[-1, 0]) < CUTOFF).sum()), replicas)


@study(stream="exact")
def predicted_fall() -> WaitingTimes:
    """Predicted fraction over time, and mean time to fall over decay; nothing is drawn."""
    times, decays = np.linspace(5.0, 850.0, 60), np.geomspace(0.02, 0.4, 24)
    return WaitingTimes(
        times,
        {
            net: probability_below(UNIT, TEMPERATURE, *net, START, CUTOFF, list(times))
            for net in NETS
        },
        decays,
        {
            depth: np.array(
                [mean_time_to_zero(UNIT, TEMPERATURE, depth, g, START, CUTOFF) for g in decays]
            )
            for depth in (2, 3, 4)
        },
    )
