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

from traindyn.curvature import exact_weight_norm
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
        with exact_weight_norm():
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


def _mapped(value: Any, change: Callable[[Tensor], Tensor]) -> Any:
    """A structure of tuples, lists and dictionaries with every tensor changed."""
    if isinstance(value, Tensor):
        return change(value)
    if isinstance(value, Mapping):
        return {name: _mapped(part, change) for name, part in value.items()}
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return type(value)(*(_mapped(part, change) for part in value))
    if isinstance(value, tuple | list):
        return type(value)(_mapped(part, change) for part in value)
    return value


def _cut(batch: Batch, side: slice) -> Batch:
    """Some samples of a batch: every tensor that has one entry per sample is cut, and copied.

    A network may write into its inputs, a loss into its targets; what the loader holds stays as it
    is.
    """
    whole = len(batch)

    def cut(value: Tensor) -> Tensor:
        per_sample = value.ndim and len(value) == whole
        return (value[side] if per_sample else value).clone()

    targets = batch.targets[side].clone()
    return Batch(_mapped(batch.arguments, cut), _mapped(batch.named, cut), targets)


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
        part = _cut(batch, slice(kept))
        arguments, named = (
            _mapped(value, lambda tensor: tensor.to(device))
            for value in (part.arguments, part.named)
        )
        taken.append(Batch(arguments, named, part.targets.to(device)))
        if kept == left:
            break
    if not taken:
        raise ValueError("loader must hold at least one batch, got none")
    return taken


def halves(batches: list[Batch]) -> tuple[list[Batch], list[Batch]]:
    """Every batch cut in two: one half to find directions, the other to measure along them.

    Batches of one sample go to whichever has fewer so far.

    Raises:
        ValueError: If a half would be empty.
    """
    found: tuple[list[Batch], list[Batch]] = ([], [])
    for batch in batches:
        whole, half = len(batch), len(batch) // 2
        if not half:
            min(found, key=lambda part: sum(map(len, part))).append(batch)
            continue
        for part, side in zip(found, (slice(0, half), slice(half, whole)), strict=True):
            part.append(_cut(batch, side))
    if not all(found):
        raise ValueError(f"loader must give at least 2 samples, got {sum(map(len, batches))}")
    return found


def _cross_entropy(outputs: Tensor, targets: Tensor) -> Tensor:
    """Mean over the places of a sample, such as the words of a text; -100 marks none.

    Classes stand on axis 1, as in torch, or on the last one, whichever fits the targets. Targets
    are classes, or as many probabilities as there are outputs, which sum to one over the classes.
    """
    if targets.ndim == outputs.ndim == 2 and targets.shape[1] == 1:
        targets = targets[:, 0]
    soft = targets.is_floating_point() and targets.shape == outputs.shape
    fits = [
        axis
        for axis in sorted({1, outputs.ndim - 1})
        if outputs.ndim > 1
        and (
            _sums_to_one(targets, axis)
            if soft
            else outputs.shape[:axis] + outputs.shape[axis + 1 :] == targets.shape
        )
    ]
    if len(fits) != 1 or (targets.is_floating_point() and not soft):
        meant = "classes may stand on axis 1 or on the last" if len(fits) > 1 else "none fits"
        raise ValueError(
            "targets must be classes, or one probability per output: "
            f"outputs have the shape {tuple(outputs.shape)}, and targets of "
            f"{str(targets.dtype).removeprefix('torch.')} the shape {tuple(targets.shape)}: "
            f"{meant}; give a loss of your own"
        )
    outputs = outputs.movedim(fits[0], 1)
    if soft:
        each = functional.cross_entropy(outputs, targets.movedim(fits[0], 1), reduction="none")
        return each.reshape(len(targets), -1).mean(1)
    classes = targets.long()
    wrong = (classes != -100) & ((classes < 0) | (classes >= outputs.shape[1]))
    if wrong.any():
        raise ValueError(
            f"targets must be classes from 0 to {outputs.shape[1] - 1}, or -100, "
            f"got {classes[wrong][0].item()}"
        )
    each = functional.cross_entropy(outputs, classes, reduction="none")
    counted = (classes != -100).reshape(len(targets), -1).sum(1)
    return each.reshape(len(targets), -1).sum(1) / counted.clamp(min=1)


def _sums_to_one(probabilities: Tensor, axis: int) -> bool:
    close = (probabilities.sum(axis) - 1).abs() < 1e-3
    return bool(close.all() and (probabilities >= 0).all())


def _squared_error(outputs: Tensor, targets: Tensor) -> Tensor:
    sizes = [[side for side in shape if side != 1] for shape in (outputs.shape, targets.shape)]
    if sizes[0] != sizes[1] or len(outputs) != len(targets):
        raise ValueError(
            f"targets must have the shape {tuple(outputs.shape)} of the outputs, "
            f"got {tuple(targets.shape)}"
        )
    return (
        (outputs - targets.reshape(outputs.shape).to(outputs))
        .square()
        .reshape(len(targets), -1)
        .mean(1)
    )


LOSSES: dict[str, LossFunction] = {"cross_entropy": _cross_entropy, "mse": _squared_error}
"""Losses by name: ``cross_entropy`` of logits and classes, ``mse`` the mean squared error."""


def loss_function(loss: str | LossFunction) -> LossFunction:
    """A loss by its name, or the given one.

    Raises:
        ValueError: If it is neither a function nor a name in :data:`LOSSES`.
    """
    if callable(loss) and not isinstance(loss, type):
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
        outputs = batch.outputs(network)
        try:
            losses = loss(outputs, batch.targets)
        except (RuntimeError, IndexError, TypeError) as error:
            raise ValueError(f"loss must take outputs and targets: {error}") from error
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

    Dropout is off and normalization uses its running statistics. Afterwards every module is in its
    mode again, and what the network wrote into its weights and buffers is undone.
    """
    modes = {module: module.training for module in network.modules()}
    buffers = [(m, name, b) for m in modes for name, b in m._buffers.items()]
    held = {id(t): (t, t.detach().clone()) for t in (*network.parameters(), *network.buffers())}
    network.eval()
    try:
        with sdpa_kernel(SDPBackend.MATH), torch.backends.cudnn.flags(enabled=False):
            yield
    finally:
        for module, mode in modes.items():  # parents first; each may do something on the way back
            module.train(mode)
        for module, mode in modes.items():
            module.training = mode
        for module, name, buffer in buffers:
            module._buffers[name] = buffer
        with torch.no_grad():
            for tensor, before in held.values():
                if not torch.equal(tensor, before):
                    tensor.copy_(before)


@contextlib.contextmanager
def seeded(parameters: Iterable[Tensor], seed: int) -> Iterator[None]:
    """Torch's generators at a seed, and afterwards where they were.

    Args:
        parameters: On whose devices.
        seed: At least 0.
    """
    devices = sorted({p.device.index or 0 for p in parameters if p.device.type == "cuda"})
    with torch.random.fork_rng(devices):
        torch.default_generator.manual_seed(seed)
        for device in devices:
            torch.cuda.default_generators[device].manual_seed(seed)
        yield
