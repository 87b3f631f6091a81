"""What may be differentiated by: distinct real tensors that a loss can reach."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations
from typing import Any

import torch
from torch import Tensor, nn

DTYPES = (torch.float32, torch.float64)


def distinct_parameters(parameters: Iterable[Tensor]) -> list[Tensor]:
    """The parameters as a list, checked one by one.

    Raises:
        ValueError: If there are none, or one is no tensor of float32 or float64, does not require a
            gradient, or shares memory with another: tied weights are one parameter.

    >>> len(distinct_parameters(torch.nn.Linear(2, 1).parameters()))
    2
    """
    if isinstance(parameters, Tensor | nn.Module | Mapping | str) or not isinstance(
        parameters, Iterable
    ):
        raise ValueError(
            "parameters must be a list of tensors, such as list(net.parameters()), "
            f"got {type(parameters).__name__}"
        )
    found: list[Any] = list(parameters)
    if not found:
        raise ValueError("parameters must hold at least one tensor, got none")
    for index, parameter in enumerate(found):
        name = f"parameters[{index}]"
        if not isinstance(parameter, Tensor):
            raise ValueError(f"{name} must be a tensor, got {type(parameter).__name__}")
        if parameter.dtype not in DTYPES:
            raise ValueError(
                f"{name} must be float32 or float64, got {parameter.dtype}"
                + (": use .float()" if parameter.dtype.is_floating_point else "")
            )
        if not parameter.requires_grad:
            raise ValueError(f"{name} must require a gradient: it is frozen, or no parameter")
        if parameter.layout is not torch.strided or not parameter.numel():
            raise ValueError(
                f"{name} must be dense and not empty, "
                f"got {parameter.layout} of shape {tuple(parameter.shape)}"
            )
        if any(s == 0 and n > 1 for s, n in zip(parameter.stride(), parameter.shape, strict=True)):
            raise ValueError(f"{name} must hold every element once, got an expanded tensor")
    if shared := shared_memory(found):
        raise ValueError(
            "parameters must be distinct, got parameters[{}] and parameters[{}] that share "
            "memory: give a tied parameter once".format(*shared)
        )
    return found


def shared_memory(tensors: Sequence[Tensor]) -> tuple[int, int] | None:
    """The first two places in a sequence whose tensors have an element in common, if there are any.

    >>> whole = torch.zeros(4)
    >>> shared_memory([whole[:2], whole[2:]]), shared_memory([whole[:2], whole])
    (None, (0, 1))
    """
    places: dict[Any, list[int]] = {}
    for place, tensor in enumerate(tensors):
        storage = tensor.untyped_storage()
        places.setdefault((tensor.device, storage.data_ptr() or id(tensor)), []).append(place)
    for group in places.values():
        offsets = {place: _offsets(tensors[place]) for place in group} if len(group) > 1 else {}
        for (one, a), (other, b) in combinations(offsets.items(), 2):
            apart = a.max() < b.min() or b.max() < a.min()
            if not apart and torch.isin(a, b).any():
                return one, other
    return None


def _offsets(tensor: Tensor) -> Tensor:
    """Where the elements of a tensor begin in its storage, in bytes."""
    offsets = torch.tensor([tensor.storage_offset()])
    for size, stride in zip(tensor.shape, tensor.stride(), strict=True):
        offsets = (offsets[:, None] + stride * torch.arange(size)).flatten()
    return offsets * tensor.element_size()
