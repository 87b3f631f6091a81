"""Parts of claim AN-8 with four outputs: both layers, by the linear theory and simulated."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from traindyn.anisotropic_noise.claims.settings import LABEL_NOISE, per_mode
from traindyn.anisotropic_noise.experiments.data import draw_regression
from traindyn.anisotropic_noise.experiments.estimators import relative_distance_squared
from traindyn.anisotropic_noise.experiments.minima import around, both_layers, two_layer_minimum
from traindyn.anisotropic_noise.experiments.one_layer import lagged_variances
from traindyn.anisotropic_noise.experiments.two_layers import run_two_layers
from traindyn.anisotropic_noise.results.second_layer import CoupledRun
from traindyn.anisotropic_noise.theory.two_layers import (
    TwoLayerNoise,
    first_layer_variances,
    second_layer_variances,
)
from traindyn.inference import Estimate
from traindyn.ledger import Control, Part, Test
from traindyn.runs import Context

OUTPUTS, INPUTS, HIDDEN, SAMPLES = 4, 12, 8, 64_000
RATE, BATCH = 4e-3, 8
MODES = OUTPUTS * HIDDEN


def many_outputs(context: Context) -> tuple[CoupledRun, list[Part]]:
    """Variances of every pair of singular vectors against T a²/(a² + b²) and T b²/(a² + b²)."""
    generator = context.numpy_generator("four outputs")
    x, y = draw_regression(SAMPLES, INPUTS, generator, outputs=OUTPUTS, noise=LABEL_NOISE)
    best = np.linalg.lstsq(x, y, rcond=None)[0].T
    values = np.geomspace(0.5, 1.5, OUTPUTS), np.geomspace(0.2, 1.5, HIDDEN - OUTPUTS)
    noise = TwoLayerNoise(x, y, *two_layer_minimum(best, HIDDEN, *values, generator))
    u1, a, v1 = np.linalg.svd(noise.first, full_matrices=False)
    u2, b, v2 = np.linalg.svd(noise.second, full_matrices=False)
    axes = np.kron(v2.T, v1.T), np.kron(u2, u1)
    split = noise.first.size
    first, second = first_layer_variances(a, b).ravel(), second_layer_variances(a, b).ravel()

    def in_theory(noise: TwoLayerNoise) -> tuple[np.ndarray, np.ndarray]:
        """Variances over T of both layers along the same axes, by the linear theory."""
        c = noise.covariance(RATE, BATCH) / noise.temperature(RATE, BATCH)
        blocks = c[:split, :split], c[split:, split:]
        in_first, in_second = (
            np.einsum("in,ij,jn->n", axis, block, axis)
            for axis, block in zip(axes, blocks, strict=True)
        )
        return in_first, in_second

    in_first, in_second = in_theory(noise)
    few = _few_samples(noise, 10 * INPUTS)
    few_first, few_second = in_theory(few)

    def farthest(found: np.ndarray, predicted: np.ndarray) -> Estimate:
        return Estimate(float(np.abs(found - predicted).max()))

    both = _simulate(noise, axes, context, "four outputs, both layers")
    only_second = _simulate(noise, axes, context, "four outputs, second", frozen="first")
    only_first = _simulate(noise, axes, context, "four outputs, first", frozen="second")
    simulated = Test(
        "equality",
        0.1**2,
        "a tenth, squared: √(n/P) = 0.014 and the error of the theory, η tr H / S = 0.05, with a "
        "margin of a half",
        side="below",
    )
    result = CoupledRun(
        (a / b[:, None]).ravel(),
        per_mode(both[:, :MODES]),
        per_mode(both[:, MODES:]),
        per_mode(only_first[:, :MODES]),
        per_mode(only_second[:, MODES:]),
    )
    return result, [
        Part(
            "Four outputs: largest distance of the variances of the second layer from "
            "a²/(a² + b²), 64,000 samples",
            0.0,
            farthest(in_second, second),
            Test("equality", 0.08, "of order √(n/P) = 0.014 for each of 32 directions"),
            [Control("120 samples", farthest(few_second, second))],
        ),
        Part(
            "Four outputs: largest distance of the sum of both layers' variances from T",
            0.0,
            farthest(in_first + in_second, np.ones(MODES)),
            Test("equality", 0.08, "as above"),
            [Control("120 samples", farthest(few_first + few_second, np.ones(MODES)))],
        ),
        Part(
            "Simulated SGD with four outputs: squared relative distance of 32 variances of the "
            "second layer from a²/(a² + b²)",
            0.0,
            relative_distance_squared(both[:, MODES:], second),
            simulated,
            [
                Control(
                    "first layer frozen", relative_distance_squared(only_second[:, MODES:], second)
                )
            ],
        ),
        Part(
            "The same run: 32 variances of the first layer, from b²/(a² + b²)",
            0.0,
            relative_distance_squared(both[:, :MODES], first),
            simulated,
            [
                Control(
                    "second layer frozen", relative_distance_squared(only_first[:, :MODES], first)
                )
            ],
        ),
    ]


def _few_samples(noise: TwoLayerNoise, samples: int) -> TwoLayerNoise:
    """The same layers at the minimum of the first samples alone."""
    x, residuals = noise.x[:samples], noise.residuals[:samples]
    residuals = residuals - x @ np.linalg.lstsq(x, residuals, rcond=None)[0]
    return replace(noise, x=x, y=x @ (noise.second @ noise.first).T - residuals)


def _simulate(
    noise: TwoLayerNoise,
    axes: tuple[np.ndarray, np.ndarray],
    context: Context,
    name: str,
    *,
    frozen: str = "",
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
    replicas = context.choose(ci=300, laptop=900, paper=3600)
    path = run_two_layers(
        noise.x,
        noise.y,
        *around(noise.first, noise.second, covariance, replicas, generator),
        RATE,
        BATCH,
        round((1.0 if frozen else 4.0) / RATE),
        generator,
        freeze_first=frozen == "first",
        freeze_second=frozen == "second",
    )
    deviations = both_layers(path, (noise.first, noise.second), axes)
    return lagged_variances(deviations, round(0.1 / RATE))[0] / temperature
