r"""Nets of any depth and width: their stochastic equation in balance, and SGD on all weights.

The loss is :math:`\bigl(x\sum_{i\le d}\prod_{k\le D} u_i^{(k)} - y\bigr)^2`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from traindyn.balance_regularization.experiments.noise import fill_batch_means, fill_normal
from traindyn.balance_regularization.experiments.samples import (
    CHUNK,
    Coefficients,
    noise_strength,
)
from traindyn.balance_regularization.experiments.trajectories import (
    require_records,
    require_replicas,
    require_step,
)
from traindyn.data import ScalarRegression


@dataclass(frozen=True)
class DeepSamples:
    r"""Replicas of the stochastic equation.

    Args:
        v: State at the end.
        time_above: Time spent above the threshold in the second half of the run.
        log_above: Integral of :math:`\log(v / \text{threshold})` over that time.
    """

    v: Float[np.ndarray, " replicas"]
    time_above: Float[np.ndarray, " replicas"]
    log_above: Float[np.ndarray, " replicas"]


def sample_deep_sde(
    data: Coefficients,
    temperature: float,
    depth: int,
    width: int,
    start: float | Sequence[float],
    time: float,
    replicas: int,
    generator: torch.Generator,
    resolution: float = 0.1,
    threshold: float = math.inf,
) -> DeepSamples:
    r"""The :math:`v` of the stochastic equation of SGD at a given time, in balance.

    With :math:`q = (v/d)^{(D-1)/(D+1)}` each step adds to :math:`\log v` its Ito increment
    :math:`-2(D+1)q[(f + qTg)\,dt - \sqrt{Tg}\,dW]`. A step takes the time
    ``resolution`` over the fastest rate :math:`(D+1)^2q^2Tg + (D+1)q(\beta_1v + \beta_2)`, and
    what is left at the end: all replicas arrive at the same time, by different numbers of steps.

    Args:
        data: Moments that define force and noise.
        temperature: :math:`T`.
        depth: :math:`D \ge 1`.
        width: :math:`d \ge 1`.
        start: Initial v > 0; or several, which the replicas take in turn.
        time: Time to run, positive.
        replicas: Number of replicas.
        generator: Source of randomness.
        resolution: Weak error of the scheme, first order. At the default, 0.1, it moves the
            distribution function by less than 0.01 at depths up to 4.
        threshold: State above which the tail is averaged over time.

    Raises:
        ValueError: If an argument leaves its range.
    """
    starts = np.atleast_1d(np.asarray(start, dtype=float))
    for name, value in (
        ("temperature", temperature),
        *(("start", value) for value in starts),
        ("time", time),
        ("resolution", resolution),
    ):
        if not (value > 0 and math.isfinite(value)):
            raise ValueError(f"{name} must be positive and finite, got {value}")
    _require_net(depth, width)
    require_replicas(replicas)
    *_, b1, b2 = data
    layers = depth + 1
    power = (depth - 1) / layers
    samples, above, log_above = torch.zeros(3, replicas, dtype=torch.float64)
    log_threshold = math.log(threshold)
    for first in range(0, replicas, CHUNK):
        alive = torch.arange(first, min(first + CHUNK, replicas))
        log_v = torch.from_numpy(np.resize(np.log(starts), len(alive)))
        left = torch.full_like(log_v, time)
        while len(alive):
            v = log_v.exp()
            coupling = ((log_v - math.log(width)) * power).exp_().mul_(layers)
            noise = noise_strength(v, data, temperature)
            rate = (noise * coupling).add_(b1 * v + b2).mul_(coupling)
            dt = torch.minimum(resolution / rate, left)
            tail = ((log_v > log_threshold) & (left <= time / 2)).nonzero().squeeze(1)
            if len(tail):
                above[alive[tail]] += dt[tail]
                log_above[alive[tail]] += dt[tail] * (log_v[tail] - log_threshold)
            kick = fill_normal(torch.empty_like(v), generator)
            drift = (b1 * v - b2).addcmul_(coupling, noise, value=1 / layers)
            change = torch.sqrt(noise * dt).mul_(kick).sub_(drift.mul_(dt))
            log_v.addcmul_(coupling, change, value=2)
            left.sub_(dt)
            running = left > 0
            if not running.all():
                samples[alive[~running]] = log_v[~running].exp()
                alive, log_v, left = alive[running], log_v[running], left[running]
    return DeepSamples(samples.numpy(), above.numpy(), log_above.numpy())


@dataclass(frozen=True)
class DeepPaths:
    r"""Subnets of nets under SGD at the recorded times.

    Args:
        times: Time ``learning_rate × steps`` of each record.
        subnets: Products :math:`v_i` of the layers of each subnet.
        coupled_time: Time integral of :math:`|v_1v_d|^{(D-1)/(D+1)}` up to each record, first and
            last subnet; zero for a single subnet, and at depth 1.
    """

    times: Float[np.ndarray, " records"]
    subnets: Float[np.ndarray, "records width replicas"]
    coupled_time: Float[np.ndarray, "records replicas"]


def follow_deep_sgd(
    data: ScalarRegression,
    start: Float[np.ndarray, "width layers"],
    learning_rate: float,
    batch_size: int,
    records: list[int],
    replicas: int,
    generator: torch.Generator,
    weight_decay: float = 0.0,
) -> DeepPaths:
    r"""SGD on all weights of a deep net.

    .. math::
        u_i^{(k)} \leftarrow (1 - 2\eta\gamma)\,u_i^{(k)} - 2\eta\bar s\,v_i/u_i^{(k)},

    where :math:`\bar s` is the batch mean of :math:`x(vx - y)`; all weights move together.

    Args:
        data: Where batches come from.
        start: Initial weights, one row per subnet; layers = depth + 1.
        learning_rate: :math:`\eta > 0`.
        batch_size: :math:`S \ge 1`.
        records: Step counts to record after, increasing; 0 records the start.
        replicas: Number of replicas.
        generator: Source of randomness.
        weight_decay: :math:`\gamma \ge 0` of the loss :math:`\ell + \gamma|\theta|^2`.

    Raises:
        ValueError: If ``start`` is not a finite table with two layers or more, a replica diverges,
            or another argument leaves its range.
    """
    require_step(learning_rate, batch_size)
    require_records(records)
    require_replicas(replicas)
    start = np.asarray(start, dtype=float)
    if start.ndim != 2 or start.shape[1] < 2 or not np.isfinite(start).all():
        raise ValueError(
            f"start must be a finite table (width, layers >= 2), got shape {start.shape}"
        )
    if not (weight_decay >= 0 and math.isfinite(weight_decay)):
        raise ValueError(f"weight_decay must be at least 0 and finite, got {weight_decay}")
    layers = start.shape[1]
    power = (layers - 2) / layers
    weights = [torch.from_numpy(start[:, k : k + 1]).repeat(1, replicas) for k in range(layers)]
    second, cross = (torch.empty(replicas, dtype=torch.float64) for _ in range(2))
    coupled = torch.zeros(replicas, dtype=torch.float64)
    rows, integrals, taken = [], [], 0
    for record in records:
        for _ in range(record - taken):
            others, subnets = _products(weights)
            if len(start) > 1 and power:
                coupled.add_((subnets[0] * subnets[-1]).abs_().pow_(power), alpha=learning_rate)
            fill_batch_means(data, second, cross, batch_size, generator)
            slope = subnets.sum(dim=0).mul_(second).sub_(cross).mul_(2 * learning_rate)
            for weight, other in zip(weights, others, strict=True):
                if weight_decay:
                    weight.mul_(1 - 2 * learning_rate * weight_decay)
                weight.sub_(other.mul_(slope))
        taken = record
        rows.append(_products(weights)[1].numpy().copy())
        integrals.append(coupled.numpy().copy())
    if diverged := int((~np.isfinite(rows[-1])).any(axis=0).sum()):
        raise ValueError(
            "learning_rate must be small enough for every replica to stay finite, "
            f"got {learning_rate}: {diverged} of {replicas} diverged"
        )
    times = learning_rate * np.asarray(records, dtype=float)
    return DeepPaths(times, np.stack(rows), np.stack(integrals))


def _products(weights: list[Tensor]) -> tuple[list[Tensor], Tensor]:
    """For each layer the product of the other layers, without division; and of all layers."""
    before = [torch.ones_like(weights[0])]
    for weight in weights:
        before.append(before[-1] * weight)
    after = torch.ones_like(weights[0])
    others = []
    for k in reversed(range(len(weights))):
        others.append(before[k] * after)
        after = after * weights[k]
    return others[::-1], before[-1]


def _require_net(depth: int, width: int) -> None:
    """Raise ValueError unless there is a hidden layer and a subnet."""
    if depth < 1:
        raise ValueError(f"depth must be at least 1, got {depth}")
    if width < 1:
        raise ValueError(f"width must be at least 1, got {width}")
