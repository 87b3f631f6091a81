"""Studies of the plane of weights: the same start under four dynamics."""

from __future__ import annotations

import math
from typing import Literal

from traindyn.balance_regularization.experiments.trajectories import (
    Paths,
    Step,
    descent_step,
    follow,
    langevin_step,
    sgd_step,
)
from traindyn.balance_regularization.studies.data import STANDARD, START
from traindyn.balance_regularization.theory.moments import moments
from traindyn.runs import Context, study

REPLICAS = {"ci": 1000, "laptop": 1000, "paper": 20_000}
MANY = {"ci": 4_000, "laptop": 4_000, "paper": 40_000}
"""Of isotropic noise, which moves the mean of no replica in the same direction."""

SPREAD_REPLICAS = {"ci": 18_000, "laptop": 18_000, "paper": 100_000}
"""The spread from balance has heavy tails: by the fourth moment of the diffusion one replica of
the root mean square scatters by 1.24 times its value."""

BALANCED, SPREAD_TIME = (1.0, 1.0), 50

RATE = 0.01
TIMES = range(0, 201, 25)
DESCENT_TIME = 20

Dynamics = Literal["SGD", "isotropic", "independent"]


def amplitude() -> float:
    """Noise per step that has the power of SGD at the balanced minimum."""
    data = moments(STANDARD)
    return 2 * RATE * math.sqrt(float(data.noise(data.minimum)) * data.minimum)


@study(stream="BR-3")
def noisy_paths(context: Context, dynamics: Dynamics) -> Paths:
    """SGD, Langevin, or the mutant with independent noise on both weights."""
    generator = context.torch_generator(dynamics)
    replicas = context.choose(**(MANY if dynamics == "isotropic" else REPLICAS))
    step: Step
    if dynamics == "isotropic":
        step = langevin_step(STANDARD, RATE, amplitude(), generator)
    else:
        step = sgd_step(
            STANDARD,
            RATE,
            1,
            replicas,
            generator,
            independent_noise=dynamics == "independent",
        )
    return follow(step, START, RATE, [round(time / RATE) for time in TIMES], replicas)


@study(stream="BR-3")
def spread_from_balance(context: Context) -> Paths:
    """Isotropic noise from the balanced minimum."""
    step = langevin_step(STANDARD, RATE, amplitude(), context.torch_generator("from balance"))
    records = [0, round(SPREAD_TIME / RATE)]
    return follow(step, BALANCED, RATE, records, context.choose(**SPREAD_REPLICAS))


@study(stream="BR-3")
def descent_path(rate: float) -> Paths:
    """Gradient descent."""
    records = [0, round(DESCENT_TIME / rate)]
    return follow(descent_step(STANDARD, rate), START, rate, records, 1)
