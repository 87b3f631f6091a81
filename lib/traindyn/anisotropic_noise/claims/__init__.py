"""Claims of the chapter: prediction, measurement, control, verdict."""

from traindyn.anisotropic_noise.claims import (
    anisotropy,
    artifacts,
    covariance,
    current,
    depth,
    drift,
    end_of_drift,
    general_noise,
    inverse_relation,
    second_layer,
    spectra,
)
from traindyn.anisotropic_noise.claims.registry import registry

run = registry.run

__all__ = [
    "anisotropy",
    "artifacts",
    "covariance",
    "current",
    "depth",
    "drift",
    "end_of_drift",
    "general_noise",
    "inverse_relation",
    "registry",
    "run",
    "second_layer",
    "spectra",
]
