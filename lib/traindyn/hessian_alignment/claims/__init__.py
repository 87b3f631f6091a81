"""Claims of the chapter: prediction, measurement, control, verdict."""

from traindyn.hessian_alignment.claims import (
    alignment,
    corners,
    effective,
    emergence,
    evolving_outliers,
    full_matrix,
    minibulk,
    noise_floor,
    outlier_count,
    rank,
    regularizer,
    separation,
    subspace,
    threshold,
    tiny_subspace,
    xor,
)
from traindyn.hessian_alignment.claims.registry import registry

run = registry.run

__all__ = [
    "alignment",
    "corners",
    "effective",
    "emergence",
    "evolving_outliers",
    "full_matrix",
    "minibulk",
    "noise_floor",
    "outlier_count",
    "rank",
    "registry",
    "regularizer",
    "run",
    "separation",
    "subspace",
    "threshold",
    "tiny_subspace",
    "xor",
]
