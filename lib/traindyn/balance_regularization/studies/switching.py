"""What the moving figure shows: nets of two weights, from cold to hotter than critical."""

from __future__ import annotations

import math

import numpy as np

from traindyn.balance_regularization.experiments.samples import sample_two_layer_sgd
from traindyn.balance_regularization.experiments.trajectories import (
    Paths,
    follow,
    langevin_step,
    sgd_step,
)
from traindyn.balance_regularization.results.switching import Switching, Treatment
from traindyn.data import ScalarRegression
from traindyn.runs import Context, study

NETWORKS = {"ci": 1000, "laptop": 1000, "paper": 10_000}
SHOWN = 100
"""Networks whose places in the plane are kept."""

RATIOS = (0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.2, 1.4)
"""Temperatures over the critical one."""

NOISE = 10.0
DATA = ScalarRegression(slope=1.0, noise=NOISE, inputs="rademacher")
CRITICAL = 1 / NOISE**2
"""Critical temperature of the data; with batches of one, a temperature is a learning rate."""

START = (1.8, 0.2)
RECORDS = 60
BALANCE_TIMES = 6
"""Length of the paths in the plane; a balance time is 1/(4r)."""

LONGEST = 150.0
"""Length of the runs at the critical temperature and above, where nothing is stationary."""

FINER = 2
"""Steps of isotropic noise per step of SGD; large steps are unstable where the valley is steep."""


@study(stream="switching")
def switching(context: Context) -> Switching:
    """Products after a long time, and paths from a start out of balance."""
    return Switching(np.array(RATIOS), _sgd(context), _isotropic(context))


def run_length(ratio: float) -> float:
    """Four relaxation times 2r/(1 - r)², and six balance times, at most :data:`LONGEST`."""
    relaxation = 2 * ratio / (1 - ratio) ** 2 if ratio < 1 else math.inf
    return min(4 * relaxation + BALANCE_TIMES / (4 * ratio), LONGEST)


def _sgd(context: Context) -> Treatment:
    generator = context.torch_generator("SGD")
    networks = context.choose(**NETWORKS)
    products, paths = [], []
    for ratio in RATIOS:
        rate = ratio * CRITICAL
        steps = round(run_length(ratio) / rate)
        products.append(
            sample_two_layer_sgd(DATA, max(1 - ratio, 0.1), rate, 1, steps, networks, generator)
        )
        step = sgd_step(DATA, rate, 1, SHOWN, generator)
        paths.append(follow(step, START, rate, _records(ratio, rate), SHOWN))
    return _treatment(products, paths)


def _isotropic(context: Context) -> Treatment:
    generator = context.torch_generator("isotropic")
    networks = context.choose(**NETWORKS)
    products, paths = [], []
    for ratio in RATIOS:
        rate = ratio * CRITICAL / FINER
        power = 4 * ratio  # per time and weight: that of SGD at the balanced minimum
        step = langevin_step(DATA, rate, math.sqrt(power * rate), generator)
        path = follow(step, START, rate, _records(ratio, rate), networks)
        products.append(path.u[-1] * path.w[-1])
        paths.append(path)
    return _treatment(products, paths)


def _records(ratio: float, rate: float) -> list[int]:
    last = BALANCE_TIMES / (4 * ratio) / rate
    return [round(part * last) for part in np.linspace(0, 1, RECORDS + 1)]


def _treatment(products: list[np.ndarray], paths: list[Paths]) -> Treatment:
    return Treatment(
        np.array(products),
        np.array([path.u[:, :SHOWN] for path in paths]),
        np.array([path.w[:, :SHOWN] for path in paths]),
    )
