"""Minima of two layers with chosen singular values, and replicas around them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from jaxtyping import Float
from scipy.stats import ortho_group

Array = np.ndarray


def two_layer_minimum(
    best: Float[Array, "m n"],
    hidden: int,
    second_values: Float[Array, " m"],
    free_values: Float[Array, " free"],
    generator: np.random.Generator,
) -> tuple[Float[Array, "k n"], Float[Array, "m k"]]:
    r"""Layers with :math:`W_2 W_1` equal to a given map and random singular vectors.

    The rows of :math:`W_1` that :math:`W_2` does not read carry the free singular values; they
    change nothing that the network computes.

    Args:
        best: The map, such as the least-squares solution.
        hidden: Number of hidden units k, at least the number of outputs m.
        second_values: Singular values of :math:`W_2`, positive.
        free_values: Scales of the free rows of :math:`W_1`, k - m of them.
        generator: Source of the singular vectors.

    Raises:
        ValueError: If the numbers do not fit, or a singular value of :math:`W_2` is not positive.
    """
    outputs, inputs = best.shape
    if not outputs <= hidden <= inputs + outputs:
        raise ValueError(f"hidden must lie in [{outputs}, {inputs + outputs}], got {hidden}")
    if len(second_values) != outputs or not (second_values > 0).all():
        raise ValueError(f"second_values must be {outputs} positive numbers, got {second_values}")
    if len(free_values) != hidden - outputs:
        raise ValueError(f"free_values must be {hidden - outputs} numbers, got {len(free_values)}")
    left = rotation(outputs, generator)
    basis = rotation(hidden, generator)
    rows = rotation(inputs, generator)[: hidden - outputs]
    second = left * second_values @ basis[:, :outputs].T
    first = np.linalg.pinv(second) @ best + basis[:, outputs:] * free_values @ rows
    return first, second


def rotation(size: int, generator: np.random.Generator) -> Float[Array, "size size"]:
    """A random orthogonal matrix, for size 1 the number 1.

    >>> rotation(1, np.random.default_rng(0))
    array([[1.]])
    """
    if size == 1:
        return np.ones((1, 1))
    return np.asarray(ortho_group.rvs(size, random_state=generator))


def around(
    first: Float[Array, "k n"],
    second: Float[Array, "m k"],
    covariance: Float[Array, "p p"],
    replicas: int,
    generator: np.random.Generator,
) -> tuple[Float[Array, "replicas k n"], Float[Array, "replicas m k"]]:
    """Normal replicas of both layers with a given covariance of all parameters."""
    values, axes = np.linalg.eigh(covariance)
    normal = generator.standard_normal((replicas, len(values)))
    theta = normal * np.sqrt(np.maximum(values, 0)) @ axes.T
    split = first.size
    return (
        first + theta[:, :split].reshape(replicas, *first.shape),
        second + theta[:, split:].reshape(replicas, *second.shape),
    )


def both_layers(
    path: Iterator[tuple[Array, Array]], centers: tuple[Array, Array], axes: tuple[Array, Array]
) -> Iterator[Float[Array, "replicas d"]]:
    """Deviations along given axes of the first layer, then of the second, after every step."""
    for layers in path:
        yield np.hstack(
            [
                (weights - center).reshape(len(weights), -1) @ axis
                for weights, center, axis in zip(layers, centers, axes, strict=True)
            ]
        )
