r"""Rescaling symmetry of hidden neurons, and the exact budget of their imbalance under SGD.

A hidden neuron with a homogeneous activation (linear, ReLU, leaky ReLU) computes the same function
after its incoming weights and bias are multiplied by :math:`\lambda > 0` and its outgoing weights
divided by it. Every batch gradient then obeys :math:`u\cdot g_u = w\cdot g_w`, with :math:`u` the
outgoing weights and :math:`w` the incoming weights and bias, and one step of plain SGD changes the
imbalance :math:`|u|^2 - |w|^2` by exactly :math:`\eta^2(|g_u|^2 - |g_w|^2)`.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

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
            raise ValueError("gradients must be there: call backward()")
        bias = None if self.incoming.bias is None else self.incoming.bias.grad
        change = gradient_u.square().sum(dim=0) - _incoming(gradient_w, bias)
        return learning_rate**2 * change


def _detached(bias: Tensor | None) -> Tensor | None:
    return None if bias is None else bias.detach()


def _incoming(weight: Tensor, bias: Tensor | None) -> Tensor:
    total = weight.square().sum(dim=1)
    return total if bias is None else total + bias.square()


HOMOGENEOUS = (nn.Identity, nn.ReLU, nn.LeakyReLU, nn.PReLU)
"""Activations with f(λx) = λf(x) for all λ > 0."""


@dataclass(frozen=True)
class Symmetries:
    """The hidden layers of a network that have the rescaling symmetry, and why others do not.

    Args:
        layers: Symmetric layers by the name of their incoming map.
        broken: Reason by the name of an incoming map whose neurons lack the symmetry.
    """

    layers: dict[str, NeuronLayer]
    broken: dict[str, str]

    def __str__(self) -> str:
        lines = [
            f"{name}: {layer.incoming.out_features} neurons" for name, layer in self.layers.items()
        ]
        lines += [
            f"{name}: no rescaling symmetry, {reason}" for name, reason in self.broken.items()
        ]
        return "\n".join(lines)


def find_symmetries(network: nn.Sequential) -> Symmetries:
    """Find the layers of hidden neurons between the linear maps of a network.

    A layer has the symmetry if nothing but homogeneous activations stands between two consecutive
    linear maps. Normalization, dropout and other activations break it, and the answer says so. For
    other architectures name the two maps yourself: ``NeuronLayer(incoming, outgoing)``.

    Args:
        network: Modules in the order in which they are applied; nested ones are flattened.

    Raises:
        ValueError: If the network holds fewer than two linear maps.

    >>> net = nn.Sequential(nn.Linear(3, 5), nn.ReLU(), nn.Linear(5, 4), nn.Tanh(), nn.Linear(4, 1))
    >>> print(find_symmetries(net))
    0: 5 neurons
    2: no rescaling symmetry, Tanh stands between the linear maps
    """
    steps = [
        (name, module) for name, module in network.named_modules() if not list(module.children())
    ]
    places = [i for i, (_, module) in enumerate(steps) if isinstance(module, nn.Linear)]
    if len(places) < 2:
        raise ValueError(f"network must hold at least two linear maps, got {len(places)}")
    layers, broken = {}, {}
    for first, last in pairwise(places):
        name, incoming = steps[first]
        between = [module for _, module in steps[first + 1 : last]]
        strangers = [type(m).__name__ for m in between if not isinstance(m, HOMOGENEOUS)]
        if strangers:
            verb = "stands" if len(strangers) == 1 else "stand"
            broken[name] = f"{' and '.join(strangers)} {verb} between the linear maps"
        else:
            outgoing = steps[last][1]
            assert isinstance(incoming, nn.Linear)
            assert isinstance(outgoing, nn.Linear)
            layers[name] = NeuronLayer(incoming, outgoing)
    return Symmetries(layers, broken)
