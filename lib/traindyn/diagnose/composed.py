"""Weights that a layer computes from others: normalized, pruned or parametrized ones.

What such a layer multiplies its inputs with is no parameter of the network. Its spectrum counts,
and not that of what it is computed from: a direction and its length, or a weight before pruning.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import SimpleNamespace
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.func import functional_call
from torch.nn.utils import parametrize
from torch.nn.utils.prune import BasePruningMethod
from torch.nn.utils.spectral_norm import SpectralNorm
from torch.nn.utils.weight_norm import WeightNorm

HOOKED = ("_g", "_v", "_orig")
"""Endings of the parameters from which a hook of torch computes a weight."""

State = Mapping[str, Any] | None
Computed = Callable[[State], Tensor]


class Composed(NamedTuple):
    """A weight that is computed from parameters and buffers."""

    name: str
    """As the layer has it, such as ``0.weight``."""
    parts: frozenset[str]
    """Names of the parameters that it is computed from."""
    layer: nn.Module
    """The layer that has it."""
    of: Computed
    """The weight now, or from a ``state_dict``; raises ``ValueError`` if that holds other ones."""


def composed_weights(network: nn.Module) -> Iterator[Composed]:
    """Every weight that :mod:`torch.nn.utils` computes before a pass.

    These are those of ``weight_norm`` and ``spectral_norm``, old and new, of other
    parametrizations, and of ``prune``.

    >>> layer = nn.utils.parametrizations.weight_norm(nn.Linear(3, 2))
    >>> [(one.name, sorted(one.parts)[0]) for one in composed_weights(layer)]
    [('weight', 'parametrizations.weight.original0')]
    """
    parameters = {name for name, _ in network.named_parameters()}
    for path, layer in network.named_modules():
        lead = f"{path}." if path else ""
        if parametrize.is_parametrized(layer):
            for name, chain in layer.parametrizations.items():
                inner = f"{lead}parametrizations.{name}."
                parts = frozenset(p for p in parameters if p.startswith(f"{inner}original"))
                yield Composed(f"{lead}{name}", parts, layer, _by_chain(chain, inner))
        for hook in layer._forward_pre_hooks.values():
            if isinstance(hook, WeightNorm | SpectralNorm | BasePruningMethod):
                name = hook._tensor_name if isinstance(hook, BasePruningMethod) else hook.name
                parts = frozenset(f"{lead}{name}{end}" for end in HOOKED) & parameters
                yield Composed(f"{lead}{name}", parts, layer, _by_hook(hook, layer, lead))


def _by_chain(chain: Any, lead: str) -> Computed:
    def compute(state: State) -> Tensor:
        with torch.no_grad():
            found: Tensor = functional_call(chain, _own(chain, lead, state), ())
        return found

    return compute


def _by_hook(hook: Any, layer: nn.Module, lead: str) -> Computed:
    def compute(state: State) -> Tensor:
        own: Any = SimpleNamespace(**_own(layer, lead, state))
        with torch.no_grad():
            if isinstance(hook, SpectralNorm):
                found: Tensor = hook.compute_weight(own, do_power_iteration=False)
            elif isinstance(hook, WeightNorm):
                found = hook.compute_weight(own)
            else:
                found = hook.apply_mask(own)
        return found

    return compute


def _own(module: nn.Module, lead: str, state: State) -> dict[str, Tensor]:
    """Parameters and buffers of a module, now or of a state, as copies: some are written into.

    A buffer that the state lacks is taken as it is now: it may be one that is never saved.

    Raises:
        ValueError: If the state lacks a parameter, or an entry is no tensor of that shape.
    """
    found = {}
    for name, own in [*module.named_parameters(), *module.named_buffers()]:
        given = own if state is None else state.get(lead + name)
        if given is None:
            if isinstance(own, nn.Parameter):
                raise ValueError(f"start does not hold {lead}{name}")
            given = own
        value = torch.as_tensor(given).detach().to(own)
        if value.shape != own.shape:
            raise ValueError(
                f"{lead}{name} has the shape {tuple(value.shape)}, not {tuple(own.shape)}"
            )
        found[name] = value.clone()
    return found
