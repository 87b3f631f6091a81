"""Claims of the chapter: prediction, measurement, control, verdict."""

from traindyn.heavy_tailed_esd.claims import (
    generalization,
    initial,
    long_runs,
    losses,
    mechanisms,
    overlap,
    spikes,
    sweeps,
    tails,
)
from traindyn.heavy_tailed_esd.claims.registry import registry

run = registry.run

__all__ = [
    "generalization",
    "initial",
    "long_runs",
    "losses",
    "mechanisms",
    "overlap",
    "registry",
    "run",
    "spikes",
    "sweeps",
    "tails",
]
