r"""Trajectories of the two-layer scalar model under SGD, gradient descent and Langevin noise.

The loss is :math:`(uwx - y)^2`. All replicas of a simulation are one tensor.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from traindyn.balance_regularization.experiments.noise import fill_batch_means, fill_normal
from traindyn.data import ScalarRegression

Step = Callable[[Tensor, Tensor], tuple[Tensor, Tensor, Tensor]]
"""Maps (u, w) to the next (u, w) and the v = uw before the step."""


def require_step(learning_rate: float, batch_size: int) -> None:
    """Raise ValueError unless the learning rate is positive and the batch holds a sample."""
    if not (learning_rate > 0 and math.isfinite(learning_rate)):
        raise ValueError(f"learning_rate must be positive and finite, got {learning_rate}")
    if batch_size < 1:
        raise ValueError(f"batch_size must be at least 1, got {batch_size}")


def require_replicas(replicas: int) -> None:
    """Raise ValueError unless there is a replica."""
    if replicas < 1:
        raise ValueError(f"replicas must be at least 1, got {replicas}")


def require_records(records: Sequence[int]) -> None:
    """Raise ValueError unless the step counts increase from 0 or above."""
    if not records or records[0] < 0 or any(b <= a for a, b in pairwise(records)):
        raise ValueError(f"records must be step counts that increase, got {list(records)}")


def sgd_step(
    data: ScalarRegression,
    learning_rate: float,
    batch_size: int,
    replicas: int,
    generator: torch.Generator,
    *,
    independent_noise: bool = False,
    loss_factor: float = 1.0,
) -> Step:
    r"""One step of SGD on fresh batches, :math:`(u,w) \leftarrow (u,w) - 2\eta\,\bar s\,(w,u)`.

    :math:`\bar s` is the batch mean of :math:`x(vx-y)`.

    Args:
        data: Where batches come from.
        learning_rate: :math:`\eta > 0`.
        batch_size: :math:`S \ge 1`.
        replicas: Number of independent replicas.
        generator: Source of randomness.
        independent_noise: Control: draw a second batch for the gradient of :math:`w`. Means and
            variances of the two gradients stay, their correlation goes.
        loss_factor: Control: multiplies the loss, e.g. 1/2.

    Raises:
        ValueError: If ``learning_rate`` is not positive, or ``batch_size`` or ``replicas`` is
            below 1.
    """
    require_step(learning_rate, batch_size)
    require_replicas(replicas)
    second, cross = (torch.empty(replicas, dtype=torch.float64) for _ in range(2))
    v, slope = torch.empty_like(second), torch.empty_like(second)
    rate = -2 * learning_rate * loss_factor

    def step(u: Tensor, w: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        fill_batch_means(data, second, cross, batch_size, generator)
        torch.mul(u, w, out=v)
        torch.mul(v, second, out=slope).sub_(cross)
        new_u = torch.addcmul(u, slope, w, value=rate)
        if independent_noise:
            fill_batch_means(data, second, cross, batch_size, generator)
            torch.mul(v, second, out=slope).sub_(cross)
        new_w = w.addcmul_(slope, u, value=rate)
        return new_u, new_w, v

    return step


def descent_step(data: ScalarRegression, learning_rate: float) -> Step:
    r"""One step of gradient descent on the full loss: :math:`\bar s = E[x^2]v - E[xy] = v - k`.

    Raises:
        ValueError: If ``learning_rate`` is not positive.
    """
    require_step(learning_rate, 1)
    rate = -2 * learning_rate

    def step(u: Tensor, w: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        v = u * w
        slope = v - data.slope
        return torch.addcmul(u, slope, w, value=rate), w.addcmul_(slope, u, value=rate), v

    return step


def langevin_step(
    data: ScalarRegression, learning_rate: float, noise: float, generator: torch.Generator
) -> Step:
    r"""Gradient descent with isotropic noise :math:`N(0, s^2)` added to :math:`u` and :math:`w`.

    Args:
        data: Defines the loss.
        learning_rate: :math:`\eta > 0`.
        noise: Standard deviation :math:`s` per step, in units of :math:`u`.
        generator: Source of randomness.

    Raises:
        ValueError: If ``learning_rate`` is not positive or ``noise`` negative.
    """
    if not noise >= 0:
        raise ValueError(f"noise must be at least 0, got {noise}")
    descend = descent_step(data, learning_rate)

    def step(u: Tensor, w: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        new_u, new_w, v = descend(u, w)
        for weight in (new_u, new_w):
            weight.add_(fill_normal(torch.empty_like(weight), generator), alpha=noise)
        return new_u, new_w, v

    return step


@dataclass(frozen=True)
class Paths:
    """Replicas at the recorded times.

    Args:
        times: Time ``learning_rate × steps`` of each record.
        u: First weight, one row per record.
        w: Second weight, likewise.
        mean_v: Average of v over all steps up to the record.
        mean_v_squared: Average of v² over all steps up to the record.
    """

    times: Float[np.ndarray, " records"]
    u: Float[np.ndarray, "records replicas"]
    w: Float[np.ndarray, "records replicas"]
    mean_v: Float[np.ndarray, "records replicas"]
    mean_v_squared: Float[np.ndarray, "records replicas"]

    def window(self, first: int, last: int) -> tuple[np.ndarray, np.ndarray]:
        """Averages of v and v² over the time between two records, one value per replica.

        Raises:
            ValueError: If the window is empty.
        """
        t0, t1 = self.times[first], self.times[last]
        if not t0 < t1:
            raise ValueError(f"first must come before last, got {first} and {last}")
        return tuple(
            (t1 * average[last] - t0 * average[first]) / (t1 - t0)
            for average in (self.mean_v, self.mean_v_squared)
        )

    @property
    def imbalance(self) -> Float[np.ndarray, "records replicas"]:
        r""":math:`u^2 - w^2`."""
        return (self.u - self.w) * (self.u + self.w)

    @property
    def log_imbalance(self) -> Float[np.ndarray, "records replicas"]:
        r""":math:`\log|u^2 - w^2|`."""
        return np.log(np.abs(self.imbalance))


def follow(
    step: Step,
    start: tuple[float, float],
    learning_rate: float,
    records: Sequence[int],
    replicas: int,
) -> Paths:
    """Run a step from one start and record the replicas and their path averages.

    Args:
        step: From :func:`sgd_step`, :func:`descent_step` or :func:`langevin_step`.
        start: Initial (u, w).
        learning_rate: Time per step.
        records: Step counts to record after, increasing; 0 records the start.
        replicas: Number of replicas, as given to ``step``.

    Raises:
        ValueError: If ``records`` does not increase or is empty, if there are no replicas or one
            diverges.
    """
    require_records(records)
    require_replicas(replicas)
    u = torch.full((replicas,), start[0], dtype=torch.float64)
    w = torch.full((replicas,), start[1], dtype=torch.float64)
    total, total_squared = torch.zeros_like(u), torch.zeros_like(u)
    rows: list[tuple[np.ndarray, ...]] = []
    taken = 0
    for record in records:
        for _ in range(record - taken):
            u, w, v = step(u, w)
            total.add_(v)
            total_squared.addcmul_(v, v)
        taken = record
        steps = max(taken, 1)
        averages = (total / steps).numpy(), (total_squared / steps).numpy()
        rows.append((u.numpy().copy(), w.numpy().copy(), *averages))
    u_rows, w_rows, mean_v, mean_v_squared = (
        np.stack(column) for column in zip(*rows, strict=True)
    )
    if diverged := int((~np.isfinite(u_rows[-1])).sum()):
        raise ValueError(
            "learning_rate must be small enough for every replica to stay finite, "
            f"got {learning_rate}: {diverged} of {replicas} diverged"
        )
    times = learning_rate * np.asarray(records, dtype=float)
    return Paths(times, u_rows, w_rows, mean_v, mean_v_squared)
