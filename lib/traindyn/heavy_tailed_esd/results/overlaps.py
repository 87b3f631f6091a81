"""Results about overlaps of singular vectors."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from traindyn.heavy_tailed_esd.experiments.overlaps import OverlapMaps

__all__ = ["OverlapMaps", "OverlapRun"]


@dataclass(frozen=True)
class OverlapRun:
    """Overlaps of weights and updates along runs.

    Args:
        times: Steps, counted from 0.
        maps: Maps of one problem before each step, in a run with a large learning rate.
        bands: By setting: band enrichment of right vectors per problem and time.
        correlations: By setting: rank correlation of right vectors per problem and time.
    """

    times: tuple[int, ...]
    maps: list[OverlapMaps]
    bands: dict[str, Float[np.ndarray, "replicas times"]]
    correlations: dict[str, Float[np.ndarray, "replicas times"]]
