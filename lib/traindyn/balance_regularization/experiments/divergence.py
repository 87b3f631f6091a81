"""Does the loss stay finite? The stochastic equation, and SGD on unbounded data."""

from __future__ import annotations

import numpy as np
import torch

from traindyn.balance_regularization.experiments.samples import Coefficients
from traindyn.balance_regularization.experiments.trajectories import require_replicas, sgd_step
from traindyn.balance_regularization.experiments.unit_noise import (
    clock_rate,
    sample_two_layer_law,
)
from traindyn.data import ScalarRegression

BLOWN_UP = 1e4
"""Weights beyond this size, in units of the square root of v, do not come back."""


def count_blow_ups(
    data: ScalarRegression,
    start: float,
    learning_rate: float,
    steps: int,
    replicas: int,
    generator: torch.Generator,
) -> int:
    r"""Number of replicas of SGD (batches of one) with weights above :data:`BLOWN_UP` at the end.

    The cubic gradient makes such weights grow faster than exponentially; overflow counts too.

    Args:
        data: Where samples come from.
        start: Initial v > 0 of the balanced state u = w.
        learning_rate: :math:`\eta > 0`.
        steps: Steps to take, at least 1.
        replicas: Number of replicas.
        generator: Source of randomness.

    Raises:
        ValueError: If ``start`` is not positive, ``steps`` below 1, or an argument of the step
            leaves its range.
    """
    if not start > 0:
        raise ValueError(f"start must be positive, got {start}")
    if steps < 1:
        raise ValueError(f"steps must be at least 1, got {steps}")
    require_replicas(replicas)
    step = sgd_step(data, learning_rate, 1, replicas, generator)
    u = torch.full((replicas,), start**0.5, dtype=torch.float64)
    w = u.clone()
    for _ in range(steps):
        u, w, _ = step(u, w)
    bounded = (u.abs() <= BLOWN_UP) & (w.abs() <= BLOWN_UP)  # false for nan
    return replicas - int(bounded.sum())


def sample_squared_distance(
    data: Coefficients,
    temperature: float,
    clock_time: float,
    replicas: int,
    generator: torch.Generator,
    resolution: float = 0.4,
) -> tuple[np.ndarray, np.ndarray]:
    r"""Weights and weighted squares for the mean of :math:`(v - v^*)^2` at depth 1.

    Samples follow the clock of speed :math:`16Tg(v)`, so plain time gives each the weight
    :math:`1/16Tg(v)`. Since :math:`g` grows like :math:`v^2`, weighted squares are bounded,
    although the fourth moment of :math:`v` is infinite.

    Args:
        data: Moments that define force and noise.
        temperature: :math:`T`.
        clock_time: Time of the clock to run.
        replicas: Number of replicas, started at the minimum of the loss.
        generator: Source of randomness.
        resolution: Step of the scheme over the time scale of the drift.

    Returns:
        Two arrays of one value per replica; the mean of the second over that of the first
        estimates :math:`E(v - v^*)^2`.

    Raises:
        ValueError: As :func:`sample_two_layer_law`.
    """
    *_, b1, b2 = data
    v = sample_two_layer_law(
        data, temperature, b2 / b1, clock_time, replicas, generator, resolution
    )
    weights = 1 / clock_rate(v, data, temperature)
    return weights, weights * (v - b2 / b1) ** 2
