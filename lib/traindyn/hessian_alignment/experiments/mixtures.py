r"""Classification of a mixture, and one-pass SGD of softmax regression on it, replicas batched.

A sample of class :math:`a` is :math:`X = \mu_a + Z/\sqrt\lambda` with isotropic noise :math:`Z`.
Softmax regression without bias has one weight vector :math:`x^c` per class and the loss
:math:`L = -\log \pi_y`, :math:`\pi = \mathrm{softmax}(x^1\cdot X, \dots, x^k\cdot X)`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import torch
from jaxtyping import Float, Int
from torch import Tensor

Noise = Literal["gaussian", "rademacher"]
Block = tuple[Int[Tensor, "_ replicas"], Float[Tensor, "_ replicas d"]]

PART = 2**15
"""Coordinates of samples that are drawn together."""


@dataclass(frozen=True, eq=False)
class Mixture:
    r"""Components :math:`\mu_a + Z/\sqrt\lambda`, drawn with given probabilities.

    Args:
        means: One mean per row, float64.
        precision: :math:`\lambda > 0`, inverse variance of each coordinate.
        weights: Probabilities of the components; default: equal.
        noise: Law of the coordinates of Z: normal, or ±1.

    Raises:
        ValueError: If ``precision`` is not positive and finite, the weights are not a probability
            for each mean, or the noise is unknown.
    """

    means: Float[Tensor, "k d"]
    precision: float
    weights: Sequence[float] = ()
    noise: Noise = "gaussian"

    def __post_init__(self) -> None:
        k = len(self.means)
        if not (self.precision > 0 and math.isfinite(self.precision)):
            raise ValueError(f"precision must be positive and finite, got {self.precision}")
        if not self.weights:
            object.__setattr__(self, "weights", (1 / k,) * k)
        if len(self.weights) != k or min(self.weights) < 0 or abs(sum(self.weights) - 1) > 1e-12:
            raise ValueError(f"weights must be {k} probabilities, got {self.weights}")
        if self.noise not in ("gaussian", "rademacher"):
            raise ValueError(f"noise must be 'gaussian' or 'rademacher', got {self.noise!r}")

    @property
    def classes(self) -> int:
        """Number of components k."""
        return len(self.means)

    @property
    def dimension(self) -> int:
        """Number of inputs d."""
        return self.means.shape[1]

    def draw(
        self, shape: Sequence[int], generator: torch.Generator
    ) -> tuple[Int[Tensor, "..."], Float[Tensor, "... d"]]:
        """Independent samples.

        Args:
            shape: Leading shape of the result.
            generator: Source of randomness.

        Returns:
            The component of each sample, and its inputs.
        """
        uniform = torch.rand(*shape, generator=generator, dtype=torch.float64)
        edges = torch.tensor(self.weights, dtype=torch.float64).cumsum(0)[:-1]
        component = torch.searchsorted(edges, uniform, right=True)
        # in parts that stay in the cache: the same numbers, in a third of the time
        x = torch.empty(component.numel(), self.dimension, dtype=torch.float64)
        rows = 16 * max(1, PART // (16 * self.dimension))  # torch draws normal numbers by sixteens
        ends = [*range(rows, len(x) - rows + 1, rows), len(x)]
        for first, last in zip([0, *ends], ends, strict=False):
            # noise in single precision: faster to draw, and its rounding does not matter
            noise = torch.randn(last - first, self.dimension, generator=generator)
            if self.noise == "rademacher":
                noise = torch.where(noise > 0, 1.0, -1.0)
            means = self.means.index_select(0, component.view(-1)[first:last])
            x[first:last].copy_(noise).mul_(self.precision**-0.5).add_(means)
        return component, x.view(*shape, self.dimension)

    def stream(
        self, replicas: int, steps: int, generator: torch.Generator, block: int = 64
    ) -> Iterator[Block]:
        """Fresh samples for one-pass training, one per step and replica, in blocks of steps.

        Args:
            replicas: Number of independent runs.
            steps: Number of steps.
            generator: Source of randomness.
            block: Steps per block; it changes speed and memory, and the stream of numbers.
        """
        for first in range(0, steps, block):
            yield self.draw((min(block, steps - first), replicas), generator)


def orthonormal_means(k: int, d: int, generator: torch.Generator) -> Float[Tensor, "k d"]:
    """Orthonormal vectors with a uniformly random orientation, one per row.

    Raises:
        ValueError: If there are more vectors than dimensions.
    """
    if not 1 <= k <= d:
        raise ValueError(f"k must lie in [1, {d}], got {k}")
    frame, _ = torch.linalg.qr(torch.randn(d, k, generator=generator, dtype=torch.float64))
    return frame.T.contiguous()


def random_start(
    replicas: int, k: int, d: int, generator: torch.Generator
) -> Float[Tensor, "replicas k d"]:
    r"""Weights :math:`x^c \sim N(0, I_d/d)`, of norm close to 1, independent over classes."""
    x = torch.randn(replicas, k, d, generator=generator, dtype=torch.float64)
    return x.mul_(d**-0.5)


def probabilities(
    x: Float[Tensor, "... k d"], inputs: Float[Tensor, "... n d"]
) -> Float[Tensor, "... n k"]:
    r"""Softmax probabilities :math:`\pi` of samples.

    >>> probabilities(torch.zeros(2, 3), torch.ones(1, 3))
    tensor([[0.5000, 0.5000]])
    """
    return torch.softmax(inputs @ x.mT, dim=-1)


def train(
    start: Float[Tensor, "replicas k d"],
    samples: Iterable[Block],
    learning_rate: float,
    decay: float,
    snapshots: Sequence[int],
) -> Float[Tensor, "snapshots replicas k d"]:
    r"""One-pass SGD of softmax regression, one sample per step and replica.

    .. math:: x \leftarrow (1 - \delta\beta)\,x - \delta\,(\pi - e_y) X^\top

    Args:
        start: Weights before the first step.
        samples: Blocks of labels and inputs, such as :meth:`Mixture.stream`.
        learning_rate: :math:`\delta > 0`; time is the number of steps times :math:`\delta`.
        decay: Strength :math:`\beta \ge 0` of the regularizer :math:`\beta\lVert x\rVert^2/2`.
        snapshots: Steps to keep, in increasing order; 0 is the start.

    Returns:
        The weights at the snapshots.

    Raises:
        ValueError: If ``learning_rate`` or ``decay`` leave their range, the snapshots are not in
            order, or the samples end before the last of them.

    >>> start, x = torch.zeros(1, 2, 1), torch.ones(1, 1, 1)
    >>> train(start, [(torch.tensor([[0]]), x)], 0.5, 0.0, [1]).flatten()
    tensor([ 0.2500, -0.2500])
    """
    if not (learning_rate > 0 and math.isfinite(learning_rate)):
        raise ValueError(f"learning_rate must be positive and finite, got {learning_rate}")
    if not 0 <= decay * learning_rate < 1:
        raise ValueError(f"decay must lie in [0, {1 / learning_rate:g}), got {decay}")
    if list(snapshots) != sorted(set(snapshots)) or not snapshots or snapshots[0] < 0:
        raise ValueError(f"snapshots must be steps in increasing order, got {list(snapshots)}")
    x = start.clone()
    kept = [x.clone()] if snapshots[0] == 0 else []
    wanted = set(snapshots)
    step = 0
    for labels, inputs in samples:
        for label, batch in zip(labels.unsqueeze(2), inputs, strict=True):
            residual = torch.softmax(torch.bmm(x, batch.unsqueeze(2)).squeeze(2), dim=1)
            residual.scatter_add_(1, label, residual.new_full(label.shape, -1.0))
            x.baddbmm_(
                residual.unsqueeze(2),
                batch.unsqueeze(1),
                beta=1 - learning_rate * decay,
                alpha=-learning_rate,
            )
            step += 1
            if step in wanted:
                kept.append(x.clone())
            if len(kept) == len(snapshots):
                return torch.stack(kept)
    if len(kept) < len(snapshots):
        raise ValueError(f"samples must last for {snapshots[-1]} steps, got {step}")
    return torch.stack(kept)
