"""Does the loss stay finite? The stochastic equation, and SGD on unbounded data."""

from __future__ import annotations

import numpy as np
import torch

from traindyn.balance_regularization.experiments.samples import (
    Coefficients,
    sample_two_layer_sde,
    step_rate,
)
from traindyn.balance_regularization.experiments.trajectories import require_replicas, sgd_step
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
    steps: int,
    replicas: int,
    generator: torch.Generator,
    resolution: float = 0.05,
) -> tuple[np.ndarray, np.ndarray]:
    r"""Weights and weighted squares for the mean of :math:`(v - v^*)^2` at depth 1.

    Samples follow a clock of speed :math:`m(v)`, so plain time gives each the weight
    :math:`1/m(v)`. Since :math:`m` grows like :math:`v^2`, weighted squares are bounded, although
    the fourth moment of :math:`v` is infinite.

    Args:
        data: Moments that define force and noise.
        temperature: :math:`T`.
        steps: Steps of the clock.
        replicas: Number of replicas, started at the minimum of the loss.
        generator: Source of randomness.
        resolution: Weak error of the scheme.

    Returns:
        Two arrays of one value per replica; the mean of the second over that of the first
        estimates :math:`E(v - v^*)^2`.

    Raises:
        ValueError: As :func:`sample_two_layer_sde`.
    """
    *_, b1, b2 = data
    v = sample_two_layer_sde(data, temperature, b2 / b1, steps, replicas, generator, resolution)
    weights = 1 / step_rate(v, data, temperature)
    return weights, weights * (v - b2 / b1) ** 2
