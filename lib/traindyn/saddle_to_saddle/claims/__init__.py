"""Claims of the chapter: prediction, measurement, control, verdict."""

from traindyn.saddle_to_saddle.claims import (
    completion,
    distances,
    escape,
    escape_times,
    greedy,
    later,
    lazy,
    plateaus,
    recovery,
    saddles,
    tilt,
)
from traindyn.saddle_to_saddle.claims.registry import registry

run = registry.run

__all__ = [
    "completion",
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
    "tilt",
]
