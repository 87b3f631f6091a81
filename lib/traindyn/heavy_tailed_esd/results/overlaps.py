"""Results about overlaps of singular vectors."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

Array = np.ndarray


@dataclass(frozen=True)
class OverlapsAlong:
    """Statistics of singular vectors along runs, one row per problem.

    Args:
        bands: Band enrichment of right vectors before each step.
        correlations: Their rank correlation.
        left: Squared overlap of the first left vectors after the first step.
        right: And of the first right vectors.
        maps: Squared overlaps of right vectors of the first problem, before each step.
    """

    bands: Float[Array, "replicas times"]
    correlations: Float[Array, "replicas times"]
    left: Float[Array, " replicas"]
    right: Float[Array, " replicas"]
    maps: Float[Array, "times inputs inputs"]


@dataclass(frozen=True)
class OverlapRun:
    """Overlaps of weights and updates in a run with a large learning rate.

    Args:
        times: Steps, counted from 0.
        maps: Squared overlaps of right vectors of one problem before each step.
    """

    times: tuple[int, ...]
    maps: Float[Array, "times inputs inputs"]
