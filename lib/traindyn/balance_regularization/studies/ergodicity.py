"""Studies of where SGD can end: any temperature, the sign of v, the line of balance."""

from __future__ import annotations

import math
from typing import Literal

import numpy as np

from traindyn.balance_regularization.experiments.samples import sample_regression_sgd
from traindyn.balance_regularization.experiments.trajectories import (
    Paths,
    Step,
    follow,
    langevin_step,
    sgd_step,
)
from traindyn.balance_regularization.studies.data import LIGHT, START
from traindyn.balance_regularization.theory.moments import moments
from traindyn.data import Inputs, ScalarRegression
from traindyn.inference import Estimate, estimate_fraction, estimate_mean
from traindyn.runs import Context, study

ANY_REPLICAS = {"ci": 400, "laptop": 400, "paper": 10_000}
SIGN_REPLICAS = {"ci": 5000, "laptop": 5000, "paper": 100_000}
CROSSING_REPLICAS = {"ci": 45_000, "laptop": 60_000, "paper": 400_000}
LINE_REPLICAS = {"ci": 1000, "laptop": 2000, "paper": 20_000}
RATIO = 0.3
"""Temperature over the critical one."""

BALANCE_TIMES = 25
LINE_START = (1.2, 0.8)


def rate() -> float:
    """Learning rate at that temperature."""
    return RATIO * moments(LIGHT).critical_temperature


@study(stream="BR-4")
def balance_at(context: Context, noise: float, inputs: Inputs, temperature: float) -> Paths:
    """Paths of SGD at the start and after four and eight balance times."""
    data = ScalarRegression(slope=1.0, noise=noise, inputs=inputs)
    replicas = context.choose(**ANY_REPLICAS)
    generator = context.torch_generator(f"{noise} {inputs} {temperature}")
    step = sgd_step(data, temperature, 1, replicas, generator)
    half = round(1 / temperature**2)  # four balance times 1/4Tg at g = 1, in steps
    return follow(step, START, temperature, [0, half, 2 * half], replicas)


@study(stream="BR-11")
def wrong_start(context: Context, start: tuple[float, float]) -> Paths:
    """Paths of SGD from a start on the wrong side, at its end after 36 balance times."""
    replicas = context.choose(**SIGN_REPLICAS)
    step = sgd_step(LIGHT, rate(), 1, replicas, context.torch_generator(f"start {start}"))
    return follow(step, start, rate(), [0, round(30 / rate())], replicas)


@study(stream="BR-11")
def crossing(context: Context) -> Estimate:
    """Fraction of regressions with v < 0."""
    steps, replicas = round(4 / rate()), context.choose(**CROSSING_REPLICAS)
    generator = context.torch_generator("depth 0")
    v = sample_regression_sgd(LIGHT, rate(), 1, steps, replicas, generator)
    return estimate_fraction(int((v < 0).sum()), len(v))


@study(stream="BR-11")
def growth_of_antibalanced(context: Context) -> Estimate:
    """Growth rate of log|v| over 1,000 steps from u = −w = 0.001; a replica scatters by 1.27."""
    replicas = 2 * context.choose(**SIGN_REPLICAS)
    step = sgd_step(LIGHT, rate(), 1, replicas, context.torch_generator("antibalanced"))
    run = follow(step, (1e-3, -1e-3), rate(), [0, round(3 / rate())], replicas)
    log_v = np.log(np.abs(run.u * run.w))
    return estimate_mean((log_v[1] - log_v[0]) / run.times[1])


@study(stream="BR-21")
def toward_the_line(context: Context, dynamics: Literal["SGD", "isotropic"]) -> Paths:
    """Paths of SGD, or with isotropic noise of equal power, over 25 balance times."""
    data, replicas = moments(LIGHT), context.choose(**LINE_REPLICAS)
    generator = context.torch_generator(dynamics)
    steps = round(BALANCE_TIMES / (4 * rate() * data.alpha3 * rate()))
    step: Step
    if dynamics == "SGD":
        step = sgd_step(LIGHT, rate(), 1, replicas, generator)
    else:
        amplitude = 2 * rate() * LIGHT.noise * math.sqrt(data.minimum)
        step = langevin_step(LIGHT, rate(), amplitude, generator)
    return follow(step, LINE_START, rate(), [0, steps], replicas)
