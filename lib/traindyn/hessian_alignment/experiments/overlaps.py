r"""One-pass SGD of softmax regression through its few overlaps, and the population block.

Recorded are :math:`m_{ab} = x^a\cdot\mu_b` and :math:`R_{ab} = x^a_\perp \cdot x^b_\perp` of many
runs from one start.
"""

from __future__ import annotations

from collections.abc import Sequence
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
    random_start,
    train,
)

Array = np.ndarray


@dataclass(frozen=True, eq=False)
class Overlaps:
    """Overlaps of runs from one start on their own samples.

    Args:
        mixture: Where samples came from.
        weights: Weights of every run at the last time.
        m: Overlaps of weights and means.
        r: Overlaps of the rests of the weights.
    """

    mixture: Mixture
    weights: Float[Tensor, "replicas k d"]
    m: Float[Array, "times replicas k k"]
    r: Float[Array, "times replicas k k"]


def record_overlaps(
    classes: int,
    dimension: int,
    precision: float,
    decay: float,
    step_constant: float,
    times: Sequence[float],
    replicas: int,
    generator: torch.Generator,
    noise: Noise = "gaussian",
) -> Overlaps:
    r"""Train replicas from one random start and record their overlaps.

    Args:
        classes: k.
        dimension: d.
        precision: :math:`\lambda`.
        decay: :math:`\beta`.
        step_constant: :math:`c_\delta`; the learning rate is :math:`c_\delta/d`.
        times: Rising times of the records, in units of steps times learning rate.
        replicas: Independent runs.
        generator: Source of means, start and samples.
        noise: Law of the noise of the inputs.
    """
    means = orthonormal_means(classes, dimension, generator)
    mixture = Mixture(means, precision, noise=noise)
    start = random_start(1, classes, dimension, generator).repeat(replicas, 1, 1)
    rate = step_constant / dimension
    steps = [round(time / rate) for time in times]
    weights = train(start, mixture.stream(replicas, steps[-1], generator), rate, decay, steps)
    m = weights @ means.T
    rest = weights - m @ means
    return Overlaps(mixture, weights[-1], m.numpy(), (rest @ rest.mT).numpy())


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
