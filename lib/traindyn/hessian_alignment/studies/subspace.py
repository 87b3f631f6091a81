"""Spaces that trained weights or eigenvectors are compared with."""

from __future__ import annotations

import numpy as np
import torch
from jaxtyping import Float

from traindyn.hessian_alignment.experiments.blocks import MATRICES, Matrix, sines
from traindyn.hessian_alignment.studies.softmax import Setting, spectra, trained
from traindyn.runs import Context, study

Array = np.ndarray


@study(stream="HA-1")
def random_overlaps(
    context: Context, setting: Setting, matrix: Matrix
) -> Float[Array, "replicas classes"]:
    """Overlap of trained weights with a random space of as many dimensions.

    The space that is compared with the one of the gradient matrix has the stream of that claim.
    """
    own = context.of("HA-2") if matrix == "gradient" else context
    x = trained(context, setting).last
    generator = own.torch_generator(f"random space {matrix}")
    draws = torch.randn(*x.shape, setting.classes, generator=generator, dtype=x.dtype)
    inside = torch.linalg.qr(draws)[0].mT @ x.unsqueeze(-1)
    return np.asarray((inside.squeeze(-1).norm(dim=2) / x.norm(dim=2)).numpy())


def sines_at(
    context: Context, setting: Setting, matrix: Matrix, index: int
) -> Float[Array, "replicas classes k"]:
    """Sines of the angles between top eigenspaces and orthonormal means at one of the times."""
    found = spectra(context, setting, matrix, index=index)
    return sines(found.cosines(trained(context, setting).mixture.means))


def largest_between(context: Context, setting: Setting) -> Float[Array, " replicas"]:
    """Largest distance between the eigenspaces of two classes, or of the two matrices."""
    h, g = (spectra(context, setting, matrix).vectors for matrix in MATRICES)
    between = [
        np.einsum("rda,rdb->rab", one, other)
        for one, other in [
            *((h[:, 0], h[:, c]) for c in range(1, setting.classes)),
            *((h[:, c], g[:, c]) for c in range(setting.classes)),
        ]
    ]
    return np.asarray(np.max([sines(b)[:, 0] for b in between], axis=0))


def own_mean_cosines(
    context: Context, setting: Setting, times: tuple[float, ...], index: int
) -> Float[Array, "replicas classes"]:
    """Size of the cosine between the first eigenvector of a Hessian block and its class's mean."""
    means = trained(context, setting, times).mixture.means
    found = spectra(context, setting, "hessian", times, index=index)
    own = np.einsum("rcmk,cm->rck", found.cosines(means), np.eye(setting.classes))
    return np.asarray(np.abs(own[..., 0]))
