"""Claims of the chapter: prediction, measurement, control, verdict."""

from traindyn.heavy_tailed_esd.claims import (
    first_update,
    generalization,
    initial,
    long_runs,
    losses,
    mechanisms,
    names,
    no_features,
    overlap,
    scales,
    spikes,
    sweeps,
    ten_steps,
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
    "names",
    "no_features",
    "overlap",
    "registry",
    "run",
    "scales",
    "spikes",
    "sweeps",
    "ten_steps",
]
