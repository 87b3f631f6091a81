"""Networks on drawn images of digits, and training that goes on in a part of the gradient."""

from __future__ import annotations

import copy
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float

from traindyn.curvature import SoftmaxRegression, overlap, top_eigenpairs
from traindyn.hessian_alignment.experiments.digits import (
    Part,
    analyze,
    descend,
    digits,
    network,
    regress,
    separation,
)
from traindyn.hessian_alignment.experiments.full_matrix import dense
from traindyn.runs import Context, study

__all__ = ["Part", "separation"]

Array = np.ndarray
IMAGES, REGRESSIONS, WHOLE, NETWORKS = 300, 128, 24, 10
"""Drawn images, and numbers of regressions, of their whole matrices, and of two layers."""

CLASSES, HIDDEN = 10, 16
STEPS, LEARNING_RATE, DECAY = 400, 0.5, 1e-3
FURTHER_STEPS, EVERY = 40, 20
PARTS: tuple[Part, ...] = ("all", "dominant", "bulk")


@dataclass(frozen=True)
class Regressions:
    """Softmax regressions on drawn images, at the minimum of their regularized loss.

    Args:
        values: Eigenvalues of the Hessian's blocks, falling, mean over classes.
        gaps: k-th over next eigenvalue of a block, mean over classes.
        inside: Overlap of the weights of a class with the top k eigenvectors of its block, mean
            over classes.
        random: The same for random weights.
        shuffled: The same for labels that say nothing, of a few networks.
        whole: Overlap of all weights with the top k eigenvectors of the whole Hessian, of a few
            networks.
    """

    values: Float[Array, "networks 64"]
    gaps: Float[Array, " networks"]
    inside: Float[Array, " networks"]
    random: Float[Array, " networks"]
    shuffled: Float[Array, " few"]
    whole: Float[Array, " few"]


@study(stream="HA-23")
def regressions(context: Context, classes: int, decay: float) -> Regressions:
    """Softmax regressions on images of some classes.

    Args:
        context: Scale and seed.
        classes: k.
        decay: β.
    """
    generator = context.torch_generator(f"regressions {classes} {decay}")
    images, labels = digits(classes)
    picks = torch.stack(
        [torch.randperm(len(images), generator=generator)[:IMAGES] for _ in range(REGRESSIONS)]
    )
    x, y = images[picks], labels[picks]
    order = torch.randperm(IMAGES, generator=generator)
    rate, steps = 0.2 / decay, 60
    weights = regress(x, y, classes, steps, rate, decay)
    mixed = regress(x[:WHOLE], y[:WHOLE, order], classes, steps, rate, decay)
    free = torch.randn(weights.shape, generator=generator, dtype=weights.dtype)
    rows, whole, shuffled = [], [], []
    for n in range(REGRESSIONS):
        w = weights[n].numpy()
        model = SoftmaxRegression(w, x[n].numpy(), y[n].numpy())
        values, vectors = _blocks(model)
        if n < WHOLE:
            top = top_eigenpairs(dense(model, "hessian"), classes).vectors
            whole.append(overlap(w.reshape(-1), top))
            other = SoftmaxRegression(mixed[n].numpy(), x[n].numpy(), y[n, order].numpy())
            shuffled.append(_inside(mixed[n].numpy(), _blocks(other)[1]))
        rows.append(
            (
                values.mean(axis=0),
                (values[:, classes - 1] / values[:, classes]).mean(),
                _inside(w, vectors),
                _inside(free[n].numpy(), vectors),
            )
        )
    columns = (np.array(column) for column in zip(*rows, strict=True))
    return Regressions(*columns, np.array(shuffled), np.array(whole))


def _blocks(model: SoftmaxRegression) -> tuple[Float[Array, "k d"], Float[Array, "k d k"]]:
    """Eigenvalues of the blocks, falling, and their top k eigenvectors."""
    k = len(model.parameters)
    values, vectors = np.linalg.eigh(np.array([model.hessian_block(c) for c in range(k)]))
    return values[:, ::-1], vectors[:, :, : -k - 1 : -1]


def _inside(weights: Float[Array, "k d"], vectors: Float[Array, "k d k"]) -> float:
    parts = np.linalg.norm(np.einsum("cdq,cd->cq", vectors, weights), axis=1)
    return float((parts / np.linalg.norm(weights, axis=1)).mean())


@dataclass(frozen=True)
class TwoLayers:
    """Networks with one hidden layer on drawn images.

    Args:
        overlaps: Overlap of the weights of each layer with the top k eigenvectors of its block.
        random: Overlaps of random directions.
        gradient: Share of the squared gradient in the top k eigenvectors of the whole Hessian.
        losses: Along further training with all, the dominant part and the bulk of the gradient.
    """

    overlaps: Float[Array, "networks layers"]
    random: Float[Array, " layers"]
    gradient: Float[Array, " networks"]
    losses: dict[str, Float[Array, "networks steps"]]


@study(stream="HA-23")
def two_layers(context: Context) -> TwoLayers:
    """Networks from random starts on drawn images, trained and then trained on."""
    generator = context.torch_generator("two layers")
    images, labels = digits(CLASSES)
    overlaps, gradient = [], []
    losses: dict[str, list[list[float]]] = {part: [] for part in PARTS}
    for _ in range(NETWORKS):
        pick = torch.randperm(len(images), generator=generator)[:IMAGES]
        x, y = images[pick], labels[pick]
        net = network(CLASSES, HIDDEN, generator)
        descend(net, x, y, STEPS, LEARNING_RATE, DECAY)
        found = analyze(net, x, y, CLASSES)
        overlaps.append([layer.overlap for layer in found.weights])
        gradient.append(found.loss_gradient)
        for part in PARTS:
            again = copy.deepcopy(net)
            run = descend(
                again, x, y, FURTHER_STEPS, LEARNING_RATE, part=part, every=EVERY, count=CLASSES
            )
            losses[part].append(run)
    return TwoLayers(
        np.array(overlaps),
        np.array([layer.random for layer in found.weights]),
        np.array(gradient),
        {part: np.array(runs) for part, runs in losses.items()},
    )
