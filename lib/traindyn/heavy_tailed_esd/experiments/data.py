"""Single-index data: labels that see the inputs through one direction only."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import softplus

LABEL_NOISE = 0.3
"""Standard deviation of the label noise, from the configurations of the authors' public code."""


@dataclass(frozen=True)
class Sample:
    """Inputs, one per row, and their labels; or a batch of such samples.

    Args:
        inputs: The matrix X.
        labels: The vector y.
    """

    inputs: Float[Tensor, "... samples inputs"]
    labels: Float[Tensor, "... samples"]

    def shuffled(self, generator: torch.Generator) -> Sample:
        """The same inputs and labels, but the labels no longer belong to the inputs."""
        order = torch.randperm(len(self.labels), generator=generator)
        return Sample(self.inputs, self.labels[order])


@dataclass(frozen=True)
class SingleIndex:
    r"""A teacher that looks along one direction, :math:`y = s(\beta\cdot x) + \rho\,\epsilon`.

    The link is :math:`s(z) = \log(1 + e^z)`; inputs and :math:`\epsilon` are standard normal.

    Args:
        direction: The unit vector β.
        noise: Standard deviation ρ of the label noise, finite and not negative.

    Raises:
        ValueError: If the direction is not a unit vector or the noise leaves its range.

    Source: the setting of the paper and the configurations of the authors' public code.

    >>> teacher = SingleIndex(torch.tensor([1.0, 0.0]), noise=0.0)
    >>> sample = teacher.draw(3, torch.Generator())
    >>> bool((sample.labels == softplus(sample.inputs[:, 0])).all())
    True
    """

    direction: Float[Tensor, " inputs"]
    noise: float = LABEL_NOISE

    def __post_init__(self) -> None:
        norm = float(torch.linalg.vector_norm(self.direction))
        if not math.isclose(norm, 1.0, rel_tol=1e-5):
            raise ValueError(f"direction must have length 1, got {norm:g}")
        if not 0 <= self.noise < math.inf:
            raise ValueError(f"noise must be finite and at least 0, got {self.noise}")

    def draw(self, samples: int, generator: torch.Generator) -> Sample:
        """Draw inputs and labels.

        Args:
            samples: Number n of samples, at least 1.
            generator: Source of inputs and noise.

        Raises:
            ValueError: If ``samples`` is below 1.
        """
        if samples < 1:
            raise ValueError(f"samples must be at least 1, got {samples}")
        dtype = self.direction.dtype
        x = torch.randn(samples, len(self.direction), generator=generator, dtype=dtype)
        noise = torch.randn(samples, generator=generator, dtype=dtype)
        return Sample(x, softplus(x @ self.direction) + self.noise * noise)


def draw_teacher(
    inputs: int,
    generator: torch.Generator,
    noise: float = LABEL_NOISE,
    dtype: torch.dtype = torch.float64,
) -> SingleIndex:
    """A teacher with a uniformly random direction.

    Args:
        inputs: Number d of inputs, at least 1.
        generator: Source of the direction.
        noise: Standard deviation of the label noise.
        dtype: Type of the direction, and of the data that the teacher draws.

    Raises:
        ValueError: If a number leaves its range.
    """
    if inputs < 1:
        raise ValueError(f"inputs must be at least 1, got {inputs}")
    direction = torch.randn(inputs, generator=generator, dtype=dtype)
    return SingleIndex(direction / torch.linalg.vector_norm(direction), noise)
