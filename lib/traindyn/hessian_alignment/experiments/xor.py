r"""One-pass SGD of a two-layer ReLU network on the XOR mixture, replicas batched.

Inputs are :math:`\pm\mu + Z/\sqrt\lambda` with label 1 and :math:`\pm\nu + Z/\sqrt\lambda` with
label 0, :math:`\mu` and :math:`\nu` the first two axes. The network is :math:`z = v \cdot (WX)_+`,
its loss logistic. The Hessian is that of almost every point: no kink of the ReLU is met.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from traindyn.curvature import top_eigenpairs, weighted_gram
from traindyn.hessian_alignment.experiments.mixtures import Mixture

Array = np.ndarray
Labels = Literal["true", "shuffled"]
Matrix = Literal["hessian", "gradient"]
MATRICES: tuple[Matrix, ...] = ("hessian", "gradient")

TOGETHER = 16
"""Steps that are taken together; it changes speed and rounding."""


@dataclass(frozen=True)
class XorSetting:
    r"""What a run depends on.

    Args:
        neurons: Number K of hidden neurons.
        dimension: Number d of inputs, at least 2; the learning rate is 1/d.
        precision: :math:`\lambda`.
        decay: :math:`\beta`.
        replicas: Number of independent runs.
        labels: ``shuffled`` draws labels that say nothing about the inputs.
    """

    neurons: int
    dimension: int
    precision: float
    decay: float
    replicas: int
    labels: Labels = "true"


@dataclass(frozen=True, eq=False)
class XorState:
    """Weights of all replicas at one time."""

    first: Float[Tensor, "replicas K d"]
    second: Float[Tensor, "replicas K"]


def corners(d: int) -> Float[Tensor, "four d"]:
    """The corners μ, -μ, ν, -ν.

    >>> corners(2)
    tensor([[ 1.,  0.],
            [-1., -0.],
            [ 0.,  1.],
            [-0., -1.]], dtype=torch.float64)
    """
    axes = torch.eye(2, d, dtype=torch.float64)
    return torch.stack([axes[0], -axes[0], axes[1], -axes[1]])


def xor_mixture(d: int, precision: float) -> Mixture:
    """The four corners with isotropic noise; the label of corners 0 and 1 is 1."""
    return Mixture(corners(d), precision)


def random_network(setting: XorSetting, generator: torch.Generator) -> XorState:
    r"""The start: :math:`W_i \sim N(0, I_d/d)`, :math:`v_i \sim N(0, 1)`."""
    shape = (setting.replicas, setting.neurons)
    first = torch.randn(*shape, setting.dimension, generator=generator, dtype=torch.float64)
    second = torch.randn(*shape, generator=generator, dtype=torch.float64)
    return XorState(first * setting.dimension**-0.5, second)


def train_xor(
    setting: XorSetting, times: Sequence[float], generator: torch.Generator
) -> list[XorState]:
    r"""Train all replicas and keep their weights at some times.

    .. math:: v \leftarrow (1 - \delta\beta) v - \delta (s - y)(WX)_+, \qquad
              W_i \leftarrow (1 - \delta\beta) W_i - \delta (s - y) v_i 1[W_i X > 0] X

    Args:
        setting: What to run.
        times: Times in increasing order; a unit takes d steps.
        generator: Source of starts and samples.
    """
    d, rate = setting.dimension, 1 / setting.dimension
    start = random_network(setting, generator)
    w, v = start.first.clone(), start.second.clone()
    wanted = [round(time * d) for time in times]
    kept = [XorState(w.clone(), v.clone()) for _ in range(wanted[0] == 0)]
    shrink, step = 1 - rate * setting.decay, 0
    for block, inputs in xor_mixture(d, setting.precision).stream(
        setting.replicas, wanted[-1], generator
    ):
        component = block
        if setting.labels == "shuffled":
            component = torch.randint(4, block.shape, generator=generator)
        labels, count = (component < 2).double(), len(block)
        cuts = {*range(0, count, TOGETHER), count, *(t - step for t in wanted)}
        for first, last in pairwise(sorted(cut for cut in cuts if 0 <= cut <= count)):
            _advance(w, v, labels[first:last], inputs[first:last].transpose(0, 1), rate, shrink)
            if step + last in wanted:
                kept.append(XorState(w.clone(), v.clone()))
        step += count
    return kept


def _advance(
    w: Float[Tensor, "replicas K d"],
    v: Float[Tensor, "replicas K"],
    labels: Float[Tensor, "steps replicas"],
    x: Float[Tensor, "replicas steps d"],
    rate: float,
    shrink: float,
) -> None:
    """Several steps in place, through the products of the weights with all of their samples.

    A step adds a multiple of its sample to every row of W, so that it changes the products with
    later samples by the Gram matrix of the samples: W itself is needed once before and once after.
    """
    products, gram = w @ x.mT, x @ x.mT
    pushes = torch.empty_like(products)
    for s, label in enumerate(labels):
        hidden = products[:, :, s].clamp(min=0)
        pull = -rate * (torch.sigmoid((v * hidden).sum(dim=1)) - label).unsqueeze(1)
        pushes[:, :, s] = pull * v * (hidden > 0)
        products.baddbmm_(pushes[:, :, s : s + 1], gram[:, s : s + 1], beta=shrink)
        v.mul_(shrink).add_(pull * hidden)
    pushes *= shrink ** torch.arange(len(labels) - 1, -1, -1, dtype=w.dtype)
    w.baddbmm_(pushes, x, beta=shrink ** len(labels))


@dataclass(frozen=True, eq=False)
class LayerSpectra:
    """Spectra of one matrix, and how the weights lie in them.

    Args:
        second: All eigenvalues of the block of the second layer, falling.
        second_overlap: Overlap of v with its top four eigenvectors.
        second_vectors: These eigenvectors.
        first: Top three eigenvalues of the blocks of a few neurons, over their squared v.
        first_overlap: Overlap of their incoming weights with the top two eigenvectors.
        first_plane: Sine of the largest angle between these and the plane of the means.
    """

    second: Float[Array, "replicas K"]
    second_overlap: Float[Array, " replicas"]
    second_vectors: Float[Array, "replicas K four"]
    first: Float[Array, "replicas few three"]
    first_overlap: Float[Array, "replicas few"]
    first_plane: Float[Array, "replicas few"]


def layer_spectra(
    state: XorState,
    precision: float,
    samples: int,
    generator: torch.Generator,
    matrix: Matrix,
    few: int = 5,
) -> LayerSpectra:
    r"""Spectra of the diagonal blocks of both layers, on one fresh test set per replica.

    .. math:: H_{vv} = \overline{s(1-s)\, g g^\top}, \quad
              H_{W_iW_i} = v_i^2\, \overline{s(1-s) 1[W_iX > 0] X X^\top}, \quad g = (WX)_+

    and :math:`(s - y)^2` in place of :math:`s(1 - s)` for the gradient matrix.

    Args:
        state: Weights of every replica.
        precision: :math:`\lambda` of the test samples.
        samples: Number of test samples.
        generator: Their source.
        matrix: Which matrix.
        few: Number of neurons whose first-layer blocks are computed, those of largest v; 0: none.
    """
    mixture = xor_mixture(state.first.shape[2], precision)
    rows = []
    for w, v in zip(state.first.numpy(), state.second.numpy(), strict=True):
        component, drawn = mixture.draw((samples,), generator)
        x, y = drawn.numpy(), (component < 2).numpy()
        hidden = np.maximum(x @ w.T, 0)
        s = 1 / (1 + np.exp(-hidden @ v))
        weights = s * (1 - s) if matrix == "hessian" else (s - y) ** 2
        values, vectors = np.linalg.eigh(weighted_gram(hidden, weights))
        top = vectors[:, :-5:-1]
        chosen = np.argsort(np.abs(v))[::-1][:few]
        first = []
        for i in chosen:
            pairs = top_eigenpairs(_block(x, weights * (hidden[:, i] > 0)), 3)
            plane = pairs.vectors[:, :2]
            sine = np.sqrt(max(1 - np.linalg.svd(plane[:2], compute_uv=False)[-1] ** 2, 0))
            inside = np.linalg.norm(plane.T @ w[i]) / np.linalg.norm(w[i])
            first.append((pairs.values, inside, sine))
        rows.append(
            (
                values[::-1],
                np.linalg.norm(top.T @ v) / np.linalg.norm(v),
                top,
                np.reshape([f[0] for f in first], (-1, 3)),
                np.array([f[1] for f in first]),
                np.array([f[2] for f in first]),
            )
        )
    return LayerSpectra(*(np.array(column) for column in zip(*rows, strict=True)))


def _block(x: Float[Array, "samples d"], weights: Float[Array, " samples"]) -> Float[Array, "d d"]:
    """Weighted Gram matrix; samples of weight zero, half of them behind a ReLU, cost nothing."""
    used = weights != 0
    if not used.any():
        return np.zeros((x.shape[1], x.shape[1]))
    return weighted_gram(x[used], weights[used]) * used.mean()
