"""Blocks along the limit of SGD: outliers, tilts and overlaps at finite λ, to all orders in 1/λ.

The limiting equations give the overlaps of weights and means at a time, and these determine the
spectra of the blocks on M test samples in d dimensions, as both grow. No parameter is fitted, and
nothing is expanded: what is left are corrections in 1/d.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from traindyn.hessian_alignment.theory.bbp import block_spectrum
from traindyn.hessian_alignment.theory.effective_dynamics import effective_path
from traindyn.hessian_alignment.theory.projection import project
from traindyn.hessian_alignment.theory.separated_classes import Matrix

Array = np.ndarray


@dataclass(frozen=True)
class LimitBlock:
    """Top of the block of one class.

    Args:
        outliers: Its outliers, falling.
        edge: Of the bulk.
        tilts: Squared sines between their eigenvectors and the span of the means.
        own_mean: Squared cosine of the first eigenvector with the mean of the class.
        with_weights: Squared cosines of the eigenvectors with the weights of the class.
    """

    outliers: Float[Array, " r"]
    edge: float
    tilts: Float[Array, " r"]
    own_mean: float
    with_weights: Float[Array, " r"]

    @property
    def overlap(self) -> float:
        """Overlap of the weights with the span of the eigenvectors."""
        return float(self.with_weights.sum() ** 0.5)


def limit_weights(
    classes: int, precision: float, decay: float, step_constant: float, time: float
) -> Float[Array, "k columns"]:
    """Weights with the overlaps that SGD reaches from a random start; means are the first axes.

    Args:
        classes: k.
        precision: λ.
        decay: β.
        step_constant: Learning rate times d.
        time: Steps times learning rate.

    >>> limit_weights(2, 10.0, 0.1, 1.0, 0.0)
    array([[0., 0., 1., 0.],
           [0., 0., 0., 1.]])
    """
    k = classes
    m, r = np.zeros((k, k)), np.eye(k)
    if time > 0:
        paths = effective_path(m, r, precision, decay, step_constant, np.array([0.0, time]))
        m, r = (path[-1] for path in paths)
    return np.concatenate([m, np.linalg.cholesky(r)], axis=1)


def limit_block(
    weights: Float[Array, "k columns"],
    precision: float,
    aspect: float,
    matrix: Matrix,
    correlated: bool = True,
) -> LimitBlock:
    r"""Top of the block of the first class.

    Args:
        weights: One row per class; means are the first k axes.
        precision: λ.
        aspect: Dimensions per test sample γ; near zero for plenty of samples.
        matrix: ``hessian`` or ``gradient``.
        correlated: False treats the weights of samples as independent of them, a wrong theory.

    >>> found = limit_block(limit_weights(4, 100.0, 0.1, 1.0, 0.0), 100.0, 1 / 8, "hessian")
    >>> bool(found.outliers[0] / found.outliers[3] < 1.01)  # equal at the start
    True
    """
    means = np.eye(*weights.shape)
    seen = project(weights, means, precision)
    w = seen.hessian_weights(0) if matrix == "hessian" else seen.gradient_weights(0)
    found = block_spectrum(seen, w, aspect, correlated)
    inside = means @ found.vectors
    products = weights[0] @ found.vectors
    return LimitBlock(
        found.outliers,
        found.edge,
        1 - (inside**2).sum(axis=0),
        float(inside[0, 0] ** 2),
        products**2 / (weights[0] @ weights[0]),
    )


def largest_sine(
    tilts: Float[Array, " r"], directions: int, scatter: float = 0.0, draws: int = 4000
) -> float:
    r"""Mean sine of the largest angle between the eigenspace and the means in finite dimension.

    Eigenvectors leave the span of the means in independent random directions, of which there are
    few more than outliers: the parts outside have the Gram matrix :math:`T^{1/2} G T^{1/2}` with
    the tilts T and a Wishart matrix G of mean I, and the largest sine is the root of its largest
    eigenvalue, above that of T by about :math:`1 + \sqrt{k/d}`.

    Args:
        tilts: Mean squared sine of every eigenvector.
        directions: Dimensions outside the means, at least as many as tilts.
        scatter: Relative scatter of the inverse of a tilt, from the samples.
        draws: Of the Wishart matrix, from a fixed seed: an error of 0.1 %.

    Raises:
        ValueError: If there are fewer directions than tilts.

    >>> round(largest_sine(np.full(4, 0.01), 10**6), 2)
    0.1
    """
    k = len(tilts)
    if directions < k:
        raise ValueError(f"directions must be at least {k}, got {directions}")
    generator = np.random.default_rng(0)
    lower = np.tril(generator.standard_normal((draws, k, k)), -1)
    diagonal = np.sqrt(generator.chisquare(directions - np.arange(k), (draws, k)))
    lower[:, np.arange(k), np.arange(k)] = diagonal  # Bartlett's decomposition
    noise = scatter * generator.standard_normal((draws, k))
    scattered = tilts / (1 + noise - noise.mean(axis=1, keepdims=True))
    rows = np.sqrt(scattered / directions)[..., None] * lower
    return float(np.linalg.svd(rows, compute_uv=False)[:, 0].mean())
