"""Claims of the chapter: prediction, measurement, control, verdict."""

from traindyn.saddle_to_saddle.claims import escape
from traindyn.saddle_to_saddle.claims.registry import registry

run = registry.run

__all__ = [
    "escape",
    "registry",
    "run",
]
