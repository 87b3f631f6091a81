"""Windows of the last layer of networks that are trained on the digits data."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

__all__ = ["DigitsRun", "WindowedLayers"]


@dataclass(frozen=True)
class WindowedLayers:
    """Variances of the last layer in a window, per network.

    Args:
        curvature: Eigenvalues h of the second moment of the hidden outputs, rising.
        second_values: Singular values b of the last layer.
        temperature: T, by the residuals of the whole data.
        pairs: Variances along pairs of a left singular vector of the last layer and an eigenvector
            of the second moment.
        components: Variances along the principal components, falling.
        component_curvature: Curvature of the loss along them.
    """

    curvature: Float[np.ndarray, "networks k"]
    second_values: Float[np.ndarray, "networks m"]
    temperature: Float[np.ndarray, " networks"]
    pairs: Float[np.ndarray, "networks m k"]
    components: Float[np.ndarray, "networks q"]
    component_curvature: Float[np.ndarray, "networks q"]

    def exponents(self, components: slice = slice(1, 60)) -> Float[np.ndarray, " networks"]:
        """Exponent d log V / d log F over components, with F² in proportion to 1/h."""
        v, h = (
            np.log(self.components[:, components]),
            np.log(self.component_curvature[:, components]),
        )
        return np.array([np.polyfit(-x / 2, y, 1)[0] for x, y in zip(h, v, strict=True)])


@dataclass(frozen=True)
class DigitsRun:
    """Geometric means over networks along the principal components, by treatment.

    Args:
        flatness: One over the root of the curvature.
        variances: Variances.
    """

    flatness: dict[str, np.ndarray]
    variances: dict[str, np.ndarray]
