r"""Samples of the stationary law of :math:`v`: discrete SGD and its stochastic equation.

Depth 0 is linear regression, :math:`\ell = (vx - y)^2`; depth 1 the two-layer net with
:math:`v = uw`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import TypeVar

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from traindyn.balance_regularization.experiments.noise import fill_batch_means, fill_normal
from traindyn.balance_regularization.experiments.trajectories import (
    require_records,
    require_replicas,
    require_step,
)
from traindyn.data import ScalarRegression

CHUNK = 10_000
"""Replicas simulated together: their arrays stay in the processor's cache."""


def sample_two_layer_sgd(
    data: ScalarRegression,
    start: float,
    learning_rate: float,
    batch_size: int,
    steps: int | Sequence[int],
    replicas: int,
    generator: torch.Generator,
    *,
    loss_factor: float = 1.0,
) -> Float[np.ndarray, "... replicas"]:
    r""":math:`v = uw` of independent replicas of SGD from the balanced state u = w.

    Both weights stay equal, as their gradients do, so that one of them is enough.

    Args:
        data: Where batches come from.
        start: Initial v > 0.
        learning_rate: :math:`\eta > 0`.
        batch_size: :math:`S \ge 1`.
        steps: Steps to take; or the step counts to record after, increasing, and the result has
            one row per record.
        replicas: Number of replicas; simulated :data:`CHUNK` at a time.
        generator: Source of randomness.
        loss_factor: Control: multiplies the loss, e.g. 1/2.

    Raises:
        ValueError: If ``start`` is not positive or an argument of the step leaves its range.
    """
    if not start > 0:
        raise ValueError(f"start must be positive, got {start}")
    require_step(learning_rate, batch_size)
    require_replicas(replicas)
    records = [steps] if isinstance(steps, int) else list(steps)
    require_records(records)
    rate = -2 * learning_rate * loss_factor
    samples = []
    for first in range(0, replicas, CHUNK):
        u = torch.full((min(CHUNK, replicas - first),), math.sqrt(start), dtype=torch.float64)
        second, cross, slope = (torch.empty_like(u) for _ in range(3))
        rows = []
        for taken, record in pairwise([0, *records]):
            for _ in range(record - taken):
                fill_batch_means(data, second, cross, batch_size, generator)
                torch.mul(u, u, out=slope).mul_(second).sub_(cross)
                u.addcmul_(slope, u, value=rate)
            rows.append((u * u).numpy())
        samples.append(rows)
    found = np.concatenate(samples, axis=1)
    return found[0] if isinstance(steps, int) else found


def sample_regression_sgd(
    data: ScalarRegression,
    learning_rate: float,
    batch_size: int,
    steps: int,
    replicas: int,
    generator: torch.Generator,
) -> Float[np.ndarray, " replicas"]:
    r"""Final :math:`v` of SGD at depth 0, :math:`v \leftarrow v - 2\eta\,\bar s`, from v = k.

    Args:
        data: Where batches come from.
        learning_rate: :math:`\eta > 0`.
        batch_size: :math:`S \ge 1`.
        steps: Steps to take.
        replicas: Number of replicas.
        generator: Source of randomness.

    Raises:
        ValueError: If ``learning_rate`` is not positive, or ``batch_size`` or ``replicas`` is
            below 1.
    """
    require_step(learning_rate, batch_size)
    require_replicas(replicas)
    second, cross = (torch.empty(replicas, dtype=torch.float64) for _ in range(2))
    v = torch.full((replicas,), data.slope, dtype=torch.float64)
    for _ in range(steps):
        fill_batch_means(data, second, cross, batch_size, generator)
        v.sub_(second.mul_(v).sub_(cross), alpha=2 * learning_rate)
    return v.numpy()


def mean_squares_of_regression_sgd(
    data: ScalarRegression,
    learning_rate: float,
    batch_size: int,
    burn_in: int,
    steps: int,
    replicas: int,
    generator: torch.Generator,
) -> Float[np.ndarray, " replicas"]:
    r"""Average of :math:`(v - k)^2` over the steps of SGD at depth 0, one value per replica.

    Averages over time cost less than new replicas, each of which must first forget its start.

    Args:
        data: Where batches come from.
        learning_rate: :math:`\eta > 0`.
        batch_size: :math:`S \ge 1`.
        burn_in: Steps before the average.
        steps: Steps that it covers, at least 1.
        replicas: Number of replicas, started at v = k; simulated :data:`CHUNK` at a time.
        generator: Source of randomness.

    Raises:
        ValueError: If an argument leaves its range.
    """
    require_step(learning_rate, batch_size)
    require_replicas(replicas)
    if burn_in < 0 or steps < 1:
        raise ValueError(f"burn_in and steps must be at least 0 and 1, got {burn_in} and {steps}")
    samples = []
    for first in range(0, replicas, CHUNK):
        error = torch.zeros(min(CHUNK, replicas - first), dtype=torch.float64)
        second, cross, total = (torch.zeros_like(error) for _ in range(3))
        for step in range(burn_in + steps):
            fill_batch_means(data, second, cross, batch_size, generator)
            cross.sub_(second, alpha=data.slope)  # the batch mean of x·epsilon
            error.sub_(second.mul_(error).sub_(cross), alpha=2 * learning_rate)
            if step >= burn_in:
                total.addcmul_(error, error)
        samples.append((total / steps).numpy())
    return np.concatenate(samples)


Coefficients = tuple[float, float, float, float, float]
"""Moments (alpha1, alpha2, alpha3, beta1, beta2) that define the stochastic equations."""


Field = TypeVar("Field", Tensor, np.ndarray)


def noise_strength(v: Field, data: Coefficients, temperature: float) -> Field:
    r"""Noise of half the gradient, :math:`T(\alpha_1v^2 - 2\alpha_2v + \alpha_3)`."""
    a1, a2, a3, _b1, _b2 = data
    return temperature * (a1 * v * v - 2 * a2 * v + a3)


def step_rate(v: Field, data: Coefficients, temperature: float) -> Field:
    r"""Fastest rate of change :math:`m(v) = 4Tg + 2\beta_1v + 2\beta_2` at :math:`v > 0`."""
    *_, b1, b2 = data
    return 4 * noise_strength(v, data, temperature) + 2 * b1 * v + 2 * b2


def sample_two_layer_sde(
    data: Coefficients,
    temperature: float,
    start: float,
    steps: int,
    replicas: int,
    generator: torch.Generator,
    resolution: float = 0.05,
) -> Float[np.ndarray, " replicas"]:
    r"""Final :math:`v` of the stochastic differential equation of SGD at depth 1, balanced.

    In :math:`p = u + w` it reads :math:`dp = -2p(f\,dt - \sqrt{Tg}\,dW)`, with
    :math:`v = p^2/4` when :math:`u = w`. Each step multiplies :math:`p` by the exponential of its
    Ito increment, so :math:`p` never changes sign. A step takes the time
    ``resolution`` / :func:`step_rate`, which resolves drift and noise in every state; samples
    therefore follow the law of that clock, not of plain time.

    Args:
        data: Moments that define force and noise.
        temperature: :math:`T`.
        start: Initial v > 0.
        steps: Steps to take.
        replicas: Number of replicas.
        generator: Source of randomness.
        resolution: Weak error of the scheme, first order; default 0.05.

    Raises:
        ValueError: If ``start``, ``temperature`` or ``resolution`` is not positive, or there are
            no replicas.
    """
    for name, value in (("start", start), ("temperature", temperature), ("resolution", resolution)):
        if not value > 0:
            raise ValueError(f"{name} must be positive, got {value}")
    require_replicas(replicas)
    *_, b1, b2 = data
    samples = []
    for first in range(0, replicas, CHUNK):
        log_v = torch.full((min(CHUNK, replicas - first),), math.log(start), dtype=torch.float64)
        kick = torch.empty_like(log_v)
        for _ in range(steps):
            v = log_v.exp()
            noise = noise_strength(v, data, temperature)
            dt = resolution / step_rate(v, data, temperature)
            kick.normal_(generator=generator)
            # v = p²/4 doubles the increments of log p
            log_v.sub_((b1 * v - b2 + noise) * dt, alpha=4)
            log_v.addcmul_((noise * dt).sqrt_(), kick, value=4)
        samples.append(log_v.exp().numpy())
    return np.concatenate(samples)


def sample_regression_sde(
    data: Coefficients,
    temperature: float,
    time_step: float,
    records: Sequence[int],
    replicas: int,
    generator: torch.Generator,
) -> Float[np.ndarray, "records replicas"]:
    r"""States of :math:`dv = -2f\,dt + 2\sqrt{Tg}\,dW` (depth 0) by the Euler-Maruyama scheme.

    Args:
        data: Moments that define force and noise.
        temperature: :math:`T`.
        time_step: Step of the scheme; its weak error is of first order.
        records: Step counts to record after, increasing.
        replicas: Number of replicas, started at the minimum of the loss.
        generator: Source of randomness.

    Raises:
        ValueError: If ``temperature`` or ``time_step`` is not positive, ``records`` does not
            increase or is empty, or there are no replicas.
    """
    for name, value in (("temperature", temperature), ("time_step", time_step)):
        if not value > 0:
            raise ValueError(f"{name} must be positive, got {value}")
    require_records(records)
    require_replicas(replicas)
    *_, b1, b2 = data
    v = torch.full((replicas,), b2 / b1, dtype=torch.float64)
    kick = torch.empty_like(v)
    rows = []
    taken = 0
    for record in records:
        for _ in range(record - taken):
            fill_normal(kick, generator)
            amplitude = noise_strength(v, data, temperature).mul_(4 * time_step).sqrt_()
            v = (v * (1 - 2 * b1 * time_step)).add_(2 * b2 * time_step).addcmul_(amplitude, kick)
        taken = record
        rows.append(v.numpy().copy())
    return np.stack(rows)
