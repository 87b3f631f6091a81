r"""Linear networks of two layers with given singular values and random singular vectors.

Every network sits at a minimum of its own: its map :math:`W_2 W_1` is the one that its labels
follow. They share inputs and label noise; a network sees both through its own random bases, so
that what one set of samples adds averages out over networks.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

Array = np.ndarray


def bases(replicas: int, size: int, count: int, generator: np.random.Generator) -> Array:
    """Random orthonormal columns, uniform: ``count`` vectors of ``size`` entries per replica.

    >>> q = bases(2, 3, 2, np.random.default_rng(0))
    >>> bool(np.allclose(q.mT @ q, np.eye(2)))
    True
    """
    q, r = np.linalg.qr(generator.standard_normal((replicas, size, count)))
    return np.asarray(q * np.sign(np.einsum("rii->ri", r))[:, None, :])


@dataclass(frozen=True)
class Networks:
    r"""Layers :math:`W_1 = U_1 a V_1^\top` and :math:`W_2 = U_2 b V_2^\top` of many networks.

    Args:
        left: :math:`U_1`, the hidden directions of the modes of the first layer.
        first_values: a, the same in every network.
        right: :math:`V_1`.
        outputs: :math:`U_2`.
        second_values: b, the same in every network.
        read: :math:`V_2`, the hidden directions that the second layer reads.
    """

    left: Float[Array, "replicas k k"]
    first_values: Float[Array, " k"]
    right: Float[Array, "replicas n k"]
    outputs: Float[Array, "replicas m m"]
    second_values: Float[Array, " m"]
    read: Float[Array, "replicas k m"]

    @property
    def first(self) -> Float[Array, "replicas k n"]:
        """The first layer of every network."""
        return self.left * self.first_values @ self.right.mT

    @property
    def second(self) -> Float[Array, "replicas m k"]:
        """The second layer of every network."""
        return self.outputs * self.second_values @ self.read.mT

    @property
    def maps(self) -> Float[Array, "replicas m n"]:
        """What every network computes."""
        return self.second @ self.first

    def deviations(
        self, variance: float, generator: np.random.Generator
    ) -> tuple[Float[Array, "replicas k n"], Float[Array, "replicas m k"]]:
        r"""Normal deviations of both layers, equal on all directions that the map depends on.

        A normal vector is projected on the range of :math:`J^\top`: with
        :math:`B = W_2 z_1 + z_2 W_1` and X the solution of
        :math:`W_2W_2^\top X + X W_1^\top W_1 = B` it is :math:`(W_2^\top X, X W_1^\top)`.

        Args:
            variance: Variance on each of these directions.
            generator: Source of the normal numbers.
        """
        first, second = self.first, self.second
        z1, z2 = (generator.standard_normal(layer.shape) for layer in (first, second))
        turned = self.outputs.mT @ (second @ z1 + z2 @ first)
        b = self.second_values[:, None] ** 2
        within = turned @ self.right
        shrunk = within / (self.first_values**2 + b) - within / b
        solved = self.outputs @ (turned / b + shrunk @ self.right.mT)
        scale = variance**0.5
        return scale * second.mT @ solved, scale * solved @ first.mT

    def along(
        self, first: Float[Array, "replicas k n"], second: Float[Array, "replicas m k"]
    ) -> tuple[Float[Array, "replicas m k"], Float[Array, "replicas m k"]]:
        """Deviations of both layers along pairs of singular vectors, as outputs by modes."""
        return (
            self.read.mT @ (first - self.first) @ self.right,
            self.outputs.mT @ (second - self.second) @ self.left,
        )


def draw_networks(
    first_values: Float[Array, " k"],
    second_values: Float[Array, " m"],
    inputs: int,
    replicas: int,
    generator: np.random.Generator,
    *,
    aligned: bool = False,
) -> Networks:
    """Networks with given singular values and independent random bases.

    Args:
        first_values: Singular values of the first layer, positive.
        second_values: Singular values of the second layer, positive.
        inputs: Number of inputs n, at least the number k of hidden units.
        replicas: Number of networks.
        generator: Source of the bases.
        aligned: Whether the second layer reads the first modes of the first layer and none else.

    Raises:
        ValueError: If there are fewer inputs than hidden units or fewer hidden units than outputs,
            or a singular value is not positive.
    """
    hidden, outputs = len(first_values), len(second_values)
    if not outputs <= hidden <= inputs:
        raise ValueError(
            f"outputs, hidden units and inputs must rise, got {outputs}, {hidden}, {inputs}"
        )
    if not ((first_values > 0).all() and (second_values > 0).all()):
        raise ValueError(
            f"singular values must be positive, got {first_values.min()} and {second_values.min()}"
        )
    left = bases(replicas, hidden, hidden, generator)
    return Networks(
        left,
        np.asarray(first_values, dtype=float),
        bases(replicas, inputs, hidden, generator),
        bases(replicas, outputs, outputs, generator),
        np.asarray(second_values, dtype=float),
        left[..., :outputs] if aligned else bases(replicas, hidden, outputs, generator),
    )
