"""Parts of this room: what they compare and what they draw again."""

from __future__ import annotations

from functools import partial

from traindyn.ledger import Part

simulated = partial(Part, compares="simulation", replicates="replicas of one start", seen=True)
"""A part about SGD, over replicas."""

algebraic = partial(Part, compares="algebra", seen=True)
"""A part about exact numbers of given data, without noise."""

theoretical = partial(Part, compares="theories", seen=True)
"""A part that holds one theory against another."""
