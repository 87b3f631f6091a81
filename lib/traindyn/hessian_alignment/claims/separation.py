"""Claims HA-5 and HA-6: one eigenvalue leads, but the weights are not its eigenvector."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from traindyn.hessian_alignment.claims.common import replica_mean
from traindyn.hessian_alignment.claims.registry import registry
from traindyn.hessian_alignment.results.separation import SeparationRun
from traindyn.hessian_alignment.studies.blocks import start_values
from traindyn.hessian_alignment.studies.softmax import (
    ASPECT,
    Setting,
    base,
    dimension,
    overlaps,
    spectra,
)
from traindyn.hessian_alignment.studies.subspace import own_mean_cosines
from traindyn.hessian_alignment.theory.separated_classes import (
    Matrix,
    amplitude,
    class_weights,
    confidence,
    outlier_eigenvalues,
    tilts,
)
from traindyn.inference import Estimate
from traindyn.ledger import Size
from traindyn.ledger.legacy import Control, Part, Test
from traindyn.runs import Context

MATRICES: tuple[Matrix, ...] = ("hessian", "gradient")
TIMES = (0.0, 3.0, 10.0, 25.0, 60.0)


def _setting(context: Context) -> Setting:
    return Setting(200.0, decay=0.02, dimension=dimension(context))


def _predicted(setting: Setting, matrix: Matrix, time: float) -> np.ndarray:
    right = confidence(amplitude(setting.classes, setting.decay, time), setting.classes)
    weights = class_weights(right, setting.classes, matrix)
    return outlier_eigenvalues(weights, setting.precision, ASPECT)


def _lead(values: np.ndarray) -> Estimate:
    """First eigenvalue of a block over the mean of the next k - 1."""
    k = values.shape[1]
    return replica_mean(values[..., 0] / values[..., 1:k].mean(axis=-1))


@registry.claim(
    5,
    source="theorem 3.3, as a review describes it; its numbers are derived here",
    basis="stated",
    statement=(
        "With orthonormal means the k outliers of a Hessian block start nearly equal, and during "
        "training the one along the mean of its own class leaves the others."
    ),
)
def separation(context: Context) -> tuple[SeparationRun, list[Part]]:
    """HA-5."""
    setting = _setting(context)
    values = {
        m: [spectra(context, setting, m, TIMES, index=i).values for i in range(len(TIMES))]
        for m in MATRICES
    }
    grid = np.linspace(0, TIMES[-1], 61)
    result = SeparationRun(
        np.array(TIMES),
        {m: np.array([v.mean(axis=(0, 1)) for v in values[m]]) for m in MATRICES},
        grid,
        {m: np.array([_predicted(setting, m, t)[:2] for t in grid]) for m in MATRICES},
    )
    hessian, gradient = values["hessian"], values["gradient"]
    return result, [
        *_lead_parts(context, setting, hessian[0], hessian[-1]),
        _direction(context, setting),
        *_gradient_parts(setting, gradient, hessian),
    ]


def _lead_parts(
    context: Context, setting: Setting, start: np.ndarray, end: np.ndarray
) -> list[Part]:
    """Eigenvalues of the Hessian: nearly equal at the start, then one leads."""
    k, d = setting.classes, setting.dimension
    law = _predicted(setting, "hessian", TIMES[-1])
    first_order = "next order: the logits of a class scatter by |x|²/2λ = 0.01, and 1/√d"
    smaller = {
        size: start_values(context, replace(setting, dimension=size, replicas=64))
        for size in (50, 100, 200)
    }
    return [
        Part(
            "First eigenvalue over the mean of the next three at the start, Hessian",
            1.0,
            _lead(start),
            Test(
                "equality",
                2.4 / d**0.5,
                "four outliers scatter by 0.85/√d, from frequencies of classes √(3/8d) and "
                "logits; the first exceeds the rest by 1.4 times that; twice",
            ),
            [Control("after training", _lead(end))],
            asymptotic=True,
            sizes=[Size(size, _lead(values)) for size, values in smaller.items()],
        ),
        Part(
            "The same at t = 60, over its law",
            1.0,
            _lead(end).scaled(float(law[1] / law[0])),
            Test("equality", 0.05, first_order),
            [Control("at the start", _lead(start).scaled(float(law[1] / law[0])))],
        ),
        Part(
            "First eigenvalue of a Hessian block at t = 60, over its law",
            1.0,
            replica_mean(end[..., 0]).scaled(1 / float(law[0])),
            Test("equality", 0.05, first_order),
            [Control("at the start", replica_mean(start[..., 0]).scaled(1 / float(law[0])))],
        ),
        Part(
            "Mean of the next three at t = 60, over their law",
            1.0,
            replica_mean(end[..., 1:k]).scaled(1 / float(law[1])),
            Test("equality", 0.05, first_order),
            [Control("at the start", replica_mean(start[..., 1:k]).scaled(1 / float(law[1])))],
        ),
    ]


def _direction(context: Context, setting: Setting) -> Part:
    """The leading eigenvector is the mean of its class."""
    weights = class_weights(0.8, setting.classes, "hessian")
    tilt = float(tilts(weights, setting.precision, ASPECT)[0])
    start, end = (
        replica_mean(own_mean_cosines(context, setting, TIMES, i)) for i in (0, len(TIMES) - 1)
    )
    return Part(
        "Cosine of the first eigenvector with the mean of its class at t = 60",
        1.0,
        end,
        Test("threshold", 8 * tilt, "the tilt sin²θ/2 of a finite sample, 16 times", "above"),
        [Control("at the start", start)],
    )


def _gradient_parts(
    setting: Setting, gradient: list[np.ndarray], hessian: list[np.ndarray]
) -> list[Part]:
    """The gradient matrix, where the first eigenvalue leads at all times."""
    names = {
        0: "First over next eigenvalues of the gradient matrix at the start, over the law "
        "(k − 1)² with its noise: here the first one leads from the beginning",
        -1: "The same at t = 60",
    }
    laws = {i: _predicted(setting, "gradient", TIMES[i]) for i in names}
    ratios = {i: float(law[1] / law[0]) for i, law in laws.items()}
    return [
        Part(
            name,
            1.0,
            _lead(gradient[i]).scaled(ratios[i]),
            Test("equality", 0.1, "next order in k(k − 1)/λ = 0.06, and 1/√d"),
            [Control("Hessian", _lead(hessian[i]).scaled(ratios[i]))],
        )
        for i, name in names.items()
    ]


@registry.claim(
    6,
    source="derived here",
    basis="derived",
    statement=(
        "The weights of a class are not the top eigenvector of their block: its cosine with them "
        "is √((k − 1)/k), and only the whole eigenspace holds them."
    ),
)
def not_the_top(context: Context) -> tuple[None, list[Part]]:
    """HA-6."""

    def cosine(setting: Setting, index: int = -1) -> Estimate:
        return replica_mean(overlaps(context, setting, "hessian", index=index, count=1))

    four = base(context, 200.0)
    ten = replace(four, classes=10, replicas=16)

    def missing(setting: Setting) -> Estimate:
        return replica_mean(
            overlaps(context, setting, "hessian") - overlaps(context, setting, "hessian", count=1)
        )

    why = "of order k/λ: noise floor, tilt, and the mixing of the outliers"
    parts = [
        Part(
            "Cosine of the weights of a class with the top eigenvector of its Hessian block, k = 4",
            (3 / 4) ** 0.5,
            cosine(four),
            Test("equality", 4 / four.precision, why),
            [
                Control(
                    "overlap with four eigenvectors",
                    replica_mean(overlaps(context, four, "hessian")),
                ),
                Control("at the start", cosine(four, 0)),
            ],
            asymptotic=True,
            sizes=[Size(value, cosine(base(context, value))) for value in (20.0, 100.0, 1000.0)],
        ),
        Part(
            "The same with ten classes",
            (9 / 10) ** 0.5,
            cosine(ten),
            Test("equality", 0.02, "of order k/λ = 0.05; a fourth of the distance from k = 4"),
            [Control("four classes", cosine(four))],
        ),
        Part(
            "Overlap with all four eigenvectors, less that with the first",
            1 - (3 / 4) ** 0.5,
            missing(four),
            Test("threshold", 1 - (3 / 4) ** 0.5 - 0.1, "a tenth, which a plot shows", "above"),
            [Control("ten classes", missing(ten))],
        ),
    ]
    return None, parts
