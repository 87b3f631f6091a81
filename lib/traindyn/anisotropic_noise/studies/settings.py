"""Two layers with one output at a chosen minimum: drawn, in theory, and simulated."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

import numpy as np

from traindyn.anisotropic_noise.experiments.data import draw_regression
from traindyn.anisotropic_noise.experiments.minima import (
    around,
    second_layer,
    two_layer_minimum,
)
from traindyn.anisotropic_noise.experiments.one_layer import lagged_variances, run_sgd
from traindyn.anisotropic_noise.experiments.two_layers import run_two_layers
from traindyn.anisotropic_noise.theory.two_layers import TwoLayerNoise
from traindyn.inference import Estimate, estimate_mean
from traindyn.runs import Context

REPLICAS = {"ci": 1500, "laptop": 3000, "paper": 12_000}

INPUTS, HIDDEN = 20, 10
FREE = np.geomspace(0.15, 2.0, HIDDEN - 1)
"""Singular values of the part of the first layer that the second does not read."""

LABEL_NOISE = 1e-4
"""Small, so that the slow drift along the valley of minima (AN-13) stays below the fluctuations."""


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
    second_value: float = 1.0,
    free: np.ndarray = FREE,
    noise: float = LABEL_NOISE,
    learning_rate: float = 3e-3,
    batch_size: int = 8,
) -> Setting:
    """A problem with isotropic inputs and one output, at a minimum with given singular values."""
    x, y = draw_regression(samples, INPUTS, generator, noise=noise)
    best = np.linalg.lstsq(x, y, rcond=None)[0].T
    first, second = two_layer_minimum(best, HIDDEN, np.array([second_value]), free, generator)
    return Setting(TwoLayerNoise(x, y, first, second), second_value, learning_rate, batch_size)


def simulate(
    setting: Setting,
    context: Context,
    name: str,
    *,
    freeze_first: bool = False,
    share: float = 1.0,
) -> tuple[np.ndarray, np.ndarray]:
    """Second moments over T of every replica along the modes, and those with a later step.

    A control needs a share of the replicas only.
    """
    left, _ = setting.modes()
    noise, rate, batch = setting.noise, setting.learning_rate, setting.batch_size
    generator = context.numpy_generator(name)
    replicas = round(share * context.choose(**REPLICAS))
    times = 12.0  # in units of 1/η, the slowest relaxation time of both layers
    every = round(0.1 / rate)
    along: Iterator[np.ndarray]
    if freeze_first:
        # flat modes hardly move while the first layer is frozen: more replicas, shorter runs
        replicas, times = 8 * replicas, times / 8
        split = noise.first.size
        covariance = np.zeros((noise.hessian.shape[0],) * 2)
        covariance[split:, split:] = setting.temperature * np.eye(HIDDEN)
        _, second = around(noise.first, noise.second, covariance, replicas, generator)
        # what is left is one layer on the outputs of the first, the same for all replicas
        outputs, labels = noise.x @ noise.first.T, noise.y[:, 0]
        path = run_sgd(outputs, labels, second[:, 0], rate, batch, round(times / rate), generator)
        along = ((w - noise.second[0]) @ left for w in islice(path, 0, None, every))
    else:
        start = around(
            noise.first, noise.second, noise.covariance(rate, batch), replicas, generator
        )
        both = run_two_layers(noise.x, noise.y, *start, rate, batch, round(times / rate), generator)
        along = second_layer(islice(both, 0, None, every), noise.second, left)
    same, later = lagged_variances(along)
    return same / setting.temperature, later / setting.temperature


def per_mode(replicas: np.ndarray) -> list[Estimate]:
    """Means over replicas, one per mode."""
    return [estimate_mean(column) for column in replicas.T]


def ratio_of(one: Estimate, other: Estimate) -> Estimate:
    """Ratio of two independent estimates, with the error of first order."""
    value = one.value / other.value
    error = abs(value) * np.hypot(one.stderr / one.value, other.stderr / other.value)
    freedom = min(one.degrees_of_freedom, other.degrees_of_freedom)
    return Estimate(float(value), float(error), min(one.n, other.n), "1", freedom)


def relaxation_rates(setting: Setting, same: np.ndarray, later: np.ndarray) -> list[Estimate]:
    """Relaxation rate of every mode over η(a² + b²), from the moments with the next record."""
    _, a = setting.modes()
    every = round(0.1 / setting.learning_rate)
    found = []
    for mode, value in enumerate(a):
        rate = setting.learning_rate * (value**2 + setting.second_value**2)
        unit = -np.log1p(-rate) * every
        kept, step = same[:, mode], later[:, mode]
        ratio = step.mean() / kept.mean()
        spread = (step - ratio * kept) / kept.mean()
        error = spread.std(ddof=1) / np.sqrt(len(spread)) / ratio / unit
        freedom = len(spread) - 1.0
        found.append(
            Estimate(float(-np.log(ratio) / unit), float(error), len(spread), "1", freedom)
        )
    return found
