"""Fluctuations of the second layer along its principal directions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from scipy import stats

from traindyn.inference import Estimate

__all__ = [
    "CollapseRun",
    "CoupledRun",
    "FourOutputs",
    "InverseRelation",
    "InverseRelations",
    "LayerDistances",
    "ModesRun",
    "RelaxationRun",
    "TheoryGaps",
    "TwoLayerVariances",
]


@dataclass(frozen=True)
class TwoLayerVariances:
    """Variances over T per mode of the first layer, and the linear theory at more samples.

    Args:
        predicted: Linear theory.
        both: Variances when both layers train.
        frozen: Variances when the first layer is frozen.
        limits: Largest distance of the linear theory from its limit, median over problems, by
            number of samples.
    """

    predicted: Float[np.ndarray, " modes"]
    both: list[Estimate]
    frozen: list[Estimate]
    limits: dict[int, float]


@dataclass(frozen=True)
class ModesRun:
    """Variances over T per mode of the first layer, both layers trained or the first frozen.

    Args:
        first_values: Singular values of the first layer.
        second_value: Singular value of the second layer.
        both: Variances when both layers train.
        frozen: Variances when the first layer is frozen.
        ratios: The former over the latter and the predicted ratio.
        uncoupled: Variances of one half of the frozen replicas over those of the other half and
            the predicted ratio.
    """

    first_values: Float[np.ndarray, " modes"]
    second_value: float
    both: list[Estimate]
    frozen: list[Estimate]
    ratios: list[Estimate]
    uncoupled: list[Estimate]


@dataclass(frozen=True)
class RelaxationRun:
    """Relaxation rates per mode over η(a² + b²).

    Args:
        both: Rates when both layers train.
        frozen: Rates when the first layer is frozen.
    """

    both: list[Estimate]
    frozen: list[Estimate]


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
class TheoryGaps:
    """Largest distances of the linear theory from its limit for many samples.

    Args:
        second: Distance of a variance of the second layer.
        sum: Distance of the sum of both layers' variances from T, over T.
    """

    second: float
    sum: float


@dataclass(frozen=True)
class LayerDistances:
    """Squared relative distances of simulated variances from their formulas.

    Args:
        first: First layer when both train.
        second: Second layer when both train.
        first_alone: First layer with the second frozen.
        second_alone: Second layer with the first frozen.
    """

    first: Estimate
    second: Estimate
    first_alone: Estimate
    second_alone: Estimate


@dataclass(frozen=True)
class FourOutputs:
    """Two layers with four outputs.

    Args:
        variances: Simulated variances.
        many: The linear theory at many samples.
        few: The same at few.
        distances: How far the simulated variances are from their formulas.
    """

    variances: CoupledRun
    many: TheoryGaps
    few: TheoryGaps
    distances: LayerDistances


@dataclass(frozen=True)
class InverseRelation:
    """One setting of the collapse.

    Args:
        label: Parameters, for the legend.
        variances: Variances over T.
        flatness: Flatness of the directions.
        scaled: Flatness in units in which the prediction is 1/(1 + F²).
        gap: Largest distance of a variance from the prediction; not a number if there is none.
    """

    label: str
    variances: np.ndarray
    flatness: np.ndarray
    scaled: np.ndarray
    gap: float

    @property
    def correlation(self) -> float:
        """Rank correlation of variance and flatness."""
        return float(stats.spearmanr(self.variances, self.flatness).statistic)

    @property
    def range(self) -> float:
        """Largest over smallest variance."""
        return float(self.variances.max() / self.variances.min())

    def exponent(self, count: int) -> float:
        """Exponent −d log V / d log F over the flattest directions."""
        flattest = np.argsort(self.flatness)[-count:]
        v, f = self.variances[flattest], self.flatness[flattest]
        return float(-np.polyfit(np.log(f), np.log(v), 1)[0])


@dataclass(frozen=True)
class InverseRelations:
    """Variance against flatness at several minima, one of them simulated.

    Args:
        settings: Settings that should fall on one curve.
        first_values: Singular values of the first layer at the reference.
        reference: The first setting, drawn again.
        simulated: Variances over T of simulated SGD there, per mode.
        all_weights: The directions of both layers together there.
        frozen: With the first layer frozen there.
        weak: With a second layer that hardly couples.
        steep: With inputs against the first layer.
        few_samples: Rank correlation at few samples, a mean over problems.
        few_samples_frozen: The same with the first layer frozen.
    """

    settings: list[InverseRelation]
    first_values: Float[np.ndarray, " modes"]
    reference: InverseRelation
    simulated: list[Estimate]
    all_weights: InverseRelation
    frozen: InverseRelation
    weak: InverseRelation
    steep: InverseRelation
    few_samples: Estimate
    few_samples_frozen: Estimate


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
