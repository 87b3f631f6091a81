r"""Ridge heads on fixed features: one eigendecomposition serves every penalty.

On features Z (n by h) and labels y the head with the penalty :math:`\lambda` minimizes

.. math:: \tfrac1n \lVert y - Za\rVert^2 + \tfrac{\lambda}{h} \lVert a\rVert^2 ,

so that :math:`a = (Z^\top Z + pI)^{-1} Z^\top y` with the shift :math:`p = \lambda n/h`.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor


@dataclass(frozen=True)
class RidgeHeads:
    r"""The heads of all penalties on one fit, and the alignment of its kernel with the labels.

    With the smaller of :math:`Z^\top Z` and :math:`ZZ^\top` diagonalized every head is
    :math:`a = B\,(c/(s + p))`: a basis B, coordinates c and eigenvalues s that do not know p.

    Args:
        basis: B, its columns in the space of heads.
        coordinates: c, the labels in that basis.
        eigenvalues: s, not negative, rising.
        by_samples: Whether :math:`ZZ^\top` was diagonalized: then c are the labels along its
            eigenvectors, else they are :math:`Z^\top y` along those of :math:`Z^\top Z`.
        energy: :math:`\lVert y\rVert^2`.
        samples: Number n of samples of the fit.
    """

    basis: Float[Tensor, "hidden k"]
    coordinates: Float[Tensor, " k"]
    eigenvalues: Float[Tensor, " k"]
    by_samples: bool
    energy: float
    samples: int

    def _shrunk(self, penalties: Float[Tensor, " p"]) -> Float[Tensor, "k p"]:
        """Coordinates of the heads, one column per penalty."""
        if not bool((penalties > 0).all()):
            raise ValueError(f"penalties must be positive, got {penalties.tolist()}")
        shift = penalties * (self.samples / len(self.basis))
        return self.coordinates[:, None] / (self.eigenvalues[:, None] + shift)

    def heads(self, penalties: Float[Tensor, " p"]) -> Float[Tensor, "hidden p"]:
        """The head a of each penalty, one per column.

        Raises:
            ValueError: If a penalty is not positive.
        """
        return self.basis @ self._shrunk(penalties)

    def fit_loss(self, penalties: Float[Tensor, " p"]) -> Float[Tensor, " p"]:
        r"""Mean squared error on the samples of the fit, without the penalty.

        It is :math:`[\lVert y\rVert^2 - \sum_i e_i (1 - p^2/(s_i+p)^2)]/n` with the energy
        :math:`e_i` of the labels along the eigenvectors of :math:`ZZ^\top`.

        Raises:
            ValueError: If a penalty is not positive.
        """
        shift = penalties * (self.samples / len(self.basis))
        s = self.eigenvalues[:, None]
        explained = self._shrunk(penalties).square() * (s + 2 * shift)
        if self.by_samples:
            explained = explained * s
        return (self.energy - explained.sum(dim=0)) / self.samples

    def losses(
        self,
        features: Float[Tensor, "tests hidden"],
        labels: Float[Tensor, " tests"],
        penalties: Float[Tensor, " p"],
    ) -> Float[Tensor, " p"]:
        """Mean squared error of each head on other samples.

        Raises:
            ValueError: If a penalty is not positive.
        """
        missed = (features @ self.heads(penalties)).sub_(labels[:, None])
        return missed.square_().mean(dim=0)

    @property
    def alignment(self) -> float:
        r"""Alignment of the kernel :math:`K = ZZ^\top` with the labels, from 0 to 1.

        .. math:: \frac{\langle K, yy^\top\rangle}{\lVert K\rVert_F \lVert yy^\top\rVert_F}
            = \frac{\lVert Z^\top y\rVert^2}{\lVert Z^\top Z\rVert_F \lVert y\rVert^2} .

        No n-by-n matrix is formed, and none of its n² entries is rounded.
        """
        square = self.coordinates.square()
        if self.by_samples:
            square = square * self.eigenvalues
        size = torch.linalg.vector_norm(self.eigenvalues)
        return float(square.sum() / (size * self.energy))


def kernel_alignment(
    features: Float[Tensor, "samples hidden"], labels: Float[Tensor, " samples"]
) -> float:
    r"""The same as :attr:`RidgeHeads.alignment`, where no head is wanted and nothing diagonalized.

    >>> kernel_alignment(torch.tensor([[1.0], [1.0]]), torch.tensor([1.0, 1.0]))
    1.0
    """
    product = features.T @ labels
    size = torch.linalg.vector_norm(features.T @ features)
    return float(product.square().sum() / (size * labels.square().sum()))


def fit_heads(
    features: Float[Tensor, "samples hidden"], labels: Float[Tensor, " samples"]
) -> RidgeHeads:
    """Diagonalize once for all penalties.

    Args:
        features: The matrix Z, 1/√h included.
        labels: The labels y, not all zero.

    Raises:
        ValueError: If labels do not fit the features, are all zero, or something is not finite.

    >>> heads = fit_heads(torch.tensor([[1.0], [1.0]]), torch.tensor([1.0, 3.0]))
    >>> heads.heads(torch.tensor([1.0])).tolist()  # (1 + 3) / (2 + 2)
    [[1.0]]
    """
    samples, hidden = features.shape
    if len(labels) != samples:
        raise ValueError(f"labels must have {samples} entries, got {len(labels)}")
    energy = float(labels.square().sum())
    if not energy > 0:
        raise ValueError(f"labels must be finite and not all zero, got squared norm {energy}")
    by_samples = samples < hidden
    gram = features @ features.T if by_samples else features.T @ features
    if not bool(gram.isfinite().all()):
        raise ValueError("features must be finite, got some that are not")
    eigenvalues, vectors = torch.linalg.eigh(gram)
    eigenvalues = eigenvalues.clamp(min=0.0)  # rounding may leave -1e-16 of the largest
    if by_samples:
        basis, coordinates = features.T @ vectors, vectors.T @ labels
    else:
        basis, coordinates = vectors, vectors.T @ (features.T @ labels)
    return RidgeHeads(basis, coordinates, eigenvalues, by_samples, energy, samples)
