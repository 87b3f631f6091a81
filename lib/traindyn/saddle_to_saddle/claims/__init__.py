"""Claims of the chapter: prediction, measurement, control, verdict."""

from traindyn.saddle_to_saddle.claims import completion, distances, escape, later, lazy, plateaus
from traindyn.saddle_to_saddle.claims.registry import registry

run = registry.run

__all__ = [
    "completion",
    "distances",
    "escape",
    "later",
    "lazy",
    "plateaus",
    "registry",
    "run",
]
