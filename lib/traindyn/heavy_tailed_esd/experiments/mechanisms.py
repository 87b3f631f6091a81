"""Controls that change every update before it is added: what of it makes the tail?"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, get_args

import torch
from jaxtyping import Float
from torch import Tensor

from traindyn.heavy_tailed_esd.experiments.spectra import gram, top_direction

UpdateKind = Literal["full", "permuted", "top pair", "without top pair"]
UPDATES: tuple[UpdateKind, ...] = get_args(UpdateKind)
"""``permuted``: entries in random places. ``top pair``: its best approximation of rank one."""

Matrix = Float[Tensor, "hidden inputs"]


def permuted(update: Matrix, generator: torch.Generator) -> Matrix:
    """The entries of an update in random places: same norm, no structure.

    >>> mixed = permuted(torch.arange(6.0).reshape(2, 3), torch.Generator())
    >>> sorted(mixed.flatten().tolist())
    [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]
    """
    order = torch.randperm(update.numel(), generator=generator)
    return update.flatten()[order].reshape(update.shape)


def top_pair(update: Matrix) -> Matrix:
    r"""The nearest matrix of rank one, :math:`M v v^\top` with the top right singular vector v.

    >>> top_pair(torch.diag(torch.tensor([3.0, 1.0]))).abs().round(decimals=6).tolist()
    [[3.0, 0.0], [0.0, 0.0]]
    """
    _, vector = top_direction(gram(update))
    v = torch.as_tensor(vector.copy(), dtype=update.dtype)
    return torch.outer(update @ v, v)


def transform_of(kind: UpdateKind, generator: torch.Generator) -> Callable[[Matrix], Matrix] | None:
    """The change of updates of a given name; None for ``full``.

    Raises:
        ValueError: If the name is unknown.
    """
    if kind not in UPDATES:
        raise ValueError(f"kind must be one of {', '.join(UPDATES)}, got {kind!r}")
    if kind == "full":
        return None
    if kind == "permuted":
        return lambda update: permuted(update, generator)
    if kind == "top pair":
        return top_pair
    return lambda update: update - top_pair(update)
