"""Fluctuations of the second layer along its principal directions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from traindyn.inference import Estimate

__all__ = ["CollapseRun", "CoupledRun", "InverseRelation", "ModesRun"]


@dataclass(frozen=True)
class ModesRun:
    """Variances over T per mode of the first layer, both layers trained or the first frozen.

    Args:
        first_values: Singular values of the first layer.
        second_value: Singular value of the second layer.
        both: Variances when both layers train.
        frozen: Variances when the first layer is frozen.
        rates: Relaxation rates over the predicted ones.
    """

    first_values: Float[np.ndarray, " modes"]
    second_value: float
    both: list[Estimate]
    frozen: list[Estimate]
    rates: list[Estimate]


@dataclass(frozen=True)
class CoupledRun:
    """Simulated variances over T of both layers, for every pair of singular vectors.

    Args:
        ratios: Singular value of the first layer over that of the second.
        first: Variances of the first layer when both train.
        second: Variances of the second layer when both train.
        first_alone: Variances of the first layer with the second frozen.
        second_alone: Variances of the second layer with the first frozen.
    """

    ratios: Float[np.ndarray, " pairs"]
    first: list[Estimate]
    second: list[Estimate]
    first_alone: list[Estimate]
    second_alone: list[Estimate]


@dataclass(frozen=True)
class InverseRelation:
    """One setting of the collapse.

    Args:
        label: Parameters, for the legend.
        variances: Variances over T.
        flatness: Flatness of the directions.
        scaled: Flatness in units in which the prediction is 1/(1 + F²).
    """

    label: str
    variances: np.ndarray
    flatness: np.ndarray
    scaled: np.ndarray


@dataclass(frozen=True)
class CollapseRun:
    """Variance against flatness in the second layer, theory and simulation.

    Args:
        settings: Settings from the linear theory.
        simulated: Variances over T of simulated SGD at the first setting.
        simulated_scaled: Their flatness in the units of the prediction.
        all_weights: The directions of both layers together.
    """

    settings: list[InverseRelation]
    simulated: list[Estimate]
    simulated_scaled: np.ndarray
    all_weights: InverseRelation
