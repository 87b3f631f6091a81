"""The whole Hessian and gradient matrix of softmax regression: spectra, gradients, zero modes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from traindyn.curvature import SoftmaxRegression
from traindyn.hessian_alignment.experiments.mixtures import Mixture, probabilities

Array = np.ndarray


@dataclass(frozen=True, eq=False)
class FullSpectra:
    """Spectra of the kd × kd matrices of every replica.

    Args:
        hessian: All eigenvalues of the Hessian, falling.
        gradient: All eigenvalues of the gradient matrix, falling.
        diagonal: All eigenvalues of the Hessian without its off-diagonal blocks.
        hessian_vectors: Top eigenvectors of the Hessian, as columns.
        gradient_vectors: Those of the gradient matrix.
        mean_gradient: Gradient of the mean loss.
        single_shares: Share of the squared gradients of a few single samples in the top k
            eigenvectors of the Hessian.
    """

    hessian: Float[Array, "replicas kd"]
    gradient: Float[Array, "replicas kd"]
    diagonal: Float[Array, "replicas kd"]
    hessian_vectors: Float[Array, "replicas kd top"]
    gradient_vectors: Float[Array, "replicas kd top"]
    mean_gradient: Float[Array, "replicas kd 1"]
    single_shares: Float[Array, "replicas few"]


def dense(model: SoftmaxRegression, matrix: str) -> Float[Array, "kd kd"]:
    """The whole matrix from its blocks.

    >>> model = SoftmaxRegression(np.zeros((2, 1)), np.array([[2.0]]), np.array([0]))
    >>> dense(model, "hessian")
    array([[ 1., -1.],
           [-1.,  1.]])
    """
    block = model.hessian_block if matrix == "hessian" else model.gradient_block
    k, d = model.parameters.shape
    full = np.empty((k, d, k, d))
    for a in range(k):
        for b in range(a, k):
            full[a, :, b, :] = block(a, b)
            full[b, :, a, :] = full[a, :, b, :]
    return full.reshape(k * d, k * d)


def full_spectra(
    x: Float[Tensor, "replicas k d"],
    mixture: Mixture,
    samples: int,
    generator: torch.Generator,
    few: int = 64,
) -> FullSpectra:
    """Spectra of the whole matrices, on one fresh test set per replica.

    Args:
        x: Weights of every replica.
        mixture: Where test samples come from.
        samples: Number of test samples.
        generator: Source of test samples.
        few: Number of single gradients to examine.

    Raises:
        ValueError: If there are fewer samples than single gradients.
    """
    if not 1 <= few <= samples:
        raise ValueError(f"few must lie in [1, {samples}], got {few}")
    top = mixture.classes * (mixture.classes - 1)
    rows = []
    for weights in x:
        labels, inputs = mixture.draw((samples,), generator)
        model = SoftmaxRegression(weights.numpy(), inputs.numpy(), labels.numpy())
        h, h_vectors = np.linalg.eigh(dense(model, "hessian"))
        g, g_vectors = np.linalg.eigh(dense(model, "gradient"))
        blocks = np.array([model.hessian_block(c) for c in range(model.parameters.shape[0])])
        single = np.einsum("nc,nd->cdn", model.residuals[:few], model.inputs[:few])
        single = single.reshape(model.size, few)
        top_vectors = np.array(h_vectors[:, : -top - 1 : -1])
        rows.append(
            (
                h[::-1],
                g[::-1],
                np.sort(np.linalg.eigvalsh(blocks).reshape(-1))[::-1],
                top_vectors,
                g_vectors[:, : -top - 1 : -1],
                model.gradient().reshape(-1, 1),
                captured(single[None], top_vectors[None, :, : mixture.classes])[0],
            )
        )
    return FullSpectra(*(np.array(column) for column in zip(*rows, strict=True)))


def captured(
    vectors: Float[Array, "replicas n few"], basis: Float[Array, "replicas n q"]
) -> Float[Array, "replicas few"]:
    r"""Share :math:`|P v|^2/|v|^2` of vectors in the span of orthonormal columns.

    >>> captured(np.array([[[3.0], [4.0]]]), np.array([[[0.0], [1.0]]]))
    array([[0.64]])
    """
    inside = (np.einsum("rnq,rnf->rqf", basis, vectors) ** 2).sum(axis=1)
    return np.asarray(inside / (vectors**2).sum(axis=1))


def loss_and_accuracy(
    x: Float[Tensor, "replicas k d"], mixture: Mixture, samples: int, generator: torch.Generator
) -> tuple[Float[Tensor, " replicas"], Float[Tensor, " replicas"]]:
    """Mean loss and accuracy on fresh samples.

    Args:
        x: Weights of every replica.
        mixture: Where samples come from.
        samples: Number of samples per replica.
        generator: Their source.
    """
    labels, inputs = mixture.draw((len(x), samples), generator)
    pi = probabilities(x, inputs)
    right = pi.gather(2, labels.unsqueeze(2)).squeeze(2)
    return -right.log().mean(dim=1), (pi.argmax(dim=2) == labels).double().mean(dim=1)
