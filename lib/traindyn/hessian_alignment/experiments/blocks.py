r"""Spectra of the diagonal blocks of Hessian and gradient matrix on fresh test samples.

The block of class :math:`c` is the d × d matrix for the weights :math:`x^c`, a Gram matrix of test
samples with the weights :math:`\pi_c(1 - \pi_c)` or :math:`(\pi_c - y_c)^2`. Neither contains the
regularizer. ``regularized`` is the gradient matrix of the loss with :math:`\beta|x|^2/2` in every
sample, a common mistake.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from traindyn.curvature import SoftmaxRegression, top_eigenpairs
from traindyn.hessian_alignment.experiments.mixtures import Mixture

Array = np.ndarray
Matrix = Literal["hessian", "gradient", "regularized"]
MATRICES: tuple[Matrix, ...] = ("hessian", "gradient")


@dataclass(frozen=True, eq=False)
class BlockSpectra:
    """Top eigenpairs of the block of every class, in every replica.

    Args:
        values: The ``k + extra`` largest eigenvalues, falling.
        vectors: The eigenvectors of the k largest, as columns.
    """

    values: Float[Array, "replicas classes top"]
    vectors: Float[Array, "replicas classes d k"]

    @property
    def gaps(self) -> Float[Array, "replicas classes"]:
        """Ratio of the k-th eigenvalue to the next."""
        k = self.vectors.shape[-1]
        return np.asarray(self.values[..., k - 1] / self.values[..., k])

    def overlaps(
        self, x: Float[Tensor, "replicas classes d"], count: int | None = None
    ) -> Float[Array, "replicas classes"]:
        r"""Overlap :math:`|P x^c|/|x^c|` with the span of the top ``count`` eigenvectors (or k)."""
        weights = x.numpy()
        parts = np.einsum("rcda,rcd->rca", self.vectors[..., :count], weights)
        return np.asarray(np.linalg.norm(parts, axis=-1) / np.linalg.norm(weights, axis=-1))

    def cosines(self, frame: Float[Tensor, "m d"]) -> Float[Array, "replicas classes m k"]:
        """Cosines between orthonormal vectors and the eigenvectors."""
        return np.asarray(np.einsum("rcda,md->rcma", self.vectors, frame.numpy()))


def sines(cosines: Float[Array, "... m k"]) -> Float[Array, "... m"]:
    """Sines of the principal angles between two subspaces, largest first.

    Args:
        cosines: Scalar products of an orthonormal frame of one with a frame of the other.

    >>> sines(np.array([[0.6, 0.0], [0.0, 1.0]]))
    array([0.8, 0. ])
    """
    values = np.linalg.svd(cosines, compute_uv=False)
    return np.asarray(np.sqrt(np.clip(1 - values[..., ::-1] ** 2, 0, None)))


def mean_overlaps(
    x: Float[Tensor, "replicas classes d"], means: Float[Tensor, "k d"]
) -> Float[Array, "replicas classes"]:
    """Overlap of the weights of each class with the span of orthonormal means."""
    parts = np.linalg.norm((x @ means.T).numpy(), axis=-1)
    return np.asarray(parts / np.linalg.norm(x.numpy(), axis=-1))


def block_spectra(
    x: Float[Tensor, "replicas classes d"],
    mixture: Mixture,
    samples: int,
    generator: torch.Generator,
    *,
    decay: float = 0.0,
    matrices: Sequence[Matrix] = MATRICES,
    extra: int = 1,
    blocks: int | None = None,
) -> dict[Matrix, BlockSpectra]:
    r"""Top eigenpairs of diagonal blocks, on one fresh test set per replica.

    Args:
        x: Weights of every replica.
        mixture: Where test samples come from.
        samples: Number of test samples.
        generator: Source of test samples.
        decay: Strength :math:`\beta` of the regularizer, for ``regularized``.
        matrices: Which matrices.
        extra: Eigenvalues below the k largest to keep.
        blocks: Only those of so many first classes; default: all.

    Raises:
        ValueError: If d has no room for k + extra eigenvalues, or there are fewer classes.
    """
    tests = (mixture.draw((samples,), generator) for _ in x)
    return spectra_on(x, tests, decay=decay, matrices=matrices, extra=extra, blocks=blocks)


def spectra_on(
    x: Float[Tensor, "replicas classes d"],
    sets: Iterable[tuple[Int[Tensor, " samples"], Float[Tensor, "samples d"]]],
    *,
    decay: float = 0.0,
    matrices: Sequence[Matrix] = MATRICES,
    extra: int = 1,
    blocks: int | None = None,
) -> dict[Matrix, BlockSpectra]:
    r"""Top eigenpairs of diagonal blocks on given labels and inputs, one set per replica.

    Args:
        x: Weights of every replica.
        sets: Labels and inputs for every replica.
        decay: Strength :math:`\beta` of the regularizer, for ``regularized``.
        matrices: Which matrices.
        extra: Eigenvalues below the k largest to keep.
        blocks: Only those of so many first classes; default: all.

    Raises:
        ValueError: If d has no room for k + extra eigenvalues, or there are fewer classes.
    """
    replicas, k, d = x.shape
    if not 0 <= extra <= d - k:
        raise ValueError(f"extra must lie in [0, {d - k}], got {extra}")
    blocks = k if blocks is None else blocks
    if not 1 <= blocks <= k:
        raise ValueError(f"blocks must lie in [1, {k}], got {blocks}")
    found: dict[Matrix, BlockSpectra] = {
        matrix: BlockSpectra(
            np.empty((replicas, blocks, k + extra)), np.empty((replicas, blocks, d, k))
        )
        for matrix in matrices
    }
    for replica, (weights, (labels, inputs)) in enumerate(zip(x, sets, strict=True)):
        model = SoftmaxRegression(weights.numpy(), inputs.numpy(), labels.numpy())
        for matrix, spectra in found.items():
            for c in range(blocks):
                pairs = top_eigenpairs(_block(model, matrix, c, decay), k + extra)
                spectra.values[replica, c] = pairs.values
                spectra.vectors[replica, c] = pairs.vectors[:, :k]
    return found


def block_weights(
    x: Float[Tensor, "replicas classes d"],
    mixture: Mixture,
    samples: int,
    generator: torch.Generator,
    matrix: Matrix,
) -> Float[Array, "replicas classes samples"]:
    """Weights of test samples in the block of every class.

    Args:
        x: Weights of every replica.
        mixture: Where test samples come from.
        samples: Number of test samples.
        generator: Source of test samples.
        matrix: ``hessian`` or ``gradient``.

    Raises:
        ValueError: If the matrix is another.
    """
    if matrix not in MATRICES:
        raise ValueError(f"matrix must be one of {', '.join(MATRICES)}, got {matrix!r}")
    found = np.empty((*x.shape[:2], samples))
    for replica, weights in enumerate(x):
        labels, inputs = mixture.draw((samples,), generator)
        model = SoftmaxRegression(weights.numpy(), inputs.numpy(), labels.numpy())
        pi = model.probabilities
        found[replica] = (pi * (1 - pi) if matrix == "hessian" else model.residuals**2).T
    return found


def _block(model: SoftmaxRegression, matrix: Matrix, c: int, decay: float) -> Array:
    if matrix == "hessian":
        return model.hessian_block(c)
    block = model.gradient_block(c)
    if matrix == "regularized":
        weights = decay * model.parameters[c]
        mixed = np.outer(weights, model.gradient()[c])
        block = block + mixed + mixed.T + np.outer(weights, weights)
    return block
