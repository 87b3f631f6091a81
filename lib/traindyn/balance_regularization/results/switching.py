"""What the moving figure shows: products and places of networks by temperature."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float


@dataclass(frozen=True)
class Treatment:
    """Networks under one kind of noise.

    Args:
        products: v of each network at the end, in units of v*, one row per temperature.
        u: First weight of networks that start out of balance, by temperature, record and network.
        w: Second weight, likewise.
    """

    products: Float[np.ndarray, "temperatures networks"]
    u: Float[np.ndarray, "temperatures records shown"]
    w: Float[np.ndarray, "temperatures records shown"]


@dataclass(frozen=True)
class Switching:
    """Networks at rising temperature, under the noise of SGD and under isotropic noise.

    Args:
        ratios: Temperatures over the critical one.
        sgd: Under SGD, at the end of a long run from balance.
        isotropic: Under isotropic noise of the same power, at the end of the paths that are shown.
    """

    ratios: Float[np.ndarray, " temperatures"]
    sgd: Treatment
    isotropic: Treatment
