"""Claims of the chapter: prediction, measurement, control, verdict."""

from traindyn.anisotropic_noise.claims.registry import registry

registry.discover(__name__)
run = registry.run

__all__ = ["registry", "run"]
