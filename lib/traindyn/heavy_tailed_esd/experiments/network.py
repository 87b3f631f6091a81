"""The student: a two-layer network whose first layer learns, and its gradient in closed form."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import torch
from jaxtyping import Float
from torch import Tensor

from traindyn.heavy_tailed_esd.experiments.data import (
    LABEL_NOISE,
    Sample,
    SingleIndex,
    draw_teacher,
)

Activation = Literal["tanh", "linear"]
Weights = Float[Tensor, "hidden inputs"]


@dataclass(frozen=True)
class Student:
    r"""A network without biases, :math:`f(x) = h^{-1/2}\, a\cdot\sigma(Wx/\sqrt d)`.

    The head a is frozen, so that the weights W are an argument of every method. The loss is the
    mean squared error over the whole sample.

    Args:
        head: The vector a, one entry per hidden unit; or a batch of them.
        activation: ``tanh``, or ``linear`` for a control that learns nothing but a matrix.

    Raises:
        ValueError: If the activation is unknown or there is no hidden unit.

    >>> student = Student(torch.ones(1))
    >>> data = Sample(torch.ones(1, 1), torch.tensor([1.0]))
    >>> loss, gradient = student.loss_and_gradient(torch.zeros(1, 1), data)
    >>> loss, gradient.tolist()  # f = tanh(w), so the gradient at w = 0 is -2
    (1.0, [[-2.0]])
    """

    head: Float[Tensor, "*batch hidden"]
    activation: Activation = "tanh"

    def __post_init__(self) -> None:
        if self.activation not in ("tanh", "linear"):
            raise ValueError(f"activation must be 'tanh' or 'linear', got {self.activation!r}")
        if self.head.shape[-1] < 1:
            raise ValueError("head must have at least 1 entry, got none")

    def features(
        self, weights: Float[Tensor, "... hidden inputs"], inputs: Float[Tensor, "... n inputs"]
    ) -> Float[Tensor, "... n hidden"]:
        r"""Activations of the hidden units, :math:`\sigma(XW^\top/\sqrt d)`, without 1/√h.

        Raises:
            ValueError: If shapes do not fit.
        """
        hidden, width = weights.shape[-2:]
        if hidden != self.head.shape[-1] or inputs.shape[-1] != width:
            wanted = f"{self.head.shape[-1]} by {inputs.shape[-1]}"
            raise ValueError(f"weights must be {wanted}, got {hidden} by {width}")
        before = (inputs @ weights.mT).div_(math.sqrt(width))
        return before.tanh_() if self.activation == "tanh" else before

    def predict(
        self, weights: Float[Tensor, "... hidden inputs"], inputs: Float[Tensor, "... n inputs"]
    ) -> Float[Tensor, "... n"]:
        """The outputs f(x), one per row of the inputs."""
        active = self.features(weights, inputs)
        return (active @ self.head[..., None])[..., 0] / math.sqrt(self.head.shape[-1])

    def loss_and_gradient(self, weights: Weights, sample: Sample) -> tuple[float, Weights]:
        """Mean squared error and its gradient, of one student.

        Raises:
            ValueError: If shapes do not fit.
        """
        loss, gradient = self.losses_and_gradients(weights, sample)
        return float(loss), gradient

    def losses_and_gradients(
        self, weights: Float[Tensor, "... hidden inputs"], sample: Sample
    ) -> tuple[Float[Tensor, "..."], Float[Tensor, "... hidden inputs"]]:
        r"""Mean squared error and its gradient with respect to the weights.

        .. math:: \nabla_W \tfrac1n \lVert f - y\rVert^2 = \frac{2}{n\sqrt{hd}}\,
            \mathrm{diag}(a)\,\bigl[(f - y)\odot\sigma'(XW^\top/\sqrt d)\bigr]^\top X ,

        two products of matrices, one forward and one backward. Heads, weights and samples may have
        leading dimensions: a batch of students.

        Raises:
            ValueError: If shapes do not fit.
        """
        samples, width = sample.inputs.shape[-2:]
        hidden = self.head.shape[-1]
        active = self.features(weights, sample.inputs)
        outputs = (active @ self.head[..., None])[..., 0] / math.sqrt(hidden)
        excess = outputs - sample.labels
        if self.activation == "tanh":
            slope = active.square_().neg_().add_(1.0)
        else:
            slope = torch.ones_like(active)
        scale = self.head * (2 / (samples * math.sqrt(hidden * width)))
        slope.mul_(excess[..., None]).mul_(scale[..., None, :])
        return excess.square().mean(dim=-1), slope.mT @ sample.inputs


@dataclass(frozen=True)
class Problem:
    """A drawn instance: who teaches, what is seen, who learns, and from which weights.

    Args:
        teacher: The teacher; draws fresh data from it.
        sample: The training sample.
        student: The student with its frozen head.
        weights: The weights W at the start.
    """

    teacher: SingleIndex
    sample: Sample
    student: Student
    weights: Weights


def draw_problem(
    inputs: int,
    samples: int,
    hidden: int,
    generator: torch.Generator,
    noise: float = LABEL_NOISE,
    dtype: torch.dtype = torch.float64,
) -> Problem:
    """Draw teacher, sample, head and weights; all entries of head and weights standard normal.

    Args:
        inputs: Number d of inputs.
        samples: Number n of samples.
        hidden: Number h of hidden units.
        generator: Source of everything that is drawn.
        noise: Standard deviation of the label noise.
        dtype: ``float32`` (as the authors' code) or ``float64``.

    Raises:
        ValueError: If a number leaves its range.
    """
    if hidden < 1:
        raise ValueError(f"hidden must be at least 1, got {hidden}")
    teacher = draw_teacher(inputs, generator, noise, dtype)
    sample = teacher.draw(samples, generator)
    head = torch.randn(hidden, generator=generator, dtype=dtype)
    weights = torch.randn(hidden, inputs, generator=generator, dtype=dtype)
    return Problem(teacher, sample, Student(head), weights)
