"""Networks trained on half of the digits, and training that goes on in a part of the gradient."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from traindyn.hessian_alignment.experiments.digits import (
    LayerAlignment,
    Part,
    analyze,
    descend,
    digits,
    network,
)
from traindyn.runs import study

STEPS, FURTHER_STEPS = 400, 200
LEARNING_RATE, LINEAR_LEARNING_RATE = 0.5, 2.0
DECAY = 1e-3


@dataclass(frozen=True)
class TrainedDigits:
    """A trained network.

    Args:
        weights: Of every layer.
        alignment: How they lie to their curvature.
    """

    weights: tuple[Float[Tensor, "_ _"], ...]
    alignment: LayerAlignment


@study(stream="digits")
def trained_digits(hidden: int, classes: int, seed: int) -> TrainedDigits:
    """A network trained on the images of some classes, and its alignment.

    Args:
        hidden: Hidden units; 0 for softmax regression.
        classes: Number of classes.
        seed: Of the start; the images are given.
    """
    net = network(classes, hidden, torch.Generator().manual_seed(seed))
    x, y = (each[::2] for each in digits(classes))
    descend(net, x, y, STEPS, LEARNING_RATE if hidden else LINEAR_LEARNING_RATE, DECAY)
    weights = tuple(parameter.detach().clone() for parameter in net.parameters())
    return TrainedDigits(weights, analyze(net, x, y, classes))


@study(stream="digits")
def further_losses(hidden: int, classes: int, seed: int, part: Part) -> list[float]:
    """Losses along further training of :func:`trained_digits` with a part of the gradient."""
    net = network(classes, hidden, torch.Generator().manual_seed(seed))
    trained = trained_digits(hidden, classes, seed).weights
    with torch.no_grad():
        for parameter, values in zip(net.parameters(), trained, strict=True):
            parameter.copy_(values)
    x, y = (each[::2] for each in digits(classes))
    return descend(net, x, y, FURTHER_STEPS, LEARNING_RATE, part=part)
