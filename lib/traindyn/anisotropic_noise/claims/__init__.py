"""Claims of the chapter: prediction, measurement, control, verdict."""

from traindyn.anisotropic_noise.claims import covariance
from traindyn.anisotropic_noise.claims.registry import registry

run = registry.run

__all__ = [
    "covariance",
    "registry",
    "run",
]
