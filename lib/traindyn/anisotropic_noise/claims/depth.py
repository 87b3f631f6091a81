"""Claims AN-12, AN-17, AN-18: what coupling does without a current, at depth, in a bottleneck."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
from scipy.stats import ortho_group

from traindyn.anisotropic_noise.claims.inverse_relation import relation_of
from traindyn.anisotropic_noise.claims.registry import registry
from traindyn.anisotropic_noise.claims.settings import INPUTS, Setting, draw_setting
from traindyn.anisotropic_noise.experiments.data import draw_regression
from traindyn.anisotropic_noise.experiments.estimators import relative_distance_squared
from traindyn.anisotropic_noise.experiments.minima import around, both_layers
from traindyn.anisotropic_noise.experiments.one_layer import moments
from traindyn.anisotropic_noise.experiments.two_layers import run_two_layers
from traindyn.anisotropic_noise.results.depth import CommutatorRun
from traindyn.anisotropic_noise.theory.depth import (
    BottleneckNoise,
    deep_jacobian,
    layer_variances,
)
from traindyn.anisotropic_noise.theory.two_layers import TwoLayerNoise
from traindyn.inference import Estimate
from traindyn.ledger import Control, Part, Size, Test
from traindyn.runs import Context


@registry.claim(
    12,
    source="beyond the abstract, which names broken detailed balance as the cause",
    basis="extension",
    statement=(
        "The inverse relation of two layers is not the effect of broken detailed balance: with "
        "many samples the current vanishes as √c while the relation stays."
    ),
)
def without_current(context: Context) -> tuple[CommutatorRun, list[Part]]:
    """AN-12."""
    aspects = np.array([0.5, 0.1, 0.01, 1e-3, 1e-4])
    commutators: list[float] = []
    gaps: list[float] = []
    frozen_gaps: list[float] = []
    uneven: list[float] = []
    for aspect in aspects:
        generator = context.numpy_generator(f"problems at {aspect}")
        rows = np.array(
            [
                _without_current(draw_setting(round(INPUTS / aspect), generator))
                for _ in range(8 if aspect > 5e-4 else 3)
            ]
        )
        for column, kept in zip(rows.T, (commutators, gaps, frozen_gaps, uneven), strict=True):
            kept.append(float(np.median(column)))
    slope = float(np.polyfit(np.log(aspects[2:]), np.log(commutators[2:]), 1)[0])
    lasting = float(np.polyfit(np.log(aspects[2:]), np.log(uneven[2:]), 1)[0])
    parts = [
        Part(
            "Size of the commutator of Hessian and covariance over that of the anticommutator, "
            "c = n/P = 0.0001",
            0.0,
            Estimate(commutators[-1]),
            Test("threshold", 0.02, "a fiftieth; it falls as √c = 0.01"),
            [Control("c = 0.5", Estimate(commutators[0]))],
            asymptotic=True,
            sizes=[Size(float(c), Estimate(v)) for c, v in zip(aspects, commutators, strict=True)],
        ),
        Part(
            "Exponent with which it falls with c",
            0.5,
            Estimate(slope),
            Test(
                "slope",
                0.1,
                "a fifth of the exponent; the next order is √c = 0.1 at the first of three sizes",
            ),
            [Control("labels that are noisier where inputs are large", Estimate(lasting))],
        ),
        Part(
            "Distance of V/T from the inverse relation at the same c",
            0.0,
            Estimate(gaps[-1]),
            Test("equality", 0.02, "of order √c = 0.01"),
            [Control("first layer frozen", Estimate(frozen_gaps[-1]))],
            asymptotic=True,
            sizes=[Size(float(c), Estimate(v)) for c, v in zip(aspects, gaps, strict=True)],
        ),
    ]
    return CommutatorRun(aspects, np.array(commutators), np.array(gaps)), parts


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
        relation_of("", setting)[1],
        relation_of("", setting, freeze_first=True)[1],
        _commutator(uneven),
    )


def _commutator(noise: TwoLayerNoise) -> float:
    """Size of the commutator of Hessian and covariance over that of the anticommutator."""
    product = noise.hessian @ noise.covariance(1.0, 1)
    return float(np.linalg.norm(product - product.T) / np.linalg.norm(product + product.T))


@registry.claim(
    17,
    source="beyond the abstract, which stops at two layers",
    basis="extension",
    statement=(
        "In a balanced, aligned network of any depth the variances of layer l are T q_l/Σq with "
        "q_l = s_j^(2 − 2l/L) · s_i^(2(l − 1)/L)."
    ),
)
def any_depth(context: Context) -> tuple[None, list[Part]]:
    """AN-17."""
    generator = context.numpy_generator("bases")
    values = np.array([2.0, 1.1, 0.6, 0.3])
    parts = []
    for depth in (2, 3, 5):
        bases = [ortho_group.rvs(4, random_state=generator) for _ in range(depth + 1)]
        found = _projected(bases, [values ** (1 / depth)] * depth)
        powers = np.linspace(0.5, 1.5, depth) / depth
        uneven = _projected(bases, [values**p for p in powers])
        gap, gap_uneven = 0.0, 0.0
        for layer in range(1, depth + 1):
            predicted = layer_variances(values, depth, layer)
            gap = max(gap, float(np.abs(found[layer - 1] - predicted).max()))
            gap_uneven = max(gap_uneven, float(np.abs(uneven[layer - 1] - predicted).max()))
        parts.append(
            Part(
                f"Largest distance from the projector on the range of the Jacobian, L = {depth}",
                0.0,
                Estimate(gap),
                Test("exact", 1e-11, "rounding of a pseudo-inverse of condition below 100"),
                [Control("layers that are not balanced", Estimate(gap_uneven))],
            )
        )
    return None, parts


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


@registry.claim(
    18,
    source="beyond the abstract",
    basis="extension",
    statement=(
        "With fewer hidden units than outputs the minimum is reduced-rank regression: the Hessian "
        "has rank k(m + n − k), noise does not reach its k² zero modes, and the linear theory "
        "holds on the rest."
    ),
)
def bottleneck(context: Context) -> tuple[None, list[Part]]:
    """AN-18."""
    inputs, hidden, outputs, rate, batch = 10, 2, 4, 4e-3, 8
    generator = context.numpy_generator("problem")
    x, y = draw_regression(4000, inputs, generator, outputs=outputs, noise=1e-2)
    # residuals of a hundredth around the same minimum, and the slow drift (AN-13) stays small
    first, second = BottleneckNoise(x, y, hidden).layers()
    fitted = x @ (second @ first).T
    y = fitted + (y - fitted) / 100
    minimum = BottleneckNoise(x, y, hidden)
    hessian, noise = minimum.matrices()
    values, axes = np.linalg.eigh(hessian)
    flat = axes[:, values < 1e-9 * values[-1]]
    wide = draw_setting(2000, generator).noise
    c = minimum.covariance(rate, batch)
    replicas = context.choose(ci=400, laptop=1200, paper=6000)
    everything = np.eye(first.size), np.eye(second.size)
    split = first.size

    def simulated(labels: np.ndarray, replicas: int) -> list[Estimate]:
        """Distances of the covariance of either layer from the linear theory, trained on labels."""
        start = around(first, second, c, replicas, generator)
        path = run_two_layers(x, labels, *start, rate, batch, round(20 / rate), generator)
        deviations = both_layers(path, (first, second), everything)
        found, _ = moments(deviations, np.zeros(len(c)), every=round(0.2 / rate))
        return [
            relative_distance_squared(found[:, block, block], c[block, block])
            for block in (slice(split), slice(split, None))
        ]

    to_theory = simulated(y, replicas)
    even = generator.standard_normal(y.shape)
    even -= x @ np.linalg.lstsq(x, even, rcond=None)[0]
    even *= np.linalg.norm(y - fitted) / np.linalg.norm(even)
    without_misfit = simulated(fitted + even, replicas // 4)
    return None, [
        Part(
            "Rank of the Hessian",
            float(hidden * (outputs + inputs - hidden)),
            Estimate(float((values > 1e-9 * values[-1]).sum())),
            Test("exact", 0.5, "an integer"),
            [
                Control(
                    "ten hidden units and one output",
                    Estimate(float(np.linalg.matrix_rank(wide.hessian, tol=1e-9))),
                )
            ],
        ),
        Part(
            "Noise on the zero modes of the Hessian, over its largest entry",
            0.0,
            Estimate(float(np.abs(flat.T @ noise @ flat).max() / np.abs(noise).max())),
            Test("exact", 1e-12, "rounding"),
            [
                Control(
                    "as many random directions",
                    Estimate(_random_leak(noise, flat.shape[1], generator)),
                )
            ],
        ),
        *(
            Part(
                f"Simulated SGD: squared relative distance of the covariance of the {name} layer "
                "from the linear theory",
                0.0,
                to_theory[layer],
                Test(
                    "equality",
                    0.06**2,
                    "four times η tr H / S = 0.015, the error of the linear theory",
                    side="below",
                ),
                [Control("labels that two hidden units fit", without_misfit[layer])],
            )
            for layer, name in ((1, "second"), (0, "first"))
        ),
    ]


def _random_leak(noise: np.ndarray, count: int, generator: np.random.Generator) -> float:
    axes, _ = np.linalg.qr(generator.standard_normal((len(noise), count)))
    return float(np.abs(axes.T @ noise @ axes).max() / np.abs(noise).max())
