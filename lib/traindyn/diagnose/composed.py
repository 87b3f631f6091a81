"""Weights that a layer computes from others: normalized, pruned or parametrized ones.

What such a layer multiplies its inputs with is no parameter of the network. Its spectrum counts,
and not that of what it is computed from: a direction and its length, or a weight before pruning.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.utils import parametrize
from torch.nn.utils.prune import BasePruningMethod
from torch.nn.utils.spectral_norm import SpectralNorm
from torch.nn.utils.weight_norm import WeightNorm

from traindyn.symmetry.trial import copied

HOOKS = (WeightNorm, SpectralNorm, BasePruningMethod)
"""Hooks of torch that compute a weight before each pass."""

ENDINGS = ("_g", "_v", "_orig")
"""Endings of the names from which they do."""


@dataclass(frozen=True)
class Composed:
    """A weight that is computed from parameters and buffers.

    Args:
        layer: The layer that has it.
        lead: Path of the layer, with a dot behind it; empty for the network itself.
        attribute: Its name there, such as ``weight``.
        parts: Names of the parameters that it is computed from.
    """

    layer: nn.Module
    lead: str
    attribute: str
    parts: frozenset[str]

    @property
    def name(self) -> str:
        """Its name in the network, such as ``0.weight``."""
        return self.lead + self.attribute

    def of(self, state: Mapping[str, Any] | None) -> Tensor:
        """The weight in evaluation mode, now or of a ``state_dict``.

        A copy of the layer computes it: nothing of the layer changes, and no generator of torch.

        Args:
            state: Entries by their names in the network; None: as it is now. What the weight is
                not computed from may be missing, and buffers: some are never saved.

        Raises:
            ValueError: If the state lacks a part, an entry has another shape, or the weight cannot
                be computed.
        """
        devices = {p.device.index or 0 for p in self.layer.parameters() if p.device.type == "cuda"}
        with torch.random.fork_rng(sorted(devices)), torch.no_grad():
            layer = copied(self.layer).eval()
            if state is not None:
                self._set(layer, state)
            try:
                hooks = [h for h in layer._forward_pre_hooks.values() if isinstance(h, HOOKS)]
                for hook in hooks * 2:  # one may use what a later one computes
                    hook(layer, ())
                found = getattr(layer, self.attribute)
            except Exception as error:  # of a parametrization that somebody wrote
                raise ValueError(f"it cannot be computed: {error}") from error
            return torch.as_tensor(found).detach()

    def _set(self, layer: nn.Module, state: Mapping[str, Any]) -> None:
        """Write a state into a copy of the layer."""
        for name, own in [*layer.named_parameters(), *layer.named_buffers()]:
            given = state.get(self.lead + name)
            if given is not None:
                own.copy_(held(own, given))
            elif self.lead + name in self.parts:
                raise ValueError(f"start does not hold {self.lead}{name}")


def held(weight: Tensor, before: Any) -> Tensor:
    """What a ``state_dict`` holds in the place of a tensor.

    Raises:
        ValueError: If it is no array of numbers with values, or of another shape.
    """
    try:
        before = torch.as_tensor(before)
    except (TypeError, ValueError, RuntimeError):
        raise ValueError("start does not hold it") from None
    if nn.parameter.is_lazy(before) or before.is_meta:
        raise ValueError("start holds no values for it")
    if before.shape != weight.shape:
        raise ValueError(f"it has the shape {tuple(before.shape)}, not {tuple(weight.shape)}")
    return before


def composed_weights(network: nn.Module) -> Iterator[Composed]:
    """Every weight that :mod:`torch.nn.utils` computes before a pass.

    These are those of ``weight_norm`` and ``spectral_norm``, old and new, of other
    parametrizations, and of ``prune``. Of those that are computed from one another, the last.

    >>> layer = nn.utils.parametrizations.weight_norm(nn.Linear(3, 2))
    >>> [(one.name, sorted(one.parts)[0]) for one in composed_weights(layer)]
    [('weight', 'parametrizations.weight.original0')]
    """
    inside: set[int] = set()
    for path, layer in network.named_modules(remove_duplicate=False):
        if id(layer) in inside:
            continue
        lead = f"{path}." if path else ""
        names = {name for name, _ in layer.named_parameters(remove_duplicate=False)}
        if parametrize.is_parametrized(layer):
            for attribute, chain in layer.parametrizations.items():
                inside |= {id(part) for part in chain.modules()}
                inner = f"parametrizations.{attribute}."
                parts = frozenset(lead + name for name in names if name.startswith(inner))
                yield Composed(layer, lead, attribute, parts)
        hooked = _hooked(layer)
        for attribute in hooked - {name + end for name in hooked for end in ENDINGS}:
            parts = frozenset(lead + name for name in names if _base(name, hooked) == attribute)
            yield Composed(layer, lead, attribute, parts)


def _hooked(layer: nn.Module) -> set[str]:
    """Names of what hooks of torch compute."""
    found = set()
    for hook in layer._forward_pre_hooks.values():
        if isinstance(hook, BasePruningMethod):
            found.add(hook._tensor_name)
        elif isinstance(hook, WeightNorm | SpectralNorm):
            found.add(hook.name)
    return found


def _base(name: str, hooked: set[str]) -> str:
    """What a parameter of a layer is a part of in the end."""
    for end in ENDINGS:
        if name.endswith(end) and name.removesuffix(end) in hooked:
            return _base(name.removesuffix(end), hooked)
    return name
