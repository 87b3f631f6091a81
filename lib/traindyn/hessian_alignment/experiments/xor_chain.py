r"""SGD of the XOR network through its summary statistics, exactly and at a cost free of d.

The loss sees the weights through v, the scalar products :math:`m = W(\mu, \nu)` and the Gram
matrix R of the rest of W. A step needs the scalar products :math:`u \sim N(0, R/\lambda)` of that
rest with the noise, and the squared norm of the noise outside of the two axes, so that

.. math:: R \leftarrow (1-\delta\beta)^2 R - \delta(1-\delta\beta)(c u^\top + u c^\top)
          + \delta^2 |Z_\perp|^2 c c^\top / \lambda, \qquad c_i = (s - y) v_i 1[W_iX > 0] .

The law of v, m and R is that of SGD in d dimensions.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Bool, Float
from scipy import special

from traindyn.hessian_alignment.experiments.gram import step as gram_step
from traindyn.hessian_alignment.experiments.gram import triangular
from traindyn.hessian_alignment.experiments.xor import Matrix, XorSetting, XorState

Array = np.ndarray
AXES = np.array([[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0], [0.0, -1.0]])


@dataclass(frozen=True, eq=False)
class Summary:
    """Summary statistics of all replicas.

    Args:
        second: Weights v.
        means: Scalar products of the rows of W with μ and ν.
        rest: Gram matrix of the rows of W outside of that plane.
    """

    second: Float[Array, "replicas K"]
    means: Float[Array, "replicas K 2"]
    rest: Float[Array, "replicas K K"]

    def corner_logits(self) -> Float[Array, "replicas 4"]:
        """Logits at the corners μ, -μ, ν, -ν without noise."""
        hidden = np.maximum(self.means @ AXES.T, 0)
        return np.asarray(np.einsum("rk,rkc->rc", self.second, hidden))

    def captured(self, logit: float) -> Bool[Array, "replicas 4"]:
        """Corners with more than half of a logit of the right sign."""
        return np.asarray(self.corner_logits() * np.array([1, 1, -1, -1]) > logit / 2)


def _start(setting: XorSetting, generator: np.random.Generator) -> Summary:
    """Random weights: normal v and m, a Wishart Gram matrix."""
    k, d, replicas = setting.neurons, setting.dimension, setting.replicas
    lower = np.tril(generator.standard_normal((replicas, k, k)), -1)
    diagonal = np.sqrt(generator.chisquare(d - 2 - np.arange(k), (replicas, k)))
    lower[:, np.arange(k), np.arange(k)] = diagonal  # Bartlett's decomposition
    return Summary(
        generator.standard_normal((replicas, k)),
        generator.standard_normal((replicas, k, 2)) / d**0.5,
        lower @ lower.transpose(0, 2, 1) / d,
    )


def one_neuron_per_corner(size: float, replicas: int) -> Summary:
    """A neuron along each corner, nothing outside of the plane: the shape of a perfect classifier.

    Args:
        size: Norm of every neuron's incoming weights, and size of its outgoing weight.
        replicas: Number of equal copies.

    >>> one_neuron_per_corner(2.0, 1).corner_logits()
    array([[ 4.,  4., -4., -4.]])
    """
    second = size * np.array([1.0, 1.0, -1.0, -1.0])
    return Summary(
        np.tile(second, (replicas, 1)),
        np.tile(size * AXES, (replicas, 1, 1)),
        np.zeros((replicas, 4, 4)),
    )


def run_chain(
    setting: XorSetting,
    times: Sequence[float],
    generator: np.random.Generator,
    start: Summary | None = None,
) -> list[Summary]:
    """Follow the summary statistics of all replicas.

    Args:
        setting: What to run; labels must be true.
        times: Times to keep, in increasing order; a unit takes d steps.
        generator: Source of randomness.
        start: Statistics before the first step; default: those of random weights.

    Raises:
        ValueError: If d has no room for K directions outside the plane of the means, or labels
            are shuffled.
    """
    k, d, replicas = setting.neurons, setting.dimension, setting.replicas
    if d < k + 3:
        raise ValueError(f"dimension must be at least {k + 3}, got {d}")
    if setting.labels != "true":
        raise ValueError(f"labels must be 'true', got {setting.labels!r}")
    state = _start(setting, generator) if start is None else start
    v, m, rest = state.second.T.copy(), state.means.T.copy(), state.rest.T.copy()  # replicas last
    wanted = {round(time * d) for time in times}
    rate, noise = 1 / d, setting.precision**-0.5
    shrink = 1 - rate * setting.decay
    kept = [_summary(v, m, rest)] if 0 in wanted else []
    for step in range(1, max(wanted) + 1):
        corner = generator.integers(4, size=replicas)
        draws = noise * generator.standard_normal((k + 2, replicas))
        x, along = AXES.T[:, corner] + draws[:2], draws[2:]
        u = (triangular(rest) * along).sum(axis=1)
        norm = (along**2).sum(axis=0) + noise**2 * generator.chisquare(d - 2 - k, replicas)
        hidden = np.maximum(m[0] * x[0] + m[1] * x[1] + u, 0)
        residual = rate * (special.expit((v * hidden).sum(axis=0)) - (corner < 2))
        c = residual * v * (hidden > 0)
        v *= shrink
        v -= residual * hidden
        m *= shrink
        m -= c * x[:, None]
        gram_step(rest, c, u, norm, shrink)
        if step in wanted:
            kept.append(_summary(v, m, rest))
    return kept


def _summary(v: Array, m: Array, rest: Array) -> Summary:
    return Summary(v.T.copy(), m.T.copy(), rest.T.copy())


@dataclass(frozen=True, eq=False)
class SecondLayer:
    """Blocks of the second layer on test samples, and how the weights lie in them.

    Args:
        values: Eigenvalues, falling, for each matrix.
        overlaps: Overlap of v with the first 1, ..., K eigenvectors, for each matrix.
        accuracy: Share of samples classified correctly; a logit of zero counts as half.
    """

    values: dict[Matrix, Float[Array, "replicas K"]]
    overlaps: dict[Matrix, Float[Array, "replicas K"]]
    accuracy: Float[Array, " replicas"]


def rectified(x: Array) -> Array:
    """The activation of the network.

    >>> rectified(np.array([-1.0, 2.0]))
    array([0., 2.])
    """
    return np.maximum(x, 0)


def second_layer(
    summary: Summary,
    precision: float,
    samples: int,
    generator: np.random.Generator,
    activation: Callable[[Array], Array] = rectified,
) -> SecondLayer:
    r"""Blocks of Hessian and gradient matrix of the second layer, and the accuracy.

    Args:
        summary: State of all replicas.
        precision: :math:`\lambda` of the test samples.
        samples: Number of test samples per replica.
        generator: Their source.
        activation: Of the hidden units.
    """
    replicas, k = summary.second.shape
    noise = precision**-0.5
    corner = generator.integers(4, size=(replicas, samples))
    x = AXES[corner] + noise * generator.standard_normal((replicas, samples, 2))
    upper = triangular(summary.rest.T).T
    u = noise * generator.standard_normal((replicas, samples, k)) @ upper
    hidden = activation(x @ summary.means.transpose(0, 2, 1) + u)
    z = np.einsum("rnk,rk->rn", hidden, summary.second)
    s, y = special.expit(z), corner < 2
    values: dict[Matrix, Array] = {}
    overlaps: dict[Matrix, Array] = {}
    norms = np.linalg.norm(summary.second, axis=1, keepdims=True)
    weights: dict[Matrix, Array] = {"hessian": s * (1 - s), "gradient": (s - y) ** 2}
    for matrix, w in weights.items():
        block = (hidden * w[..., None]).transpose(0, 2, 1) @ hidden / samples
        rising, vectors = np.linalg.eigh(block)
        parts = np.einsum("rki,rk->ri", vectors, summary.second)[:, ::-1]
        values[matrix] = rising[:, ::-1]
        overlaps[matrix] = np.sqrt(np.cumsum(parts**2, axis=1)) / norms
    right = np.where(y, z > 0, z < 0) + (z == 0) / 2
    return SecondLayer(values, overlaps, right.mean(axis=1))


def embed(summary: Summary, dimension: int) -> XorState:
    r"""Networks in d dimensions with the given statistics: the first axes hold all weights.

    The law of isotropic samples does not tell one such network from another.

    Args:
        summary: State of all replicas.
        dimension: d, at least K + 2.

    Raises:
        ValueError: If d has no room for the weights.

    >>> embed(one_neuron_per_corner(2.0, 1), 7).first[0, 1].tolist()
    [-2.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]
    """
    replicas, k = summary.second.shape
    if dimension < k + 2:
        raise ValueError(f"dimension must be at least {k + 2}, got {dimension}")
    first = np.zeros((replicas, k, dimension))
    first[:, :, :2] = summary.means
    first[:, :, 2 : k + 2] = triangular(summary.rest.T).T.swapaxes(1, 2)
    return XorState(torch.tensor(first), torch.tensor(summary.second))
