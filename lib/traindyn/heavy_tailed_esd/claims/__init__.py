"""Claims of the chapter: prediction, measurement, control, verdict."""

from traindyn.heavy_tailed_esd.claims import long_runs, mechanisms, overlap, tails
from traindyn.heavy_tailed_esd.claims.registry import registry

run = registry.run

__all__ = ["long_runs", "mechanisms", "overlap", "registry", "run", "tails"]
