"""Plain SGD of many copies of one network at once, with the account of their balance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.func import functional_call
from torch.nn.functional import cross_entropy

from traindyn.digits import handwritten_digits
from traindyn.system.arguments import real_number, require_kind, whole_number
from traindyn.your_own_network.experiments.balance import Pair, budget

Weights = dict[str, Tensor]

TRAINING = 1400
"""Images to train on, of 1,797; the others are the test set."""


@cache
def images_of_digits() -> tuple[Float[Tensor, "n 64"], Int[Tensor, " n"]]:
    """Standardized images in a fixed random order, in single precision, and their labels."""
    images, labels = handwritten_digits()
    order = np.random.default_rng(0).permutation(len(images))
    images = (images - images.mean()) / images.std()
    return torch.from_numpy(images[order]).float(), torch.from_numpy(labels[order])


@dataclass(frozen=True)
class Training:
    """What a training left behind.

    Args:
        steps: Numbers of steps at the records.
        weights: The weights at each record, by name; the first axis counts the copies.
        account: Of each pair of layers the sum of what the account says of every step.
    """

    steps: tuple[int, ...]
    weights: tuple[Weights, ...]
    account: tuple[Float[Tensor, "copies _units"], ...]


def logits_of(
    network: nn.Module, weights: Weights, images: Float[Tensor, "... n 64"]
) -> Float[Tensor, "copies n 10"]:
    """Logits of every copy, on images that all share, or on images of its own."""
    images = images.to(next(iter(weights.values())))

    def one(weights: Weights, images: Tensor) -> Tensor:
        return torch.as_tensor(functional_call(network, weights, (images,)))

    shared = None if images.ndim == 2 else 0
    return torch.as_tensor(torch.vmap(one, (0, shared))(weights, images))


def mean_losses(
    network: nn.Module,
    weights: Weights,
    images: Float[Tensor, "... n 64"],
    labels: Int[Tensor, "... n"],
) -> Float[Tensor, " copies"]:
    """Mean cross entropy of every copy."""
    logits = logits_of(network, weights, images)
    copies, samples = logits.shape[:2]
    each = cross_entropy(
        logits.flatten(0, 1), labels.expand(copies, samples).flatten(), reduction="none"
    )
    return each.reshape(copies, samples).mean(dim=1)


def train(
    network: nn.Module,
    start: Weights,
    records: Sequence[int],
    generator: torch.Generator,
    *,
    learning_rate: float,
    batch_size: int = 16,
    momentum: float = 0.0,
    pairs: Sequence[Pair] = (),
) -> Training:
    r"""SGD on the cross entropy of the training images; every copy draws its own batches.

    Args:
        network: The network; its own weights are not used.
        start: First weights, with a leading axis of copies.
        records: Numbers of steps after which the weights are kept, rising.
        generator: Source of the batches, drawn with replacement.
        learning_rate: :math:`\eta > 0`.
        batch_size: Images of a step, at least 1; all training images, in order, if 1,400.
        momentum: In [0, 1).
        pairs: Pairs of layers whose account is kept.

    Raises:
        ValueError: If an argument leaves its range, or the weights are not finite at a record.
    """
    require_kind("network", network, nn.Module)
    learning_rate = real_number("learning_rate", learning_rate, "(0, inf)")
    whole_number("batch_size", batch_size, 1, TRAINING)
    momentum = real_number("momentum", momentum, "[0, 1)")
    images, labels = (all_of[:TRAINING] for all_of in images_of_digits())
    weights = {name: w.clone().requires_grad_() for name, w in start.items()}
    velocity = {name: torch.zeros_like(w) for name, w in start.items()}
    copies = len(next(iter(start.values())))
    account = [0.0 * budget(start, pair) for pair in pairs]
    kept, step = [], 0
    for stop in records:
        while step < stop:
            batch = torch.arange(TRAINING).expand(copies, -1)
            if batch_size < TRAINING:
                batch = torch.randint(TRAINING, (copies, batch_size), generator=generator)
            losses = mean_losses(network, weights, images[batch], labels[batch])
            found = torch.autograd.grad(losses.sum(), list(weights.values()))
            gradients = dict(zip(weights, found, strict=True))
            for total, pair in zip(account, pairs, strict=True):
                total += learning_rate**2 * budget(gradients, pair)
            with torch.no_grad():
                for name, weight in weights.items():
                    velocity[name].mul_(momentum).add_(gradients[name])
                    weight.sub_(velocity[name], alpha=learning_rate)
            step += 1
        if not all(bool(w.isfinite().all()) for w in weights.values()):
            raise ValueError(f"learning_rate must keep the weights finite, got {learning_rate}")
        kept.append({name: w.detach().clone() for name, w in weights.items()})
    return Training(tuple(records), tuple(kept), tuple(account))
