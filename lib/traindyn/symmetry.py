r"""Rescaling symmetry of hidden neurons, and the exact budget of their imbalance under SGD.

A hidden neuron with a homogeneous activation (linear, ReLU, leaky ReLU) computes the same function
after its incoming weights and bias are multiplied by :math:`\lambda > 0` and its outgoing weights
divided by it. Every batch gradient then obeys :math:`u\cdot g_u = w\cdot g_w`, with :math:`u` the
outgoing weights and :math:`w` the incoming weights and bias, and one step of plain SGD changes the
imbalance :math:`|u|^2 - |w|^2` by exactly :math:`\eta^2(|g_u|^2 - |g_w|^2)`.
"""

from __future__ import annotations

from dataclasses import dataclass

from jaxtyping import Float
from torch import Tensor, nn


@dataclass(frozen=True)
class NeuronLayer:
    """A layer of hidden neurons between two linear maps.

    Args:
        incoming: Map into the neurons; its bias belongs to the incoming weights.
        outgoing: Map out of the neurons.

    Raises:
        ValueError: If the widths of the two maps do not meet.
    """

    incoming: nn.Linear
    outgoing: nn.Linear

    def __post_init__(self) -> None:
        if self.incoming.out_features != self.outgoing.in_features:
            raise ValueError(
                "outgoing must take as many neurons as incoming gives, "
                f"got {self.incoming.out_features} and {self.outgoing.in_features}"
            )

    def outgoing_norms(self) -> Float[Tensor, " neurons"]:
        r""":math:`|u_i|^2` of every neuron."""
        return self.outgoing.weight.detach().square().sum(dim=0)

    def incoming_norms(self) -> Float[Tensor, " neurons"]:
        r""":math:`|w_i|^2 + b_i^2` of every neuron."""
        return _incoming(self.incoming.weight.detach(), _detached(self.incoming.bias))

    def imbalance(self) -> Float[Tensor, " neurons"]:
        r""":math:`|u_i|^2 - |w_i|^2 - b_i^2` of every neuron."""
        return self.outgoing_norms() - self.incoming_norms()

    def step_change(self, learning_rate: float) -> Float[Tensor, " neurons"]:
        r"""Change of the imbalance in the coming step, :math:`\eta^2(|g_u|^2 - |g_w|^2)`.

        Exact for plain SGD (no momentum, no weight decay) and a rescaling-symmetric network; for
        any other network the first-order term :math:`-2\eta(u\cdot g_u - w\cdot g_w)` is missing.
        Derived; Theorem 3.1 of arXiv 2308.06671 is its average over batches in continuous time.

        Args:
            learning_rate: :math:`\eta > 0`.

        Raises:
            ValueError: If ``learning_rate`` is not positive or there are no gradients yet.
        """
        if not learning_rate > 0:
            raise ValueError(f"learning_rate must be positive, got {learning_rate}")
        gradient_u, gradient_w = self.outgoing.weight.grad, self.incoming.weight.grad
        if gradient_u is None or gradient_w is None:
            raise ValueError("gradients must be there: call backward() before step_change()")
        bias = None if self.incoming.bias is None else self.incoming.bias.grad
        change = gradient_u.square().sum(dim=0) - _incoming(gradient_w, bias)
        return learning_rate**2 * change


def _detached(bias: Tensor | None) -> Tensor | None:
    return None if bias is None else bias.detach()


def _incoming(weight: Tensor, bias: Tensor | None) -> Tensor:
    total = weight.square().sum(dim=1)
    return total if bias is None else total + bias.square()
