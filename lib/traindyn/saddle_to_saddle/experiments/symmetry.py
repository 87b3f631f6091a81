r"""Symmetries of the hidden bases: rotations, inclusions, what they conserve, compression."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from jaxtyping import Float

from traindyn.saddle_to_saddle.experiments.networks import LinearNetwork

Array = np.ndarray


def change_hidden_bases(
    network: LinearNetwork,
    theta: Float[Array, "*batch P"],
    bases: Sequence[Float[Array, "... w w"]],
) -> Float[Array, "*batch P"]:
    r"""Replace :math:`W_l` by :math:`M_l W_l M_{l-1}^{-1}` with :math:`M_0 = M_L = 1`.

    The product A stays the same. Orthogonal bases also commute with every gradient dynamics: they
    are a symmetry of the training, others of the function only.

    Args:
        network: Shape of the network.
        theta: Its parameters.
        bases: Invertible :math:`M_1, \dots, M_{L-1}`.

    Raises:
        ValueError: If the number of bases is not L - 1.
    """
    if len(bases) != network.depth - 1:
        raise ValueError(f"bases must be {network.depth - 1} matrices, got {len(bases)}")
    left = [*bases, np.eye(network.outputs)]
    right = [np.eye(network.inputs), *(np.linalg.inv(m) for m in bases)]
    layers = network.layers(theta)
    return network.flatten([a @ w @ b for a, w, b in zip(left, layers, right, strict=True)])


def include(
    network: LinearNetwork, theta: Float[Array, "*batch P"], width: int
) -> tuple[LinearNetwork, Float[Array, "*batch Q"]]:
    """The same network inside a wider one: new hidden units have zero weights.

    Raises:
        ValueError: If ``width`` is below that of the network.
    """
    if width < network.width:
        raise ValueError(f"width must be at least {network.width}, got {width}")
    wide = LinearNetwork(network.inputs, network.outputs, width, network.depth)
    layers = [
        np.pad(
            w,
            [(0, 0)] * (w.ndim - 2) + [(0, rows - w.shape[-2]), (0, columns - w.shape[-1])],
        )
        for w, (rows, columns) in zip(network.layers(theta), wide.shapes, strict=True)
    ]
    return wide, wide.flatten(layers)


def conserved(
    network: LinearNetwork, theta: Float[Array, "*batch P"]
) -> list[Float[Array, "*batch w w"]]:
    r"""Conserved by the flow: :math:`W_{l+1}^\top W_{l+1} - W_l W_l^\top`, per hidden layer."""
    return [b.mT @ b - a @ a.mT for a, b in pairwise(network.layers(theta))]


def compress(
    network: LinearNetwork, theta: Float[Array, " P"]
) -> tuple[LinearNetwork, Float[Array, " Q"]]:
    r"""The narrow network with two layers that moves exactly like a wide one.

    The gradients of :math:`W_1` and :math:`W_2^\top` stay in the span of the columns of
    :math:`[W_1, W_2^\top]`, of dimension at most inputs + outputs. A rotation to a basis of that
    span leaves zeros, which an inclusion removes.

    Raises:
        ValueError: If the depth is not 2: the random middle layers of deeper networks leave no
            small invariant space.
    """
    if network.depth != 2:
        raise ValueError(f"depth must be 2, got {network.depth}")
    first, second = network.layers(theta)
    basis, _ = np.linalg.qr(np.hstack([first, second.T]))
    narrow = LinearNetwork(network.inputs, network.outputs, basis.shape[1], 2)
    return narrow, narrow.flatten([basis.T @ first, second @ basis])
