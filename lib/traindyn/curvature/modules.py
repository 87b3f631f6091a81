r"""Hessian, Gauss-Newton and gradient matrix of any torch module, as products with vectors.

Each function takes tensors that a forward pass has just computed and keeps their graph, so that
one product costs about two backward passes. Vectors follow the order of ``parameters``, each
flattened, as in :func:`torch.nn.utils.parameters_to_vector`.

A piecewise linear activation has a second derivative almost everywhere, and that is what automatic
differentiation returns: the kinks, which bend the *expected* loss too, are left out. A custom
:class:`torch.autograd.Function` counts as its ``backward`` says, which must be differentiable.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from scipy.sparse.linalg import LinearOperator
from torch import Tensor
from torch.autograd.function import once_differentiable
from torch.overrides import TorchFunctionMode

from traindyn.curvature.parameters import distinct_parameters

Product = Callable[[Sequence[Tensor]], Sequence[Tensor]]


def hessian_operator(loss: Float[Tensor, ""], parameters: Iterable[Tensor]) -> LinearOperator:
    r"""Second derivative :math:`\nabla^2 L` of a loss.

    Args:
        loss: The loss, with its graph; finite.
        parameters: What to differentiate by, each once, in float32 or float64. One of several that
            the loss does not use has zeros.

    Raises:
        ValueError: If the loss is not one finite number, reaches no parameter, or a parameter is
            frozen, tied or of another dtype, or the loss has layers of ``weight_norm`` outside of
            :func:`exact_weight_norm`. A product raises it if an operation has no second
            derivative, or the result is not finite.

    Source: B. Pearlmutter, Neural Computation 6 (1994) 147.

    >>> w = torch.tensor([1.0, 2.0], requires_grad=True)
    >>> hessian_operator(w[0] ** 2 * w[1], [w]) @ np.array([1.0, 0.0])
    array([4., 2.], dtype=float32)
    """
    _require_number(loss)
    if any(node.name().startswith(FUSED_WEIGHT_NORM) for node in _graph(loss)):
        raise ValueError(
            "loss must have a second derivative, and that of torch's weight_norm leaves out "
            "what moves the norm: compute it under traindyn.curvature.exact_weight_norm()"
        )
    parameters = _parameters(parameters)
    return _operator(_second_derivative("loss", loss, "parameters", parameters), parameters)


def gauss_newton_operator(
    loss: Float[Tensor, ""], outputs: Float[Tensor, "..."], parameters: Iterable[Tensor]
) -> LinearOperator:
    r"""Generalized Gauss-Newton matrix :math:`J^\top (\nabla_f^2 L)\,J`.

    :math:`J` is the derivative of the outputs by the parameters. It is the Hessian without the
    curvature of the network, and positive where the loss is convex in the outputs.

    Args:
        loss: The loss, with its graph; finite.
        outputs: What the loss was computed from, the very tensor.
        parameters: What to differentiate by, as in :func:`hessian_operator`.

    Raises:
        ValueError: As in :func:`hessian_operator`, or if the loss was not computed from the
            outputs, or these not from the parameters.

    Source: N. Schraudolph, Neural Computation 14 (2002) 1723.

    >>> w = torch.tensor([1.0, 2.0], requires_grad=True)
    >>> outputs = w[:1] * w[1:]
    >>> gauss_newton_operator((outputs**2).sum(), outputs, [w]) @ np.array([1.0, 0.0])
    array([8., 4.], dtype=float32)
    """
    _require_number(loss)
    _require_real("outputs", outputs)
    parameters = _parameters(parameters)
    forward, back = _jacobian("outputs", outputs, parameters)
    curve = _second_derivative("loss", loss, "outputs", [outputs])
    return _operator(lambda vectors: back(curve(forward(vectors))[0]), parameters)


def gradient_matrix_operator(
    losses: Float[Tensor, " samples"], parameters: Iterable[Tensor]
) -> LinearOperator:
    r"""Second moment :math:`\frac1M \sum_i \nabla \ell_i \nabla \ell_i^\top` of sample gradients.

    It is not centered. Leave weight decay out of the losses: added to every sample it subtracts the
    mean gradient at a stationary point, and with it one direction.

    Args:
        losses: The loss of each sample, with the graph; finite.
        parameters: What to differentiate by, as in :func:`hessian_operator`.

    Raises:
        ValueError: As in :func:`hessian_operator`, or if the losses are not one axis.

    >>> w = torch.tensor([1.0, 2.0], requires_grad=True)
    >>> losses = torch.tensor([[3.0, 0.0], [0.0, 1.0]]) @ w
    >>> gradient_matrix_operator(losses, [w]) @ np.array([1.0, 1.0])
    array([4.5, 0.5], dtype=float32)
    """
    _require_real("losses", losses)
    if losses.ndim != 1:
        raise ValueError(f"losses must be one axis of samples, got shape {tuple(losses.shape)}")
    if not losses.isfinite().all():
        raise ValueError(f"losses must be finite, got {losses[~losses.isfinite()][0].item()}")
    parameters = _parameters(parameters)
    forward, back = _jacobian("losses", losses, parameters)
    return _operator(lambda vectors: back(forward(vectors)[0] / len(losses)), parameters)


def _second_derivative(name: str, loss: Tensor, by: str, inputs: Sequence[Tensor]) -> Product:
    """Products with the second derivative of a number."""
    gradients = _gradients(name, loss, by, inputs)
    if not any(gradient.requires_grad for gradient in gradients):  # a loss linear in them
        return lambda vectors: [torch.zeros_like(vector) for vector in vectors]
    return lambda vectors: _pulled(gradients, inputs, vectors)


def _jacobian(
    name: str, outputs: Tensor, parameters: Sequence[Tensor]
) -> tuple[Product, Callable[[Tensor], Sequence[Tensor]]]:
    """Products of the derivative of the outputs with parameters, and of its transpose.

    The transpose is a backward pass. It is linear in what it starts from, so that a second
    backward pass through it is a product with the derivative itself.
    """
    with _differentiating(outputs):
        start = torch.zeros_like(outputs, requires_grad=True)
    through = _gradients(name, outputs, "parameters", parameters, start)
    return (
        lambda vectors: _pulled(through, [start], vectors),
        lambda vector: _pulled([outputs], parameters, [vector]),
    )


def _gradients(
    name: str, of: Tensor, by: str, inputs: Sequence[Tensor], start: Tensor | None = None
) -> list[Tensor]:
    """First derivatives with their graph, zeros for an input that is not reached, if one is."""
    found: Sequence[Tensor | None] = [None]
    if of.requires_grad:
        _require_twice_differentiable(of)
        with _differentiating(of):
            found = torch.autograd.grad(of, inputs, start, create_graph=True, allow_unused=True)
    if all(gradient is None for gradient in found):
        raise ValueError(
            f"{name} must be computed from the {by}, got none that is reached: was it computed "
            "under no_grad, from detached tensors, in another forward pass or with a copy?"
        )
    with _differentiating(of):
        return [torch.zeros_like(i) if g is None else g for g, i in zip(found, inputs, strict=True)]


def _require_twice_differentiable(of: Tensor) -> None:
    """Refuse custom functions whose second derivative torch leaves out without a word."""
    for node in _graph(of):
        function = getattr(node, "_forward_cls", None)
        if getattr(getattr(function, "backward", None), "__code__", None) is ONCE:
            raise ValueError(
                f"loss must have a second derivative, and {node.name()} is marked as "
                "once_differentiable: compute it without this operation"
            )


def _graph(of: Tensor) -> Iterator[Any]:
    """Every node of the graph of a tensor."""
    seen, rest = set(), [of.grad_fn]
    while rest:
        node = rest.pop()
        if node is None or node in seen:
            continue
        seen.add(node)
        rest += [below for below, _ in node.next_functions]
        yield node


ONCE = once_differentiable(lambda *_: None).__code__
"""The code that the decorator puts around the backward of a custom function."""

FUSED_WEIGHT_NORM = "WeightNormInterface"


@contextmanager
def exact_weight_norm() -> Iterator[None]:
    r"""Context in which a forward pass computes weight normalization by its formula.

    The kernel that :func:`torch.nn.utils.parametrizations.weight_norm` calls takes the norm of v
    for a constant in its second derivative. The formula :math:`w = g\,v/\lVert v\rVert` does not.

    >>> layer = torch.nn.utils.parametrizations.weight_norm(torch.nn.Linear(2, 1, bias=False))
    >>> with exact_weight_norm():
    ...     loss = layer(torch.tensor([[1.0, 0.0]])).square().sum()
    >>> hessian_operator(loss, layer.parameters()).shape
    (3, 3)
    """
    with _WeightNormByFormula():
        yield


class _WeightNormByFormula(TorchFunctionMode):
    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Iterable[type],
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        """Replace the kernel, leave every other function as it is."""
        by = _weight_norm if func is torch._weight_norm else func
        return by(*args, **(kwargs or {}))


def _weight_norm(v: Tensor, g: Tensor, dim: int = 0) -> Tensor:
    return v * (g / torch.norm_except_dim(v, 2, dim))


def _pulled(
    outputs: Sequence[Tensor], inputs: Sequence[Tensor], vectors: Sequence[Tensor]
) -> Sequence[Tensor]:
    """Products of vectors with the derivative of the outputs, from the left."""
    kept = [(o, v) for o, v in zip(outputs, vectors, strict=True) if o.requires_grad]
    return torch.autograd.grad(
        [o for o, _ in kept],
        list(inputs),
        [v for _, v in kept],
        retain_graph=True,
        materialize_grads=True,
    )


def _operator(product: Product, parameters: Sequence[Tensor]) -> LinearOperator:
    """A symmetric operator on flat numpy vectors from a product of tensors shaped as parameters."""
    sizes = [p.numel() for p in parameters]
    single = all(p.dtype == torch.float32 for p in parameters)
    dtype = np.dtype(np.float32 if single else np.float64)

    def apply(vector: np.ndarray) -> np.ndarray:
        if np.iscomplexobj(vector):
            raise ValueError("vector must be real, got a complex one")
        with _differentiating(parameters[0]):
            pieces = torch.split(torch.tensor(vector.reshape(-1).astype(dtype)), sizes)
            result = product([v.view_as(p).to(p) for v, p in zip(pieces, parameters, strict=True)])
        flat = np.concatenate([r.detach().to_dense().cpu().numpy().reshape(-1) for r in result])
        if not np.isfinite(flat).all():
            raise ValueError("product must be finite: is the derivative, and the vector?")
        return flat.astype(dtype, copy=False)

    total = sum(sizes)
    return LinearOperator((total, total), matvec=apply, rmatvec=apply, dtype=dtype)


def _parameters(parameters: Iterable[Tensor]) -> list[Tensor]:
    """Distinct parameters of which none is computed from another."""
    found = distinct_parameters(parameters)
    for index, parameter in enumerate(found):
        others = found[:index] + found[index + 1 :]
        if parameter.grad_fn is not None and others:
            with _differentiating(parameter):
                start = torch.ones_like(parameter)
                reached = torch.autograd.grad(
                    parameter, others, start, retain_graph=True, allow_unused=True
                )
            if any(gradient is not None for gradient in reached):
                raise ValueError(f"parameters[{index}] must not be computed from another one")
    return found


@contextmanager
def _differentiating(of: Tensor) -> Iterator[None]:
    """Derivatives whatever mode the caller is in; an error of torch says what to do."""
    try:
        with (
            torch.inference_mode(False),
            torch.enable_grad(),
            torch.autocast(of.device.type, enabled=False),
        ):
            yield
    except torch.OutOfMemoryError:
        raise
    except RuntimeError as error:
        text = str(error)
        remedy = next((advice for word, advice in REMEDIES.items() if word in text.lower()), "")
        raise ValueError(f"{remedy}torch says: {text}") from error


REMEDIES = {
    "attention": "loss must have a second derivative, and fused attention has none: compute it "
    "under torch.nn.attention.sdpa_kernel(SDPBackend.MATH); ",
    "cudnn": "loss must have a second derivative, and a layer of cuDNN has none: compute it "
    "under torch.backends.cudnn.flags(enabled=False); ",
    "second time": "loss must keep its graph: compute it anew, or call backward with "
    "retain_graph=True; ",
    "inplace": "loss must be computed after the last change of its tensors: compute it anew; ",
    "derivative": "loss must have a second derivative: compute it without the operation named "
    "here; ",
}
"""What to do, by a word of torch's message."""


def _require_real(name: str, value: Tensor) -> None:
    if not isinstance(value, Tensor):
        raise ValueError(f"{name} must be a tensor with its graph, got {type(value).__name__}")
    if not value.dtype.is_floating_point or not value.numel() or value.is_meta:
        raise ValueError(
            f"{name} must be real, not empty and on a real device, "
            f"got {value.dtype} of shape {tuple(value.shape)} on {value.device}"
        )


def _require_number(loss: Tensor) -> None:
    _require_real("loss", loss)
    if loss.ndim:
        raise ValueError(f"loss must be one number, got shape {tuple(loss.shape)}")
    if not loss.isfinite():
        raise ValueError(f"loss must be finite, got {loss.item()}")
