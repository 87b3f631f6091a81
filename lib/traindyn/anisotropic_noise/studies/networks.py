"""SGD of many networks of two layers, each around a minimum of its own: what studies share."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Literal

import numpy as np

from traindyn.anisotropic_noise.experiments.data import draw_pool
from traindyn.anisotropic_noise.experiments.networks import Networks, draw_networks
from traindyn.anisotropic_noise.experiments.two_layers import run_two_layers
from traindyn.anisotropic_noise.results.second_layer import LayerMoments

LABEL_NOISE = 1e-4
"""Small, so that the slow drift along the valley of minima (AN-13) stays below the fluctuations."""

STARTS = {"below": 0.0, "above": 2.0}
"""Variance of the start over T: from both sides of the stationary state."""

RECORDS_PER_TIME = 10
"""Records in a time 1/η."""

Frozen = Literal["", "first", "second"]


@dataclass(frozen=True)
class Ensemble:
    """Networks, the samples that they share, and how they are trained."""

    networks: Networks
    x: np.ndarray
    residuals: np.ndarray
    learning_rate: float
    batch_size: int

    @property
    def residual_variance(self) -> float:
        """Mean square of a residual, per output."""
        return float(np.mean(self.residuals**2))

    @property
    def temperature(self) -> float:
        """Learning rate times residual variance over twice the batch size."""
        return self.learning_rate * self.residual_variance / (2 * self.batch_size)

    @property
    def error(self) -> float:
        """η tr H / S, the relative error of frozen noise."""
        a, b = self.networks.first_values, self.networks.second_values
        trace = len(b) * (a**2).sum() + self.x.shape[1] * (b**2).sum()
        return self.learning_rate * float(trace) / self.batch_size

    def path(
        self,
        start: float,
        times: float,
        generator: np.random.Generator,
        frozen: Frozen = "",
        sampling: Literal["replacement", "epochs"] = "replacement",
    ) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Both layers after every step, from deviations of a variance over T, for a time in 1/η."""
        networks = self.networks
        first, second = networks.first, networks.second
        if start and frozen:
            free = second if frozen == "first" else first
            free += (start * self.temperature) ** 0.5 * generator.standard_normal(free.shape)
        elif start:
            for layer, deviation in zip(
                (first, second),
                networks.deviations(start * self.temperature, generator),
                strict=True,
            ):
                layer += deviation
        return run_two_layers(
            self.x,
            self.residuals,
            first,
            second,
            self.learning_rate,
            self.batch_size,
            round(times / self.learning_rate),
            generator,
            maps=networks.maps,
            sampling=sampling,
            freeze_first=frozen == "first",
            freeze_second=frozen == "second",
        )

    def moments(
        self,
        start: float,
        generator: np.random.Generator,
        *,
        burn: float = 4.0,
        times: float = 12.0,
        frozen: Frozen = "",
    ) -> LayerMoments:
        """Mean squares over T along pairs of singular vectors, per network, after a burn-in."""
        every = round(1 / (RECORDS_PER_TIME * self.learning_rate))
        skip = round(burn / self.learning_rate)
        path = islice(self.path(start, times, generator, frozen), skip, None, every)
        a, b = self.networks.first_values, self.networks.second_values[:, None]
        sums: list[np.ndarray] = []
        before, records = None, 0
        for layers in path:
            first, second = self.networks.along(*layers)
            seen = (b * first + a * second) / np.sqrt(a**2 + b**2)
            product = 0 * second if before is None else before * second
            now = [first**2, second**2, seen**2, product]
            sums = now if not sums else [s + n for s, n in zip(sums, now, strict=True)]
            before, records = second, records + 1
        first, second, seen, later = (s / records / self.temperature for s in sums)
        return LayerMoments(first, second, seen, later * records / max(records - 1, 1))


def draw_ensemble(
    first_values: np.ndarray,
    second_values: np.ndarray,
    inputs: int,
    replicas: int,
    generator: np.random.Generator,
    *,
    samples: int = 16_000,
    noise: float = LABEL_NOISE,
    learning_rate: float = 4e-3,
    batch_size: int = 8,
    aligned: bool = False,
) -> Ensemble:
    """Networks with given singular values on one set of samples."""
    x, residuals = draw_pool(samples, inputs, len(second_values), noise, generator)
    networks = draw_networks(
        first_values, second_values, inputs, replicas, generator, aligned=aligned
    )
    return Ensemble(networks, x, residuals, learning_rate, batch_size)
