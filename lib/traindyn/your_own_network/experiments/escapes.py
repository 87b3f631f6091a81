"""Gradient descent from small starts until the logits leave zero."""

from __future__ import annotations

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from traindyn.system.arguments import real_number, whole_number
from traindyn.your_own_network.experiments.lenses import output_values
from traindyn.your_own_network.experiments.training import Weights, mean_losses


def leaving_steps(
    network: nn.Module,
    start: Weights,
    images: Float[Tensor, "n 64"],
    labels: Int[Tensor, " n"],
    level: float,
    most: int,
    *,
    learning_rate: float,
) -> Float[np.ndarray, " copies"]:
    """Steps of gradient descent until the largest singular value of the logits passes a level.

    Between two steps it grows like an exponential.

    Args:
        network: The network; its own weights are not used.
        start: First weights of the copies.
        images: What the loss is a mean over, in every step.
        labels: Their digits.
        level: The level, positive.
        most: Steps after which to give up, at least 1.
        learning_rate: Learning rate, positive.

    Raises:
        ValueError: If an argument leaves its range, a copy starts above the level, or does not
            leave.
    """
    level = real_number("level", level, "(0, inf)")
    whole_number("most", most, 1)
    learning_rate = real_number("learning_rate", learning_rate, "(0, inf)")
    weights = {name: w.clone().requires_grad_() for name, w in start.items()}
    before = output_values(network, weights, images)[:, 0]
    if not before.max() < level:
        raise ValueError(f"level must be above the start's {before.max():.3g}, got {level}")
    found = np.full(len(before), np.nan)
    for step in range(most):
        losses = mean_losses(network, weights, images, labels)
        gradients = torch.autograd.grad(losses.sum(), list(weights.values()))
        with torch.no_grad():
            for weight, gradient in zip(weights.values(), gradients, strict=True):
                weight.sub_(gradient, alpha=learning_rate)
        after = output_values(network, weights, images)[:, 0]
        leaves = np.isnan(found) & (after > level)
        share = np.log(level / before[leaves]) / np.log(after[leaves] / before[leaves])
        found[leaves] = step + share
        if not np.isnan(found).any():
            return found
        before = after
    raise ValueError(f"most must be enough for every copy to leave, got {most}")
