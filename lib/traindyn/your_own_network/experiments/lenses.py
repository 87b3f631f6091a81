"""What the weights and the outputs of many copies look like."""

from __future__ import annotations

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from traindyn.your_own_network.experiments.training import Weights, logits_of

Array = np.ndarray


def singular_values(matrices: Float[Tensor, "copies rows ..."]) -> Float[Array, "copies least"]:
    """Singular values of a layer of every copy, its rows the units and all else the columns."""
    return np.asarray(torch.linalg.svdvals(matrices.detach().double().flatten(2)).numpy())


def output_values(
    network: nn.Module, weights: Weights, images: Float[Tensor, "n 64"]
) -> Float[Array, "copies 10"]:
    """Singular values of the logits, less their mean over the images, over the root of n."""
    with torch.no_grad():
        logits = logits_of(network, weights, images)
        centered = logits - logits.mean(dim=1, keepdim=True)
        return np.asarray(torch.linalg.svdvals(centered.double()).numpy() / len(images) ** 0.5)


def accuracy(
    network: nn.Module,
    weights: Weights,
    images: Float[Tensor, "n 64"],
    labels: Int[Tensor, " n"],
) -> Float[Array, " copies"]:
    """Share of the images that every copy tells right."""
    with torch.no_grad():
        hits = logits_of(network, weights, images).argmax(dim=2) == labels
    return np.asarray(hits.double().mean(dim=1).numpy())
