r"""The noise of SGD: its variance along the top directions, and the balance of hidden neurons.

The covariance of the gradients of single samples is :math:`C`. A batch of B samples has the noise
:math:`C/B` (fresh samples). Where a law says :math:`C \propto H`, the variances along eigenvectors
of H rise as their eigenvalues, and C and H commute.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from scipy import stats
from scipy.sparse.linalg import LinearOperator
from torch import Tensor, nn

from traindyn.curvature import gradient_matrix_operator
from traindyn.diagnose.landscape import flat
from traindyn.inference import Estimate, estimate_mean, estimate_variance
from traindyn.symmetry import NeuronLayer, find_symmetries

Array = np.ndarray

PROBES = 8
"""Random vectors that the commutator is measured with."""


@dataclass(frozen=True)
class Noise:
    r"""Noise of the gradient of one sample.

    Args:
        variances: :math:`v^\top C v` along each top eigenvector of the Hessian.
        hessian: Curvature of the same samples along each, :math:`v^\top H v`.
        slope: Power with which the variance rises with the curvature along them, fitted; None for
            fewer than three positive curvatures.
        commutator: :math:`\lVert CH - HC\rVert_F / (2\lVert CH\rVert_F)`: 0 if they commute,
            at most 1.
    """

    variances: tuple[Estimate, ...]
    hessian: Float[Array, " count"]
    slope: Estimate | None
    commutator: Estimate


@dataclass(frozen=True)
class LayerBalance:
    r"""Balance of a layer of hidden neurons with the rescaling symmetry.

    Args:
        layer: Name of the map into the neurons.
        neurons: Their number.
        imbalance: Mean of :math:`(|u|^2-|w|^2)/(|u|^2+|w|^2)` over neurons, with u the outgoing and
            w the incoming weights; None for a single neuron.
        spread: Its standard deviation over neurons.
        change: Sum over neurons of :math:`|g_u|^2 - |g_w|^2` over the sum of
            :math:`|g_u|^2 + |g_w|^2`, for gradients of one batch: SGD with learning rate
            :math:`\eta` changes an imbalance by :math:`\eta^2(|g_u|^2-|g_w|^2)` a step, exactly.
    """

    layer: str
    neurons: int
    imbalance: Estimate | None
    spread: float
    change: float


def projections(
    losses: Float[Tensor, " samples"], parameters: Sequence[Tensor], vectors: Float[Array, "p k"]
) -> Float[Array, "samples k"]:
    """Gradient of each sample along each vector, from two backward passes and one per vector."""
    start = torch.zeros_like(losses, requires_grad=True)
    through = torch.autograd.grad(
        losses, parameters, start, create_graph=True, materialize_grads=True
    )
    kept = [i for i, gradient in enumerate(through) if gradient.requires_grad]  # others are zero
    sizes = [p.numel() for p in parameters]
    found = []
    for vector in np.asarray(vectors).T:
        pieces = torch.split(torch.tensor(vector), sizes)
        along = [v.view_as(p).to(p) for v, p in zip(pieces, parameters, strict=True)]
        (each,) = torch.autograd.grad(
            [through[i] for i in kept],
            start,
            [along[i] for i in kept],
            retain_graph=True,
            materialize_grads=True,
        )
        found.append(each.double().cpu().numpy())
    return np.stack(found, axis=1)


def gradient_noise(
    losses: Float[Tensor, " samples"],
    parameters: Sequence[Tensor],
    hessian: LinearOperator,
    vectors: Float[Array, "parameters count"],
    generator: np.random.Generator,
) -> Noise:
    """Noise of the gradient against the curvature of the same samples.

    Args:
        losses: Of the samples, with their graph; at least 2.
        parameters: What to differentiate by.
        hessian: Of their mean.
        vectors: Directions as columns.
        generator: Source of the probes of the commutator.

    Raises:
        ValueError: If there are fewer than two samples.
    """
    if len(losses) < 2:
        raise ValueError(f"losses must be at least 2, got {len(losses)}")
    gradients = projections(losses, parameters, vectors)
    curvature = np.array([float(v @ (hessian @ v)) for v in vectors.T])
    variances = tuple(estimate_variance(column) for column in gradients.T)
    slope = _power(curvature, np.array([variance.value for variance in variances]))
    return Noise(variances, curvature, slope, _commutator(losses, parameters, hessian, generator))


def _power(curvature: Array, variances: Array) -> Estimate | None:
    """Slope of log variance over log curvature by least squares."""
    kept = (curvature > 0) & (variances > 0)
    if kept.sum() < 3 or np.ptp(curvature[kept]) == 0:
        return None
    fit = stats.linregress(np.log(curvature[kept]), np.log(variances[kept]))
    number = int(kept.sum())
    return Estimate(float(fit.slope), float(fit.stderr), number, degrees_of_freedom=number - 2.0)


def _commutator(
    losses: Tensor, parameters: Sequence[Tensor], hessian: LinearOperator, rng: np.random.Generator
) -> Estimate:
    """Norm of the commutator of noise and Hessian over its largest value, by random vectors."""
    probe = rng.standard_normal(hessian.shape[0])
    size = float(np.abs(np.asarray(hessian @ probe, float)).max())
    factor = float(2.0 ** -round(math.log2(size))) if 0 < size < math.inf else 1.0
    losses = losses * factor  # the commutator has no scale; squares of single precision would
    second = gradient_matrix_operator(losses, parameters)
    mean = flat(
        torch.autograd.grad(losses.mean(), parameters, retain_graph=True, materialize_grads=True)
    )

    def curve(vector: Array) -> Array:
        return factor * np.asarray(hessian @ vector, float)

    def noise(vector: Array) -> Array:
        return np.asarray(second @ vector, float) - mean * float(mean @ vector)

    apart, together = [], []
    for _ in range(PROBES):
        probe = rng.standard_normal(len(mean))
        one, other = noise(curve(probe)), curve(noise(probe))
        apart.append(float(np.sum((one - other) ** 2)))
        together.append(2 * float(np.sum(one**2) + np.sum(other**2)))
    if not any(together):
        return Estimate(0.0, 0.0, drawn=False)
    above, below = np.array(apart), np.array(together)
    squared = above.sum() / below.sum()
    error = (above - squared * below).std(ddof=1) / below.mean() / math.sqrt(PROBES)
    root = math.sqrt(squared)  # its error to first order
    return Estimate(root, error / (2 * root) if root else math.sqrt(error), PROBES)


def balances(
    network: nn.Module, sample: Any, loss: Float[Tensor, ""], skipped: dict[str, str]
) -> Iterator[LayerBalance]:
    """Balance of the hidden layers that have the rescaling symmetry.

    Args:
        network: Any module.
        sample: Inputs that reach its neurons; see :func:`traindyn.symmetry.find_symmetries`.
        loss: With its graph; its gradient says how the imbalance changes.
        skipped: Receives the layers that do not have the symmetry, with the reason.
    """
    try:
        symmetries = find_symmetries(network, sample)
    except ValueError as error:
        skipped["balance"] = str(error)
        return
    skipped.update({f"balance of {name}": reason for name, reason in symmetries.broken.items()})
    for name, layer in symmetries.layers.items():
        try:
            norms = (layer.outgoing_norms(), layer.incoming_norms())
        except ValueError as error:
            skipped[f"balance of {name}"] = str(error)
            continue
        outgoing, incoming = (norm.double().cpu().numpy() for norm in norms)
        both = outgoing + incoming
        each = np.divide(outgoing - incoming, both, out=np.zeros_like(both), where=both > 0)
        out, into = _squared_gradients(layer, loss)
        yield LayerBalance(
            name,
            layer.neurons,
            estimate_mean(each) if len(each) > 1 else None,
            float(each.std(ddof=1)) if len(each) > 1 else 0.0,
            (out - into) / (out + into) if out + into > 0 else 0.0,
        )


def _squared_gradients(layer: NeuronLayer, loss: Tensor) -> tuple[float, float]:
    """Squared norms of the gradients of outgoing and of incoming weights with bias."""
    weights = [layer.outgoing.weight, layer.incoming.weight]
    weights += [] if layer.incoming.bias is None else [layer.incoming.bias]
    found = torch.autograd.grad(loss, weights, retain_graph=True, materialize_grads=True)
    out, *into = (float(gradient.double().square().sum()) for gradient in found)
    return out, sum(into)
