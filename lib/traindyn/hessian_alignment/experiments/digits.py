"""Eigenspaces of networks on the digits data: outliers, alignment per layer, projected training."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Literal

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from traindyn.curvature import (
    Alignment,
    alignment,
    gradient_matrix_operator,
    hessian_operator,
    top_eigenpairs,
)
from traindyn.digits import handwritten_digits

Array = np.ndarray
Part = Literal["all", "dominant", "bulk"]


@cache
def digits(classes: int = 10) -> tuple[Float[Tensor, "n 64"], Int[Tensor, " n"]]:
    """Images of the first classes of the digits data, centered, with mean square norm 1.

    Raises:
        ValueError: If ``classes`` leaves [2, 10].
    """
    images, labels = handwritten_digits(classes)
    x = torch.tensor(images, dtype=torch.float64)
    x = x - x.mean(dim=0)
    return x / x.square().sum(dim=1).mean().sqrt(), torch.tensor(labels)


def network(classes: int, hidden: int, generator: torch.Generator) -> nn.Sequential:
    """A network without biases: softmax regression, or with one hidden layer of rectified units.

    Args:
        classes: Number of outputs.
        hidden: Hidden units; 0 for softmax regression.
        generator: Source of the weights, of variance one over the inputs of a unit.
    """
    widths = [64, hidden, classes] if hidden else [64, classes]
    modules: list[nn.Module] = []
    for inputs, outputs in pairwise(widths):
        layer = nn.Linear(inputs, outputs, bias=False, dtype=torch.float64)
        with torch.no_grad():
            layer.weight.normal_(std=inputs**-0.5, generator=generator)
        modules += [layer, nn.ReLU()]
    return nn.Sequential(*modules[:-1])


def regress(
    x: Float[Tensor, "n images 64"],
    y: Int[Tensor, "n images"],
    classes: int,
    steps: int,
    learning_rate: float,
    decay: float,
) -> Float[Tensor, "n classes 64"]:
    """Weights of softmax regressions after gradient descent from zero, all at once.

    Args:
        x: Images of every regression.
        y: Their classes.
        classes: Number of classes.
        steps: Number of steps.
        learning_rate: Learning rate.
        decay: Weight decay.
    """
    weights = torch.zeros(len(x), classes, x.shape[2], dtype=x.dtype)
    labels = torch.nn.functional.one_hot(y, classes).to(x.dtype)
    for _ in range(steps):
        residual = torch.softmax(x @ weights.mT, dim=2) - labels
        gradient = residual.mT @ x / x.shape[1]
        weights = (1 - learning_rate * decay) * weights - learning_rate * gradient
    return weights


def separation(classes: int) -> float:
    """Squared norm of the classes' mean images over the variance of a pixel around them.

    It is λ of a mixture with isotropic noise of the same variance and means of norm one.
    """
    x, y = digits(classes)
    means = torch.stack([x[y == c].mean(dim=0) for c in range(classes)])
    noise = (x - means[y]).square().mean()
    return float(means.square().sum(dim=1).mean() / noise)


def descend(
    net: nn.Sequential,
    x: Float[Tensor, "n 64"],
    y: Int[Tensor, " n"],
    steps: int,
    learning_rate: float,
    decay: float = 0.0,
    *,
    part: Part = "all",
    every: int = 20,
    count: int = 10,
) -> list[float]:
    """Gradient descent, with all of the gradient or one part of it; losses before every step.

    Args:
        net: Trained in place.
        x: Images.
        y: Their classes.
        steps: Number of steps.
        learning_rate: Learning rate.
        decay: Weight decay.
        part: ``dominant`` keeps the part of the gradient in the top eigenspace of the Hessian,
            ``bulk`` the rest.
        every: Steps after which the eigenspace is computed anew.
        count: Its dimension.
    """
    parameters = list(net.parameters())
    losses = []
    basis = torch.zeros(0)
    for step in range(steps):
        loss = cross_entropy(net(x), y)
        losses.append(float(loss.detach()))
        if part != "all" and step % every == 0:
            pairs = top_eigenpairs(hessian_operator(loss, parameters), count, tolerance=1e-6)
            basis = torch.tensor(pairs.vectors.copy())
        flat = nn.utils.parameters_to_vector(torch.autograd.grad(loss, parameters))
        if part != "all":
            dominant = basis @ (basis.T @ flat)
            flat = dominant if part == "dominant" else flat - dominant
        with torch.no_grad():
            current = nn.utils.parameters_to_vector(parameters)
            moved = (1 - learning_rate * decay) * current - learning_rate * flat
            nn.utils.vector_to_parameters(moved, parameters)
    return losses


@dataclass(frozen=True)
class LayerAlignment:
    """How a trained network lies to its own curvature.

    Args:
        hessian: Top k + 1 eigenvalues of the whole Hessian, falling.
        gradient: Those of the whole gradient matrix.
        weights: Alignment of the weights of each layer with its block of the Hessian.
        weights_gradient: The same with its block of the gradient matrix.
        loss_gradient: Share of the squared gradient of the loss in the top k of the Hessian.
        random: The share of a random direction.
        accuracy: Share of images classified correctly.
    """

    hessian: Float[Array, " top"]
    gradient: Float[Array, " top"]
    weights: list[Alignment]
    weights_gradient: list[Alignment]
    loss_gradient: float
    random: float
    accuracy: float


def analyze(
    net: nn.Sequential,
    x: Float[Tensor, "n 64"],
    y: Int[Tensor, " n"],
    classes: int,
    extra: int = 10,
) -> LayerAlignment:
    """Spectra of the whole network, and alignment of every layer with its own blocks.

    Args:
        net: A network.
        x: Images.
        y: Their classes.
        classes: k, the dimension of the eigenspaces.
        extra: Eigenvalues below the k largest to return.
    """
    parameters = list(net.parameters())
    outputs = net(x)
    losses = cross_entropy(outputs, y, reduction="none")
    whole = hessian_operator(losses.mean(), parameters)
    found = top_eigenpairs(whole, classes + extra, tolerance=1e-6)
    second = top_eigenpairs(
        gradient_matrix_operator(losses, parameters), classes + extra, tolerance=1e-6
    )
    gradient = nn.utils.parameters_to_vector(
        torch.autograd.grad(losses.mean(), parameters, retain_graph=True)
    ).numpy()
    kept = found.vectors[:, :classes].T @ gradient
    blocks = [
        (
            alignment(w, hessian_operator(losses.mean(), [p]), classes),
            alignment(w, gradient_matrix_operator(losses, [p]), classes),
        )
        for p in parameters
        for w in [p.detach().reshape(-1).numpy()]
    ]
    return LayerAlignment(
        found.values,
        second.values,
        [hessian for hessian, _ in blocks],
        [matrix for _, matrix in blocks],
        float(kept @ kept / (gradient @ gradient)),
        classes / len(gradient),
        float((outputs.argmax(dim=1) == y).double().mean()),
    )
