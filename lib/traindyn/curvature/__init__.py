"""Curvature of a loss: operators that never form the matrix, and what to ask of them.

The second derivative of the loss of a network with p parameters has p² entries. Everything here
needs only its products with vectors, given as :class:`scipy.sparse.linalg.LinearOperator`:

>>> import numpy as np, torch
>>> net = torch.nn.Linear(2, 1, bias=False).double()
>>> x = torch.tensor([[3.0, 0.0], [0.0, 1.0]], dtype=torch.float64)
>>> loss = (net(x) ** 2).mean()  # its second derivative is xᵀx
>>> values, vectors = top_eigenpairs(hessian_operator(loss, net.parameters()), 1)
>>> round(float(values[0]), 12), round(overlap(np.array([1.0, 0.0]), vectors), 12)
(9.0, 1.0)

* ``modules``: Hessian, Gauss-Newton and gradient matrix of any torch module;
* ``softmax``: the same in closed form for softmax regression;
* ``eigenpairs``: top eigenpairs, with a check of the residuals; :func:`count_outliers` of them;
* ``lanczos``: the search for those of an operator;
* ``density``: spectral densities with error bars;
* ``alignment``: overlap of vectors and subspaces with eigenspaces;
* ``operators``, ``parameters``: what is checked before any of this is computed.
"""

from __future__ import annotations

from traindyn.curvature.alignment import (
    Alignment,
    alignment,
    overlap,
    spectral_gap,
    subspace_distance,
)
from traindyn.curvature.density import SpectralDensity, lanczos_quadrature
from traindyn.curvature.eigenpairs import Eigenpairs, pairs_with_residuals, top_eigenpairs
from traindyn.curvature.lanczos import Pairs
from traindyn.curvature.modules import (
    exact_weight_norm,
    gauss_newton_operator,
    gradient_matrix_operator,
    hessian_operator,
)
from traindyn.curvature.operators import NotConvergedError
from traindyn.curvature.softmax import SoftmaxRegression, weighted_gram
from traindyn.random_matrices import count_outliers

__all__ = [
    "Alignment",
    "Eigenpairs",
    "NotConvergedError",
    "Pairs",
    "SoftmaxRegression",
    "SpectralDensity",
    "alignment",
    "count_outliers",
    "exact_weight_norm",
    "gauss_newton_operator",
    "gradient_matrix_operator",
    "hessian_operator",
    "lanczos_quadrature",
    "overlap",
    "pairs_with_residuals",
    "spectral_gap",
    "subspace_distance",
    "top_eigenpairs",
    "weighted_gram",
]
