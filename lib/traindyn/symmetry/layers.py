"""A layer of hidden neurons between two maps, and the budget of its imbalance."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor, nn

from traindyn.curvature.parameters import shared_memory
from traindyn.system.arguments import real_number

Map = nn.Linear | nn.Conv1d | nn.Conv2d | nn.Conv3d
"""A map with weights; the neurons of a convolution are its channels."""


@dataclass(frozen=True)
class NeuronLayer:
    """A layer of hidden neurons between two linear maps or convolutions.

    The neurons of a convolution are its channels. A linear map that takes the flattened channels of
    a convolution holds one block of columns for each of them.

    Args:
        incoming: Map into the neurons; its bias belongs to the incoming weights.
        outgoing: Map out of the neurons.

    Raises:
        ValueError: If they are no such maps, not real or not initialized, or their widths do not
            meet.
    """

    incoming: Map
    outgoing: Map

    def __post_init__(self) -> None:
        for name, module in (("incoming", self.incoming), ("outgoing", self.outgoing)):
            if not isinstance(module, Map):
                raise ValueError(
                    f"{name} must be a Linear, Conv1d, Conv2d or Conv3d, "
                    f"got {type(module).__name__}"
                )
            for weight in (module.weight, module.bias):
                if weight is None:
                    continue
                if nn.parameter.is_lazy(weight):
                    raise ValueError(f"{name} must be initialized: run the network once")
                if not weight.dtype.is_floating_point:
                    raise ValueError(f"{name} must have real weights, got {weight.dtype}")
        neurons, inputs = self.neurons, _inputs(self.outgoing)
        blocks = isinstance(self.outgoing, nn.Linear) and not isinstance(self.incoming, nn.Linear)
        if not neurons or inputs < neurons or (inputs % neurons if blocks else inputs > neurons):
            raise ValueError(
                f"outgoing must take as many neurons as incoming gives, got {neurons} and {inputs}"
            )

    @property
    def neurons(self) -> int:
        """Number of neurons, or channels."""
        return len(self.incoming.weight)

    def outgoing_norms(self) -> Float[Tensor, " neurons"]:
        r""":math:`|u_i|^2` of every neuron.

        Raises:
            ValueError: If one is not finite.
        """
        return _finite("outgoing weights", self.sum_outgoing(_wide(self.outgoing.weight).square()))

    def incoming_norms(self) -> Float[Tensor, " neurons"]:
        r""":math:`|w_i|^2 + b_i^2` of every neuron.

        Raises:
            ValueError: If one is not finite.
        """
        bias = self.incoming.bias
        squares = None if bias is None else _wide(bias).square()
        return _finite(
            "incoming weights", self.sum_incoming(_wide(self.incoming.weight).square(), squares)
        )

    def imbalance(self) -> Float[Tensor, " neurons"]:
        r""":math:`|u_i|^2 - |w_i|^2 - b_i^2` of every neuron.

        Raises:
            ValueError: If a norm is not finite.
        """
        return self.outgoing_norms() - self.incoming_norms()

    def step_change(self, learning_rate: float) -> Float[Tensor, " neurons"]:
        r"""Change of the imbalance in the coming step, :math:`\eta^2(|g_u|^2 - |g_w|^2)`.

        Exact for plain SGD (no momentum, no weight decay) and a rescaling-symmetric network; for
        any other network the first-order term :math:`-2\eta(u\cdot g_u - w\cdot g_w)` is missing.
        Derived; Theorem 3.1 of arXiv 2308.06671 is its average over batches in continuous time.

        Args:
            learning_rate: :math:`\eta > 0`.

        Raises:
            ValueError: If ``learning_rate`` is not positive and finite, or one of the weights is
                frozen, tied to another, or has no finite gradient: the account needs all of them.
        """
        learning_rate = real_number("learning_rate", learning_rate, "(0, inf]")
        if math.isinf(learning_rate):
            raise ValueError(f"learning_rate must be finite, got {learning_rate}")
        gradient_u, gradient_w, gradient_b = self._gradients()
        change = self.sum_outgoing(gradient_u.square()) - self.sum_incoming(
            gradient_w.square(), None if gradient_b is None else gradient_b.square()
        )
        return _finite("gradients", learning_rate * learning_rate * change)

    def rescale(self, factors: Float[Tensor, " neurons"]) -> None:
        """Multiply the incoming weights and bias of each neuron by a factor, divide the outgoing.

        In place, and the network computes what it did if the layer has the symmetry.

        Args:
            factors: One for each neuron, positive.

        Raises:
            ValueError: If they are not positive and finite, or not one for each neuron, or a map
                computes its weights from others, as with ``weight_norm``, and would do so again.
        """
        changed = [("incoming", self.incoming, "weight"), ("outgoing", self.outgoing, "weight")]
        if self.incoming.bias is not None:
            changed.append(("incoming", self.incoming, "bias"))
        for name, module, part in changed:
            if part not in module._parameters:
                raise ValueError(f"{name} must hold its {part} as a parameter, got a computed one")
        if not isinstance(factors, Tensor) or factors.shape != (self.neurons,):
            raise ValueError(f"factors must be a tensor of {self.neurons} numbers, got {factors!r}")
        if factors.is_complex() or not (factors.isfinite() & (factors > 0)).all():
            raise ValueError("factors must be positive and finite")
        u, w, bias = self.outgoing.weight, self.incoming.weight, self.incoming.bias
        with torch.no_grad():
            factors = factors.to(w)
            w.mul_(factors.reshape(-1, *[1] * (w.ndim - 1)))
            if bias is not None:
                bias.mul_(factors)
            groups = getattr(self.outgoing, "groups", 1)
            columns = factors.repeat_interleave(_inputs(self.outgoing) // self.neurons)
            columns = columns.reshape(groups, 1, u.shape[1], *[1] * (u.ndim - 2))
            u.reshape(groups, -1, *u.shape[1:]).div_(columns)

    def sum_outgoing(self, values: Float[Tensor, "..."]) -> Float[Tensor, " neurons"]:
        """Sum over the outgoing weights of each neuron.

        Args:
            values: One for each outgoing weight, in their shape.

        Raises:
            ValueError: If they have another shape.
        """
        _require_shape(values, self.outgoing.weight)
        groups = getattr(self.outgoing, "groups", 1)
        columns = values.reshape(groups, -1, *values.shape[1:]).sum(dim=1)
        return columns.reshape(self.neurons, -1).sum(dim=1)

    def sum_incoming(
        self, weights: Float[Tensor, "..."], biases: Float[Tensor, " neurons"] | None
    ) -> Float[Tensor, " neurons"]:
        """Sum over the incoming weights of each neuron and its bias.

        Args:
            weights: One for each incoming weight, in their shape.
            biases: One for each neuron, or none.

        Raises:
            ValueError: If they have another shape.
        """
        _require_shape(weights, self.incoming.weight)
        total = weights.flatten(1).sum(dim=1)
        if biases is None:
            return total
        _require_shape(biases, total)
        return total + biases

    def _gradients(self) -> tuple[Tensor, Tensor, Tensor | None]:
        """Gradients of outgoing weights, incoming weights and bias, each checked."""
        parts = {"outgoing.weight": self.outgoing.weight, "incoming.weight": self.incoming.weight}
        if self.incoming.bias is not None:
            parts["incoming.bias"] = self.incoming.bias
        for name, part in parts.items():
            if not part.requires_grad:
                raise ValueError(f"{name} must not be frozen: the account needs it to move")
            if not part.is_leaf:
                raise ValueError(f"{name} must be a parameter, got a tensor that is computed")
        if shared_memory(list(parts.values())):
            raise ValueError("incoming and outgoing must not share weights: the account needs both")
        gradients = []
        for name, part in parts.items():
            if part.grad is None:
                raise ValueError(f"gradients must be there: call backward(), {name} has none")
            gradient = _wide(part.grad.to_dense())
            if not gradient.isfinite().all():
                raise ValueError(f"gradient of {name} must be finite")
            gradients.append(gradient)
        return gradients[0], gradients[1], gradients[2] if len(gradients) > 2 else None


def _inputs(module: Map) -> int:
    return module.in_features if isinstance(module, nn.Linear) else module.in_channels


def _wide(values: Tensor) -> Tensor:
    """Numbers without their graph; squares of half precision would run over."""
    values = values.detach()
    return values.float() if values.dtype in (torch.float16, torch.bfloat16) else values


def _require_shape(values: Tensor, like: Tensor) -> None:
    if not isinstance(values, Tensor) or values.shape != like.shape:
        found = tuple(values.shape) if isinstance(values, Tensor) else type(values).__name__
        raise ValueError(f"values must be a tensor of shape {tuple(like.shape)}, got {found}")


def _finite(name: str, values: Tensor) -> Tensor:
    if not values.isfinite().all():
        raise ValueError(f"{name} must have finite squares, got values that are not")
    return values
