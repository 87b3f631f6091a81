"""Claim HA-3: the top eigenspaces, and the weights in them, are the span of the means."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from traindyn.hessian_alignment.claims.alignment import MATRICES, NAMES, PRECISION
from traindyn.hessian_alignment.claims.common import (
    ASPECT,
    HORIZON,
    base,
    replica_mean,
    spectra,
    trained,
)
from traindyn.hessian_alignment.claims.registry import registry
from traindyn.hessian_alignment.experiments.blocks import mean_overlaps, sines
from traindyn.hessian_alignment.experiments.runs import Setting
from traindyn.hessian_alignment.results.alignment import SubspaceRun
from traindyn.hessian_alignment.theory.separated_classes import (
    Matrix,
    amplitude,
    class_weights,
    confidence,
    tilts,
)
from traindyn.inference import Estimate
from traindyn.ledger import Control, Part, Test
from traindyn.runs import Context


def _tilts(setting: Setting, matrix: Matrix) -> np.ndarray:
    a = amplitude(setting.classes, setting.decay, HORIZON[-1])
    weights = class_weights(confidence(a, setting.classes), setting.classes, matrix)
    return tilts(weights, setting.precision, ASPECT)


def _sines(context: Context, setting: Setting, matrix: Matrix, test_size: float = 8) -> np.ndarray:
    found = spectra(context, setting, matrix, test_size=test_size)
    return sines(found.cosines(trained(context, setting).mixture.means))


def _largest_between(context: Context, setting: Setting) -> Estimate:
    """Largest distance between the eigenspaces of two classes, or of the two matrices."""
    h, g = (spectra(context, setting, matrix).vectors for matrix in MATRICES)
    between = [
        np.einsum("rda,rdb->rab", one, other)
        for one, other in [
            *((h[:, 0], h[:, c]) for c in range(1, setting.classes)),
            *((h[:, c], g[:, c]) for c in range(setting.classes)),
        ]
    ]
    return replica_mean(np.max([sines(b)[:, 0] for b in between], axis=0))


@registry.claim(
    3,
    source="abstract of version 2: a common low-dimensional subspace; constants derived here",
    basis="stated",
    statement=(
        "This space is the span of the means: for every class and both matrices, and for the "
        "weights themselves."
    ),
)
def subspace(context: Context) -> tuple[SubspaceRun, list[Part]]:
    """HA-3."""
    setting, below = base(context), base(context, 1.0)
    shuffled = trained(context, replace(setting, labels="shuffled"))
    strong = base(context, 1000.0)
    size = 2 * (setting.classes / setting.dimension) ** 0.5

    def total(case: Setting, matrix: Matrix, test_size: float = 8) -> Estimate:
        squared = (_sines(context, case, matrix, test_size) ** 2).sum(axis=-1)
        return replica_mean(squared).scaled(1 / _tilts(case, matrix).sum())

    def largest(case: Setting, matrix: Matrix) -> Estimate:
        return replica_mean(_sines(context, case, matrix)[..., 0])

    parts = []
    cases: list[tuple[Matrix, Setting, str]] = [
        ("hessian", setting, "Hessian, λ = 100"),
        ("gradient", strong, "gradients, λ = 1000"),
    ]
    for matrix, case, name in cases:
        parts.append(
            Part(
                f"Sum of squared sines between eigenspace and means over its law; {name}",
                1.0,
                total(case, matrix),
                Test("equality", 0.1, "next order of the law, k/λ and (84/λ)², and 1/√d = 0.07"),
                [Control("two test samples per input", total(case, matrix, 2))],
            )
        )
    for matrix in MATRICES:
        rms = float(_tilts(setting, matrix).max() ** 0.5)
        parts.append(
            Part(
                f"Largest sine, the distance of the two spaces, λ = 100; {NAMES[matrix]}",
                rms,
                largest(setting, matrix),
                Test(
                    "threshold",
                    rms * size,
                    "the largest of k random angles exceeds the mean square by the factor "
                    "1 + √(k/d), the next order by as much",
                    "below",
                ),
                [Control("λ = 1", largest(below, matrix))],
            )
        )
    bound = sum(float(_tilts(setting, m).max() ** 0.5) for m in MATRICES)
    run = trained(context, setting)
    parts += [
        Part(
            "Largest distance between the spaces of two classes or of the two matrices, λ = 100",
            0.0,
            _largest_between(context, setting),
            Test("threshold", bound, "the triangle inequality for the two tilts", "below"),
            [Control("λ = 1", _largest_between(context, below))],
        ),
        Part(
            "One minus the overlap of the weights with the span of the means, λ = 100",
            0.0,
            replica_mean(1 - mean_overlaps(run.last, run.mixture.means)),
            Test("threshold", 1 / PRECISION, "the size 1/λ of the theorem", "below"),
            [
                Control(
                    "labels shuffled",
                    replica_mean(1 - mean_overlaps(shuffled.last, shuffled.mixture.means)),
                )
            ],
        ),
    ]
    precisions = (1.0, 10.0, 20.0, 100.0, 1000.0)
    result = SubspaceRun(
        np.array(precisions),
        {
            matrix: [largest(base(context, value), matrix) for value in precisions]
            for matrix in MATRICES
        },
    )
    return result, parts
