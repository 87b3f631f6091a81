"""Symmetric layers of any network, from what a copy of it computes on a sample."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from traindyn.symmetry.layers import Map, NeuronLayer
from traindyn.symmetry.reading import HOMOGENEOUS

DRAWS = 8
"""Random weights near those of the network; few neurons are dead in all of them."""
EXTENT = 30
"""Neurons are rescaled, and losses too, by two to powers of this size, exactly."""
ROUNDING = 1e-9
"""Relative accuracy of what must be equal; symmetric networks reach about 1e-14."""


def try_network(network: nn.Module, sample: Any) -> dict[str, tuple[str, str | None]]:
    """For each linear map but the last one used, the name of the next and what breaks the symmetry.

    Args:
        network: Any module. It stays as it is, and so do the global generators.
        sample: A tensor, a tuple of arguments, or a dictionary of them by name.

    Raises:
        ValueError: If the network holds fewer than two linear maps, cannot be copied, or does not
            give finite outputs with a gradient, the same ones twice.
    """
    with _untouched_globals():
        return _Trial(network, sample).results()


@contextmanager
def _running() -> Iterator[None]:
    """Whatever goes wrong in the code of a user's network, as a ``ValueError``."""
    try:
        yield
    except Exception as error:
        raise ValueError(
            f"network must run on sample, as a copy in double precision: "
            f"{type(error).__name__}: {error}"
        ) from error


@contextmanager
def _untouched_globals() -> Iterator[None]:
    """Double precision as the default, and every global generator put back afterwards."""
    numpy_state, python_state = np.random.get_state(), random.getstate()  # noqa: NPY002
    dtype = torch.get_default_dtype()
    with torch.random.fork_rng(), torch.inference_mode(False), torch.enable_grad():
        try:
            torch.set_default_dtype(torch.float64)
            yield
        finally:
            torch.set_default_dtype(dtype)
            np.random.set_state(numpy_state)  # noqa: NPY002
            random.setstate(python_state)


def copied(network: nn.Module) -> nn.Module:
    """A copy of a network.

    A weight that a hook computes before each pass is no leaf of the graph, which torch does not
    copy; its value is, until the first pass of the copy.
    """
    found = {
        id(value): value.detach().clone()
        for module in network.modules()
        for value in vars(module).values()
        if isinstance(value, Tensor) and not value.is_leaf
    }
    return copy.deepcopy(network, found)


class _Trial:
    """A copy of a network that may be changed, with its sample."""

    def __init__(self, network: nn.Module, sample: Any) -> None:
        if any(nn.parameter.is_lazy(part) for part in network.parameters()):
            raise ValueError("network must be initialized: run it once")
        with _running():
            network = copied(network).cpu().double().requires_grad_(True)
            for part in network.modules():  # tensors that are neither parameters nor buffers
                plain = {n: v for n, v in vars(part).items() if isinstance(v, Tensor)}
                vars(part).update(_double(plain))
            self.network, self.sample = network, _double(sample)
        self.maps = {n: m for n, m in network.named_modules() if isinstance(m, Map)}
        if len(self.maps) < 2:
            raise ValueError(f"network must hold at least two linear maps, got {len(self.maps)}")
        self.start = [parameter.detach().clone() for parameter in network.parameters()]
        self.buffers = [buffer.detach().clone() for buffer in network.buffers()]
        present = [module.training for module in network.modules()]
        self.modes = [present] if all(present) else [present, [True] * len(present)]

    def results(self) -> dict[str, tuple[str, str | None]]:
        calls = self._calls()
        used = [name for name, _ in calls if name in self.maps]
        pairs = {}
        names = [name for name, module in self.maps.items() if "weight" in module._parameters]
        for place, name in enumerate(names):
            for target in names[place + 1 :] + names[:place]:
                try:
                    pairs[name, target] = NeuronLayer(self.maps[name], self.maps[target])
                except ValueError:
                    continue
        reached: set[tuple[str, str]] = set()
        for mode in self.modes:
            for draw in range(DRAWS):
                self._prepare(mode, draw)
                self._pull(2.0 ** (EXTENT * (draw % 3 - 1)))
                for pair in list(pairs):
                    balanced, alive = _balance(pairs[pair])
                    if alive:
                        reached.add(pair)
                    if not balanced:
                        del pairs[pair]
                if self._keep(mode, draw, list(pairs.values())):
                    continue
                for pair in list(pairs):
                    if not self._keep(mode, draw, [pairs[pair]]):
                        del pairs[pair]
        found: dict[str, tuple[str, str | None]] = {}
        for name in self.maps:
            target = next((t for n, t in pairs if n == name and (n, t) in reached), None)
            if target is not None:
                found[name] = (target, None)
            elif used[-1:] != [name]:
                unclear = any(n == name for n, _ in pairs)
                reason = "the sample does not reach its neurons" if unclear else None
                found[name] = (name, reason or self._reason(name, calls))
        return found

    def _calls(self) -> list[tuple[str, nn.Module]]:
        """Modules without children in the order in which they run."""
        calls: list[tuple[str, nn.Module]] = []

        def recorder(name: str) -> Callable[..., None]:
            return lambda module, *_: calls.append((name, module))

        leaves = [
            (name, module)
            for name, module in self.network.named_modules()
            if name in self.maps or not list(module.children())
        ]
        handles = [module.register_forward_pre_hook(recorder(name)) for name, module in leaves]
        self._prepare(self.modes[0], 0)
        first = self._outputs()
        for handle in handles:
            handle.remove()
        if any((a != b).any() for a, b in zip(first, self._outputs(), strict=True)):
            raise ValueError("network must give the same outputs twice under one seed")
        return calls

    def _prepare(self, mode: list[bool], draw: int) -> None:
        """Random weights near those of the network, in a mode of training."""
        generator = torch.Generator().manual_seed(draw)
        extent = 1.0 if draw % 2 else 0.3
        for module, training in zip(self.network.modules(), mode, strict=True):
            module.training = training
        with torch.no_grad():
            for parameter, start in zip(self.network.parameters(), self.start, strict=True):
                first, second = torch.randn((2, *start.shape), generator=generator)
                spread = extent / max(start[0].numel() if start.ndim > 1 else 1, 1) ** 0.5
                parameter.copy_(start * (1 + 0.1 * first) + spread * second)

    def _outputs(self) -> list[Tensor]:
        with _running(), torch.no_grad():
            for buffer, start in zip(self.network.buffers(), self.buffers, strict=True):
                buffer.copy_(start)
        torch.manual_seed(0)
        sample = copy.deepcopy(self.sample)
        with _running():
            if isinstance(sample, dict):
                result = self.network(**sample)
            else:
                result = self.network(*sample if isinstance(sample, tuple) else (sample,))
        outputs = [output for output in _tensors(result) if output.requires_grad]
        if not outputs or not all(o.numel() and o.isfinite().all() for o in outputs):
            raise ValueError(
                "network must give outputs on sample that are finite, not empty and have a gradient"
            )
        return outputs

    def _pull(self, scale: float) -> None:
        """Gradients of a generic loss of some scale."""
        self.network.zero_grad()
        outputs = self._outputs()
        generator = torch.Generator().manual_seed(0)
        starts = [scale * torch.randn(o.shape, generator=generator) for o in outputs]
        with _running():
            torch.autograd.backward(outputs, starts)

    def _keep(self, mode: list[bool], draw: int, layers: list[NeuronLayer]) -> bool:
        """Whether the outputs stay when neurons are rescaled, half of them up and half down."""
        self._prepare(mode, draw)
        before = self._outputs()
        for sign in (1, -1):
            self._prepare(mode, draw)
            generator = torch.Generator().manual_seed(draw)
            for layer in layers:
                signs = 1 - 2 * (torch.randperm(layer.neurons, generator=generator) % 2)
                layer.rescale(2.0 ** (sign * EXTENT * signs))
            try:
                after = self._outputs()
            except ValueError:
                return False
            for one, other in zip(before, after, strict=True):
                if (one - other).abs().max() > ROUNDING * one.abs().max():
                    return False
        return True

    def _reason(self, name: str, calls: list[tuple[str, nn.Module]]) -> str:
        if "weight" not in self.maps[name]._parameters:
            return "its weight is computed from other parameters"
        places = [i for i, (called, _) in enumerate(calls) if called == name]
        if len(places) > 1:
            return f"{name} is used {len(places)} times"
        if not places:
            return "it does not run on the sample"
        strangers = []
        for called, module in calls[places[0] + 1 :]:
            if called in self.maps:
                break
            if type(module) not in HOMOGENEOUS:
                strangers.append(type(module).__name__)
        if strangers:
            verb = "stands" if len(strangers) == 1 else "stand"
            return f"{' and '.join(strangers)} {verb} between the linear maps"
        return "no other map makes up for a rescaling of its neurons on the sample"


def _balance(layer: NeuronLayer) -> tuple[bool, bool]:
    """Whether u·g_u = w·g_w for every neuron, and whether one of them is not zero."""
    w, u, bias = layer.incoming.weight, layer.outgoing.weight, layer.incoming.bias
    incoming, outgoing = _product(w), _product(u)
    biases = None if bias is None else _product(bias)
    error = layer.sum_incoming(incoming, biases) - layer.sum_outgoing(outgoing)
    size = layer.sum_outgoing(outgoing.abs()) + layer.sum_incoming(
        incoming.abs(), None if biases is None else biases.abs()
    )
    return bool((error.abs() <= ROUNDING * size).all()), bool((size > 0).any())


def _product(part: Tensor) -> Tensor:
    gradient = torch.zeros_like(part) if part.grad is None else part.grad.to_dense()
    return part.detach() * gradient


def _double(value: Any) -> Any:
    """Floating-point tensors in double precision, in copies of tuples, lists and dictionaries."""
    if isinstance(value, Tensor):
        value = value.detach().cpu().clone()
        return value.double() if value.is_floating_point() else value
    if isinstance(value, Mapping):
        return {key: _double(part) for key, part in value.items()}
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return type(value)(*(_double(part) for part in value))
    if isinstance(value, list | tuple):
        return type(value)(_double(part) for part in value)
    return value


def _tensors(value: Any) -> list[Tensor]:
    """All tensors of an output."""
    if isinstance(value, Tensor):
        return [value]
    if isinstance(value, Mapping):
        value = list(value.values())
    return [t for part in value for t in _tensors(part)] if isinstance(value, list | tuple) else []
