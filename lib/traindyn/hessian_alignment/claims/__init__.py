"""Claims of the chapter: prediction, measurement, control, verdict."""

from traindyn.hessian_alignment.claims import alignment, noise_floor
from traindyn.hessian_alignment.claims.registry import registry

run = registry.run

__all__ = ["alignment", "noise_floor", "registry", "run"]
