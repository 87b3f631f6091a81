"""Studies of what coupling does without a current, at any depth, and in a bottleneck."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice, pairwise

import numpy as np
from scipy.stats import ortho_group

from traindyn.anisotropic_noise.experiments.data import draw_pool
from traindyn.anisotropic_noise.experiments.deep import balanced_layers, product, run_deep
from traindyn.anisotropic_noise.results.depth import CommutatorRun, DeepRun, DepthGap
from traindyn.anisotropic_noise.studies.inverse_relation import relation_of
from traindyn.anisotropic_noise.studies.networks import LABEL_NOISE, STARTS
from traindyn.anisotropic_noise.studies.settings import Setting, draw_setting
from traindyn.anisotropic_noise.theory.depth import deep_jacobian, layer_variances
from traindyn.anisotropic_noise.theory.two_layers import TwoLayerNoise
from traindyn.runs import Context, study

ASPECTS = (0.5, 0.1, 0.01, 1e-3, 1e-4)
PROBLEMS, MORE_PROBLEMS = 80, 150
"""At the smallest ratios, and where problems are small."""

INPUTS, FREE = 10, np.geomspace(0.3, 1.5, 4)
DEPTHS = (2, 3, 5)
VALUES = np.array([2.0, 1.1, 0.6, 0.3])
"""Singular values of the product of all layers."""

NETWORKS = {"ci": 150, "laptop": 220, "paper": 1800}
SIMULATED_DEPTH, RATE, BATCH, BURN, TIMES = 3, 4e-3, 8, 6, 16


@study(stream="AN-12")
def without_current(context: Context) -> CommutatorRun:
    """Two layers at fewer and fewer weights per sample, one row of each array per problem."""
    columns = {}
    for aspect in ASPECTS:
        generator = context.numpy_generator(f"problems at {aspect}")
        columns[aspect] = np.array(
            [
                _without_current(
                    draw_setting(round(INPUTS / aspect), generator, inputs=INPUTS, free=FREE)
                )
                for _ in range(MORE_PROBLEMS if aspect > 5e-3 else PROBLEMS)
            ]
        ).T
    return CommutatorRun(
        np.array(ASPECTS), *(list(rows) for rows in zip(*columns.values(), strict=True))
    )


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
        relation_of(setting).gap,
        relation_of(setting, freeze_first=True).gap,
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


@study(stream="AN-17")
def deep_run(context: Context) -> DeepRun:
    """SGD of networks with three layers, from both sides of their stationary state."""
    count, size, depth = context.choose(**NETWORKS), len(VALUES), SIMULATED_DEPTH
    generator = context.numpy_generator("networks")
    x, residuals = draw_pool(16_000, size, size, LABEL_NOISE, generator)
    temperature = RATE * float(np.mean(residuals**2)) / (2 * BATCH)
    layers, axes = balanced_layers(VALUES, depth, count, generator)
    maps = product(layers, size)
    weights = [
        VALUES[:, None] ** ((depth - n) / depth) * VALUES ** ((n - 1) / depth)
        for n in range(1, depth + 1)
    ]
    curvature = sum(w**2 for w in weights)
    variances = {}
    for name, start in STARTS.items():
        common = np.sqrt(start * temperature / curvature) * generator.standard_normal(
            (count, size, size)
        )
        begun = [
            layer + axes[n + 1] @ (weights[n] / np.sqrt(curvature) * common) @ axes[n].mT
            for n, layer in enumerate(layers)
        ]
        path = run_deep(x, residuals, begun, maps, RATE, BATCH, round(TIMES / RATE), generator)
        records = islice(path, round(BURN / RATE), None, round(0.1 / RATE))
        squares, count_of = np.zeros(()), 0
        for now in records:
            along = [axes[n + 1].mT @ (now[n] - layer) @ axes[n] for n, layer in enumerate(layers)]
            squares, count_of = squares + np.array(along) ** 2, count_of + 1
        variances[name] = np.swapaxes(squares, 0, 1) / count_of / temperature
    return DeepRun(VALUES, depth, RATE * float(np.sum(curvature)) / BATCH, variances)
