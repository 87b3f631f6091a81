"""The whole Hessian and gradient matrix of softmax regression: spectra, gradients, zero modes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from traindyn.curvature import SoftmaxRegression, top_eigenpairs
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
    """

    hessian: Float[Array, "replicas kd"]
    gradient: Float[Array, "replicas kd"]
    diagonal: Float[Array, "replicas kd"]
    hessian_vectors: Float[Array, "replicas kd top"]
    gradient_vectors: Float[Array, "replicas kd top"]


@dataclass(frozen=True, eq=False)
class Gradients:
    """Where gradients lie in the Hessian of every replica.

    Args:
        hessian_vectors: Its top k(k - 1) eigenvectors, as columns.
        mean_gradient: Gradient of the mean loss.
        single_shares: Share of the squared gradients of a few single samples in the top k
            eigenvectors.
    """

    hessian_vectors: Float[Array, "replicas kd top"]
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


def _models(
    x: Float[Tensor, "replicas k d"], mixture: Mixture, samples: int, generator: torch.Generator
) -> Iterator[SoftmaxRegression]:
    """Every replica on one fresh test set."""
    for weights in x:
        labels, inputs = mixture.draw((samples,), generator)
        yield SoftmaxRegression(weights.numpy(), inputs.numpy(), labels.numpy())


def full_spectra(
    x: Float[Tensor, "replicas k d"], mixture: Mixture, samples: int, generator: torch.Generator
) -> FullSpectra:
    """Spectra of the whole matrices, on one fresh test set per replica.

    Args:
        x: Weights of every replica.
        mixture: Where test samples come from.
        samples: Number of test samples.
        generator: Source of test samples.
    """
    k = mixture.classes
    top = k * (k - 1)
    rows = []
    for model in _models(x, mixture, samples, generator):
        hessian = dense(model, "hessian")
        h, h_vectors = np.linalg.eigh(hessian)
        g, g_vectors = np.linalg.eigh(dense(model, "gradient"))
        d = len(hessian) // k
        blocks = hessian.reshape(k, d, k, d)[range(k), :, range(k), :]
        rows.append(
            (
                h[::-1],
                g[::-1],
                np.sort(np.linalg.eigvalsh(blocks).reshape(-1))[::-1],
                h_vectors[:, : -top - 1 : -1],
                g_vectors[:, : -top - 1 : -1],
            )
        )
    return FullSpectra(*(np.array(column) for column in zip(*rows, strict=True)))


def gradients(
    x: Float[Tensor, "replicas k d"],
    mixture: Mixture,
    samples: int,
    generator: torch.Generator,
    few: int = 64,
) -> Gradients:
    """Mean and single gradients in the Hessian's eigenvectors, on one fresh test set per replica.

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
    k = mixture.classes
    rows = []
    for model in _models(x, mixture, samples, generator):
        vectors = top_eigenpairs(dense(model, "hessian"), k * (k - 1)).vectors
        single = np.einsum("nc,nd->cdn", model.residuals[:few], model.inputs[:few])
        shares = captured(single.reshape(1, -1, few), vectors[None, :, :k])[0]
        rows.append((vectors, model.gradient().reshape(-1, 1), shares))
    return Gradients(*(np.array(column) for column in zip(*rows, strict=True)))


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
