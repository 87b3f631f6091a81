"""Curvature and gradient noise at the weights of one copy, by the tools that a reader has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.func import functional_call, vjp
from torch.nn.functional import cross_entropy, one_hot

from traindyn.curvature import hessian_operator, overlap, top_eigenpairs
from traindyn.diagnose.landscape import flat
from traindyn.system.arguments import require_kind, whole_number
from traindyn.your_own_network.experiments.balance import Pair, both_squares, budget
from traindyn.your_own_network.experiments.training import Weights

Array = np.ndarray

TOLERANCE = 1e-3
"""Residuals of the eigenpairs, over the largest eigenvalue."""

DRAWS = 2
"""Random signs per image for the traces of the curvature."""

DECAY = 0.01
"""Rate of a decay of the weights that a gradient of the loss does not have."""


@dataclass(frozen=True)
class Landscape:
    """What the loss looks like at the weights of one copy.

    Args:
        values: Largest eigenvalues of the Hessian, falling, one more than directions.
        gradient: Overlap of the mean gradient with the span of the directions.
        displacement: Overlap of the way from the start.
        weights: Overlap of the weights.
        random: Overlap of a random vector, √(k/p).
        noise: Variance of the gradients of single images in the span, summed.
        all_noise: The same in all directions, the trace of their covariance.
        curvature: Trace of the Gauss-Newton matrix in the span.
        all_curvature: Its whole trace.
        asymmetry: What :func:`asymmetry` finds in the mean gradient.
        decaying: The same of the gradient with a decay of the weights, at rate :data:`DECAY`.
    """

    values: Float[Array, " count_and_one"]
    gradient: float
    displacement: float
    weights: float
    random: float
    noise: float
    all_noise: float
    curvature: float
    all_curvature: float
    asymmetry: float
    decaying: float


def copy_of(weights: Weights, number: int) -> Weights:
    """The weights of one copy, as leaves of a graph.

    Raises:
        ValueError: If there is no such copy.
    """
    copies = len(next(iter(weights.values())))
    whole_number("number", number, 0, copies - 1)
    return {name: w[number].detach().clone().requires_grad_() for name, w in weights.items()}


def landscape(
    network: nn.Module,
    weights: Weights,
    start: Weights,
    images: Float[Tensor, "n 64"],
    labels: Int[Tensor, " n"],
    count: int,
    generator: torch.Generator,
    pairs: Sequence[Pair],
) -> Landscape:
    """Look at one copy.

    Args:
        network: The network; its own weights are not used.
        weights: Weights of the copy, leaves of a graph.
        start: Its first weights.
        images: What the loss is a mean over, at least 2.
        labels: Their digits.
        count: Number k of directions, at least 1.
        generator: Source of the random signs of :func:`noise_and_curvature`.
        pairs: Pairs of layers with the rescaling symmetry.

    Raises:
        ValueError: If an argument leaves its range.
        NotConvergedError: If the eigenpairs do not converge.
    """
    require_kind("network", network, nn.Module)
    count = whole_number("count", count, 1)
    whole_number("the number of images", len(images), 2)
    parameters = list(weights.values())
    loss = cross_entropy(functional_call(network, weights, (images,)), labels)
    hessian = hessian_operator(loss, parameters)
    values, vectors = top_eigenpairs(hessian, count + 1, np.random.default_rng(0), TOLERANCE)
    vectors = vectors[:, :count]
    gradients = torch.autograd.grad(loss, parameters, retain_graph=True)
    gradient, slopes = flat(gradients), dict(zip(weights, gradients, strict=True))
    decaying = {name: slope + DECAY * weights[name] for name, slope in slopes.items()}
    here, before = flat(parameters), flat([start[name] for name in weights])
    noise, curvature = noise_and_curvature(network, weights, images, labels, vectors, generator)
    return Landscape(
        values,
        overlap(gradient, vectors),
        overlap(here - before, vectors),
        overlap(here, vectors),
        float(np.sqrt(count / len(here))),
        *noise,
        *curvature,
        asymmetry(weights, slopes, pairs),
        asymmetry(weights, decaying, pairs),
    )


def asymmetry(weights: Weights, gradients: Weights, pairs: Sequence[Pair]) -> float:
    r"""How far a gradient is from that of a loss with the rescaling symmetry.

    Such a gradient obeys :math:`u\cdot g_u = w\cdot g_w` in every unit. The largest difference of
    both sides counts, over the largest norms of weights and of gradients of a unit.

    Args:
        weights: Weights of one copy.
        gradients: By the same names.
        pairs: Pairs of layers with the symmetry, at least one.
    """
    w, g = ({n: t.detach().double()[None] for n, t in of.items()} for of in (weights, gradients))
    found = []
    for pair in pairs:
        either = [{name: w[name] + sign * g[name] for name in w} for sign in (1, -1)]
        product = (budget(either[0], pair) - budget(either[1], pair)) / 4
        size = both_squares(w, pair).max() * both_squares(g, pair).max()
        found.append(float(product.abs().max() / size.sqrt()))
    return max(found)


def noise_and_curvature(
    network: nn.Module,
    weights: Weights,
    images: Float[Tensor, "n 64"],
    labels: Int[Tensor, " n"],
    vectors: Float[Array, "p k"],
    generator: torch.Generator,
) -> tuple[tuple[float, float], tuple[float, float]]:
    r"""Noise of the gradient and curvature, in the span of some vectors and in all directions.

    With the derivative J of the logits of an image and the probabilities p of its classes, the
    gradient is :math:`J^\top(p - y)`, and the matrix of Gauss and Newton the mean of
    :math:`J^\top A J` with :math:`A = \mathrm{diag}\,p - pp^\top`. Were the labels drawn from p,
    the second moment of the gradient would be that matrix. Its traces are means of
    :math:`|J^\top A^{1/2} z|^2` over random signs z, :data:`DRAWS` per image.

    Args:
        network: The network; its own weights are not used.
        weights: Weights of one copy.
        images: At least 2.
        labels: Their digits.
        vectors: Orthonormal columns.
        generator: Source of the signs.

    Returns:
        Trace of the covariance of the gradients in the span and the whole one, then both of the
        matrix of Gauss and Newton.
    """
    held = {name: w.detach() for name, w in weights.items()}

    def pulled(image: Tensor, cotangent: Tensor) -> Tensor:
        back = vjp(lambda own: functional_call(network, own, (image[None],))[0], held)[1]
        return torch.cat([gradient.flatten() for gradient in back(cotangent)[0].values()])

    each = torch.vmap(pulled)
    with torch.no_grad():
        said = torch.softmax(functional_call(network, held, (images,)), dim=1)
    gradients = each(images, said - one_hot(labels, said.shape[1]))
    roots, squared = said.sqrt(), []
    basis = torch.as_tensor(np.ascontiguousarray(vectors)).to(gradients)
    for _ in range(DRAWS):
        signs = 2.0 * torch.randint(2, said.shape, generator=generator) - 1
        drawn = each(images, roots * signs - said * (roots * signs).sum(dim=1, keepdim=True))
        squared.append([float(g.square().sum()) for g in (drawn @ basis, drawn)])
    noise = [float(g.double().var(dim=0).sum()) for g in (gradients @ basis, gradients)]
    curvature = np.array(squared).mean(axis=0) / len(images)
    return (noise[0], noise[1]), (float(curvature[0]), float(curvature[1]))
