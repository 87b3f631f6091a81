"""Many networks in the plane of their two second-layer weights."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

__all__ = ["Cloud", "Clouds"]


@dataclass(frozen=True)
class Cloud:
    """Deviations of networks from their minima, one slice per flatness.

    The first coordinate is the direction whose flatness varies, the second the one that stays.

    Args:
        places: Where networks are at the end, over the root of T.
        variances: Means over networks and records of the squares, over T.
    """

    places: Float[np.ndarray, "values networks 2"]
    variances: Float[np.ndarray, "values 2"]


@dataclass(frozen=True)
class Clouds:
    """The same networks on the same samples, with both layers trained and with one.

    Args:
        flatness: Flatness of the first direction over that of the second.
        both: With both layers trained.
        frozen: With the first layer frozen.
    """

    flatness: Float[np.ndarray, " values"]
    both: Cloud
    frozen: Cloud
