"""Parts of this room: what they compare and what they draw again."""

from __future__ import annotations

from functools import partial

from traindyn.ledger import Part

simulated = partial(Part, compares="simulation", replicates="drawn problems", seen=True)
"""A part about training, over drawn problems: teacher, sample, head and start."""

algebraic = partial(Part, compares="algebra", replicates="drawn problems", seen=True)
"""A part about matrices of drawn problems, without training."""
