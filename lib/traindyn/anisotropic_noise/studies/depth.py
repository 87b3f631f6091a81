"""Studies of what coupling does without a current, at any depth, and in a bottleneck."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
from scipy.stats import ortho_group

from traindyn.anisotropic_noise.experiments.data import draw_regression
from traindyn.anisotropic_noise.experiments.estimators import relative_distance_squared
from traindyn.anisotropic_noise.experiments.minima import around, both_layers
from traindyn.anisotropic_noise.experiments.one_layer import moments
from traindyn.anisotropic_noise.experiments.two_layers import run_two_layers
from traindyn.anisotropic_noise.results.depth import (
    BottleneckLayers,
    BottleneckRun,
    CommutatorRun,
    DepthGap,
)
from traindyn.anisotropic_noise.studies.inverse_relation import relation_of
from traindyn.anisotropic_noise.studies.settings import INPUTS, Setting, draw_setting
from traindyn.anisotropic_noise.theory.depth import (
    BottleneckNoise,
    deep_jacobian,
    layer_variances,
)
from traindyn.anisotropic_noise.theory.two_layers import TwoLayerNoise
from traindyn.runs import Context, study

ASPECTS = (0.5, 0.1, 0.01, 1e-3, 1e-4)
PROBLEMS, LARGE_PROBLEMS = 8, 3
DEPTHS = (2, 3, 5)
VALUES = np.array([2.0, 1.1, 0.6, 0.3])
"""Singular values of the product of all layers."""

REPLICAS = {"ci": 400, "laptop": 1200, "paper": 6000}
RATE, BATCH = 4e-3, 8
NARROW_INPUTS, NARROW, NARROW_OUTPUTS = 10, 2, 4


@study(stream="AN-12")
def without_current(context: Context) -> CommutatorRun:
    """Two layers at fewer and fewer weights per sample, medians over problems."""
    medians = []
    for aspect in ASPECTS:
        generator = context.numpy_generator(f"problems at {aspect}")
        rows = [
            _without_current(draw_setting(round(INPUTS / aspect), generator))
            for _ in range(PROBLEMS if aspect > 5e-4 else LARGE_PROBLEMS)
        ]
        medians.append([float(np.median(column)) for column in np.array(rows).T])
    return CommutatorRun(np.array(ASPECTS), *np.array(medians).T)


def _without_current(setting: Setting) -> tuple[float, ...]:
    """Commutator over anticommutator; distance from the inverse relation, also when frozen.

    Last, the first with residuals in proportion to one of the inputs: then noise and Hessian differ
    however many samples there are.
    """
    noise = setting.noise
    residuals = noise.residuals * np.abs(noise.x[:, :1])
    residuals -= noise.x @ np.linalg.lstsq(noise.x, residuals, rcond=None)[0]
    uneven = replace(noise, y=noise.x @ (noise.second @ noise.first).T - residuals)
    return (
        _commutator(noise),
        relation_of("", setting).gap,
        relation_of("", setting, freeze_first=True).gap,
        _commutator(uneven),
    )


def _commutator(noise: TwoLayerNoise) -> float:
    """Size of the commutator of Hessian and covariance over that of the anticommutator."""
    product = noise.hessian @ noise.covariance(1.0, 1)
    return float(np.linalg.norm(product - product.T) / np.linalg.norm(product + product.T))


@study(stream="AN-17")
def deep_projectors(context: Context) -> dict[int, DepthGap]:
    """Distances of the law of any depth from the projector on the range of the Jacobian."""
    generator = context.numpy_generator("bases")
    return {depth: _depth_gap(depth, generator) for depth in DEPTHS}


def _depth_gap(depth: int, generator: np.random.Generator) -> DepthGap:
    bases = [ortho_group.rvs(4, random_state=generator) for _ in range(depth + 1)]
    balanced = _projected(bases, [VALUES ** (1 / depth)] * depth)
    powers = np.linspace(0.5, 1.5, depth) / depth
    uneven = _projected(bases, [VALUES**p for p in powers])
    predicted = [layer_variances(VALUES, depth, layer) for layer in range(1, depth + 1)]

    def gap(found: list[np.ndarray]) -> float:
        return max(float(np.abs(f - p).max()) for f, p in zip(found, predicted, strict=True))

    return DepthGap(gap(balanced), gap(uneven))


def _projected(bases: list[np.ndarray], spectra: list[np.ndarray]) -> list[np.ndarray]:
    """Diagonal of the projector on the range of the Jacobian, per layer, in the singular bases."""
    layers = [
        after * s @ before.T for (before, after), s in zip(pairwise(bases), spectra, strict=True)
    ]
    j = deep_jacobian(layers)
    projector = np.linalg.pinv(j) @ j
    size = len(spectra[0])
    found = []
    for level, (before, after) in enumerate(pairwise(bases)):
        block = slice(level * size**2, (level + 1) * size**2)
        axes = np.kron(after, before)
        diagonal = np.einsum("pa,pq,qa->a", axes, projector[block, block], axes)
        found.append(diagonal.reshape(size, size))
    return found


@study(stream="AN-18")
def bottleneck(context: Context) -> BottleneckRun:
    """A minimum with fewer hidden units than outputs: its matrices, and SGD around it."""
    generator = context.numpy_generator("problem")
    x, y = draw_regression(4000, NARROW_INPUTS, generator, outputs=NARROW_OUTPUTS, noise=1e-2)
    # residuals of a hundredth around the same minimum, and the slow drift (AN-13) stays small
    first, second = BottleneckNoise(x, y, NARROW).layers()
    fitted = x @ (second @ first).T
    y = fitted + (y - fitted) / 100
    minimum = BottleneckNoise(x, y, NARROW)
    hessian, noise = minimum.matrices()
    values, axes = np.linalg.eigh(hessian)
    flat = axes[:, values < 1e-9 * values[-1]]
    wide = draw_setting(2000, generator).noise
    c = minimum.covariance(RATE, BATCH)
    replicas = context.choose(**REPLICAS)
    everything = np.eye(first.size), np.eye(second.size)
    split = first.size

    def simulated(labels: np.ndarray, replicas: int) -> BottleneckLayers:
        start = around(first, second, c, replicas, generator)
        path = run_two_layers(x, labels, *start, RATE, BATCH, round(20 / RATE), generator)
        deviations = both_layers(path, (first, second), everything)
        found, _ = moments(deviations, np.zeros(len(c)), every=round(0.2 / RATE))
        return BottleneckLayers(
            *(
                relative_distance_squared(found[:, block, block], c[block, block])
                for block in (slice(split), slice(split, None))
            )
        )

    to_theory = simulated(y, replicas)
    even = generator.standard_normal(y.shape)
    even -= x @ np.linalg.lstsq(x, even, rcond=None)[0]
    even *= np.linalg.norm(y - fitted) / np.linalg.norm(even)
    without_misfit = simulated(fitted + even, replicas // 4)

    def leak(directions: np.ndarray) -> float:
        return float(np.abs(directions.T @ noise @ directions).max() / np.abs(noise).max())

    random, _ = np.linalg.qr(generator.standard_normal((len(noise), flat.shape[1])))
    return BottleneckRun(
        rank=int((values > 1e-9 * values[-1]).sum()),
        wide_rank=int(np.linalg.matrix_rank(wide.hessian, tol=1e-9)),
        leak=leak(flat),
        random_leak=leak(random),
        to_theory=to_theory,
        without_misfit=without_misfit,
    )
