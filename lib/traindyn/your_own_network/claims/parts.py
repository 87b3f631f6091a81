"""Parts of this room: what they compare and what they draw again."""

from __future__ import annotations

from functools import partial

from traindyn.ledger import Part

NAMES = {
    "convolutional": "Convolutional network on digits",
    "transformer": "Transformer on digits",
}
"""How a statement names a network."""

trained = partial(Part, compares="simulation", replicates="networks")
"""A part about training, over networks with starts and batches of their own."""
