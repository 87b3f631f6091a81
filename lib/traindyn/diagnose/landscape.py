r"""Curvature of the loss at the weights: its top directions, its density, and who lies in them.

Eigenvectors are found on one half of the samples, and the curvature along them is measured on the
other half: on the samples that a direction was chosen by, its curvature is too large.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from jaxtyping import Float
from scipy.sparse.linalg import LinearOperator
from torch import Tensor, nn
from torch.nn.utils import parameters_to_vector

from traindyn.curvature import (
    NotConvergedError,
    alignment,
    hessian_operator,
    lanczos_quadrature,
    overlap,
    pairs_with_residuals,
    spectral_gap,
)
from traindyn.diagnose.data import Batch, LossFunction, sample_losses
from traindyn.inference import Estimate, estimate_mean

Array = np.ndarray
Tell = Callable[[str], None]

GROUPS = 8
"""Parts of the held-out half: the scatter between them is the error of a curvature."""

MEMORY = 2**30
"""Bytes that the vectors of the density may take."""

POINTS = 121
"""Points at which the density is given."""


@dataclass(frozen=True)
class Directions:
    r"""Top eigenvectors of the Hessian and the curvature along them.

    Args:
        values: Eigenvalues on the first half of the samples, falling.
        residuals: :math:`|Hv - \lambda v|` over the largest eigenvalue.
        vectors: Eigenvectors as columns, in the order of the parameters.
        held_out: Curvature :math:`v^\top H v` along each on the other half; None if that half
            is too small for an error.
        gap: The last eigenvalue over the next one.
        gradient: Overlap of the mean gradient with their span.
        weights: Overlap of the weights.
        random: Overlap of a random vector, :math:`\sqrt{k/p}`.
    """

    values: Float[Array, " count"]
    residuals: Float[Array, " count"]
    vectors: Float[Array, "parameters count"]
    held_out: tuple[Estimate, ...] | None
    gap: float
    gradient: float
    weights: float
    random: float


@dataclass(frozen=True)
class Density:
    """Smoothed spectral density of the Hessian.

    Args:
        points: Where.
        density: Its values; the integral is 1.
        error: Their standard errors over random directions.
        width: Standard deviation of the smoothing.
        trace: Trace of the Hessian.
        negative: Share of the eigenvalues below minus that width.
    """

    points: Float[Array, " points"]
    density: Float[Array, " points"]
    error: Float[Array, " points"]
    width: float
    trace: Estimate
    negative: Estimate


@dataclass(frozen=True)
class LayerAlignment:
    """Overlap of gradient and weights of one layer with the top eigenspace of its block.

    Args:
        layer: Name of the parameter.
        count: Dimension k of the eigenspace.
        gradient: Overlap of its gradient.
        weights: Overlap of its weights.
        random: Overlap of a random vector.
        gap: k-th over next eigenvalue; near 1 the space is not well defined.
    """

    layer: str
    count: int
    gradient: float
    weights: float
    random: float
    gap: float


def flat(tensors: Sequence[Tensor]) -> Float[Array, " parameters"]:
    """Tensors one after the other, as one vector of doubles."""
    dense = [tensor.detach().to_dense() for tensor in tensors]
    return parameters_to_vector(dense).double().cpu().numpy()


def gradient_of(loss: Tensor, parameters: Sequence[Tensor]) -> list[Tensor]:
    """The gradient, with the graph kept; zeros for a parameter that the loss does not use."""
    found = torch.autograd.grad(loss, parameters, retain_graph=True, allow_unused=True)
    return [torch.zeros_like(p) if g is None else g for p, g in zip(parameters, found, strict=True)]


def top_directions(
    loss: Float[Tensor, ""],
    held_out: Float[Tensor, " samples"],
    parameters: Sequence[Tensor],
    count: int,
    generator: np.random.Generator,
    tolerance: float,
) -> Directions:
    """The top eigenvectors of the Hessian of one loss, and the curvature of another along them.

    Args:
        loss: Mean loss of the first half, with its graph.
        held_out: Losses of the samples of the other half, with their graph.
        parameters: What to differentiate by.
        count: Number of eigenvectors.
        generator: Source of the start of Lanczos.
        tolerance: Of the residuals.

    Raises:
        ValueError: If the loss has no second derivative, or ``count`` is not below the number of
            parameters.
        NotConvergedError: If the eigenpairs do not converge.
    """
    operator = hessian_operator(loss, parameters)
    found = pairs_with_residuals(operator, count + 1, generator, tolerance)
    below, values, vectors = float(found.values[-1]), found.values[:-1], found.vectors[:, :-1]
    largest = float(np.abs(values).max())
    gradient, weights = flat(gradient_of(loss, parameters)), flat(parameters)
    vectors = vectors.astype(float)
    return Directions(
        values.astype(float),
        found.residuals[:-1] / (largest or 1.0),
        vectors,
        _along(held_out, parameters, vectors),
        spectral_gap(float(values[-1]), below, len(weights), found.values.dtype, largest),
        overlap(gradient, vectors) if gradient.any() else np.nan,
        overlap(weights, vectors) if weights.any() else np.nan,
        float(np.sqrt(count / len(weights))),
    )


def _along(
    losses: Tensor, parameters: Sequence[Tensor], vectors: Array
) -> tuple[Estimate, ...] | None:
    """Curvature of groups of samples along directions; None if there are too few samples."""
    if len(losses) < 2 * GROUPS:
        return None
    groups = losses.tensor_split(GROUPS)
    shares = np.array([len(group) * GROUPS / len(losses) for group in groups])
    operators = [hessian_operator(group.mean(), parameters) for group in groups]
    curvature = [[float(v @ (operator @ v)) for operator in operators] for v in vectors.T]
    return tuple(_weighted_mean(np.array(along), shares) for along in curvature)


def _weighted_mean(values: Float[Array, " groups"], shares: Float[Array, " groups"]) -> Estimate:
    """The mean of all samples from those of groups; the error is that of a ratio of two sums."""
    mean = float((shares * values).mean())
    return replace(estimate_mean(shares * (values - mean)), value=mean)


def spectral_density(operator: LinearOperator, generator: np.random.Generator) -> Density:
    """The spectral density of an operator with error bars, within the memory at hand.

    Args:
        operator: The Hessian.
        generator: Source of the directions.

    Raises:
        ValueError: If the operator is not symmetric and finite.
    """
    size = operator.shape[0]
    steps, probes = density_sizes(size)
    found = lanczos_quadrature(operator, steps, probes, generator)
    low, high = float(found.nodes.min()), float(found.nodes.max())
    width = (high - low) / (2 * steps) or 1.0
    points = np.linspace(low - 3 * width, high + 3 * width, POINTS)
    density, error = found.density(points, width)
    negative = found.expect(lambda values: (values < -width).astype(float))
    return Density(points, density, error, width, found.trace(), negative)


def density_sizes(size: int) -> tuple[int, int]:
    """Steps and directions of the density of an operator of that size, within :data:`MEMORY`.

    >>> density_sizes(1000), density_sizes(10**6)
    ((40, 10), (20, 6))
    """
    steps = max(2, min(size, 40 if size <= 10**5 else 20, MEMORY // (16 * size)))
    return steps, max(2, min(10, MEMORY // (8 * steps * size)))


def layer_alignments(
    loss: Float[Tensor, ""],
    named: Sequence[tuple[str, Tensor]],
    count: int,
    generator: np.random.Generator,
    tolerance: float,
    skipped: dict[str, str],
) -> Iterator[LayerAlignment]:
    """Alignment of gradient and weights with the top eigenspace of the block of each layer.

    Args:
        loss: With its graph.
        named: Layers with their weights.
        count: Dimension of the eigenspace; less where a layer is smaller.
        generator: Source of the start of Lanczos.
        tolerance: Of the residuals.
        skipped: Receives the layers that have none, with the reason.
    """
    for name, parameter in named:
        k = min(count, parameter.numel() - 1)
        if k < 1:
            skipped[name] = "a single weight has no directions"
            continue
        gradient = flat(gradient_of(loss, [parameter]))
        if not gradient.any():
            skipped[name] = "its gradient is zero"
            continue
        try:
            block = hessian_operator(loss, [parameter])
            found = alignment(gradient, block, k, generator, tolerance)
        except (NotConvergedError, ValueError) as error:
            skipped[name] = str(error)
            continue
        weights = flat([parameter])
        yield LayerAlignment(
            name,
            k,
            found.overlap,
            overlap(weights, found.vectors) if weights.any() else np.nan,
            found.random,
            found.gap,
        )


def mean_loss(
    network: nn.Module, batches: list[Batch], loss: LossFunction
) -> tuple[Tensor, Estimate]:
    """The losses of samples with their graph, and their mean with its error."""
    losses = sample_losses(network, batches, loss)
    values = losses.detach().double().cpu().numpy()
    told = estimate_mean(values) if len(values) > 1 else Estimate(float(values[0]), np.inf)
    return losses, told
