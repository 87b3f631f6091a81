"""Full-batch training: gradient descent and Adam as torch defines them, step by step."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from traindyn.heavy_tailed_esd.experiments.data import Sample
from traindyn.heavy_tailed_esd.experiments.network import Student, Weights

OptimizerName = Literal["gd", "adam"]


@dataclass(frozen=True)
class Optimizer:
    r"""An optimizer and its schedule; the learning rate of step t (from 0) is :math:`\eta g^t`.

    Adam follows ``torch.optim.Adam``: it keeps means of the gradient and of its square,
    :math:`m \leftarrow \beta_1 m + (1 - \beta_1) G` and
    :math:`v \leftarrow \beta_2 v + (1 - \beta_2) G^2`, and adds
    :math:`-\eta\,\hat m / (\sqrt{\hat v} + \epsilon)` with :math:`\hat m = m/(1-\beta_1^{t+1})` and
    :math:`\hat v = v/(1-\beta_2^{t+1})`. Its first update is :math:`-\eta\,G/(|G| + \epsilon)`.

    Args:
        name: ``gd`` for gradient descent without momentum, or ``adam``.
        learning_rate: η, positive.
        decay: Factor g of the learning rate after every step, in (0, 1].
        normalize: Whether the weights are rescaled to squared norm hd before every step.
        beta1: Memory of the gradient, in [0, 1).
        beta2: Memory of its square, in [0, 1).
        epsilon: Added to the root of the mean square, not negative.
        bias_correction: False for a control that divides by neither factor.

    Raises:
        ValueError: If an argument leaves its range.

    Source: D. Kingma and J. Ba, arXiv 1412.6980; defaults of ``torch.optim.Adam``.

    >>> gradient = torch.tensor([[3.0, -0.5]], dtype=torch.float64)
    >>> Optimizer("adam", 0.1).updates()(gradient).round(decimals=6).tolist()
    [[-0.1, 0.1]]
    """

    name: OptimizerName
    learning_rate: float
    decay: float = 1.0
    normalize: bool = False
    beta1: float = 0.9
    beta2: float = 0.999
    epsilon: float = 1e-8
    bias_correction: bool = True

    def __post_init__(self) -> None:
        if self.name not in ("gd", "adam"):
            raise ValueError(f"name must be 'gd' or 'adam', got {self.name!r}")
        if not 0 < self.learning_rate < math.inf:
            raise ValueError(f"learning_rate must be positive, got {self.learning_rate}")
        if not 0 < self.decay <= 1:
            raise ValueError(f"decay must lie in (0, 1], got {self.decay}")
        if not (0 <= self.beta1 < 1 and 0 <= self.beta2 < 1):
            raise ValueError(f"betas must lie in [0, 1), got {self.beta1} and {self.beta2}")
        if not 0 <= self.epsilon < math.inf:
            raise ValueError(f"epsilon must be finite and at least 0, got {self.epsilon}")

    def updates(self) -> Callable[[Tensor], Tensor]:
        """A fresh optimizer: maps the gradient of each step in turn to its update."""
        return _descend(self) if self.name == "gd" else _adam(self)


def _descend(optimizer: Optimizer) -> Callable[[Tensor], Tensor]:
    rate = optimizer.learning_rate

    def update(gradient: Tensor) -> Tensor:
        nonlocal rate
        step, rate = -rate * gradient, rate * optimizer.decay
        return step

    return update


def _adam(optimizer: Optimizer) -> Callable[[Tensor], Tensor]:
    mean = square = torch.zeros(())
    rate, count = optimizer.learning_rate, 0
    beta1, beta2 = optimizer.beta1, optimizer.beta2

    def update(gradient: Tensor) -> Tensor:
        nonlocal mean, square, rate, count
        if count == 0:
            mean, square = torch.zeros_like(gradient), torch.zeros_like(gradient)
        count += 1
        mean.lerp_(gradient, 1 - beta1)
        square.mul_(beta2).addcmul_(gradient, gradient, value=1 - beta2)
        first = second = 1.0
        if optimizer.bias_correction:
            first, second = 1 - beta1**count, math.sqrt(1 - beta2**count)
        step = mean / square.sqrt().div_(second).add_(optimizer.epsilon)
        step.mul_(-rate / first)
        rate *= optimizer.decay
        return step

    return update


@dataclass(frozen=True)
class Step:
    """One step of training.

    Args:
        number: Number of steps taken, from 1.
        loss: Loss before the step.
        before: Weights before the step, after their normalization where there is one.
        update: What the step added.
        after: Weights after the step.
    """

    number: int
    loss: float
    before: Weights
    update: Weights
    after: Weights


def train(
    student: Student,
    weights: Weights,
    sample: Sample,
    optimizer: Optimizer,
    steps: int,
    transform: Callable[[Weights], Weights] | None = None,
) -> Iterator[Step]:
    """Train the first layer on the whole sample, and yield every step.

    Nothing is drawn: the same arguments give the same weights. Yielded tensors are not changed
    later. For the last weights alone use :func:`trained`.

    Args:
        student: The student with its frozen head.
        weights: Weights at the start; not changed.
        sample: The sample, seen whole at every step.
        optimizer: Optimizer and schedule.
        steps: Number of steps, at least 1.
        transform: Changes each update before it is added, for controls.

    Raises:
        ValueError: If ``steps`` is below 1 or shapes do not fit.
    """
    if steps < 1:
        raise ValueError(f"steps must be at least 1, got {steps}")
    update_of = optimizer.updates()
    for number in range(1, steps + 1):
        if optimizer.normalize:
            norm = torch.linalg.vector_norm(weights, dtype=torch.float64)
            weights = weights * (math.sqrt(weights.numel()) / norm)
        loss, gradient = student.loss_and_gradient(weights, sample)
        update = update_of(gradient)
        if transform is not None:
            update = transform(update)
        after = weights + update
        yield Step(number, loss, weights, update, after)
        weights = after


def trained(
    student: Student,
    weights: Weights,
    sample: Sample,
    optimizer: Optimizer,
    steps: int,
    transform: Callable[[Weights], Weights] | None = None,
) -> Weights:
    """The weights after :func:`train`."""
    for step in train(student, weights, sample, optimizer, steps, transform):
        weights = step.after
    return weights
