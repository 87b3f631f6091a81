"""Two layers with one output at a chosen minimum: drawn, and in linear theory."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from traindyn.anisotropic_noise.experiments.data import draw_regression
from traindyn.anisotropic_noise.experiments.minima import two_layer_minimum
from traindyn.anisotropic_noise.studies.networks import LABEL_NOISE
from traindyn.anisotropic_noise.theory.two_layers import TwoLayerNoise

INPUTS, HIDDEN = 20, 10
FREE = np.geomspace(0.15, 2.0, HIDDEN - 1)
"""Singular values of the part of the first layer that the second does not read."""


@dataclass(frozen=True)
class Setting:
    """A minimum of two layers with one output, and how it is trained."""

    noise: TwoLayerNoise
    second_value: float
    learning_rate: float
    batch_size: int

    @property
    def temperature(self) -> float:
        """Learning rate times residual variance over twice the batch size."""
        return self.noise.temperature(self.learning_rate, self.batch_size)

    def modes(self) -> tuple[np.ndarray, np.ndarray]:
        """Left singular vectors and singular values of the first layer."""
        left, values, _ = np.linalg.svd(self.noise.first, full_matrices=False)
        return left, values

    def variances(self) -> np.ndarray:
        """Linear theory: variances over T along the modes of the first layer."""
        left, _ = self.modes()
        c = self.noise.second_layer(self.noise.covariance(self.learning_rate, self.batch_size))
        return np.einsum("ki,kl,li->i", left, c, left) / self.temperature


def draw_setting(
    samples: int,
    generator: np.random.Generator,
    *,
    inputs: int = INPUTS,
    second_value: float = 1.0,
    free: np.ndarray = FREE,
    noise: float = LABEL_NOISE,
    learning_rate: float = 3e-3,
    batch_size: int = 8,
) -> Setting:
    """A problem with isotropic inputs and one output, at a minimum with given singular values."""
    x, y = draw_regression(samples, inputs, generator, noise=noise)
    best = np.linalg.solve(x.T @ x, x.T @ y).T
    first, second = two_layer_minimum(
        best, len(free) + 1, np.array([second_value]), free, generator
    )
    return Setting(TwoLayerNoise(x, y, first, second), second_value, learning_rate, batch_size)
