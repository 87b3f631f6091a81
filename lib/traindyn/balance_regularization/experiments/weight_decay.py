r"""The stochastic equation of nets of any depth with weight decay, in balance.

The loss is :math:`(vx - y)^2 + \gamma|\theta|^2` with :math:`v = \prod_{k\le D} u_k`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import torch
from jaxtyping import Float

from traindyn.balance_regularization.experiments.noise import fill_normal
from traindyn.balance_regularization.experiments.samples import Coefficients, noise_strength
from traindyn.balance_regularization.experiments.trajectories import require_replicas

Net = tuple[int, float]
r"""Depth :math:`D` and weight decay :math:`\gamma` of a net."""

COMPACT_EVERY = 32
"""Steps between two looks at which replicas have arrived at the next record."""


def follow_decay(
    data: Coefficients,
    temperature: float,
    nets: Sequence[Net],
    start: float,
    times: Sequence[float],
    replicas: int,
    generator: torch.Generator,
    resolution: float = 0.1,
) -> Float[np.ndarray, "times nets replicas"]:
    r""":math:`\log v` of several nets with weight decay, at the given times.

    Each step adds, with :math:`q = v^{(D-1)/(D+1)}`,

    .. math::
        -2(D+1)\bigl[(\gamma + qf + q^2Tg)\,dt - q\sqrt{Tg}\,dW\bigr]

    to :math:`\log v`. It takes the time ``resolution`` over the fastest rate of the loss and its
    noise, :math:`(D+1)^2q^2Tg + (D+1)q(\beta_1v + \beta_2)`, and what is left until the next
    record. The decay is a constant drift of :math:`\log v`: where the loss is slow, the step is
    long and nevertheless exact. All replicas of all nets are one tensor.

    Args:
        data: Moments that define force and noise.
        temperature: :math:`T > 0`.
        nets: Depth :math:`D \ge 1` and decay :math:`\gamma \ge 0` of each net.
        start: Initial v > 0.
        times: Times to record at, positive and increasing.
        replicas: Number of replicas of each net.
        generator: Source of randomness.
        resolution: Weak error of the scheme, first order.

    Raises:
        ValueError: If an argument leaves its range.
    """
    for name, value in (
        ("temperature", temperature),
        ("start", start),
        ("resolution", resolution),
    ):
        if not (value > 0 and math.isfinite(value)):
            raise ValueError(f"{name} must be positive and finite, got {value}")
    for depth, decay in nets:
        if not (depth >= 1 and decay >= 0 and math.isfinite(decay)):
            raise ValueError(
                f"nets must have depth >= 1 and finite decay >= 0, got {(depth, decay)}"
            )
    spans = np.diff(np.asarray(times, dtype=float), prepend=0.0)
    if not len(spans) or not (spans > 0).all():
        raise ValueError(f"times must be positive and increase, got {list(times)}")
    require_replicas(replicas)
    *_, b1, b2 = data

    def per_replica(values: list[float]) -> torch.Tensor:
        return torch.tensor(values, dtype=torch.float64).repeat_interleave(replicas)

    layers = per_replica([depth + 1.0 for depth, _ in nets])
    powers = per_replica([(depth - 1) / (depth + 1) for depth, _ in nets])
    pulls = per_replica([2 * (depth + 1) * decay for depth, decay in nets])
    state = torch.full_like(layers, math.log(start))
    records = []
    for span in spans:
        alive = torch.arange(len(state))
        log_v, left = state.clone(), torch.full_like(state, float(span))
        layer, log_layer, power, pull = layers, layers.log(), powers, pulls
        while len(alive):
            for _ in range(COMPACT_EVERY):
                v = log_v.exp()
                coupling = torch.addcmul(log_layer, log_v, power).exp_()
                noise = noise_strength(v, data, temperature)
                kicked, force = noise * coupling, v.mul_(b1)
                dt = (kicked + force).add_(b2).mul_(coupling).reciprocal_().mul_(resolution)
                dt = torch.minimum(dt, left, out=dt)
                kick = fill_normal(torch.empty_like(v), generator)
                drift = force.sub_(b2).addcdiv_(kicked, layer)
                change = noise.mul_(dt).sqrt_().mul_(kick).addcmul_(drift, dt, value=-1)
                log_v.addcmul_(coupling, change, value=2).addcmul_(pull, dt, value=-1)
                left.sub_(dt)
            running = left > 0
            if not running.all():
                state[alive[~running]] = log_v[~running]
                alive, log_v, left = alive[running], log_v[running], left[running]
                layer, log_layer = layer[running], log_layer[running]
                power, pull = power[running], pull[running]
        records.append(state.reshape(len(nets), replicas).numpy().copy())
    return np.stack(records)
