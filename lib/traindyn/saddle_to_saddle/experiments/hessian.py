r"""Second derivative of a cost of a deep linear network, as a dense matrix.

It is the Gauss-Newton part :math:`J^\top C''(A) J`, with :math:`J = \partial A / \partial\theta`,
plus what products of two different layers add. Up to its sign the same matrix is the Jacobian of
gradient flow that stiff solvers need.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from traindyn.saddle_to_saddle.experiments.costs import Cost
from traindyn.saddle_to_saddle.experiments.networks import LinearNetwork

Array = np.ndarray


def _partial_products(
    network: LinearNetwork, layers: list[Array]
) -> tuple[list[Array], list[Array]]:
    """``F_l = W_{l-1} ... W_1`` and ``B_l = W_L ... W_{l+1}`` for every layer."""
    before, after = [np.eye(network.inputs)], [np.eye(network.outputs)]
    for layer in layers[:-1]:
        before.append(layer @ before[-1])
    for layer in layers[:0:-1]:
        after.append(after[-1] @ layer)
    return before, after[::-1]


def output_jacobian(network: LinearNetwork, theta: Float[Array, " P"]) -> Float[Array, "OI P"]:
    r"""Derivative of the entries of A, row by row, by the parameters.

    The block of layer :math:`l` is :math:`B_l \otimes F_l^\top`.

    >>> output_jacobian(LinearNetwork(1, 1, 1, 2), np.array([3.0, 5.0]))
    array([[5., 3.]])
    """
    before, after = _partial_products(network, network.layers(theta))
    return np.hstack([np.kron(b, f.T) for f, b in zip(before, after, strict=True)])


def tangent_kernel(network: LinearNetwork, theta: Float[Array, " P"]) -> Float[Array, "OI OI"]:
    r"""Gram matrix of the derivatives of A, :math:`\sum_l B_l B_l^\top \otimes F_l^\top F_l`.

    >>> tangent_kernel(LinearNetwork(1, 1, 1, 2), np.array([3.0, 5.0]))
    array([[34.]])
    """
    before, after = _partial_products(network, network.layers(theta))
    terms = [np.kron(b @ b.T, f.T @ f) for f, b in zip(before, after, strict=True)]
    return np.sum(terms, axis=0)


def hessian(network: LinearNetwork, cost: Cost, theta: Float[Array, " P"]) -> Float[Array, "P P"]:
    r"""Second derivative of :math:`C(A_\theta)` by the parameters.

    For layers :math:`k < l` the product of two steps adds
    :math:`\langle G, B_l\,dW_l\,M\,dW_k\,F_k\rangle` with :math:`M = W_{l-1} \cdots W_{k+1}`.

    Raises:
        ValueError: If the network does not fit the cost.

    >>> from traindyn.saddle_to_saddle.experiments.costs import SquaredError
    >>> cost = SquaredError(np.array([[2.0]]))
    >>> hessian(LinearNetwork(1, 1, 1, 2), cost, np.zeros(2))  # the loss is (ab - 2)² / 2
    array([[ 0., -2.],
           [-2.,  0.]])
    """
    if cost.shape != (network.outputs, network.inputs):
        raise ValueError(
            f"cost must take {network.outputs} × {network.inputs} matrices, got {cost.shape}"
        )
    layers = network.layers(theta)
    before, after = _partial_products(network, layers)
    a = network.product(theta)
    gradient = cost.gradient(a)
    jacobian = output_jacobian(network, theta)
    columns = jacobian.T.reshape(network.size, *cost.shape)
    curved = cost.curvature(a, columns).reshape(network.size, -1)
    result = curved @ jacobian
    starts = network.offsets
    for low in range(network.depth):
        between = np.eye(network.shapes[low][0])
        for high in range(low + 1, network.depth):
            outer = after[high].T @ gradient @ before[low].T
            block = np.einsum("aj,bi->ijab", outer, between)
            rows = slice(starts[low], starts[low + 1])
            across = slice(starts[high], starts[high + 1])
            block = block.reshape(rows.stop - rows.start, -1)
            result[rows, across] += block
            result[across, rows] += block.T
            between = layers[high] @ between
    return result
