"""Two layers at a minimum with strong label noise: drawn, and how fast they drift."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from traindyn.anisotropic_noise.experiments.data import draw_regression
from traindyn.anisotropic_noise.experiments.minima import two_layer_minimum
from traindyn.anisotropic_noise.theory.drift import decay_rate
from traindyn.inference import Estimate

RATE, BATCH = 0.02, 4


@dataclass(frozen=True)
class Valley:
    """Data, a minimum of two layers, and how it is trained."""

    x: np.ndarray
    y: np.ndarray
    first: np.ndarray
    second: np.ndarray

    @property
    def residual_variance(self) -> float:
        """Mean square of a residual per output."""
        return float(np.mean((self.x @ (self.second @ self.first).T - self.y) ** 2))

    @property
    def decay(self) -> float:
        """Rate per step at which unused modes decay."""
        return decay_rate(self.residual_variance, RATE, BATCH, self.y.shape[1])

    def start(self, replicas: int) -> tuple[np.ndarray, np.ndarray]:
        """Both layers at the minimum, once per replica."""
        return np.tile(self.first, (replicas, 1, 1)), np.tile(self.second, (replicas, 1, 1))


def draw_valley(
    inputs: int,
    second: np.ndarray,
    free: np.ndarray,
    noise: float,
    generator: np.random.Generator,
    samples: int = 4000,
) -> Valley:
    """A problem at a minimum with given singular values of the second layer and the free rows."""
    x, y = draw_regression(samples, inputs, generator, outputs=len(second), noise=noise)
    best = np.linalg.lstsq(x, y, rcond=None)[0].T
    hidden = len(second) + len(free)
    return Valley(x, y, *two_layer_minimum(best, hidden, second, free, generator))


def ratio_of(one: np.ndarray, other: np.ndarray) -> Estimate:
    """Ratio of two means over replicas, with the error of their difference."""
    ratio = one.mean() / other.mean()
    error = (one - ratio * other).std(ddof=1) / np.sqrt(len(one)) / abs(other.mean())
    return Estimate(float(ratio), float(error), len(one), "1", len(one) - 1.0)
