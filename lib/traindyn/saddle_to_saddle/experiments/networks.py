r"""Deep linear networks: the product of their layers and its gradient, by partial products.

A network of depth :math:`L` computes :math:`A = W_L \cdots W_1`. Its parameters are one vector
:math:`\theta` that holds :math:`W_1, \dots, W_L` row by row; every function takes a batch of such
vectors, one network per row. Small networks spend their time in calls, not in arithmetic, so the
arrays are numpy's: a call costs a microsecond there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, reduce
from itertools import accumulate, pairwise

import numpy as np
from jaxtyping import Float

Array = np.ndarray
Layers = list[Array]
"""``W_1, ..., W_L``, each ``(..., rows, columns)``."""


@dataclass(frozen=True)
class LinearNetwork:
    """The shape of a deep linear network without biases.

    Args:
        inputs: Number of inputs, at least 1.
        outputs: Number of outputs, at least 1.
        width: Units of every hidden layer, at least 1.
        depth: Number of layers L, at least 2.

    Raises:
        ValueError: If an argument leaves its range.

    >>> LinearNetwork(inputs=10, outputs=10, width=100, depth=4).size
    22000
    """

    inputs: int
    outputs: int
    width: int
    depth: int

    def __post_init__(self) -> None:
        for name in ("inputs", "outputs", "width"):
            if (value := getattr(self, name)) < 1:
                raise ValueError(f"{name} must be at least 1, got {value}")
        if self.depth < 2:
            raise ValueError(f"depth must be at least 2, got {self.depth}")

    @cached_property
    def shapes(self) -> list[tuple[int, int]]:
        """Rows and columns of ``W_1, ..., W_L``."""
        sizes = [self.inputs, *[self.width] * (self.depth - 1), self.outputs]
        return [(after, before) for before, after in pairwise(sizes)]

    @cached_property
    def offsets(self) -> list[int]:
        """Where each layer starts in the parameter vector, and where the last one ends."""
        return list(accumulate((rows * columns for rows, columns in self.shapes), initial=0))

    @property
    def size(self) -> int:
        """Number of parameters."""
        return self.offsets[-1]

    def layers(self, theta: Float[Array, "*batch P"]) -> Layers:
        """Views of the layers inside the parameter vectors.

        Raises:
            ValueError: If the last axis has not ``size`` entries.
        """
        if theta.shape[-1] != self.size:
            raise ValueError(f"theta must have {self.size} parameters, got {theta.shape[-1]}")
        batch = theta.shape[:-1]
        return [
            theta[..., start:stop].reshape(*batch, *shape)
            for (start, stop), shape in zip(pairwise(self.offsets), self.shapes, strict=True)
        ]

    def flatten(self, layers: Sequence[Array]) -> Float[Array, "*batch P"]:
        """The parameter vectors that hold these layers.

        Raises:
            ValueError: If a layer has another shape than the network.
        """
        found = [layer.shape[-2:] for layer in layers]
        if found != self.shapes:
            raise ValueError(f"layers must have shapes {self.shapes}, got {found}")
        return np.concatenate([w.reshape(*w.shape[:-2], -1) for w in layers], axis=-1)

    def random(
        self, scale: float, generator: np.random.Generator, replicas: int | None = None
    ) -> Float[Array, "*batch P"]:
        """Independent normal parameters of standard deviation ``scale``.

        Args:
            scale: Standard deviation σ of every weight, not negative.
            generator: Source of the weights.
            replicas: Number of networks; None for a single vector.

        Raises:
            ValueError: If ``scale`` is negative or not finite.
        """
        if not (0 <= scale < np.inf):
            raise ValueError(f"scale must be finite and at least 0, got {scale}")
        shape = (self.size,) if replicas is None else (replicas, self.size)
        return scale * generator.standard_normal(shape)

    def product(self, theta: Float[Array, "*batch P"]) -> Float[Array, "*batch out in"]:
        """The matrix that the network computes, ``A = W_L ... W_1``."""
        return product(self.layers(theta))

    def gradient(
        self, theta: Float[Array, "*batch P"], cost_gradient: Float[Array, "*batch out in"]
    ) -> Float[Array, "*batch P"]:
        r"""Gradient of a cost :math:`C(A_\theta)`, from :math:`G = \nabla C(A)`.

        The gradient of layer :math:`l` is :math:`B_l^\top G F_l^\top` with
        :math:`F_l = W_{l-1}\cdots W_1` and :math:`B_l = W_L\cdots W_{l+1}`. One pass forward keeps
        every :math:`F_l`; one pass backward carries :math:`B_l^\top G`: a step costs
        :math:`3L` small products where multiplying out each layer costs :math:`L^2`.
        """
        result = np.empty_like(theta)
        layers = self.layers(theta)
        backward(layers, forward(layers), cost_gradient, self.layers(result))
        return result


def forward(layers: Sequence[Array]) -> Layers:
    """All partial products ``W_1, W_2 W_1, ..., A``."""
    return list(accumulate(layers, lambda f, w: w @ f))


def backward(
    layers: Sequence[Array], products: Sequence[Array], cost_gradient: Array, out: Sequence[Array]
) -> None:
    """Write the gradient of every layer into ``out``, see :meth:`LinearNetwork.gradient`.

    Args:
        layers: The layers.
        products: Their partial products, from :func:`forward`.
        cost_gradient: Gradient of the cost by the last product.
        out: Arrays of the shapes of the layers.
    """
    back = cost_gradient
    for level in range(len(layers) - 1, 0, -1):
        np.matmul(back, products[level - 1].mT, out=out[level])
        back = layers[level].mT @ back
    out[0][...] = back


def product(layers: Sequence[Array]) -> Array:
    """``W_L ... W_1`` of layers in the order ``W_1, ..., W_L``.

    >>> product([np.array([[2.0]]), np.array([[3.0]])])
    array([[6.]])
    """
    return reduce(lambda a, w: w @ a, layers)


def width_scale(width: int, gamma: float) -> float:
    r"""Standard deviation :math:`\sigma = w^{-\gamma/2}` of the weights at width :math:`w`.

    Source: abstract, :math:`\sigma^2 = w^{-\gamma}`.

    >>> width_scale(100, 2.0)
    0.01
    """
    return float(width ** (-gamma / 2))
