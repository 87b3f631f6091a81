r"""SGD of deep linear networks, :math:`f(x) = W_L \cdots W_1 x`, many replicas at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import reduce

import numpy as np
from jaxtyping import Float

from traindyn.anisotropic_noise.experiments.networks import bases
from traindyn.anisotropic_noise.experiments.sampling import draw_batches

Array = np.ndarray


def product(layers: Sequence[Array], size: int) -> Array:
    """Product of layers, the last on the left; the identity if there are none.

    >>> product([np.array([[2.0]]), np.array([[3.0]])], 1)
    array([[6.]])
    """
    return reduce(lambda before, layer: layer @ before, layers, np.eye(size))


def balanced_layers(
    singular_values: Float[Array, " n"],
    depth: int,
    replicas: int,
    generator: np.random.Generator,
) -> tuple[list[Float[Array, "replicas n n"]], list[Float[Array, "replicas n n"]]]:
    """Aligned layers with equal singular values and random bases, and these bases.

    Layer l maps basis l - 1 to basis l; there is one more basis than layers.

    Args:
        singular_values: Singular values of the product.
        depth: Number of layers.
        replicas: Number of networks.
        generator: Source of the bases.
    """
    size = len(singular_values)
    axes = [bases(replicas, size, size, generator) for _ in range(depth + 1)]
    spectrum = singular_values ** (1 / depth)
    return [axes[n + 1] * spectrum @ axes[n].mT for n in range(depth)], axes


def run_deep(
    x: Float[Array, "P n"],
    y: Float[Array, "P n"],
    layers: Sequence[Float[Array, "replicas n n"]],
    maps: Float[Array, "replicas n n"],
    learning_rate: float,
    batch_size: int,
    steps: int,
    generator: np.random.Generator,
) -> Iterator[list[Float[Array, "replicas n n"]]]:
    """All layers of every replica after each step; the arrays are reused, copy what you keep.

    Args:
        x: Inputs, one sample per row.
        y: What the labels add to ``maps`` applied to the inputs.
        layers: Layers before the first step, the first layer first.
        maps: What the labels of every replica follow.
        learning_rate: Learning rate η, positive.
        batch_size: Samples per batch.
        steps: Number of steps.
        generator: Source of the batches.

    Raises:
        ValueError: If ``learning_rate`` is not positive.
    """
    if not 0 < learning_rate < np.inf:
        raise ValueError(f"learning_rate must be positive and finite, got {learning_rate}")
    weights = [np.array(layer, dtype=float) for layer in layers]
    size = x.shape[1]
    for index in draw_batches(len(x), batch_size, len(maps), steps, generator):
        inputs = np.take(x, index, axis=0)
        residual = inputs @ (product(weights, size) - maps).mT
        residual -= np.take(y, index, axis=0)
        gradient = residual.mT @ inputs * (learning_rate / batch_size)
        changes = [
            product(weights[level + 1 :], size).mT @ gradient @ product(weights[:level], size).mT
            for level in range(len(weights))
        ]
        for layer, change in zip(weights, changes, strict=True):
            layer -= change
        yield weights
