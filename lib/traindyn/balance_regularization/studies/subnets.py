"""Studies of which subnets of a deep net survive."""

from __future__ import annotations

import numpy as np

from traindyn.balance_regularization.experiments.depth import DeepPaths
from traindyn.balance_regularization.results.depth import ClockRun
from traindyn.balance_regularization.studies.data import LIGHT
from traindyn.balance_regularization.studies.deep_runs import run_sgd
from traindyn.balance_regularization.theory.depth import coupling_power
from traindyn.balance_regularization.theory.moments import moments
from traindyn.data import ScalarRegression
from traindyn.inference import Estimate, estimate_mean, ratio_of_means
from traindyn.runs import Context, study

TIED_REPLICAS = {"ci": 500, "laptop": 500, "paper": 10_000}
EQUALIZING_REPLICAS = {"ci": 4000, "laptop": 5000, "paper": 40_000}
OPPOSITE_REPLICAS = {"ci": 3000, "laptop": 3000, "paper": 20_000}
TIED_TIME = 16.0
RATIO = 0.3
"""Temperature over the critical one."""

TIMES = (4.0, 12.0)
"""Between which a subnet of the minority sign is watched."""

NOISELESS = ScalarRegression(slope=1.0, noise=0.0, inputs="rademacher")


def rate(noise: float = LIGHT.noise) -> float:
    """Learning rate on bounded data with a label noise."""
    return RATIO * moments(_bounded(noise)).critical_temperature


def _bounded(noise: float) -> ScalarRegression:
    return ScalarRegression(slope=1.0, noise=noise, inputs="rademacher")


@study(stream="BR-15")
def tied_subnets(context: Context, depth: int, *, noiseless: bool = False) -> DeepPaths:
    """Three subnets of one sign; without label noise all replicas are alike."""
    replicas = 2 if noiseless else context.choose(**TIED_REPLICAS)
    data = NOISELESS if noiseless else LIGHT
    return run_sgd(context, [0.1, 0.2, 0.35], depth, [0.0, TIED_TIME], replicas, data, rate=rate())


@study(stream="BR-15")
def equalizing_rate(context: Context, noise: float, *, noiseless: bool = False) -> Estimate:
    """Measured over predicted decrease of log|z₃ − z₁| at depth 2."""
    data = NOISELESS if noiseless else _bounded(noise)
    replicas = context.choose(**EQUALIZING_REPLICAS)
    run = run_sgd(context, [0.1, 0.2, 0.4], 2, [0.0, 2.0], replicas, data, rate=rate(noise))
    z = run.subnets ** (-1 / 3)
    gap = np.log(np.abs(z[:, 2] - z[:, 0]))
    predicted = 4 * rate(noise) * noise**2 * run.coupled_time[-1]
    return ratio_of_means(gap[0] - gap[-1], predicted)


@study(stream="BR-15")
def opposite_signs(context: Context, depth: int, sign: float) -> ClockRun:
    """Growth of −log|v₂| (depth 1) or |v₂|^(−a) of a subnet with a sign, and its mean start."""
    many = context.choose(**OPPOSITE_REPLICAS) * (2 if depth == 1 else 1)  # the smallest bound
    run = run_sgd(context, [0.7, sign * 0.3], depth, list(TIMES), many)
    weak = np.abs(run.subnets[:, 1])
    clock = -np.log(weak) if depth == 1 else weak ** -coupling_power(depth)
    growth = estimate_mean((clock[1] - clock[0]) / (TIMES[1] - TIMES[0]))
    return ClockRun(float(clock[0].mean()), growth)
