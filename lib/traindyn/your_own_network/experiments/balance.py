r"""Pairs of layers with a rescaling symmetry, and the imbalance of their units.

Scale what a unit takes in by :math:`\lambda` and what it gives out by :math:`1/\lambda`, and the
network computes the same: channels between two convolutions with ReLU, hidden units of a
transformer's block, the rows of values and the columns of the outputs of an attention head, and the
rows of queries and of keys. Then one step of plain SGD changes
:math:`|u|^2 - |w|^2` by exactly :math:`\eta^2(|g_u|^2 - |g_w|^2)`.
"""

from __future__ import annotations

from dataclasses import dataclass

from jaxtyping import Float
from torch import Tensor

from traindyn.your_own_network.experiments.networks import Kind


@dataclass(frozen=True)
class Pair:
    """Two layers that share units.

    Args:
        name: What the units are.
        incoming: The layer whose rows are the units; its bias belongs to them.
        outgoing: The other layer.
        rows: Whether the units are rows of the other layer, too, as of queries and keys; otherwise
            they are its columns, or blocks of them.
    """

    name: str
    incoming: str
    outgoing: str
    rows: bool = False


PAIRS: dict[Kind, tuple[Pair, ...]] = {
    "convolutional": (
        Pair("channels of the first convolution", "first", "second"),
        Pair("channels of the second convolution", "second", "head"),
    ),
    "transformer": (
        Pair("hidden units", "up", "down"),
        Pair("values and outputs", "value", "out"),
        Pair("queries and keys", "query", "key", rows=True),
    ),
}
"""The pairs of each network."""


def budget(tensors: dict[str, Tensor], pair: Pair) -> Float[Tensor, "copies units"]:
    """Squared norm of the outgoing minus that of the incoming tensors of each unit.

    Args:
        tensors: Weights or gradients by name, with a leading axis of copies.
        pair: The pair of layers.
    """
    return squares(tensors, pair, outgoing=True) - squares(tensors, pair, outgoing=False)


def both_squares(tensors: dict[str, Tensor], pair: Pair) -> Float[Tensor, "copies units"]:
    """Squared norm of all tensors of each unit."""
    return squares(tensors, pair, outgoing=True) + squares(tensors, pair, outgoing=False)


def squares(
    tensors: dict[str, Tensor], pair: Pair, *, outgoing: bool
) -> Float[Tensor, "copies units"]:
    """Squared norm of the outgoing, or of the incoming, tensors of each unit."""
    if outgoing and not pair.rows:
        units = tensors[f"{pair.incoming}.weight"].shape[1]
        squared = tensors[f"{pair.outgoing}.weight"].double().square()
        copies, outputs = squared.shape[:2]
        return squared.reshape(copies, outputs, units, -1).sum(dim=(1, 3))
    layer = pair.outgoing if outgoing else pair.incoming
    weights = tensors[f"{layer}.weight"].double().flatten(2).square().sum(dim=2)
    return weights + tensors[f"{layer}.bias"].double().square()
