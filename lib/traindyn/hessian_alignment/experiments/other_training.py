"""Variants of training: steps projected on eigenspaces, and samples that are kept."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from typing import Literal

import torch
from jaxtyping import Float, Int
from torch import Tensor

from traindyn.hessian_alignment.experiments.blocks import block_spectra
from traindyn.hessian_alignment.experiments.mixtures import Block, Mixture

Kept = Literal["dominant", "bulk"]


def train_projected(
    start: Float[Tensor, "replicas k d"],
    mixture: Mixture,
    learning_rate: float,
    horizon: float,
    kept: Kept,
    generator: torch.Generator,
    test_size: int,
) -> Float[Tensor, "replicas k d"]:
    r"""One-pass SGD whose step for each class is projected by its block of the Hessian.

    Args:
        start: Weights before the first step.
        mixture: Where samples come from.
        learning_rate: :math:`\delta`.
        horizon: Time, a whole number; the eigenspaces are computed anew at each unit.
        kept: ``dominant`` keeps the part in the top k eigenvectors, ``bulk`` the rest.
        generator: Source of all samples.
        test_size: Samples for an eigenspace.

    Raises:
        ValueError: If ``kept`` is unknown.
    """
    if kept not in ("dominant", "bulk"):
        raise ValueError(f"kept must be 'dominant' or 'bulk', got {kept!r}")
    x = start.clone()
    for _ in range(round(horizon)):
        spectra = block_spectra(x, mixture, test_size, generator, matrices=("hessian",))
        basis = torch.from_numpy(spectra["hessian"].vectors)
        for labels, inputs in mixture.stream(len(x), round(1 / learning_rate), generator):
            for label, batch in zip(labels.unsqueeze(2), inputs, strict=True):
                residual = torch.softmax(torch.bmm(x, batch.unsqueeze(2)).squeeze(2), dim=1)
                residual.scatter_add_(1, label, residual.new_full(label.shape, -1.0))
                inside = torch.einsum("rcdq,rd->rcq", basis, batch)
                direction = torch.einsum("rcdq,rcq->rcd", basis, inside)
                if kept == "bulk":
                    direction = batch.unsqueeze(1) - direction
                x -= learning_rate * residual.unsqueeze(2) * direction
    return x


class Recorder:
    """Passes samples through and keeps the last of them.

    Args:
        samples: Blocks of samples.
        steps: Number of steps to keep, at least.
    """

    def __init__(self, samples: Iterable[Block], steps: int) -> None:
        self._samples = samples
        self._steps = steps
        self._kept: deque[Block] = deque()

    def __iter__(self) -> Iterator[Block]:
        length = 0
        for block in self._samples:
            self._kept.append(block)
            length += len(block[0])
            while length - len(self._kept[0][0]) >= self._steps:
                length -= len(self._kept.popleft()[0])
            yield block

    def sets(self) -> list[tuple[Int[Tensor, " steps"], Float[Tensor, "steps d"]]]:
        """Labels and inputs of the last steps, one pair per replica."""
        labels = torch.cat([block[0] for block in self._kept])[-self._steps :]
        inputs = torch.cat([block[1] for block in self._kept])[-self._steps :]
        return list(zip(labels.unbind(1), inputs.unbind(1), strict=True))
