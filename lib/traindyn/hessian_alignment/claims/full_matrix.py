"""Claims HA-9 to HA-11: the whole matrix, its zero modes, and the samples it is made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from traindyn.hessian_alignment.claims.common import replica_mean
from traindyn.hessian_alignment.claims.registry import registry
from traindyn.hessian_alignment.results.full_matrix import FullRun
from traindyn.hessian_alignment.studies.full_matrix import (
    TIMES,
    FullSpectra,
    Setting,
    departure_of_sum,
    full,
    weights_inside,
    whole_setting,
)
from traindyn.hessian_alignment.studies.softmax import base
from traindyn.hessian_alignment.studies.training_samples import all_samples, last_samples
from traindyn.hessian_alignment.theory.separated_classes import (
    Matrix,
    amplitude,
    confidence,
    tier_eigenvalues,
)
from traindyn.inference import Estimate, exact
from traindyn.ledger.legacy import Control, Part, Test
from traindyn.runs import Context

MATRICES: tuple[Matrix, ...] = ("hessian", "gradient")
ROUNDING = 1e-10
WHY = "five: the gap to the bulk is of order λ/k²"


def _ratio(values: np.ndarray, place: int) -> Estimate:
    """The eigenvalue at a place, counted from 1, over the next."""
    return replica_mean(values[:, place - 1] / values[:, place])


def _zero_modes(values: np.ndarray, expected: int) -> Estimate:
    """Largest deviation of the number of zero eigenvalues from the expected one."""
    return exact(float(np.abs((np.abs(values) < ROUNDING).sum(axis=1) - expected).max()))


@registry.claim(
    9,
    source="the paper's count as we recall it is at most k²; the exact one is derived here",
    basis="derived",
    statement=(
        "The whole Hessian has k(k − 1) outliers, in two tiers of k and k(k − 2) after training, "
        "and d zero modes; the gradient matrix has k outliers."
    ),
)
def counts(context: Context) -> tuple[FullRun, list[Part]]:
    """HA-9."""
    setting = whole_setting(context)
    start, end = full(context, setting, index=0), full(context, setting)
    below = full(context, replace(setting, precision=1.0))
    cases = [("at the start", start), ("at t = 60", end)]
    result = FullRun(
        setting.classes,
        setting.dimension,
        start.hessian[0],
        end.hessian[0],
        start.gradient[0],
        end.gradient[0],
    )
    return result, [
        *_hessian_counts(setting, cases, below),
        *_tiers(setting, start, end),
        *_gradient_counts(setting, cases),
    ]


def _hessian_counts(
    setting: Setting, cases: Sequence[tuple[str, FullSpectra]], below: FullSpectra
) -> list[Part]:
    """The k(k − 1) outliers of the Hessian."""
    many = setting.classes * (setting.classes - 1)
    return [
        Part(
            f"Hessian {when}: eigenvalue {many} over {many + 1}",
            10.0,
            _ratio(spectra.hessian, many),
            Test("threshold", 5.0, WHY, "above"),
            [
                Control("λ = 1", _ratio(below.hessian, many)),
                Control("gradient matrix", _ratio(spectra.gradient, many)),
            ],
        )
        for when, spectra in cases
    ]


def _tiers(setting: Setting, start: FullSpectra, end: FullSpectra) -> list[Part]:
    """One tier of outliers becomes two; zero modes."""
    k, d = setting.classes, setting.dimension
    return [
        Part(
            "Hessian at the start: eigenvalue 4 over 5, one tier",
            1.0,
            _ratio(start.hessian, k),
            Test(
                "equality", 1 / d**0.5, "eigenvalues of one tier scatter by 1/√d, over 12", "both"
            ),
            [Control("at t = 60", _ratio(end.hessian, k))],
        ),
        Part(
            "Hessian at t = 60: eigenvalue 4 over 5, two tiers",
            k * confidence(amplitude(k, setting.decay, TIMES[-1]), k),
            _ratio(end.hessian, k),
            Test("threshold", 0.8, "two: tiers do not mix; each is some percent wide", "above"),
            [Control("at the start", _ratio(start.hessian, k))],
        ),
        Part(
            "Number of zero eigenvalues of the Hessian: largest deviation from d in any run",
            0.0,
            _zero_modes(np.concatenate([start.hessian, end.hessian]), d),
            Test("exact", 0.5, "a count"),
            [Control("blocks on the diagonal alone", _zero_modes(end.diagonal, d))],
        ),
    ]


def _gradient_counts(setting: Setting, cases: Sequence[tuple[str, FullSpectra]]) -> list[Part]:
    """The k outliers of the gradient matrix."""
    k = setting.classes
    return [
        Part(
            f"Gradient matrix {when}: eigenvalue 4 over 5",
            10.0,
            _ratio(spectra.gradient, k),
            Test("threshold", 5.0, WHY, "above"),
            [Control("Hessian", _ratio(spectra.hessian, k))],
        )
        for when, spectra in cases
    ]


@registry.claim(
    10,
    source="derived here",
    basis="derived",
    statement=(
        "With a regularizer all weights together lie in the span of the top k eigenvectors of the "
        "whole matrices, and their sum over classes decays without noise."
    ),
)
def trajectory(context: Context) -> tuple[None, list[Part]]:
    """HA-10."""
    setting = whole_setting(context)
    free = replace(setting, decay=0.0)

    def inside(case: Setting, matrix: Matrix, index: int = -1) -> Estimate:
        return replica_mean(weights_inside(context, case, matrix, index))

    def departure(case: Setting) -> Estimate:
        return exact(departure_of_sum(context, case, setting.decay))

    names = {"hessian": "Hessian", "gradient": "gradient matrix"}
    parts = [
        *(
            Part(
                f"Overlap of all weights with four eigenvectors of the {names[matrix]}, λ = 100",
                1.0,
                inside(setting, matrix),
                Test("threshold", 1 / setting.precision, "the size 1/λ", "above"),
                [
                    Control("no regularizer", inside(free, matrix)),
                    Control("at the start", inside(setting, matrix, 0)),
                ],
            )
            for matrix in MATRICES
        ),
        Part(
            "Sum of the weights over classes: largest deviation from (1 − δβ)ⁿ times its start",
            0.0,
            departure(setting),
            Test("exact", ROUNDING, "rounding, of 10^-16 for each of thousands of steps"),
            [Control("no regularizer", departure(free))],
        ),
        *_tier_laws(context),
    ]
    return None, parts


def _tier_laws(context: Context) -> list[Part]:
    """Mean eigenvalues of the two tiers."""
    strong = whole_setting(context, 1000.0)
    k = strong.classes
    tiers = tier_eigenvalues(confidence(amplitude(k, strong.decay, TIMES[-1]), k), k)
    values = full(context, strong).hessian
    cuts = {"upper": slice(0, k), "lower": slice(k, k * (k - 1))}
    return [
        Part(
            f"Mean eigenvalue of the {name} tier over its law, λ = 1000, t = 60",
            1.0,
            replica_mean(values[:, cuts[name]]).scaled(1 / tier),
            Test("equality", 0.05, "next order in k²/λ = 0.016, twice, and the test samples"),
            [Control("the other tier", replica_mean(values[:, cuts[other]]).scaled(1 / tier))],
        )
        for name, other, tier in zip(cuts, reversed(cuts), tiers, strict=True)
    ]


@registry.claim(
    11,
    source="section 8 of version 2, as far as its title goes",
    basis="stated",
    statement=(
        "Hessian and gradient matrix of the training samples show the same alignment as those of "
        "test samples, as long as every sample is used once."
    ),
)
def training_samples(context: Context) -> tuple[None, list[Part]]:
    """HA-11."""
    names = {"hessian": "Hessian", "gradient": "gradients"}
    cases = {"the last 8d": last_samples(context), "all 50d": all_samples(context)}
    parts = [
        Part(
            f"Overlap with the space of {kept} training samples, less that of test samples; "
            f"{names[matrix]}",
            0.0,
            replica_mean(found.seen[matrix] - found.fresh[matrix]),
            Test("equality", 1 / base(context).precision, "the size 1/λ of the error itself"),
            [
                Control(
                    "the last d/4 samples", replica_mean(found.few[matrix] - found.fresh[matrix])
                )
            ],
        )
        for kept, found in cases.items()
        for matrix in MATRICES
    ]
    return None, parts
