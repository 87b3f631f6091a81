"""The imbalance of hidden neurons in a network trained on the digits data, by training recipe."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from jaxtyping import Float
from torch import nn

from traindyn.digits import handwritten_digits
from traindyn.symmetry import NeuronLayer

Recipe = Literal["SGD", "momentum", "Adam", "weight decay", "layer normalization", "tanh"]

RECIPES: tuple[Recipe, ...] = (
    "SGD",
    "weight decay",
    "layer normalization",
    "tanh",
    "momentum",
    "Adam",
)
TEST_IMAGES = 360
"""Every fifth of the 1,797 images is kept for the test."""


@dataclass(frozen=True)
class DigitsRun:
    """A network trained on the digits data.

    Args:
        incoming: Norm |w|² + b² of every hidden neuron along the run.
        outgoing: Norm |u|² of every hidden neuron along the run.
        error: Largest error of the account of the imbalance over neurons, along the run.
        accuracy: Fraction of test images classified correctly at the end.
        steps: Steps taken.
    """

    incoming: Float[np.ndarray, "records neurons"]
    outgoing: Float[np.ndarray, "records neurons"]
    error: Float[np.ndarray, " records"]
    accuracy: float
    steps: int


def train_on_digits(
    recipe: Recipe,
    generator: torch.Generator,
    *,
    hidden: int = 64,
    epochs: int = 30,
    batch_size: int = 16,
    learning_rate: float = 0.1,
) -> DigitsRun:
    """Train a network with one hidden layer and keep the account of its neurons' imbalance.

    The account adds up the exact change under plain SGD and a symmetric network. For the other
    recipes it is wrong, and its error says by how much they depart from the law.

    Args:
        recipe: Plain ``SGD``; SGD with ``momentum`` 0.9, with ``weight decay`` 1e-3, with a ``layer
            normalization`` of the hidden layer or with ``tanh`` instead of ReLU; or ``Adam``, at a
            hundredth of the learning rate.
        generator: Source of weights and batches.
        hidden: Hidden neurons.
        epochs: Passes over the data, batches drawn without replacement.
        batch_size: Images in a batch.
        learning_rate: Learning rate.

    Raises:
        ValueError: If the recipe is unknown, or ``epochs`` or ``batch_size`` is below 1.
    """
    if recipe not in RECIPES:
        raise ValueError(f"recipe must be one of {', '.join(RECIPES)}, got {recipe!r}")
    for name, value in (("epochs", epochs), ("batch_size", batch_size)):
        if value < 1:
            raise ValueError(f"{name} must be at least 1, got {value}")
    pixels, digits = handwritten_digits()
    images, labels = torch.tensor(pixels / 16), torch.tensor(digits)
    held_out = torch.arange(len(images)) % 5 == 4
    train_x, train_y = images[~held_out], labels[~held_out]
    incoming, outgoing = nn.Linear(images.shape[1], hidden), nn.Linear(hidden, 10)
    layer = NeuronLayer(incoming, outgoing)
    middle: list[nn.Module] = [nn.Tanh() if recipe == "tanh" else nn.ReLU()]
    if recipe == "layer normalization":
        middle.insert(0, nn.LayerNorm(hidden))
    network = nn.Sequential(incoming, *middle, outgoing).double()
    with torch.no_grad():
        for linear in (incoming, outgoing):
            linear.weight.normal_(std=linear.in_features**-0.5, generator=generator)
            linear.bias.zero_()
    optimizer = _optimizer(recipe, network, learning_rate)
    accounted = layer.imbalance()
    records = [(layer.incoming_norms(), layer.outgoing_norms(), torch.tensor(0.0))]
    for _ in range(epochs):
        order = torch.randperm(len(train_x), generator=generator)
        for batch in torch.split(order, batch_size):
            network.zero_grad()
            loss = nn.functional.cross_entropy(network(train_x[batch]), train_y[batch])
            torch.autograd.backward(loss)
            accounted = accounted + layer.step_change(learning_rate)
            optimizer.step()
        error = (layer.imbalance() - accounted).abs().max()
        records.append((layer.incoming_norms(), layer.outgoing_norms(), error))
    with torch.no_grad():
        right = network(images[held_out]).argmax(dim=1) == labels[held_out]
    entering, leaving, errors = (
        torch.stack(column).numpy() for column in zip(*records, strict=True)
    )
    steps = epochs * math.ceil(len(train_x) / batch_size)
    return DigitsRun(entering, leaving, errors, float(right.double().mean()), steps)


def _optimizer(recipe: Recipe, network: nn.Module, learning_rate: float) -> torch.optim.Optimizer:
    if recipe == "Adam":
        return torch.optim.Adam(network.parameters(), lr=learning_rate / 100)
    return torch.optim.SGD(
        network.parameters(),
        lr=learning_rate,
        momentum=0.9 if recipe == "momentum" else 0.0,
        weight_decay=1e-3 if recipe == "weight decay" else 0.0,
    )
