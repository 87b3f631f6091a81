r"""One attention head: the imbalance of its queries and keys under several optimizers.

The scores are :math:`\tilde x_i^\top W_Q^\top W_K\tilde x_j` with :math:`\tilde x = (x, 1)`: the
biases are the last columns. They depend on the product of the two matrices alone.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from traindyn.balance_regularization.experiments.trajectories import require_step

Recipe = Literal["SGD", "momentum", "Adam", "normalized queries and keys"]


@dataclass(frozen=True)
class AttentionRun:
    r"""The account of :math:`W_QW_Q^\top - W_KW_K^\top`.

    Args:
        step_error: Largest error of an entry over the steps.
        step_change: Largest change of an entry over the steps.
        change: Change of its trace, |W_Q|² − |W_K|², over the run.
        accounted: The sum of what the account says of it.
        rounding: Bound of the rounding error of an entry in one step.
    """

    step_error: float
    step_change: float
    change: float
    accounted: float
    rounding: float


def follow_attention(
    recipe: Recipe,
    generator: torch.Generator,
    *,
    tokens: int = 6,
    width: int = 8,
    key_size: int = 4,
    batch_size: int = 4,
    learning_rate: float = 0.01,
    steps: int = 300,
) -> AttentionRun:
    r"""Train a head to copy the token before each, and keep the account of its queries and keys.

    A step of SGD changes :math:`W_QW_Q^\top - W_KW_K^\top` by
    :math:`\eta^2(G_QG_Q^\top - G_KG_K^\top)`; for the other recipes the account is wrong.

    Args:
        recipe: Plain ``SGD``, SGD with ``momentum`` 0.9, ``Adam``, or SGD with ``normalized queries
            and keys``, of unit length.
        generator: Source of weights, tokens and noise.
        tokens: Tokens of a sequence.
        width: Their dimension; normal entries.
        key_size: Dimension of queries and keys.
        batch_size: Sequences of a batch.
        learning_rate: :math:`\eta > 0`.
        steps: Steps to take, at least 1.

    Raises:
        ValueError: If the learning rate is not positive, or a size or ``steps`` below 1.
    """
    require_step(learning_rate, batch_size)
    for name, value in (("tokens", tokens), ("width", width), ("key_size", key_size)):
        if value < 1:
            raise ValueError(f"{name} must be at least 1, got {value}")
    if steps < 1:
        raise ValueError(f"steps must be at least 1, got {steps}")

    def normal(*shape: int) -> Tensor:
        return torch.randn(*shape, generator=generator, dtype=torch.float64)

    query, key = ((normal(key_size, width + 1) * scale).requires_grad_() for scale in (0.6, 0.3))
    value = (normal(width, width) * width**-0.5).requires_grad_()
    weights = [query, key, value]
    optimizer: torch.optim.Optimizer = (
        torch.optim.Adam(weights, lr=learning_rate)
        if recipe == "Adam"
        else torch.optim.SGD(weights, learning_rate, momentum=0.9 * (recipe == "momentum"))
    )
    balance, accounted = _balance(query, key), 0.0
    worst, furthest, largest = 0.0, 0.0, 0.0
    first = float(balance.trace())
    for _ in range(steps):
        x = normal(batch_size, tokens, width)
        target = torch.roll(x, 1, dims=1) + 0.3 * normal(batch_size, tokens, width)
        optimizer.zero_grad()
        torch.autograd.backward(_loss(x, target, query, key, value, recipe))
        g_query, g_key = (_gradient(weight) for weight in (query, key))
        predicted = learning_rate**2 * (g_query @ g_query.T - g_key @ g_key.T)
        optimizer.step()
        moved = _balance(query, key)
        worst = max(worst, float((moved - balance - predicted).abs().max()))
        furthest = max(furthest, float((moved - balance).abs().max()))
        accounted += float(predicted.trace())
        largest = max(largest, *(float(w.detach().square().sum(1).max()) for w in (query, key)))
        balance = moved
    # a sum of squares is exact to one rounding a term; two of them, before and after a step
    rounding = 4 * (width + 1) * float(np.finfo(float).eps) * largest
    return AttentionRun(worst, furthest, float(balance.trace()) - first, accounted, rounding)


def _loss(
    x: Tensor, target: Tensor, query: Tensor, key: Tensor, value: Tensor, recipe: Recipe
) -> Tensor:
    """Mean square error of the head's output."""
    with_one = torch.cat([x, torch.ones_like(x[..., :1])], dim=-1)
    queries, keys = with_one @ query.T, with_one @ key.T
    if recipe == "normalized queries and keys":
        queries, keys = (torch.nn.functional.normalize(each, dim=-1) for each in (queries, keys))
    scores = queries @ keys.mT / math.sqrt(key.shape[0])
    output = scores.softmax(dim=-1) @ x @ value.T
    return (output - target).square().sum(dim=(1, 2)).mean()


def _balance(query: Tensor, key: Tensor) -> Tensor:
    with torch.no_grad():
        return query @ query.T - key @ key.T


def _gradient(weight: Tensor) -> Tensor:
    if weight.grad is None:
        raise ValueError("loss must depend on every weight, got one without a gradient")
    return weight.grad
