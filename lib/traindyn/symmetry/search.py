"""Which hidden layers of a network have the rescaling symmetry."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

from torch import Tensor, nn

from traindyn.curvature.parameters import shared_memory
from traindyn.symmetry.layers import Map, NeuronLayer
from traindyn.symmetry.reading import read_network
from traindyn.symmetry.trial import try_network


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
        lines = [f"{name}: {layer.neurons} neurons" for name, layer in self.layers.items()]
        lines += [
            f"{name}: no rescaling symmetry, {reason}" for name, reason in self.broken.items()
        ]
        return "\n".join(lines)


def find_symmetries(network: nn.Module, sample: Any = None) -> Symmetries:
    r"""Find the layers of hidden neurons between the linear maps of a network.

    A layer has the symmetry if the account of its imbalance closes to rounding, step by step. A
    sequence of plain modules of torch is read: nothing but homogeneous activations, dropout and
    pooling of channels may stand between two consecutive linear maps or convolutions. Dropout
    keeps the symmetry of each step, because its masks multiply whatever comes in; normalization
    and other activations break it, as a second use of a map, tied or frozen weights do.

    With a sample any network is tried instead, on a copy in double precision: for several random
    weights near its own, in its present mode and in training, each neuron must have
    :math:`u\cdot g_u = w\cdot g_w`, and rescaled by up to a billion it must compute the same. The
    network stays as it is; what hooks of its own do outside of it is not undone.

    Args:
        network: An ``nn.Sequential`` of plain modules, or any module if a sample is given.
        sample: A batch of inputs that reaches the neurons: a tensor, a tuple of arguments, or a
            dictionary of them by name.

    Raises:
        ValueError: If the network holds fewer than two linear maps, cannot be seen through without
            a sample, or cannot be tried on it.

    >>> net = nn.Sequential(nn.Linear(3, 5), nn.ReLU(), nn.Linear(5, 4), nn.Tanh(), nn.Linear(4, 1))
    >>> print(find_symmetries(net))
    0: 5 neurons
    2: no rescaling symmetry, Tanh stands between the linear maps
    """
    if not isinstance(network, nn.Module):
        raise ValueError(f"network must be a module of torch, got {type(network).__name__}")
    found = read_network(network) if sample is None else try_network(network, sample)
    layers, broken = {}, {}
    for name, (target, reason) in found.items():
        if reason is not None:
            broken[name] = reason
            continue
        incoming, outgoing = (network.get_submodule(which) for which in (name, target))
        try:
            layer = NeuronLayer(cast(Map, incoming), cast(Map, outgoing))
        except ValueError as error:
            broken[name] = str(error)
            continue
        if obstacle := _obstacle(network, layer):
            broken[name] = obstacle
        else:
            layers[name] = layer
    return Symmetries(layers, broken)


def _obstacle(network: nn.Module, layer: NeuronLayer) -> str | None:
    """Why weights do not take plain steps of their own, if they do not."""
    own = [layer.incoming.weight, layer.outgoing.weight]
    own += [] if layer.incoming.bias is None else [layer.incoming.bias]
    owners: dict[int, list[str]] = {}
    for name, parameter in network.named_parameters(remove_duplicate=False):
        owners.setdefault(id(parameter), []).append(name)
    others = [p for p in network.parameters() if all(p is not part for part in own)]
    for part in own:
        names = owners.get(id(part), [])
        if not names:
            return "a weight is computed from other parameters"
        if not part.requires_grad:
            return f"{names[0]} is frozen"
        if part._backward_hooks or getattr(part, "_post_accumulate_grad_hooks", None):
            return f"a hook may change the gradient of {names[0]}"
        if _owners(network, part) > 1 or any(shared_memory([part, other]) for other in others):
            return f"{names[0]} is tied to another weight"
    return "its two maps share a weight" if shared_memory(own) else None


def _owners(network: nn.Module, part: Tensor) -> int:
    """Number of places of distinct modules that hold a parameter."""
    return sum(part is held for module in network.modules() for held in module._parameters.values())
