r"""Hessian and gradient noise of two layers by automatic differentiation, without any theory."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float

from traindyn.curvature import (
    gauss_newton_operator,
    gradient_matrix_operator,
    hessian_operator,
)

Array = np.ndarray


@dataclass(frozen=True)
class LossMatrices:
    """Matrices by all weights, those of the first layer first, row by row.

    Args:
        hessian: Second derivative of the loss.
        gauss_newton: The same without what the misfit adds.
        noise: Second moment of the gradients of single samples.
    """

    hessian: Float[Array, "p p"]
    gauss_newton: Float[Array, "p p"]
    noise: Float[Array, "p p"]


def matrices_of_loss(
    x: Float[Array, "P n"],
    y: Float[Array, "P m"],
    first: Float[Array, "k n"],
    second: Float[Array, "m k"],
) -> LossMatrices:
    r"""Matrices of the loss :math:`\frac1{2P}\sum_\mu \lVert W_2W_1x_\mu - y_\mu\rVert^2`.

    Args:
        x: Inputs, one sample per row.
        y: Labels, one sample per row.
        first: :math:`W_1`.
        second: :math:`W_2`.

    >>> one = np.ones((1, 1))
    >>> matrices_of_loss(one, 3 * one, one, one).hessian  # the misfit -2 beside the diagonal
    array([[ 1., -1.],
           [-1.,  1.]])
    """
    layers = [torch.tensor(layer, dtype=torch.float64) for layer in (first, second)]
    for layer in layers:
        layer.requires_grad_()
    inputs, labels = (torch.tensor(of, dtype=torch.float64) for of in (x, y))
    outputs = inputs @ layers[0].T @ layers[1].T
    losses = ((outputs - labels) ** 2).sum(dim=1) / 2
    whole = np.eye(first.size + second.size)
    return LossMatrices(
        hessian_operator(losses.mean(), layers) @ whole,
        gauss_newton_operator(losses.mean(), outputs, layers) @ whole,
        gradient_matrix_operator(losses, layers) @ whole,
    )


def rank(matrix: Float[Array, "p p"], tolerance: float = 1e-9) -> int:
    """Number of eigenvalues of a symmetric matrix beyond rounding.

    Args:
        matrix: The matrix.
        tolerance: Size of an eigenvalue that counts, over the largest.

    >>> rank(np.diag([2.0, 1.0, 1e-12]))
    2
    """
    sizes = np.abs(np.linalg.eigvalsh(matrix))
    return int((sizes > tolerance * sizes.max()).sum())
