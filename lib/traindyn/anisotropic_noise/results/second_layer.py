"""Fluctuations of the second layer along its principal directions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from scipy import stats

from traindyn.anisotropic_noise.results.covariance import Shares
from traindyn.inference import Estimate

__all__ = [
    "CollapseRun",
    "CoupledRun",
    "FewSamples",
    "FourOutputs",
    "FrozenModes",
    "InverseRelation",
    "InverseRelations",
    "LayerMoments",
    "LimitGaps",
    "ModesRun",
    "SettingRun",
    "ZeroModes",
]


@dataclass(frozen=True)
class FewSamples:
    """Two layers on few samples, per problem.

    Args:
        variances: Share of what sets the linear theory of a problem apart from that of many
            samples which SGD shows, in the variances of the second layer.
        current: Share of the predicted antisymmetric lagged moment that SGD shows.
        error: Relative error of the linear theory, η tr H / 2S.
        shift: How far this can shift the share of the variances.
    """

    variances: Shares
    current: Shares
    error: float
    shift: float


@dataclass(frozen=True)
class LimitGaps:
    """Mean squared relative distance of the linear theory from its limit, per problem.

    Args:
        by_samples: By number of samples.
    """

    by_samples: dict[int, np.ndarray]


@dataclass(frozen=True)
class FrozenModes:
    """Networks with the first layer frozen.

    Args:
        first_values: Singular values of the first layer.
        learning_rate: Learning rate η.
        batch_size: Samples S per batch.
        steps: Steps of the records, from the start on.
        variances: Means over the records of the squares over T, networks by modes, by the side that
            runs start from.
    """

    first_values: Float[np.ndarray, " modes"]
    learning_rate: float
    batch_size: int
    steps: np.ndarray
    variances: dict[str, np.ndarray]


@dataclass(frozen=True)
class ModesRun:
    """Variances over T per mode of the first layer, both layers trained or the first frozen.

    Args:
        first_values: Singular values of the first layer.
        second_value: Singular value of the second layer.
        both: Variances when both layers train.
        frozen: Variances when the first layer is frozen, extrapolated to their end.
    """

    first_values: Float[np.ndarray, " modes"]
    second_value: float
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
class ZeroModes:
    """Ranks of drawn networks, by automatic differentiation.

    Args:
        ranks: Of Hessians and noises.
        leaks: Largest entry of the noise on the zero modes of the Hessian, over that of the noise.
        random_leaks: The same on as many random directions.
    """

    ranks: np.ndarray
    leaks: np.ndarray
    random_leaks: np.ndarray


@dataclass(frozen=True)
class FourOutputs:
    """Two layers with four outputs.

    Args:
        first_values: Singular values of the first layer.
        second_values: Singular values of the second layer.
        error: η tr H / S.
        both: Mean squares over T with both layers trained, by the side that runs start from.
        first_alone: Those of the first layer with the second frozen.
        second_alone: Those of the second layer with the first frozen.
        many: Mean squared relative distance of the linear theory from its limit, per network.
        few: The same for few samples.
        learning_rate: Learning rate η.
        alone_steps: Steps of the records of the runs with a frozen layer.
        zero_modes: Ranks, and noise where the loss has no curvature, of a few networks.
    """

    first_values: Float[np.ndarray, " modes"]
    second_values: Float[np.ndarray, " outputs"]
    error: float
    both: dict[str, LayerMoments]
    first_alone: Float[np.ndarray, "networks outputs modes"]
    second_alone: Float[np.ndarray, "networks outputs modes"]
    many: np.ndarray
    few: np.ndarray
    learning_rate: float
    alone_steps: np.ndarray
    zero_modes: ZeroModes


@dataclass(frozen=True)
class LayerMoments:
    """Mean squares over T of every network along pairs of singular vectors, outputs by modes.

    Args:
        first: In the first layer.
        second: In the second layer.
        seen: Of the combination of both that the map depends on.
        later: Products of successive records of the second layer.
    """

    first: Float[np.ndarray, "networks outputs modes"]
    second: Float[np.ndarray, "networks outputs modes"]
    seen: Float[np.ndarray, "networks outputs modes"]
    later: Float[np.ndarray, "networks outputs modes"]


@dataclass(frozen=True)
class InverseRelation:
    """Linear theory of one minimum along the principal directions of the second layer.

    Args:
        variances: Variances over T.
        flatness: Flatness of the directions.
        gap: Mean squared distance of the variances over T from the inverse relation.
    """

    variances: np.ndarray
    flatness: np.ndarray
    gap: float

    @property
    def correlation(self) -> float:
        """Rank correlation of variance and flatness."""
        return float(stats.spearmanr(self.variances, self.flatness).statistic)

    def exponent(self, count: int) -> float:
        """Exponent −d log V / d log F over the flattest directions."""
        flattest = np.argsort(self.flatness)[-count:]
        v, f = self.variances[flattest], self.flatness[flattest]
        return float(-np.polyfit(np.log(f), np.log(v), 1)[0])


@dataclass(frozen=True)
class SettingRun:
    """Simulated networks of one setting.

    Args:
        label: Parameters, for the legend.
        first_values: Singular values of the first layer.
        second_value: Singular value b of the second layer.
        residual_variance: Mean square of a residual.
        learning_rate: Learning rate η.
        error: η tr H / S.
        flatness: Flatness of the modes.
        moments: Mean squares over T, by the side that runs start from.
    """

    label: str
    first_values: Float[np.ndarray, " modes"]
    second_value: float
    residual_variance: float
    learning_rate: float
    error: float
    flatness: Float[np.ndarray, " modes"]
    moments: dict[str, LayerMoments]


@dataclass(frozen=True)
class InverseRelations:
    """Variance against flatness in the second layer.

    Args:
        settings: Simulated settings that should fall on one curve with the reference, by label.
        steep: Exponents over all directions with inputs against the first layer, per problem.
        few_samples: Rank correlation at few samples, per problem.
        few_samples_frozen: The same with the first layer frozen.
    """

    settings: dict[str, SettingRun]
    steep: np.ndarray
    few_samples: np.ndarray
    few_samples_frozen: np.ndarray


@dataclass(frozen=True)
class CollapseRun:
    """Variance against flatness in the second layer, settings on one curve.

    Args:
        labels: Settings.
        scaled: Flatness in the units of the prediction, by setting.
        variances: Variances over T of simulated SGD, by setting.
        flatness: Flatness over the smallest at the first setting.
        seen: Variances over T there of what the map depends on, both layers together.
    """

    labels: list[str]
    scaled: list[np.ndarray]
    variances: list[list[Estimate]]
    flatness: np.ndarray
    seen: list[Estimate]
