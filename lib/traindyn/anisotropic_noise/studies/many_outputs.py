"""Study of two layers with four outputs: both layers, by the linear theory and simulated."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice

import numpy as np

from traindyn.anisotropic_noise.experiments.data import draw_regression
from traindyn.anisotropic_noise.experiments.estimators import relative_distance_squared
from traindyn.anisotropic_noise.experiments.minima import around, both_layers, two_layer_minimum
from traindyn.anisotropic_noise.experiments.one_layer import lagged_variances
from traindyn.anisotropic_noise.experiments.two_layers import run_two_layers
from traindyn.anisotropic_noise.results.second_layer import (
    CoupledRun,
    FourOutputs,
    LayerDistances,
    TheoryGaps,
)
from traindyn.anisotropic_noise.studies.settings import LABEL_NOISE, per_mode
from traindyn.anisotropic_noise.theory.two_layers import (
    TwoLayerNoise,
    first_layer_variances,
    second_layer_variances,
)
from traindyn.runs import Context, study

REPLICAS = {"ci": 300, "laptop": 900, "paper": 3600}
OUTPUTS, INPUTS, HIDDEN, SAMPLES = 4, 12, 8, 64_000
FEW = 10 * INPUTS
"""Samples of the control."""

RATE, BATCH = 4e-3, 8
MODES = OUTPUTS * HIDDEN
Axes = tuple[np.ndarray, np.ndarray]
"""Pairs of singular vectors as directions of the first and of the second layer."""


@study(stream="AN-8")
def four_outputs(context: Context) -> FourOutputs:
    """Variances of every pair of singular vectors against T a²/(a² + b²) and T b²/(a² + b²)."""
    generator = context.numpy_generator("four outputs")
    x, y = draw_regression(SAMPLES, INPUTS, generator, outputs=OUTPUTS, noise=LABEL_NOISE)
    best = np.linalg.lstsq(x, y, rcond=None)[0].T
    values = np.geomspace(0.5, 1.5, OUTPUTS), np.geomspace(0.2, 1.5, HIDDEN - OUTPUTS)
    noise = TwoLayerNoise(x, y, *two_layer_minimum(best, HIDDEN, *values, generator))
    u1, a, v1 = np.linalg.svd(noise.first, full_matrices=False)
    u2, b, v2 = np.linalg.svd(noise.second, full_matrices=False)
    axes = np.kron(v2.T, v1.T), np.kron(u2, u1)
    first, second = first_layer_variances(a, b).ravel(), second_layer_variances(a, b).ravel()
    both = _simulate(noise, axes, context, "four outputs, both layers")
    only_second = _simulate(noise, axes, context, "four outputs, second", frozen="first")
    only_first = _simulate(noise, axes, context, "four outputs, first", frozen="second")
    return FourOutputs(
        CoupledRun(
            (a / b[:, None]).ravel(),
            per_mode(both[:, :MODES]),
            per_mode(both[:, MODES:]),
            per_mode(only_first[:, :MODES]),
            per_mode(only_second[:, MODES:]),
        ),
        _gaps(noise, axes, second),
        _gaps(few_samples(noise, FEW), axes, second),
        LayerDistances(
            relative_distance_squared(both[:, :MODES], first),
            relative_distance_squared(both[:, MODES:], second),
            relative_distance_squared(only_first[:, :MODES], first),
            relative_distance_squared(only_second[:, MODES:], second),
        ),
    )


def _gaps(noise: TwoLayerNoise, axes: Axes, second: np.ndarray) -> TheoryGaps:
    """Distances of the linear theory from its limit for many samples."""
    split = noise.first.size
    c = noise.covariance(RATE, BATCH) / noise.temperature(RATE, BATCH)
    blocks = c[:split, :split], c[split:, split:]
    in_first, in_second = (
        np.einsum("in,ij,jn->n", axis, block, axis)
        for axis, block in zip(axes, blocks, strict=True)
    )
    return TheoryGaps(
        float(np.abs(in_second - second).max()), float(np.abs(in_first + in_second - 1).max())
    )


def few_samples(noise: TwoLayerNoise, samples: int) -> TwoLayerNoise:
    """The same layers at the minimum of the first samples alone."""
    x, residuals = noise.x[:samples], noise.residuals[:samples]
    residuals = residuals - x @ np.linalg.lstsq(x, residuals, rcond=None)[0]
    return replace(noise, x=x, y=x @ (noise.second @ noise.first).T - residuals)


def _simulate(
    noise: TwoLayerNoise, axes: Axes, context: Context, name: str, *, frozen: str = ""
) -> np.ndarray:
    """Second moments over T of every replica along the axes of both layers, from SGD.

    Replicas start stationary: with a frozen layer the other has the variance T on its axes.
    """
    generator = context.numpy_generator(name)
    temperature = noise.temperature(RATE, BATCH)
    if frozen:
        covariance = np.zeros((noise.hessian.shape[0],) * 2)
        split = noise.first.size
        free = slice(split, None) if frozen == "first" else slice(split)
        seen = axes[frozen == "first"]
        covariance[free, free] = temperature * seen @ seen.T
    else:
        covariance = noise.covariance(RATE, BATCH)
    path = run_two_layers(
        noise.x,
        noise.y,
        *around(noise.first, noise.second, covariance, context.choose(**REPLICAS), generator),
        RATE,
        BATCH,
        round((1.0 if frozen else 4.0) / RATE),
        generator,
        freeze_first=frozen == "first",
        freeze_second=frozen == "second",
    )
    records = islice(path, 0, None, round(0.1 / RATE))
    deviations = both_layers(records, (noise.first, noise.second), axes)
    return lagged_variances(deviations)[0] / temperature
