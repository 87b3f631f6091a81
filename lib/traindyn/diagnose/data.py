"""What a loader gives, and the loss of each of its samples."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.attention import SDPBackend, sdpa_kernel

from traindyn.system.arguments import short, whole_number

LossFunction = Callable[[Any, Tensor], Tensor]
"""Maps the outputs and targets of a batch to one loss per sample."""

TARGETS = ("labels", "label", "targets", "target", "y")
"""Keys under which a batch that is a dictionary may hold its targets; the first found counts."""


@dataclass(frozen=True)
class Batch:
    """One batch, apart from how its loader writes it down.

    Args:
        arguments: Positional arguments of the network.
        named: Arguments by name.
        targets: What the loss compares the outputs with, one entry per sample.
    """

    arguments: tuple[Any, ...]
    named: dict[str, Any]
    targets: Tensor

    def __len__(self) -> int:
        return len(self.targets)

    def outputs(self, network: nn.Module) -> Any:
        """What the network computes; the logits, or the first of several results."""
        found = network(*self.arguments, **self.named)
        found = getattr(found, "logits", found)
        if isinstance(found, Mapping):
            found = found.get("logits", next(iter(found.values()), None))
        return found[0] if isinstance(found, tuple | list) and found else found


def read_batch(batch: Any) -> Batch:
    """A batch of a loader: ``(inputs, ..., targets)``, or a dictionary with targets.

    Raises:
        ValueError: If it is neither, or holds no tensor of targets.

    >>> len(read_batch((torch.zeros(3, 2), torch.zeros(3))))
    3
    """
    arguments: tuple[Any, ...] = ()
    named: dict[str, Any] = {}
    if isinstance(batch, Mapping):
        key = next((name for name in TARGETS if name in batch), None)
        if key is None:
            raise ValueError(
                f"a batch must hold its targets under one of {', '.join(TARGETS)}, "
                f"got the keys {short(sorted(map(str, batch)))}"
            )
        named = {str(name): value for name, value in batch.items() if name != key}
        targets = batch[key]
    elif isinstance(batch, tuple | list) and len(batch) >= 2:
        arguments, targets = tuple(batch[:-1]), batch[-1]
    else:
        raise ValueError(
            f"a batch must be (inputs, targets) or a dictionary, got {type(batch).__name__}"
        )
    if not isinstance(targets, Tensor) or not targets.ndim or not len(targets):
        raise ValueError("the targets of a batch must be a tensor with one entry per sample")
    return Batch(arguments, named, targets)


def _cut(value: Any, whole: int, side: slice) -> Any:
    """Some samples of a tensor that has one entry per sample; anything else as it is."""
    per_sample = isinstance(value, Tensor) and value.ndim and len(value) == whole
    return value[side] if per_sample else value


def _moved(value: Any, device: torch.device) -> Any:
    return value.to(device) if isinstance(value, Tensor) else value


def take_samples(loader: Iterable[Any], samples: int, device: torch.device) -> list[Batch]:
    """The first samples of a loader, batch by batch.

    Args:
        loader: Gives batches; see :func:`read_batch`.
        samples: How many samples to take, at least 1; fewer if the loader holds fewer.
        device: Where the network is.

    Raises:
        ValueError: If ``samples`` is below 1, the loader is none or is empty, or a batch is none.

    >>> batches = [(torch.zeros(3, 2), torch.zeros(3))] * 4
    >>> [len(batch) for batch in take_samples(batches, 7, torch.device("cpu"))]
    [3, 3, 1]
    """
    samples = whole_number("samples", samples, 1)
    if isinstance(loader, Tensor | str | Mapping) or not isinstance(loader, Iterable):
        raise ValueError(f"loader must give batches, got {type(loader).__name__}")
    taken: list[Batch] = []
    for given in loader:
        batch = read_batch(given)
        left = samples - sum(map(len, taken))
        kept = min(left, len(batch))
        parts = [_moved(_cut(v, len(batch), slice(kept)), device) for v in batch.arguments]
        named = {
            k: _moved(_cut(v, len(batch), slice(kept)), device) for k, v in batch.named.items()
        }
        taken.append(Batch(tuple(parts), named, batch.targets[:kept].to(device)))
        if kept == left:
            break
    if not taken:
        raise ValueError("loader must hold at least one batch, got none")
    return taken


def halves(batches: list[Batch]) -> tuple[list[Batch], list[Batch]]:
    """Every batch cut in two: one half to find directions, the other to measure along them.

    Raises:
        ValueError: If a half would be empty.
    """
    found: tuple[list[Batch], list[Batch]] = ([], [])
    for batch in batches:
        whole, half = len(batch), len(batch) // 2
        for part, side in zip(found, (slice(0, half), slice(half, whole)), strict=True):
            if side.stop > side.start:
                arguments = tuple(_cut(value, whole, side) for value in batch.arguments)
                named = {name: _cut(value, whole, side) for name, value in batch.named.items()}
                part.append(Batch(arguments, named, batch.targets[side]))
    if not found[0]:
        raise ValueError("batches must hold at least 2 samples each, got 1")
    return found


def _cross_entropy(outputs: Tensor, targets: Tensor) -> Tensor:
    """Mean over the places of a sample, such as the words of a text; -100 marks none."""
    if targets.is_floating_point():
        return functional.cross_entropy(outputs, targets, reduction="none").flatten(1).mean(1)
    classes_last = outputs.ndim > 2 and outputs.shape[:-1] == targets.shape
    each = functional.cross_entropy(
        outputs.movedim(-1, 1) if classes_last else outputs, targets.long(), reduction="none"
    )
    counted = (targets != -100).flatten(1) if targets.ndim > 1 else (targets != -100)[:, None]
    return each.reshape(len(targets), -1).sum(1) / counted.sum(1).clamp(min=1)


def _squared_error(outputs: Tensor, targets: Tensor) -> Tensor:
    if outputs.shape != targets.shape and outputs.numel() == targets.numel():
        targets = targets.reshape(outputs.shape)
    if outputs.shape != targets.shape:
        raise ValueError(
            f"targets must have the shape {tuple(outputs.shape)} of the outputs, "
            f"got {tuple(targets.shape)}"
        )
    return (outputs - targets.to(outputs)).square().reshape(len(targets), -1).mean(1)


LOSSES: dict[str, LossFunction] = {"cross_entropy": _cross_entropy, "mse": _squared_error}
"""Losses by name: ``cross_entropy`` of logits and classes, ``mse`` the mean squared error."""


def loss_function(loss: str | LossFunction) -> LossFunction:
    """A loss by its name, or the given one.

    Raises:
        ValueError: If it is neither a function nor a name in :data:`LOSSES`.
    """
    if callable(loss):
        return loss
    if not isinstance(loss, str) or loss not in LOSSES:
        raise ValueError(f"loss must be a function or one of {', '.join(LOSSES)}, got {loss!r}")
    return LOSSES[loss]


def sample_losses(
    network: nn.Module, batches: list[Batch], loss: LossFunction
) -> Float[Tensor, " samples"]:
    """The loss of each sample, with its graph.

    Raises:
        ValueError: If the loss gives other than one finite number per sample.
    """
    found = []
    for batch in batches:
        losses = loss(batch.outputs(network), batch.targets)
        if not isinstance(losses, Tensor) or losses.shape != (len(batch),):
            shape = tuple(losses.shape) if isinstance(losses, Tensor) else type(losses).__name__
            raise ValueError(
                f"loss must give one number per sample, {len(batch)} here, got {shape}: "
                'use reduction="none"'
            )
        found.append(losses)
    together = torch.cat(found)
    if not together.isfinite().all():
        raise ValueError(f"losses must be finite, got {together[~together.isfinite()][0].item()}")
    return together


@contextlib.contextmanager
def evaluating(network: nn.Module) -> Iterator[None]:
    """A network in evaluation mode, with attention and recurrences that have a second derivative.

    Dropout is off and normalization uses its running statistics; every module returns to its mode.
    """
    modes = {module: module.training for module in network.modules()}
    network.eval()
    try:
        with sdpa_kernel(SDPBackend.MATH), torch.backends.cudnn.flags(enabled=False):
            yield
    finally:
        for module, mode in modes.items():
            module.training = mode
