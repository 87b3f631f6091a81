"""The scalar model of the law of balance: SGD of many replicas, and batches by their moments."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from comparison import Row, compare
from scipy import stats
from torch import Tensor

from traindyn.balance_regularization.experiments.noise import fill_batch_means
from traindyn.balance_regularization.experiments.trajectories import sgd_step
from traindyn.data import Inputs, ScalarRegression

START = (1.2, 0.8)
LEARNING_RATE = 0.002

Draw = Callable[[], tuple[Tensor, Tensor]]
"""Draws one sample (x, y)."""


def sampler(data: ScalarRegression, generator: torch.Generator) -> Draw:
    """Draws samples of a data set as one would write it down."""

    def gaussian() -> tuple[Tensor, Tensor]:
        x, noise = torch.randn(2, generator=generator, dtype=torch.float64)
        return x, data.slope * x + data.noise * noise

    def rademacher() -> tuple[Tensor, Tensor]:
        sign, noise = 2 * torch.rand(2, generator=generator, dtype=torch.float64) - 1
        x = sign.sign()
        return x, data.slope * x + 3**0.5 * data.noise * noise

    return gaussian if data.inputs == "gaussian" else rademacher


def same_samples(data: ScalarRegression, generator: torch.Generator) -> Draw:
    """Draws samples with the x² and xy that the library draws from the same generator."""
    second, cross = torch.empty(2, 1, dtype=torch.float64)

    def draw() -> tuple[Tensor, Tensor]:
        fill_batch_means(data, second, cross, 1, generator)
        x = second[0].sqrt()
        return x, cross[0] / x

    return draw


def plain_sgd(draw: Draw, steps: int) -> list[float]:
    """Values of u along SGD on (uwx - y)², one replica, autograd and ``torch.optim.SGD``."""
    u, w = (torch.tensor(s, dtype=torch.float64, requires_grad=True) for s in START)
    optimizer = torch.optim.SGD([u, w], lr=LEARNING_RATE)
    values = []
    for _ in range(steps):
        x, y = draw()
        optimizer.zero_grad()
        ((u * w * x - y) ** 2).backward()
        optimizer.step()
        values.append(u.item())
    return values


def our_sgd(
    data: ScalarRegression, replicas: int, steps: int, generator: torch.Generator
) -> list[Tensor]:
    """Values of u of the first replica along the same dynamics, all replicas in one tensor."""
    step = sgd_step(data, LEARNING_RATE, 1, replicas, generator)
    u, w = (torch.full((replicas,), s, dtype=torch.float64) for s in START)
    values = []
    for _ in range(steps):
        u, w, _ = step(u, w)
        values.append(u[0])
    return values


def scalar_sgd(inputs: Inputs, replicas: int, steps: int, minimum: float) -> Row:
    """SGD of the two-layer scalar model with batches of one."""
    data = ScalarRegression(slope=1.0, noise=10.0, inputs=inputs)

    def stream() -> torch.Generator:
        return torch.Generator().manual_seed(0)

    ours = np.array(our_sgd(data, 1, steps, stream()))
    reference = np.array(plain_sgd(same_samples(data, stream()), steps))
    draw = sampler(data, stream())
    generator, our_steps = stream(), max(steps // 10, 1)
    return compare(
        f"scalar SGD, {inputs} inputs, {replicas:,} replicas",
        lambda: our_sgd(data, replicas, our_steps, generator),
        "Python loop of autograd and torch.optim.SGD",
        lambda: plain_sgd(draw, steps),
        minimum,
        float(np.abs(ours / reference - 1).max()),
        ours_work=replicas * our_steps,
        other_work=steps,
    )


def batch_means(replicas: int, batch_size: int = 64) -> Row:
    """Means of x² and xy over a Gaussian batch: drawn directly, or from its samples."""
    data = ScalarRegression(slope=1.0, noise=1.0)
    generator = torch.Generator().manual_seed(0)
    second, cross = torch.empty(2, replicas, dtype=torch.float64)
    x, y = torch.empty(2, batch_size, replicas, dtype=torch.float64)

    def ours() -> tuple[Tensor, Tensor]:
        fill_batch_means(data, second, cross, batch_size, generator)
        return second, cross

    def reference() -> tuple[Tensor, Tensor]:
        x.normal_(generator=generator)
        y.normal_(std=data.noise, generator=generator).add_(x, alpha=data.slope)
        return (x * x).mean(dim=0), (x * y).mean(dim=0)

    distances = [
        stats.ks_2samp(a.numpy(), b.numpy(), method="asymp").statistic
        for a, b in zip(ours(), reference(), strict=True)
    ]
    calls = 20  # as in a simulation, where the arrays stay in the processor's cache
    return compare(
        f"batch of {batch_size}, sufficient statistics",
        lambda: [ours() for _ in range(calls)],
        f"drawing {batch_size} samples and averaging",
        reference,
        25.0,
        float(max(distances)),
        ours_work=calls * replicas,
        other_work=replicas,
    )


def rows(replicas: int, steps: int) -> list[Row]:
    """All rows of the model.

    Args:
        replicas: Replicas that the library simulates together.
        steps: Steps of the plain loop, and steps after which the results are compared.
    """
    return [
        scalar_sgd("gaussian", replicas, steps, 3000.0),
        scalar_sgd("rademacher", replicas, steps, 12_000.0),
        batch_means(replicas),
    ]
