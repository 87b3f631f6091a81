"""Claims HA-15 and HA-16: both layers of the XOR network lie in their top eigenspaces."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from traindyn.hessian_alignment.claims.common import replica_mean
from traindyn.hessian_alignment.claims.registry import registry
from traindyn.hessian_alignment.results.xor import XorLayers
from traindyn.hessian_alignment.studies.corners import LATE, outcomes
from traindyn.hessian_alignment.studies.xor import (
    MATRICES,
    TEST_SIZE,
    TIMES,
    Matrix,
    XorSetting,
    last_inside,
    layers,
    network,
)
from traindyn.hessian_alignment.studies.xor_start import noisy_start
from traindyn.hessian_alignment.theory.xor import corner_eigenvalues, plane_tilt
from traindyn.inference import Estimate
from traindyn.ledger import Size
from traindyn.ledger.legacy import Control, Part, Test
from traindyn.runs import Context

NAMES = {"hessian": "Hessian", "gradient": "gradients"}


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
    shown = [layers(context, setting, "hessian", i) for i in range(len(TIMES))]
    result = XorLayers(
        np.array(TIMES),
        {
            matrix: [_overlap(context, setting, matrix, i) for i in range(len(TIMES))]
            for matrix in MATRICES
        },
        [replica_mean(s.second_overlap) for s in shown],
        np.array([s.second[:, :6].mean(axis=0) for s in shown]),
        (2 / setting.dimension) ** 0.5,
        (4 / setting.neurons) ** 0.5,
        corner_eigenvalues(setting.decay)[0],
    )
    parts = [
        *_alignment(context, setting),
        *_planes(context, setting),
        _first_outliers(context, network(context, 1000.0)),
    ]
    return result, parts


def _overlap(context: Context, case: XorSetting, matrix: Matrix, index: int = -1) -> Estimate:
    """Overlap of incoming weights with two eigenvectors."""
    return replica_mean(layers(context, case, matrix, index).first_overlap)


def _alignment(context: Context, setting: XorSetting) -> list[Part]:
    """Incoming weights in the span of two eigenvectors."""
    shuffled, free = replace(setting, labels="shuffled"), replace(setting, decay=0.0)
    return [
        Part(
            f"Overlap of incoming weights with two eigenvectors, λ = 30, t = 80; {NAMES[matrix]}",
            1.0,
            _overlap(context, setting, matrix),
            Test("threshold", 1 / setting.precision, "the size 1/λ: a sine of λ^(-1/2)", "above"),
            [
                Control("labels shuffled", _overlap(context, shuffled, matrix)),
                Control("no regularizer", _overlap(context, free, matrix)),
                Control("at the start", _overlap(context, setting, matrix, 0)),
            ],
            asymptotic=True,
            sizes=[
                Size(v, _overlap(context, network(context, v), matrix))
                for v in (10.0, 30.0, 1000.0)
            ],
        )
        for matrix in MATRICES
    ]


def _planes(context: Context, setting: XorSetting) -> list[Part]:
    """This span is the plane of the means."""
    residual = 4 * setting.decay
    rates: dict[Matrix, float] = {"hessian": 1 - 2 * residual, "gradient": 2 * (1 - residual)}
    tilts = {
        m: plane_tilt(rates[m], setting.decay, setting.precision, 1 / TEST_SIZE) for m in MATRICES
    }
    return [
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
            [Control("λ = 1, no outliers", replica_mean(noisy_start(context, matrix).first_plane))],
        )
        for matrix in MATRICES
    ]


def _first_outliers(context: Context, strong: XorSetting) -> Part:
    """Size of the outliers of the first layer."""
    residual = 4 * strong.decay

    def over_law(index: int) -> Estimate:
        first = layers(context, strong, "hessian", index).first
        return replica_mean(first[..., :2]).scaled(4 / (residual * (1 - residual)))

    return Part(
        "Mean of the two outliers of the Hessian, over v² s(1 − s)/4 at a captured corner, "
        "λ = 1000",
        1.0,
        over_law(-1),
        Test("equality", 0.1, "next order in λ^(-1/2) = 0.03 and in the step, three times"),
        [Control("at the start", over_law(0))],
    )


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

    def missing(matrix: Matrix, index: int = -1) -> Estimate:
        return replica_mean(1 - layers(context, setting, matrix, index).second_overlap)

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
    return None, [*parts, *_gained(context, setting)]


def _gained(context: Context, setting: XorSetting) -> list[Part]:
    """The space is learned."""
    start, end = (layers(context, setting, "hessian", i).second_overlap for i in (0, -1))
    four = outcomes(context)
    few_start, few_end = (four[t].layer.overlaps["hessian"][:, 3] for t in (0.0, LATE))
    random = (4 / setting.neurons) ** 0.5
    inside = [replica_mean(last_inside(context, setting, i)) for i in (0, len(TIMES) - 1)]
    return [
        Part(
            "Overlap of v with its top four eigenvectors gained in training; Hessian",
            1 - random,
            replica_mean(end - start),
            Test("threshold", (1 - random) / 2, "half of what a random vector lacks", "above"),
            [
                Control(
                    "four neurons: the overlap is one by definition",
                    replica_mean(few_end - few_start),
                )
            ],
        ),
        Part(
            "Overlap of the trained v with the top four eigenvectors of the start",
            0.0,
            inside[0],
            Test("threshold", 0.6, "near the (4/32)^½ = 0.35 of a random vector", "below"),
            [Control("with those of the end", inside[1])],
        ),
    ]
