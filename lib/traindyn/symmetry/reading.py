"""Symmetric layers of a plain sequence of modules, read from the modules themselves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import pairwise

from torch import nn

from traindyn.symmetry.layers import Map

MAPS: tuple[type[Map], ...] = (nn.Linear, nn.Conv1d, nn.Conv2d, nn.Conv3d)

HOMOGENEOUS = (nn.Identity, nn.ReLU, nn.LeakyReLU, nn.PReLU)
"""Activations with f(λx) = λf(x) for all λ > 0."""

MASKS = (nn.Dropout, nn.Dropout1d, nn.Dropout2d, nn.Dropout3d)
"""They multiply by numbers that do not depend on what comes in."""

POOLING: dict[type[nn.Module], tuple[type[nn.Module], ...]] = {
    nn.Linear: (),
    nn.Conv1d: (nn.MaxPool1d, nn.AvgPool1d, nn.AdaptiveMaxPool1d, nn.AdaptiveAvgPool1d),
    nn.Conv2d: (nn.MaxPool2d, nn.AvgPool2d, nn.AdaptiveMaxPool2d, nn.AdaptiveAvgPool2d),
    nn.Conv3d: (nn.MaxPool3d, nn.AvgPool3d, nn.AdaptiveMaxPool3d, nn.AdaptiveAvgPool3d),
}
"""Pooling of the positions of one channel, of which the largest and the mean are homogeneous."""


GIVE_SAMPLE = ": give sample, a batch of inputs, to see through it"


def read_network(network: nn.Module) -> dict[str, tuple[str, str | None]]:
    """For each linear map but the last the name of the next one, and what breaks the symmetry.

    Args:
        network: A sequence of plain modules of torch; nested sequences are flattened.

    Raises:
        ValueError: If it holds fewer than two linear maps, or is anything else: what it computes
            can then be seen on a sample only.

    >>> read_network(nn.Sequential(nn.Linear(3, 5), nn.Tanh(), nn.Linear(5, 4)))
    {'0': ('2', 'Tanh stands between the linear maps')}
    """
    steps = list(_steps("", network))  # a module that is used twice comes twice
    uses = Counter(id(module) for _, module in steps)
    places = [i for i, (_, module) in enumerate(steps) if type(module) in MAPS]
    if len(places) < 2:
        raise ValueError(f"network must hold at least two linear maps, got {len(places)}")
    found: dict[str, tuple[str, str | None]] = {}
    for first, last in pairwise(places):
        (name, incoming), (target, outgoing) = steps[first], steps[last]
        reason = _between(incoming, [module for _, module in steps[first + 1 : last]], outgoing)
        for which, module in ((name, incoming), (target, outgoing)):
            if uses[id(module)] > 1:
                reason = f"{which} is used {uses[id(module)]} times"
        found[name] = (target, reason)
    return found


def _steps(name: str, module: nn.Module) -> Iterator[tuple[str, nn.Module]]:
    sequence = type(module) is nn.Sequential
    plain = type(module).__module__.startswith("torch.nn.modules.") and not list(module.children())
    if _has_hooks(module) or not (sequence or plain):
        hooks = " with hooks" if _has_hooks(module) else ""
        where = f" at {name!r}" if name else ""
        raise ValueError(
            "network must be an nn.Sequential of plain modules of torch, "
            f"got {type(module).__name__}{hooks}{where}{GIVE_SAMPLE}"
        )
    if not sequence:
        yield name, module
    for child, part in module._modules.items():
        if part is not None:
            yield from _steps(f"{name}.{child}" if name else child, part)


def _has_hooks(module: nn.Module) -> bool:
    """Whether a hook or another ``forward`` changes what a module of its type computes."""
    hooks = ("_forward_hooks", "_forward_pre_hooks", "_backward_hooks", "_backward_pre_hooks")
    return "forward" in vars(module) or any(getattr(module, name) for name in hooks)


def _between(incoming: nn.Module, between: list[nn.Module], outgoing: nn.Module) -> str | None:
    kept = (*HOMOGENEOUS, *MASKS, *POOLING[type(incoming)])
    if any(type(module) not in kept for module in between):
        strangers = [type(m) for m in between if type(m) not in HOMOGENEOUS]
        verb = "stands" if len(strangers) == 1 else "stand"
        unclear = set(strangers) <= {*kept, nn.Flatten, nn.Unflatten}
        names = " and ".join(stranger.__name__ for stranger in strangers)
        return f"{names} {verb} between the linear maps" + (GIVE_SAMPLE if unclear else "")
    if type(incoming) is not type(outgoing):
        kinds = f"{type(incoming).__name__} and {type(outgoing).__name__}"
        return f"{kinds} follow each other{GIVE_SAMPLE}"
    return None
