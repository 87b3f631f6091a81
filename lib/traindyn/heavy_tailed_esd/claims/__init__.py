"""Claims of the chapter: prediction, measurement, control, verdict."""

from traindyn.heavy_tailed_esd.claims import (
    first_update,
    generalization,
    initial,
    long_runs,
    losses,
    mechanisms,
    overlap,
    scales,
    spikes,
    sweeps,
    tails,
)
from traindyn.heavy_tailed_esd.claims.registry import registry

run = registry.run

__all__ = [
    "first_update",
    "generalization",
    "initial",
    "long_runs",
    "losses",
    "mechanisms",
    "overlap",
    "registry",
    "run",
    "scales",
    "spikes",
    "sweeps",
    "tails",
]
