"""Test losses of ridge heads over treatments of the first layer."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from traindyn.heavy_tailed_esd.experiments.treatments import Heads, Layers, Setting
from traindyn.heavy_tailed_esd.theory.floors import linear_ridge_loss, odd_floor, zero_loss
from traindyn.heavy_tailed_esd.theory.heads import FeatureMoments
from traindyn.inference import Estimate, estimate_mean
from traindyn.tails import hill

__all__ = ["HeadCurve", "HeadsRun", "ScheduleRun", "SweepRun"]

Array = np.ndarray


def hill_indices(layers: Layers) -> Array:
    """Hill's index at the median, problem by problem."""
    return np.array([hill(eigenvalues) for eigenvalues in layers.spectra])


@dataclass(frozen=True)
class Predicted:
    """Moments of the features, per problem and scaling; loss and alignment follow from them.

    Args:
        setting: The problems.
        moments: Of a scaling, 0 for the model's: one per problem.
    """

    setting: Setting
    moments: Callable[[int], Sequence[FeatureMoments]]

    def _losses(self, scaling: int, penalties: Array) -> Array:
        samples, floor = self.setting.samples, odd_floor(self.setting.noise)
        scaled = penalties / self.setting.hidden
        return np.array([one.ridge_loss(scaled, samples, floor) for one in self.moments(scaling)])

    def fixed(self, scaling: int) -> Array:
        """Predicted loss under the fixed penalty of a scaling."""
        return self._losses(scaling, self.setting.penalties[[scaling - 2]])[:, 0]

    def at(self, scaling: int, index: int) -> Array:
        """Predicted loss under one penalty of the setting."""
        return self._losses(scaling, self.setting.penalties[[index]])[:, 0]

    def tuned(self, scaling: int) -> Array:
        """Predicted loss under the best penalty."""
        return self._losses(scaling, self.setting.penalties).min(axis=1)

    def alignments(self, scaling: int) -> Array:
        """Predicted alignment of the kernel."""
        second = zero_loss(self.setting.noise)
        return np.array(
            [one.alignment(self.setting.samples, second) for one in self.moments(scaling)]
        )


@dataclass(frozen=True)
class HeadCurve:
    """Losses over learning rates, for one optimizer.

    Args:
        rates: Learning rates.
        measured: Per scaling, "fixed" or "tuned" penalty: one estimate per rate.
        predicted: The same, predicted from the weights.
        hill: Hill's index of the weights.
        alignment: Kernel alignment per scaling.
    """

    rates: Array
    measured: Mapping[tuple[int, str], Sequence[Estimate]]
    predicted: Mapping[tuple[int, str], Array]
    hill: Array
    alignment: Mapping[int, Array]

    @classmethod
    def of(
        cls,
        rates: Sequence[float],
        heads: Sequence[Heads],
        layers: Sequence[Layers],
        predicted: Sequence[Predicted],
    ) -> HeadCurve:
        """Collect runs at several rates."""
        keys = [(scaling, kind) for scaling in (0, 1) for kind in ("fixed", "tuned")]
        return cls(
            np.array(rates),
            {(s, k): [estimate_mean(getattr(h, k)(s)) for h in heads] for s, k in keys},
            {(s, k): np.array([getattr(p, k)(s).mean() for p in predicted]) for s, k in keys},
            np.array([hill_indices(layer).mean() for layer in layers]),
            {s: np.array([h.alignments[:, s].mean() for h in heads]) for s in (0, 1)},
        )


@dataclass(frozen=True)
class HeadsRun:
    """Losses over learning rates for both optimizers.

    Args:
        inputs: d; learning rates of gradient descent are in units of it.
        ratio: n/d.
        noise: Standard deviation of the label noise.
        start: The untrained layer, as a curve of one point.
        curves: One per optimizer.
    """

    inputs: int
    ratio: float
    noise: float
    start: HeadCurve
    curves: Mapping[str, HeadCurve]

    @property
    def floor(self) -> float:
        """Loss below which no odd network can get."""
        return odd_floor(self.noise)

    def linear_line(self, stages: int = 1) -> float:
        """Best linear ridge on the samples of one stage, or of both."""
        return linear_ridge_loss(1 / (stages * self.ratio), self.noise)


@dataclass(frozen=True)
class SweepRun:
    """Losses over label noise and penalty.

    Args:
        by_noise: Per label noise, loss before and after training.
        penalties: Penalties times d.
        by_penalty: Loss before and after training, over the penalties.
    """

    by_noise: Mapping[float, tuple[Estimate, Estimate]]
    penalties: Array
    by_penalty: tuple[Array, Array]

    @property
    def floors(self) -> Array:
        """Floor of the loss for each label noise."""
        return np.array([odd_floor(noise) for noise in self.by_noise])


@dataclass(frozen=True)
class ScheduleRun:
    """Index, overlap and losses over the decay of the learning rate.

    Args:
        decays: Factor of the learning rate after every step.
        lengths: Total length of the steps, the sum of the learning rates.
        hill: Hill's index.
        overlap: Cosine of the top right singular vector and the teacher.
        losses: Test loss of the model's features, "fixed" or "tuned" penalty.
        null: Hill's index of the untrained shape.
    """

    decays: Array
    lengths: Array
    hill: Sequence[Estimate]
    overlap: Sequence[Estimate]
    losses: Mapping[str, Sequence[Estimate]]
    null: float
