"""Claims HA-15 and HA-16: both layers of the XOR network lie in their top eigenspaces."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np

from traindyn.hessian_alignment.claims.common import replica_mean
from traindyn.hessian_alignment.claims.corners import LATE, outcomes
from traindyn.hessian_alignment.claims.registry import registry
from traindyn.hessian_alignment.experiments.xor import (
    MATRICES,
    LayerSpectra,
    Matrix,
    XorSetting,
    XorState,
    layer_spectra,
    random_network,
    train_xor,
)
from traindyn.hessian_alignment.results.xor import XorLayers
from traindyn.hessian_alignment.theory.xor import corner_eigenvalues, plane_tilt
from traindyn.inference import Estimate
from traindyn.ledger import Control, Part, Size, Test
from traindyn.runs import Context

Array = np.ndarray
TIMES = (0.0, 5.0, 15.0, 30.0, 80.0)
TEST_SIZE = 8
NAMES = {"hessian": "Hessian", "gradient": "gradients"}


def network(context: Context, precision: float = 30.0, decay: float = 0.05) -> XorSetting:
    """Enough neurons that all four corners are captured, in all but one run in 2,000."""
    d = context.choose(ci=200, laptop=250, paper=500)
    return XorSetting(32, d, precision, decay, replicas=16)


def states(context: Context, setting: XorSetting) -> list[XorState]:
    """A run of the network that the claims share: its stream is that of HA-15."""
    return _states(context.of("HA-15"), setting)


@cache
def _states(context: Context, setting: XorSetting) -> list[XorState]:
    return train_xor(setting, TIMES, context.torch_generator(f"{setting}"))


def layers(context: Context, setting: XorSetting, matrix: Matrix, index: int = -1) -> LayerSpectra:
    """Spectra of a shared run."""
    return _layers(context.of("HA-15"), setting, matrix, index % len(TIMES))


@cache
def _layers(context: Context, setting: XorSetting, matrix: Matrix, index: int) -> LayerSpectra:
    state = _states(context, setting)[index]
    generator = context.torch_generator(f"test {setting} {index}")
    samples = TEST_SIZE * setting.dimension
    return layer_spectra(state, setting.precision, samples, generator, matrix)


def at_start(
    context: Context, setting: XorSetting, few: int = 0, matrix: Matrix = "hessian"
) -> LayerSpectra:
    """Spectra of untrained networks."""
    generator = context.torch_generator(f"start {setting}")
    state = random_network(setting, generator)
    samples = TEST_SIZE * setting.dimension
    return layer_spectra(state, setting.precision, samples, generator, matrix, few)


@registry.claim(
    15,
    source="theorem 4.1, as its reviews quote it; constants derived here",
    basis="stated",
    statement=(
        "XOR, first layer: the incoming weights of a neuron lie in the span of the top two "
        "eigenvectors of their block, of Hessian and gradient matrix, and that is the plane of "
        "the means."
    ),
)
def first_layer(context: Context) -> tuple[XorLayers, list[Part]]:
    """HA-15."""
    setting = network(context)
    shuffled, free = replace(setting, labels="shuffled"), network(context, decay=0.0)
    strong = network(context, 1000.0)
    noisy = {m: at_start(context, network(context, 1.0), few=5, matrix=m) for m in MATRICES}
    residual = 4 * setting.decay
    rates: dict[Matrix, float] = {"hessian": 1 - 2 * residual, "gradient": 2 * (1 - residual)}
    tilts = {
        m: plane_tilt(rates[m], setting.decay, setting.precision, 1 / TEST_SIZE) for m in MATRICES
    }

    def overlap(case: XorSetting, matrix: Matrix, index: int = -1) -> Estimate:
        return replica_mean(layers(context, case, matrix, index).first_overlap)

    parts = [
        Part(
            f"Overlap of incoming weights with two eigenvectors, λ = 30, t = 80; {NAMES[matrix]}",
            1.0,
            overlap(setting, matrix),
            Test("threshold", 1 / setting.precision, "the size 1/λ: a sine of λ^(-1/2)", "above"),
            [
                Control("labels shuffled", overlap(shuffled, matrix)),
                Control("no regularizer", overlap(free, matrix)),
                Control("at the start", overlap(setting, matrix, 0)),
            ],
            asymptotic=True,
            sizes=[Size(v, overlap(network(context, v), matrix)) for v in (10.0, 30.0, 1000.0)],
        )
        for matrix in MATRICES
    ]
    parts += [
        *(
            Part(
                f"Distance of the eigenspace from the plane of the means, λ = 30; {NAMES[matrix]}",
                tilts[matrix],
                replica_mean(layers(context, setting, matrix).first_plane),
                Test(
                    "threshold",
                    tilts[matrix] * (2 * (2 / setting.dimension) ** 0.5 + 1 / 10),
                    "the larger of two angles exceeds the tilt by 1 + √(2/d), twice; k/λ",
                    "below",
                ),
                [Control("λ = 1, no outliers", replica_mean(noisy[matrix].first_plane))],
            )
            for matrix in MATRICES
        ),
        Part(
            "Mean of the two outliers of the Hessian, over v² s(1 − s)/4 at a captured corner, "
            "λ = 1000",
            1.0,
            replica_mean(layers(context, strong, "hessian").first[..., :2]).scaled(
                4 / (residual * (1 - residual))
            ),
            Test("equality", 0.1, "next order in λ^(-1/2) = 0.03 and in the step, three times"),
            [
                Control(
                    "at the start",
                    replica_mean(layers(context, strong, "hessian", 0).first[..., :2]).scaled(
                        4 / (residual * (1 - residual))
                    ),
                )
            ],
        ),
    ]
    shown = [layers(context, setting, "hessian", i) for i in range(len(TIMES))]
    result = XorLayers(
        np.array(TIMES),
        {matrix: [overlap(setting, matrix, i) for i in range(len(TIMES))] for matrix in MATRICES},
        [replica_mean(s.second_overlap) for s in shown],
        np.array([s.second[:, :6].mean(axis=0) for s in shown]),
        (2 / setting.dimension) ** 0.5,
        (4 / setting.neurons) ** 0.5,
        corner_eigenvalues(setting.decay)[0],
    )
    return result, parts


@registry.claim(
    16,
    source="abstract: alignment per layer; constants derived here",
    basis="stated",
    statement=(
        "XOR, second layer: the outgoing weights lie in the span of the top four eigenvectors of "
        "their block; this space is not that of the start."
    ),
)
def second_layer(context: Context) -> tuple[None, list[Part]]:
    """HA-16."""
    setting = network(context)
    v = states(context, setting)[-1].second.numpy()

    def missing(matrix: Matrix, index: int = -1) -> Estimate:
        return replica_mean(1 - layers(context, setting, matrix, index).second_overlap)

    def inside(index: int) -> Estimate:
        basis = layers(context, setting, "hessian", index).second_vectors
        parts = np.linalg.norm(np.einsum("rka,rk->ra", basis, v), axis=1)
        return replica_mean(parts / np.linalg.norm(v, axis=1))

    parts = [
        Part(
            f"One minus the overlap of v with four of 32 eigenvectors, t = 80; {NAMES[matrix]}",
            0.0,
            missing(matrix),
            Test("threshold", 1e-3, "an angle of 1/22, below that of a plot's line", "below"),
            [Control("at the start", missing(matrix, 0))],
        )
        for matrix in MATRICES
    ]
    four = outcomes(context)
    parts.append(
        Part(
            "Overlap of v with its top four eigenvectors gained in training; Hessian",
            1 - (4 / setting.neurons) ** 0.5,
            replica_mean(
                layers(context, setting, "hessian").second_overlap
                - layers(context, setting, "hessian", 0).second_overlap
            ),
            Test(
                "threshold",
                (1 - (4 / setting.neurons) ** 0.5) / 2,
                "half of what a random vector lacks",
                "above",
            ),
            [
                Control(
                    "four neurons: the overlap is one by definition",
                    replica_mean(
                        four[LATE].layer.overlaps["hessian"][:, 3]
                        - four[0.0].layer.overlaps["hessian"][:, 3]
                    ),
                )
            ],
        )
    )
    parts.append(
        Part(
            "Overlap of the trained v with the top four eigenvectors of the start",
            0.0,
            inside(0),
            Test("threshold", 0.6, "near the (4/32)^½ = 0.35 of a random vector", "below"),
            [Control("with those of the end", inside(-1))],
        )
    )
    return None, parts
