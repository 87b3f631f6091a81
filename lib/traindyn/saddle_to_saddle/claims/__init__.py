"""Claims of the chapter: prediction, measurement, control, verdict."""

from traindyn.saddle_to_saddle.claims import (
    completion,
    constant,
    distances,
    escape,
    escape_times,
    greedy,
    later,
    lazy,
    plateaus,
    recovery,
    saddles,
    symmetry,
    tilt,
)
from traindyn.saddle_to_saddle.claims.registry import registry

run = registry.run

__all__ = [
    "completion",
    "constant",
    "distances",
    "escape",
    "escape_times",
    "greedy",
    "later",
    "lazy",
    "plateaus",
    "recovery",
    "registry",
    "run",
    "saddles",
    "symmetry",
    "tilt",
]
