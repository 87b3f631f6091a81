"""Claim HA-3: the top eigenspaces, and the weights in them, are the span of the means."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from traindyn.hessian_alignment.claims.alignment import MATRICES, NAMES, PRECISION
from traindyn.hessian_alignment.claims.common import replica_mean
from traindyn.hessian_alignment.claims.registry import registry
from traindyn.hessian_alignment.results.alignment import SubspaceRun
from traindyn.hessian_alignment.studies.softmax import (
    ASPECT,
    HORIZON,
    Setting,
    base,
    mean_sines,
    outside_means,
)
from traindyn.hessian_alignment.studies.subspace import largest_between
from traindyn.hessian_alignment.theory.separated_classes import (
    Matrix,
    amplitude,
    class_weights,
    confidence,
    tilts,
)
from traindyn.inference import Estimate
from traindyn.ledger.legacy import Control, Part, Test
from traindyn.runs import Context


def _tilts(setting: Setting, matrix: Matrix) -> np.ndarray:
    a = amplitude(setting.classes, setting.decay, HORIZON[-1])
    weights = class_weights(confidence(a, setting.classes), setting.classes, matrix)
    return tilts(weights, setting.precision, ASPECT)


def _total(context: Context, case: Setting, matrix: Matrix, test_size: int = 8) -> Estimate:
    """Sum of squared sines over its law."""
    squared = (mean_sines(context, case, matrix, test_size) ** 2).sum(axis=-1)
    return replica_mean(squared).scaled(1 / _tilts(case, matrix).sum())


def _largest(context: Context, case: Setting, matrix: Matrix) -> Estimate:
    """Sine of the largest angle between eigenspace and means."""
    return replica_mean(mean_sines(context, case, matrix)[..., 0])


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
    precisions = (1.0, 10.0, 20.0, 100.0, 1000.0)
    result = SubspaceRun(
        np.array(precisions),
        {
            matrix: [_largest(context, base(context, value), matrix) for value in precisions]
            for matrix in MATRICES
        },
    )
    return result, [*_tilt_law(context), *_distances(context)]


def _tilt_law(context: Context) -> list[Part]:
    """All angles between eigenspace and means."""
    cases: list[tuple[Matrix, float, str]] = [
        ("hessian", 100.0, "Hessian, λ = 100"),
        ("gradient", 1000.0, "gradients, λ = 1000"),
    ]
    return [
        Part(
            f"Sum of squared sines between eigenspace and means over its law; {name}",
            1.0,
            _total(context, base(context, precision), matrix),
            Test("equality", 0.1, "next order of the law, k/λ and (84/λ)², and 1/√d = 0.07"),
            [
                Control(
                    "two test samples per input",
                    _total(context, base(context, precision), matrix, 2),
                )
            ],
        )
        for matrix, precision, name in cases
    ]


def _distances(context: Context) -> list[Part]:
    """Distances of spaces from the span of the means and from each other."""
    setting, below = base(context), base(context, 1.0)
    size = 2 * (setting.classes / setting.dimension) ** 0.5
    rms = {m: float(_tilts(setting, m).max() ** 0.5) for m in MATRICES}
    return [
        *(
            Part(
                f"Largest sine, the distance of the two spaces, λ = 100; {NAMES[matrix]}",
                rms[matrix],
                _largest(context, setting, matrix),
                Test(
                    "threshold",
                    rms[matrix] * size,
                    "the largest of k random angles exceeds the mean square by the factor "
                    "1 + √(k/d), the next order by as much",
                    "below",
                ),
                [Control("λ = 1", _largest(context, below, matrix))],
            )
            for matrix in MATRICES
        ),
        Part(
            "Largest distance between the spaces of two classes or of the two matrices, λ = 100",
            0.0,
            replica_mean(largest_between(context, setting)),
            Test(
                "threshold", sum(rms.values()), "the triangle inequality for the two tilts", "below"
            ),
            [Control("λ = 1", replica_mean(largest_between(context, below)))],
        ),
        Part(
            "One minus the overlap of the weights with the span of the means, λ = 100",
            0.0,
            replica_mean(outside_means(context, setting)),
            Test("threshold", 1 / PRECISION, "the size 1/λ of the theorem", "below"),
            [
                Control(
                    "labels shuffled",
                    replica_mean(outside_means(context, replace(setting, labels="shuffled"))),
                )
            ],
        ),
    ]
