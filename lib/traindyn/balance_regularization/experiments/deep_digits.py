"""Nets of any depth with tanh units on the digits data: test accuracy after SGD."""

from __future__ import annotations

import math
from functools import cache

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import cross_entropy

from traindyn.balance_regularization.experiments.trajectories import (
    require_replicas,
    require_step,
)
from traindyn.digits import handwritten_digits

WIDTH = 64
CLASSES = 10
TRAINING_SAMPLES = 1400
"""Of 1,797; the others are the test set."""


def accuracy_on_digits(
    depth: int,
    learning_rate: float,
    steps: int,
    replicas: int,
    generator: torch.Generator,
    batch_size: int = 16,
) -> Float[np.ndarray, " replicas"]:
    r"""Test accuracy of tanh nets with ``depth`` hidden layers of 64 units, after SGD.

    Cross entropy, weights from :math:`N(0, 1/64)`, no biases, batches drawn with replacement. The
    replicas differ in their weights and batches.

    Args:
        depth: Hidden layers, at least 1.
        learning_rate: :math:`\eta > 0`.
        steps: Steps to take, at least 1.
        replicas: Number of nets, trained side by side in float32.
        generator: Source of randomness.
        batch_size: :math:`S \ge 1`.

    Raises:
        ValueError: If an argument leaves its range.
    """
    if depth < 1:
        raise ValueError(f"depth must be at least 1, got {depth}")
    if steps < 1:
        raise ValueError(f"steps must be at least 1, got {steps}")
    require_step(learning_rate, batch_size)
    require_replicas(replicas)
    inputs, labels = _digits()
    sizes = [inputs.shape[1]] + [WIDTH] * depth
    outputs = [WIDTH] * depth + [CLASSES]
    weights = [
        torch.randn(replicas, fan_in, fan_out, generator=generator)
        .div_(math.sqrt(fan_in))
        .requires_grad_()
        for fan_in, fan_out in zip(sizes, outputs, strict=True)
    ]
    for _ in range(steps):
        batch = torch.randint(TRAINING_SAMPLES, (replicas, batch_size), generator=generator)
        logits = _net(weights, inputs[batch]).flatten(0, 1)
        loss = cross_entropy(logits, labels[batch].flatten(), reduction="sum") / batch_size
        gradients = torch.autograd.grad(loss, weights)
        with torch.no_grad():
            for weight, gradient in zip(weights, gradients, strict=True):
                weight.sub_(gradient, alpha=learning_rate)
    with torch.no_grad():
        test = inputs[TRAINING_SAMPLES:].expand(replicas, -1, -1)
        hits = _net(weights, test).argmax(dim=-1) == labels[TRAINING_SAMPLES:]
    accuracy: np.ndarray = hits.double().mean(dim=1).numpy()
    return accuracy


def _net(weights: list[Tensor], inputs: Tensor) -> Tensor:
    hidden = inputs
    for weight in weights[:-1]:
        hidden = torch.tanh(hidden @ weight)
    return hidden @ weights[-1]


@cache
def _digits() -> tuple[Tensor, Tensor]:
    """Standardized images in a fixed random order, and their labels."""
    images, labels = handwritten_digits()
    order = np.random.default_rng(0).permutation(len(images))
    images = (images - images.mean()) / images.std()
    return torch.from_numpy(images[order]).float(), torch.from_numpy(labels[order])
