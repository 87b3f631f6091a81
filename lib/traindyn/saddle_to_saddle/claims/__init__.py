"""Claims of the chapter: prediction, measurement, control, verdict."""

from traindyn.saddle_to_saddle.claims import completion, escape, later, plateaus
from traindyn.saddle_to_saddle.claims.registry import registry

run = registry.run

__all__ = [
    "completion",
    "escape",
    "later",
    "plateaus",
    "registry",
    "run",
]
