"""Study of the signs that tanh nets learn."""

from __future__ import annotations

import numpy as np

from traindyn.balance_regularization.experiments.tanh import sample_tanh_sgd
from traindyn.inference import Estimate, estimate_mean
from traindyn.runs import Context, study

REPLICAS = {"ci": 5000, "laptop": 5000, "paper": 200_000}
RATES = {1.0: 0.3, 5.0: 0.03}
TIMES = {1.0: 200.0, 5.0: 300.0}
"""Learning rate and time of the run, by label noise."""

SMALL_RATE, SMALL_TIME = 0.005, 15.0
"""Small steps of one layer; its variance relaxes at the rate 4E[x²/cosh⁴x] = 0.43."""

FROZEN_TIME = 15.0
"""Twelve relaxation times 1/2E tanh² x of the outer weight alone."""


@study(stream="BR-20")
def tanh_states(
    context: Context, depth: int, noise: float, *, symmetric: bool = False, frozen: bool = False
) -> np.ndarray:
    """State v at the end of SGD; symmetric: of the net w u tanh x; frozen: of w tanh x."""
    name = f"depth {depth}, noise {noise}"
    if symmetric or frozen:
        name = "symmetric" if symmetric else "frozen"
    return sample_tanh_sgd(
        depth,
        noise,
        RATES[noise],
        round((FROZEN_TIME if frozen else TIMES[noise]) / RATES[noise]),
        context.choose(**REPLICAS),
        context.torch_generator(name),
        symmetric=symmetric,
        frozen=frozen,
    )


@study(stream="BR-20")
def spread_of_small_steps(context: Context) -> Estimate:
    """Mean of (v − 1)² under one layer, tanh(vx), over η, for unit label noise."""
    v = sample_tanh_sgd(
        0,
        1.0,
        SMALL_RATE,
        round(SMALL_TIME / SMALL_RATE),
        context.choose(**REPLICAS),
        context.torch_generator("small steps"),
    )
    return estimate_mean((v - 1) ** 2 / SMALL_RATE)
