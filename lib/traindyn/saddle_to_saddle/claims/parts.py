"""Parts of this room: what they compare and what they draw again."""

from __future__ import annotations

from functools import partial

from traindyn.ledger import Part

simulated = partial(Part, compares="simulation", replicates="starts", seen=True)
"""A part about training, over random starts."""

algebraic = partial(Part, compares="algebra", replicates="starts", seen=True)
"""A part about random starts, without training."""
