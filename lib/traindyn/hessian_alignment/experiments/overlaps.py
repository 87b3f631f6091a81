"""One-pass SGD of softmax regression from given overlaps, and the population block."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from traindyn.curvature import SoftmaxRegression, SpectralDensity, lanczos_quadrature
from traindyn.hessian_alignment.experiments.mixtures import (
    Mixture,
    Noise,
    orthonormal_means,
    probabilities,
    train,
)

Array = np.ndarray


@dataclass(frozen=True, eq=False)
class Ends:
    """Weights of runs from one start on their own samples, at the end.

    Args:
        mixture: Where samples came from.
        weights: Weights of every run.
    """

    mixture: Mixture
    weights: Float[Tensor, "replicas k d"]


def train_from(
    m: Float[Array, "k k"],
    rest: Float[Array, "k k"],
    dimension: int,
    precision: float,
    decay: float,
    time: float,
    replicas: int,
    generator: torch.Generator,
    noise: Noise = "gaussian",
) -> Ends:
    r"""Train replicas in d dimensions, at the learning rate 1/d, from given overlaps.

    Args:
        m: Overlaps of weights and orthonormal means at the start.
        rest: Gram matrix of the rests of the weights at the start.
        dimension: d, at least 2k.
        precision: :math:`\lambda`.
        decay: :math:`\beta`.
        time: Steps over d.
        replicas: Independent runs.
        generator: Source of the directions of means and weights, and of samples.
        noise: Law of the noise of the inputs.
    """
    k = len(m)
    frame = orthonormal_means(2 * k, dimension, generator)
    mixture = Mixture(frame[:k], precision, noise=noise)
    lower = np.linalg.cholesky(rest)
    start = torch.from_numpy(np.concatenate([m, lower], axis=1)) @ frame
    steps = round(time * dimension)
    samples = mixture.stream(replicas, steps, generator)
    weights = train(start.repeat(replicas, 1, 1), samples, 1 / dimension, decay, [steps])[0]
    return Ends(mixture, weights)


def span_moments(
    weights: Float[Tensor, "k d"],
    mixture: Mixture,
    block: int,
    batches: int,
    batch_size: int,
    generator: torch.Generator,
) -> tuple[Float[Array, "batches s s"], Float[Array, " batches"]]:
    r"""Sample means of :math:`w\,a a^\top` and of w, for a block of the Hessian, batch by batch.

    a is the projection of a sample on the span of weights and means. Projections of Gaussian noise
    are Gaussian, so they are drawn directly, in 2k dimensions, class by class. The part that does
    not need sampling, the mean weight of a class times its second moment, is put in exactly; left
    is the covariance of the weight with :math:`a a^\top`.

    Args:
        weights: Weights of softmax regression.
        mixture: Where samples come from; Gaussian noise.
        block: Class of the block.
        batches: Independent batches.
        batch_size: Samples per batch.
        generator: Source of the samples.

    Raises:
        ValueError: If the noise is not Gaussian.
    """
    if mixture.noise != "gaussian":
        raise ValueError(f"noise must be 'gaussian', got {mixture.noise!r}")
    basis, _ = torch.linalg.qr(torch.cat([mixture.means, weights]).T)
    inside = Mixture(mixture.means @ basis, mixture.precision, mixture.weights)
    seconds, firsts = [], []
    isotropic = torch.eye(len(basis.T), dtype=torch.float64) / mixture.precision
    for _ in range(batches):
        second, first = torch.zeros_like(isotropic), torch.zeros((), dtype=torch.float64)
        for mean, share in zip(inside.means, inside.weights, strict=True):
            alone = Mixture(mean[None], mixture.precision)
            _, a = alone.draw((batch_size // inside.classes,), generator)
            p = probabilities(weights @ basis, a)[:, block]
            w = p * (1 - p)
            known = isotropic + torch.outer(mean, mean)
            second += share * (((a * (w - w.mean())[:, None]).T @ a) / len(a) + w.mean() * known)
            first += share * w.mean()
        seconds.append(second)
        firsts.append(first)
    return torch.stack(seconds).numpy(), torch.stack(firsts).numpy()


def block_values(
    weights: Float[Tensor, "k d"], mixture: Mixture, samples: int, generator: torch.Generator
) -> Float[Array, " d"]:
    """All eigenvalues of the Hessian block of the first class on fresh samples, falling.

    Args:
        weights: Weights of softmax regression.
        mixture: Where samples come from.
        samples: Number of samples.
        generator: Source of the samples.
    """
    labels, inputs = mixture.draw((samples,), generator)
    model = SoftmaxRegression(weights.numpy(), inputs.numpy(), labels.numpy())
    return np.linalg.eigvalsh(model.hessian_block(0))[::-1]


def block_density(
    weights: Float[Tensor, "k d"],
    mixture: Mixture,
    samples: int,
    generator: torch.Generator,
    steps: int = 40,
    probes: int = 20,
) -> SpectralDensity:
    """Spectral density of the same block from random directions, without its eigenvalues.

    Args:
        weights: Weights of softmax regression.
        mixture: Where samples come from.
        samples: Number of samples.
        generator: Source of samples and directions.
        steps: Nodes per direction.
        probes: Number of directions.
    """
    labels, inputs = mixture.draw((samples,), generator)
    model = SoftmaxRegression(weights.numpy(), inputs.numpy(), labels.numpy())
    seed = int(torch.randint(2**31, (1,), generator=generator))
    return lanczos_quadrature(model.hessian_block(0), steps, probes, np.random.default_rng(seed))
