r"""Curvature of softmax regression in closed form.

With logits :math:`g_c = x^c \cdot X`, probabilities :math:`\pi = \mathrm{softmax}(g)` and the loss
:math:`-\log \pi_y`, the blocks of Hessian and gradient matrix are weighted Gram matrices of the
samples,

.. math::

    H_{ab} = \overline{(\pi_a \delta_{ab} - \pi_a \pi_b)\, X X^\top}, \qquad
    G_{ab} = \overline{(\pi_a - y_a)(\pi_b - y_b)\, X X^\top} .

A product of the whole matrix with a vector needs no block: with the M samples as the rows of X and
one row per class in V it takes :math:`U = X V^\top`, a rule of the softmax for every sample, and
:math:`Q^\top X`. That is :math:`4 M k d` operations, where the matrix alone has :math:`k^2 d^2`
entries.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Float, Int
from scipy.sparse.linalg import LinearOperator
from scipy.special import softmax

from traindyn.inference.samples import require_finite
from traindyn.system.arguments import real_array, whole_number

Array = np.ndarray

BLOCK = 800_000
"""Multiplications of a product with one block of samples.

A block is still in the processor's cache for its second product, and OpenBLAS multiplies matrices
of this size without copying them first: with 5,000 samples, 500 inputs and 10 classes a product
takes 3 ms instead of 7.
"""


def weighted_gram(
    inputs: Float[Array, "samples d"], weights: Float[Array, " samples"]
) -> Float[Array, "d d"]:
    r"""Weighted Gram matrix :math:`\frac1M \sum_i w_i X_i X_i^\top`.

    Args:
        inputs: Samples as rows.
        weights: One weight per sample, of any sign; without negative ones it takes half the time.

    Raises:
        ValueError: If the numbers of samples and weights differ, there are none, or an entry of
            arguments or result is not real and finite.

    >>> weighted_gram(np.eye(2), np.array([4.0, 6.0]))
    array([[2., 0.],
           [0., 3.]])
    """
    inputs, weights = real_array("inputs", inputs, 2), real_array("weights", weights)
    if len(weights) != len(inputs):
        raise ValueError(
            "weights must hold one number per sample, "
            f"got shapes {weights.shape} and {inputs.shape}"
        )
    if (weights >= 0).all():
        half = inputs * np.sqrt(weights)[:, None]
        gram = half.T @ half / len(inputs)  # BLAS sees one array and halves the work
    else:
        gram = (inputs * weights[:, None]).T @ inputs / len(inputs)
    require_finite("weighted_gram", gram)
    return np.asarray(gram)


@dataclass(frozen=True)
class SoftmaxRegression:
    r"""Softmax regression at given parameters on given samples.

    Weight decay is no part of it, and there is no argument for it. It only shifts the Hessian. But
    put into the loss of every sample, as ``weight_decay`` often is, it changes the gradient matrix
    for good: where the regularized loss is stationary the mean of its sample gradients vanishes,
    so that their second moment is :math:`G - uu^\top` with :math:`u` the mean gradient without it,
    and one of the leading directions is gone.

    Args:
        parameters: One row :math:`x^c` per class.
        inputs: Samples as rows.
        labels: Class of each sample, counted from 0.

    Raises:
        ValueError: If the shapes do not fit or are empty, an entry is not real and finite, or a
            label is not a class. A product, gradient or block raises it if it is not finite.

    >>> model = SoftmaxRegression(np.zeros((2, 1)), np.array([[2.0]]), np.array([0]))
    >>> model.hessian() @ np.array([1.0, 0.0])
    array([ 1., -1.])
    >>> model.gradient_matrix() @ np.array([1.0, 0.0])
    array([ 1., -1.])
    """

    parameters: Float[Array, "classes d"]
    inputs: Float[Array, "samples d"]
    labels: Int[Array, " samples"]

    def __post_init__(self) -> None:
        parameters = real_array("parameters", self.parameters, 2)
        inputs = real_array("inputs", self.inputs, 2)
        labels = real_array("labels", self.labels)
        if np.asarray(self.labels).dtype.kind not in "iu":
            raise ValueError(f"labels must be integers, got {np.asarray(self.labels).dtype}")
        k, d = parameters.shape
        if inputs.shape[1] != d:
            raise ValueError(f"inputs must be (samples, {d}), got shape {inputs.shape}")
        if len(labels) != len(inputs):
            raise ValueError(f"labels must be ({len(inputs)},), got shape {labels.shape}")
        if labels.min() < 0 or labels.max() >= k:
            raise ValueError(
                f"labels must lie in [0, {k - 1}], got {labels.min():g} to {labels.max():g}"
            )
        object.__setattr__(self, "parameters", parameters)
        object.__setattr__(self, "inputs", inputs)
        object.__setattr__(self, "labels", labels.astype(int))

    @property
    def size(self) -> int:
        """Number of parameters, classes times d."""
        return int(self.parameters.size)

    @cached_property
    def probabilities(self) -> Float[Array, "samples classes"]:
        r"""Probabilities :math:`\pi`."""
        logits = self.inputs @ self.parameters.T
        require_finite("logits", logits)
        return np.asarray(softmax(logits, axis=1))

    @cached_property
    def residuals(self) -> Float[Array, "samples classes"]:
        r"""Residuals :math:`\pi - y`."""
        residuals = self.probabilities.copy()
        residuals[np.arange(len(residuals)), self.labels] -= 1
        return residuals

    def gradient(self) -> Float[Array, "classes d"]:
        r"""Gradient :math:`\overline{(\pi_c - y_c) X}` of the mean loss."""
        gradient = self.residuals.T @ self.inputs / len(self.inputs)
        require_finite("gradient", gradient)
        return np.asarray(gradient)

    def hessian(self) -> LinearOperator:
        r"""Hessian, with :math:`Q = \pi \circ U - \pi (\pi \cdot U)` for every sample."""

        def rule(u: Array, p: Array) -> Array:
            q = p * u
            q -= p * q.sum(axis=1, keepdims=True)
            return q

        return self._operator(rule, self.probabilities)

    def gradient_matrix(self) -> LinearOperator:
        r"""Gradient matrix, with :math:`Q = r (r \cdot U)`, residuals :math:`r = \pi - y`."""
        return self._operator(lambda u, r: r * (r * u).sum(axis=1, keepdims=True), self.residuals)

    def _operator(self, rule: Callable[[Array, Array], Array], weights: Array) -> LinearOperator:
        """An operator that maps U to Q sample by sample, for any number of vectors at once.

        Args:
            rule: Maps U, (samples, classes, vectors), and the weights of its samples to Q.
            weights: One row per sample and one column per class.
        """
        x, (k, d) = self.inputs, self.parameters.shape

        def apply(vectors: Array) -> Array:
            columns = vectors.reshape(k, d, -1).transpose(1, 0, 2).reshape(d, -1)
            columns = np.ascontiguousarray(columns)
            result = np.zeros(columns.shape[::-1])
            length = min(max(BLOCK // columns.size, 32), 256)
            for start in range(0, len(x), length):
                block, w = x[start : start + length], weights[start : start + length, :, None]
                q = rule((block @ columns).reshape(len(block), k, -1), w)
                result += q.reshape(len(block), -1).T @ block
            result = (result / len(x)).reshape(k, -1, d)
            require_finite("product", result)
            return np.asarray(result.transpose(0, 2, 1).reshape(vectors.shape))

        return LinearOperator(
            (self.size, self.size), matvec=apply, rmatvec=apply, matmat=apply, dtype=x.dtype
        )

    def hessian_block(self, row: int, column: int | None = None) -> Float[Array, "d d"]:
        """Block of the Hessian for two classes; for one, the diagonal block.

        Raises:
            ValueError: If a class leaves [0, classes - 1].
        """
        row, column = self._classes(row, column)
        p = self.probabilities
        weights = p[:, row] * ((row == column) - p[:, column])
        return weighted_gram(self.inputs, weights)

    def gradient_block(self, row: int, column: int | None = None) -> Float[Array, "d d"]:
        """Block of the gradient matrix for two classes; for one, the diagonal block.

        Raises:
            ValueError: If a class leaves [0, classes - 1].
        """
        row, column = self._classes(row, column)
        r = self.residuals
        return weighted_gram(self.inputs, r[:, row] * r[:, column])

    def _classes(self, row: int, column: int | None) -> tuple[int, int]:
        last = len(self.parameters) - 1
        row = whole_number("row", row, 0, last)
        return row, row if column is None else whole_number("column", column, 0, last)
