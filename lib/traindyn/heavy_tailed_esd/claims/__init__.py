"""Claims of the chapter: prediction, measurement, control, verdict."""

from traindyn.heavy_tailed_esd.claims import initial, long_runs, mechanisms, overlap, spikes, tails
from traindyn.heavy_tailed_esd.claims.registry import registry

run = registry.run

__all__ = ["initial", "long_runs", "mechanisms", "overlap", "registry", "run", "spikes", "tails"]
