"""Images of digits as a stream of samples, with their scatter scaled to a given precision."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

from traindyn.hessian_alignment.experiments.digits import digits
from traindyn.hessian_alignment.experiments.mixtures import Block


@dataclass(frozen=True, eq=False)
class Images:
    """A set of images that samples are drawn from, with replacement.

    Args:
        labels: Their classes.
        inputs: Their pixels.
    """

    labels: Int[Tensor, " n"]
    inputs: Float[Tensor, "n d"]

    def draw(
        self, shape: Sequence[int], generator: torch.Generator
    ) -> tuple[Int[Tensor, "..."], Float[Tensor, "... d"]]:
        """Images of the set, drawn independently."""
        pick = torch.randint(len(self.labels), tuple(shape), generator=generator)
        return self.labels[pick], self.inputs[pick]

    def stream(
        self, replicas: int, steps: int, generator: torch.Generator, block: int = 64
    ) -> Iterator[Block]:
        """One image per step and replica, in blocks of steps."""
        for first in range(0, steps, block):
            yield self.draw((min(block, steps - first), replicas), generator)


def scaled_images(
    classes: int, precision: float, generator: torch.Generator
) -> tuple[Images, Images]:
    r"""Digits whose classes have a given precision, one half to train on, the other to test.

    The mean images of the classes have the mean squared norm 1. Every image is moved toward the
    mean of its class, or away from it, until the mean variance of a pixel is :math:`1/\lambda`; the
    shape of the scatter stays that of the images.

    Args:
        classes: Number of classes.
        precision: :math:`\lambda`.
        generator: Source of the halves.

    Raises:
        ValueError: If ``precision`` is not positive and finite.
    """
    if not (precision > 0 and math.isfinite(precision)):
        raise ValueError(f"precision must be positive and finite, got {precision}")
    images, labels = digits(classes)
    means = torch.stack([images[labels == c].mean(dim=0) for c in range(classes)])
    scatter = images - means[labels]
    scatter = scatter / (precision * scatter.square().mean()).sqrt()
    means = means / means.square().sum(dim=1).mean().sqrt()
    inputs = means[labels] + scatter
    order = torch.randperm(len(labels), generator=generator)
    half = len(labels) // 2
    first, second = order[:half], order[half:]
    return Images(labels[first], inputs[first]), Images(labels[second], inputs[second])
