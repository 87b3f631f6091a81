r"""SGD of the XOR network through its summary statistics, exactly and at a cost free of d.

The loss sees the weights through v, the scalar products :math:`m = W(\mu, \nu)` and the Gram
matrix R of the rest of W. A step needs the scalar products :math:`u \sim N(0, R/\lambda)` of that
rest with the noise, and the squared norm of the noise outside of the two axes, so that

.. math:: R \leftarrow (1-\delta\beta)^2 R - \delta(1-\delta\beta)(c u^\top + u c^\top)
          + \delta^2 |Z_\perp|^2 c c^\top / \lambda, \qquad c_i = (s - y) v_i 1[W_iX > 0] .

The law of v, m and R is that of SGD in d dimensions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float

from traindyn.hessian_alignment.experiments.xor import XorSetting

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
    v, m, rest = state.second.copy(), state.means.copy(), state.rest.copy()
    wanted = {round(time * d) for time in times}
    rate, noise = 1 / d, setting.precision**-0.5
    shrink = 1 - rate * setting.decay
    kept = [Summary(v.copy(), m.copy(), rest.copy())] if 0 in wanted else []
    for step in range(1, max(wanted) + 1):
        corner = generator.integers(4, size=replicas)
        x = AXES[corner] + noise * generator.standard_normal((replicas, 2))
        lower = np.linalg.cholesky(rest)
        normal = generator.standard_normal((replicas, k, 1))
        u = noise * (lower @ normal)[..., 0]
        norm = (normal[..., 0] ** 2).sum(axis=1) + generator.chisquare(d - 2 - k, replicas)
        hidden = m[..., 0] * x[:, :1] + m[..., 1] * x[:, 1:] + u
        active = hidden > 0
        hidden *= active
        residual = 1 / (1 + np.exp(-(v * hidden).sum(axis=1))) - (corner < 2)
        c = rate * residual[:, None] * v * active
        v = shrink * v - rate * residual[:, None] * hidden
        m = shrink * m - c[..., None] * x[:, None, :]
        # a rank-two update: c(s c - u)ᵀ/2 and its transpose
        side = (noise**2 * norm / 2)[:, None] * c - shrink * u
        rest = (
            shrink**2 * rest + c[:, :, None] * side[:, None, :] + side[:, :, None] * c[:, None, :]
        )
        if step in wanted:
            kept.append(Summary(v.copy(), m.copy(), rest.copy()))
    return kept


def second_layer_eigenvalues(
    summary: Summary, precision: float, samples: int, generator: np.random.Generator
) -> tuple[Float[Array, "replicas K"], Float[Array, "replicas K"], Float[Array, " replicas"]]:
    r"""Eigenvalues of Hessian and gradient matrix of the second layer, and the accuracy.

    Args:
        summary: State of all replicas.
        precision: :math:`\lambda` of the test samples.
        samples: Number of test samples per replica.
        generator: Their source.

    Returns:
        Eigenvalues of the Hessian's and of the gradient matrix's block, falling, and accuracies.
    """
    replicas, k = summary.second.shape
    noise = precision**-0.5
    corner = generator.integers(4, size=(replicas, samples))
    x = AXES[corner] + noise * generator.standard_normal((replicas, samples, 2))
    lower = np.linalg.cholesky(summary.rest)
    u = noise * generator.standard_normal((replicas, samples, k)) @ lower.transpose(0, 2, 1)
    hidden = np.maximum(x @ summary.means.transpose(0, 2, 1) + u, 0)
    z = np.einsum("rnk,rk->rn", hidden, summary.second)
    s, y = 1 / (1 + np.exp(-z)), corner < 2
    found = [
        np.linalg.eigvalsh((hidden * w[..., None]).transpose(0, 2, 1) @ hidden / samples)[:, ::-1]
        for w in (s * (1 - s), (s - y) ** 2)
    ]
    return found[0], found[1], np.asarray(((z > 0) == y).mean(axis=1))
