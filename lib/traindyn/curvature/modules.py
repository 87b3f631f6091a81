r"""Hessian, Gauss-Newton and gradient matrix of any torch module, as products with vectors.

Each function takes tensors that a forward pass has just computed and keeps their graph, so that
one product costs about two backward passes. Vectors follow the order of ``parameters``, each
flattened, as in :func:`torch.nn.utils.parameters_to_vector`.

A piecewise linear activation has a second derivative almost everywhere, and that is what automatic
differentiation returns: the kinks, which bend the *expected* loss too, are left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import numpy as np
import torch
from jaxtyping import Float
from scipy.sparse.linalg import LinearOperator
from torch import Tensor

Product = Callable[[Sequence[Tensor]], Sequence[Tensor]]


def hessian_operator(loss: Float[Tensor, ""], parameters: Iterable[Tensor]) -> LinearOperator:
    r"""Second derivative :math:`\nabla^2 L` of a loss.

    Args:
        loss: The loss, with its graph.
        parameters: What to differentiate by; a parameter that the loss does not use has zeros.

    Raises:
        ValueError: If the loss is not one number or there are no parameters.

    Source: B. Pearlmutter, Neural Computation 6 (1994) 147.

    >>> w = torch.tensor([1.0, 2.0], requires_grad=True)
    >>> hessian_operator(w[0] ** 2 * w[1], [w]) @ np.array([1.0, 0.0])
    array([4., 2.], dtype=float32)
    """
    _require_number("loss", loss)
    return _operator(_second_derivative(loss, parameters := list(parameters)), parameters)


def gauss_newton_operator(
    loss: Float[Tensor, ""], outputs: Float[Tensor, "..."], parameters: Iterable[Tensor]
) -> LinearOperator:
    r"""Generalized Gauss-Newton matrix :math:`J^\top (\nabla_f^2 L)\,J`.

    :math:`J` is the derivative of the outputs by the parameters. It is the Hessian without the
    curvature of the network, and positive where the loss is convex in the outputs.

    Args:
        loss: The loss, with its graph.
        outputs: What the loss was computed from.
        parameters: What to differentiate by.

    Raises:
        ValueError: If the loss is not one number or there are no parameters.

    Source: N. Schraudolph, Neural Computation 14 (2002) 1723.

    >>> w = torch.tensor([1.0, 2.0], requires_grad=True)
    >>> outputs = w[:1] * w[1:]
    >>> gauss_newton_operator((outputs**2).sum(), outputs, [w]) @ np.array([1.0, 0.0])
    array([8., 4.], dtype=float32)
    """
    _require_number("loss", loss)
    forward, back = _jacobian(outputs, parameters := list(parameters))
    curve = _second_derivative(loss, [outputs])
    return _operator(lambda vectors: back(curve(forward(vectors))[0]), parameters)


def gradient_matrix_operator(
    losses: Float[Tensor, " samples"], parameters: Iterable[Tensor]
) -> LinearOperator:
    r"""Second moment :math:`\frac1M \sum_i \nabla \ell_i \nabla \ell_i^\top` of sample gradients.

    It is not centered. Leave weight decay out of the losses: added to every sample it subtracts the
    mean gradient at a stationary point, and with it one direction.

    Args:
        losses: The loss of each sample, with the graph.
        parameters: What to differentiate by.

    Raises:
        ValueError: If the losses are not one axis or there are no parameters.

    >>> w = torch.tensor([1.0, 2.0], requires_grad=True)
    >>> losses = torch.tensor([[3.0, 0.0], [0.0, 1.0]]) @ w
    >>> gradient_matrix_operator(losses, [w]) @ np.array([1.0, 1.0])
    array([4.5, 0.5], dtype=float32)
    """
    if losses.ndim != 1 or not len(losses):
        raise ValueError(f"losses must be one axis of samples, got shape {tuple(losses.shape)}")
    forward, back = _jacobian(losses, parameters := list(parameters))
    return _operator(lambda vectors: back(forward(vectors)[0] / len(losses)), parameters)


def _second_derivative(loss: Tensor, parameters: Sequence[Tensor]) -> Product:
    """Products with the second derivative of a number."""
    gradients = _gradients(loss, parameters, create_graph=True)
    if not any(gradient.requires_grad for gradient in gradients):  # a loss linear in them
        return lambda vectors: [torch.zeros_like(vector) for vector in vectors]
    return lambda vectors: _gradients(gradients, parameters, vectors)


def _jacobian(
    outputs: Tensor, parameters: Sequence[Tensor]
) -> tuple[Product, Callable[[Tensor], Sequence[Tensor]]]:
    """Products of the derivative of the outputs with parameters, and of its transpose.

    The transpose is a backward pass. It is linear in what it starts from, so that a second
    backward pass through it is a product with the derivative itself.
    """
    start = torch.zeros_like(outputs, requires_grad=True)
    through = _gradients(outputs, parameters, start, create_graph=True)

    def back(vector: Tensor) -> Sequence[Tensor]:
        return _gradients(outputs, parameters, vector)

    return lambda vectors: _gradients(through, [start], vectors), back


def _gradients(
    outputs: Tensor | Sequence[Tensor],
    inputs: Sequence[Tensor],
    vectors: Tensor | Sequence[Tensor] | None = None,
    create_graph: bool = False,
) -> Sequence[Tensor]:
    if not inputs:
        raise ValueError("parameters must hold at least one tensor, got none")
    pairs = [outputs] if isinstance(outputs, Tensor) else list(outputs)
    starts = [vectors] if isinstance(vectors, Tensor) or vectors is None else list(vectors)
    kept = [(o, s) for o, s in zip(pairs, starts, strict=True) if o.requires_grad]
    return torch.autograd.grad(
        [o for o, _ in kept],
        list(inputs),
        [s for _, s in kept],
        retain_graph=True,
        create_graph=create_graph,
        materialize_grads=True,
    )


def _operator(product: Product, parameters: Sequence[Tensor]) -> LinearOperator:
    """A symmetric operator on flat numpy vectors from a product of tensors shaped as parameters."""
    sizes = [p.numel() for p in parameters]
    like = parameters[0]

    def apply(vector: np.ndarray) -> np.ndarray:
        flat = torch.as_tensor(vector.reshape(-1), dtype=like.dtype, device=like.device)
        pieces = torch.split(flat, sizes)
        result = product([v.view_as(p) for v, p in zip(pieces, parameters, strict=True)])
        return torch.cat([r.reshape(-1) for r in result]).detach().cpu().numpy()

    total = sum(sizes)
    dtype = torch.zeros(0, dtype=like.dtype).numpy().dtype
    return LinearOperator((total, total), matvec=apply, rmatvec=apply, dtype=dtype)


def _require_number(name: str, value: Tensor) -> None:
    if value.ndim:
        raise ValueError(f"{name} must be one number, got shape {tuple(value.shape)}")
