"""Parts of this room: what they compare and what they draw again."""

from __future__ import annotations

from functools import partial

from traindyn.ledger import Part

simulated = partial(Part, compares="simulation", replicates="networks", seen=True)
"""A part about SGD, over drawn networks."""

algebraic = partial(Part, compares="algebra", replicates="drawn problems", seen=True)
"""A part about the exact covariance of drawn problems."""
