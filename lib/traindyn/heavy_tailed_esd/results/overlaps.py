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
        times: Steps, counted from 0.
        bands: Band enrichment of right vectors before each step.
        correlations: Their rank correlation.
        maps: Squared overlaps of right vectors of the first problem, before each step.
    """

    times: tuple[int, ...]
    bands: Float[Array, "replicas times"]
    correlations: Float[Array, "replicas times"]
    maps: Float[Array, "times inputs inputs"]

    def band(self, time: int) -> Float[Array, " replicas"]:
        """Band enrichment before one step."""
        return np.asarray(self.bands[:, self.times.index(time)])

    def correlation(self, time: int) -> Float[Array, " replicas"]:
        """Rank correlation before one step."""
        return np.asarray(self.correlations[:, self.times.index(time)])


@dataclass(frozen=True)
class FirstPairs:
    """Squared overlaps of the first singular vectors after one step, one entry per problem.

    Args:
        left: Of the left vectors.
        right: Of the right ones.
    """

    left: Float[Array, " replicas"]
    right: Float[Array, " replicas"]


@dataclass(frozen=True)
class OverlapRun:
    """Overlaps of weights and updates in a run with a large learning rate.

    Args:
        times: Steps, counted from 0.
        maps: Squared overlaps of right vectors of one problem before each step.
    """

    times: tuple[int, ...]
    maps: Float[Array, "times inputs inputs"]
