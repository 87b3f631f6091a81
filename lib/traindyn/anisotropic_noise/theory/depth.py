r"""Fluctuations of deep linear networks and of networks with a bottleneck.

Where the noise is proportional to the Hessian the weights have the covariance T on the range of
:math:`J^\top` and 0 elsewhere, at any depth.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from traindyn.anisotropic_noise.theory.covariance import solve_lyapunov
from traindyn.anisotropic_noise.theory.two_layers import jacobian

Array = np.ndarray


def deep_jacobian(layers: Sequence[Array]) -> Float[Array, "mn p"]:
    r"""Derivative of :math:`\operatorname{vec}(W_L \cdots W_1)` by all layers, row by row.

    The block of layer l is :math:`B_l \otimes F_l^\top` with the products after and before it.

    >>> deep_jacobian([np.array([[2.0]]), np.array([[3.0]]), np.array([[5.0]])])
    array([[15., 10.,  6.]])
    """
    blocks = []
    for level in range(len(layers)):
        before = np.eye(layers[0].shape[1])
        for w in layers[:level]:
            before = w @ before
        after = np.eye(layers[level].shape[0])
        for w in layers[level + 1 :]:
            after = w @ after
        blocks.append(np.kron(after, before.T))
    return np.hstack(blocks)


def layer_variances(
    singular_values: Float[Array, " n"], depth: int, layer: int
) -> Float[Array, "n n"]:
    r"""Variances over T in one layer of a balanced, aligned network, per output j and input i.

    .. math:: V_{ji} = \frac{q_l}{\sum_{l'} q_{l'}}, \qquad
              q_l = s_j^{2(L-l)/L}\, s_i^{2(l-1)/L} .

    Derivation: in the singular bases one entry of the product moves by
    :math:`\sum_l s_j^{(L-l)/L}\, dW_{l,ji}\, s_i^{(l-1)/L}`, so the projector on the range of
    :math:`J^\top` spends one dimension per entry, shared in proportion to the squares.

    Args:
        singular_values: Singular values s of the product; every layer has :math:`s^{1/L}`.
        depth: Number of layers L, at least 1.
        layer: The layer l, 1 for the first.

    Raises:
        ValueError: If ``layer`` does not lie in [1, depth].

    >>> layer_variances(np.array([4.0, 1.0]), 2, 2)
    array([[0.5, 0.2],
           [0.8, 0.5]])
    """
    if not 1 <= layer <= depth:
        raise ValueError(f"layer must lie in [1, {depth}], got {layer}")
    s = singular_values
    shares = [
        s[:, None] ** (2 * (depth - n) / depth) * s ** (2 * (n - 1) / depth)
        for n in range(1, depth + 1)
    ]
    return np.asarray(shares[layer - 1] / sum(shares))


@dataclass(frozen=True)
class BottleneckNoise:
    r"""Curvature and noise at the minimum of two layers with fewer hidden units than outputs.

    The minimum is reduced-rank regression: :math:`W_2W_1` is the least-squares map projected on the
    leading directions of its outputs. The gradient :math:`G` by the map does not vanish there, only
    :math:`W_2^\top G` and :math:`G W_1^\top` do, and the Hessian has the further term
    :math:`2\langle G, dW_2\,dW_1\rangle`.

    Args:
        x: Inputs, one sample per row.
        y: Labels, one sample per row.
        hidden: Number of hidden units, below the number of outputs.

    Raises:
        ValueError: If ``hidden`` leaves its range.
    """

    x: Float[Array, "P n"]
    y: Float[Array, "P m"]
    hidden: int

    def __post_init__(self) -> None:
        if not 1 <= self.hidden < self.y.shape[1]:
            raise ValueError(f"hidden must lie in [1, {self.y.shape[1]}), got {self.hidden}")

    def layers(self) -> tuple[Float[Array, "k n"], Float[Array, "m k"]]:
        """The balanced layers of the minimum."""
        best = np.linalg.lstsq(self.x, self.y, rcond=None)[0].T
        left, _, _ = np.linalg.svd(best @ self.x.T, full_matrices=False)
        kept = left[:, : self.hidden]
        u, s, vt = np.linalg.svd(kept @ kept.T @ best, full_matrices=False)
        root = np.sqrt(s[: self.hidden])
        return root[:, None] * vt[: self.hidden], u[:, : self.hidden] * root

    def matrices(self) -> tuple[Float[Array, "p p"], Float[Array, "p p"]]:
        """Hessian, and covariance of one sample's gradient."""
        first, second = self.layers()
        residual = self.x @ (second @ first).T - self.y
        samples, (outputs, hidden) = len(self.x), second.shape
        j = jacobian(first, second)
        hessian = j.T @ np.kron(np.eye(outputs), self.x.T @ self.x / samples) @ j
        gradient = residual.T @ self.x / samples
        cross = np.einsum("mn,kl->knml", gradient, np.eye(hidden)).reshape(first.size, second.size)
        hessian[: first.size, first.size :] += cross
        hessian[first.size :, : first.size] += cross.T
        per_sample = np.einsum("pm,pn->pmn", residual, self.x).reshape(samples, -1) @ j
        return hessian, per_sample.T @ per_sample / samples

    def covariance(self, learning_rate: float, batch_size: int) -> Float[Array, "p p"]:
        """Linear theory on the directions of positive curvature, 0 elsewhere."""
        hessian, noise = self.matrices()
        values, axes = np.linalg.eigh(hessian)
        basis = axes[:, values > 1e-9 * values[-1]]
        inside = solve_lyapunov(
            basis.T @ hessian @ basis, learning_rate / batch_size * basis.T @ noise @ basis
        )
        return basis @ inside @ basis.T
