"""Claims HA-9 and HA-10: the whole matrix, its zero modes, and the weights in it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from traindyn.hessian_alignment.claims.common import over, replica_mean, row
from traindyn.hessian_alignment.claims.registry import registry
from traindyn.hessian_alignment.results.full_matrix import FullRun
from traindyn.hessian_alignment.studies.full_matrix import (
    TEST_SIZE,
    TIMES,
    FullSpectra,
    Setting,
    departure_of_sum,
    full,
    weights_inside,
    whole_setting,
)
from traindyn.hessian_alignment.theory.separated_classes import (
    Matrix,
    amplitude,
    confidence,
    noise_floor,
    tier_eigenvalues,
)
from traindyn.inference import Estimate, estimate_mean, exact
from traindyn.ledger import (
    Part,
    at_least,
    at_most,
    other_system,
    same_run,
    within,
    wrong_prediction,
    wrong_theory,
)
from traindyn.runs import Context

MATRICES: tuple[Matrix, ...] = ("hessian", "gradient")
NAMES: dict[Matrix, str] = {"hessian": "Hessian", "gradient": "gradient matrix"}
ROUNDING = 1e-10


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
    k = setting.classes
    return result, [
        *(
            _gap(setting, f"Hessian {when}", k * (k - 1), "hessian", spectra, below)
            for when, spectra in cases
        ),
        *_tiers(setting, start, end),
        *(
            _gap(setting, f"Gradient matrix {when}", k, "gradient", spectra, below)
            for when, spectra in cases
        ),
    ]


def _gap(
    setting: Setting,
    name: str,
    place: int,
    matrix: Matrix,
    spectra: FullSpectra,
    below: FullSpectra,
) -> Part:
    """The last outlier stands out."""
    values = {"hessian": spectra.hessian, "gradient": spectra.gradient}
    lost = {"hessian": below.hessian, "gradient": below.gradient}
    other: Matrix = "gradient" if matrix == "hessian" else "hessian"
    return row(
        f"{name}: eigenvalue {place} over {place + 1}, λ = {setting.precision:g}",
        _ratio(values[matrix], place),
        at_least(
            setting.precision / setting.classes**2,
            "outliers of order 1/k² over a bulk of order 1/λ: λ/k²",
            "next order",
        ),
        [
            other_system(f"the {NAMES[other]}", _ratio(values[other], place)),
            wrong_theory("one outlier more", _ratio(values[matrix], place + 1)),
            same_run("λ = 1, trained", _ratio(lost[matrix], place)),
        ],
    )


def _tiers(setting: Setting, start: FullSpectra, end: FullSpectra) -> list[Part]:
    """One tier of outliers becomes two; zero modes."""
    k, d = setting.classes, setting.dimension
    apart = k * confidence(amplitude(k, setting.decay, TIMES[-1]), k)
    return [
        row(
            "Hessian at the start: eigenvalue 4 over 5, one tier",
            _ratio(start.hessian, k),
            within(1 / d**0.5, "eigenvalues of one tier scatter by 1/√d, over 12", "size"),
            [
                other_system("gradient matrix", _ratio(start.gradient, k)),
                wrong_prediction("two tiers, kP apart as after training", apart),
                same_run("at t = 60", _ratio(end.hessian, k)),
            ],
            prediction=1.0,
        ),
        row(
            "Hessian at t = 60: eigenvalue 4 over 5, two tiers",
            _ratio(end.hessian, k),
            at_least(
                apart**0.5,
                "half way, on a scale of ratios, from one tier to two that are kP apart",
                "neighbor",
            ),
            [
                wrong_theory("three in the upper tier", _ratio(end.hessian, k - 1)),
                wrong_theory("five in the upper tier", _ratio(end.hessian, k + 1)),
                same_run("at the start", _ratio(start.hessian, k)),
            ],
        ),
        row(
            "Number of zero eigenvalues of the Hessian: largest deviation from d in any of 64 "
            "matrices",
            _zero_modes(np.concatenate([start.hessian, end.hessian]), d),
            within(0.5, "a count", "count"),
            [
                other_system("blocks on the diagonal alone", _zero_modes(end.diagonal, d)),
                wrong_prediction("d + 1", 1.0),
            ],
            prediction=0.0,
            compares="algebra",
            replicates="",
        ),
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

    parts = [
        *(
            row(
                f"Overlap of all weights with four eigenvectors of the whole {NAMES[matrix]}, "
                "λ = 100, t = 60",
                inside(setting, matrix),
                at_least(1 - 1 / setting.precision, "one minus the size 1/λ", "next order"),
                [
                    other_system("no regularizer", inside(free, matrix)),
                    same_run("at the start", inside(setting, matrix, 0)),
                ],
            )
            for matrix in MATRICES
        ),
        _sum_of_weights(context, setting, free),
        *_tier_laws(context),
        _missing(context, setting),
    ]
    return None, parts


def _missing(context: Context, setting: Setting) -> Part:
    """What the four eigenvectors lack: noise floor and tilt, as in one block."""
    k, precision = setting.classes, setting.precision
    found = replica_mean(1 - weights_inside(context, setting, "hessian"))
    floor = noise_floor(k, precision, setting.decay, setting.step, TIMES[-1])
    tilt = k / (TEST_SIZE * precision) / 2
    return row(
        "One minus the overlap of all weights with four eigenvectors of the whole Hessian, over "
        "noise floor plus tilt γk/2λ, λ = 100, t = 60",
        over(found, floor + tilt),
        within(
            k**2 / precision + 2 * k / setting.dimension,
            "bulk over outliers, at most k²/λ, in the tilt; of d directions k lie in the means, in "
            "either term",
            "next order",
        ),
        [
            wrong_theory("noise floor without the tilt", over(found, floor)),
            wrong_theory("tilt without the noise floor", over(found, tilt)),
            wrong_theory(
                "a law twice as large, of the squared overlap",
                over(found.scaled(0.5), floor + tilt),
            ),
        ],
        prediction=1.0,
    )


def _sum_of_weights(context: Context, setting: Setting, free: Setting) -> Part:
    """The sum over classes feels the regularizer alone."""

    def departures(case: Setting, law: str = "steps") -> np.ndarray:
        return departure_of_sum(context, case, setting.decay, law)

    return row(
        "Sum of the weights over classes at t = 60: largest deviation from (1 − δβ)ⁿ times its "
        "start in any run",
        exact(float(departures(setting).max())),
        at_most(ROUNDING, "rounding, of 10^-16 for each of thousands of steps", "rounding"),
        [
            wrong_theory("exp(−βt), without steps", estimate_mean(departures(setting, "flow"))),
            other_system("no regularizer", estimate_mean(departures(free))),
        ],
        replicates="",
    )


def _tier_laws(context: Context) -> list[Part]:
    """Mean eigenvalues of the two tiers."""
    strong = whole_setting(context, 1000.0)
    k = strong.classes
    right = confidence(amplitude(k, strong.decay, TIMES[-1]), k)
    tiers = tier_eigenvalues(right, k)
    wrong = {
        "upper": ("P(1 − P)/k", right * (1 - right) / k),
        "lower": ("(1 − P)/k²", (1 - right) / k**2),
    }
    values = full(context, strong).hessian
    cuts = {"upper": slice(0, k), "lower": slice(k, k * (k - 1))}
    return [
        row(
            f"Mean eigenvalue of the {name} tier of the Hessian over its law, λ = 1000, t = 60",
            over(found := replica_mean(values[:, cuts[name]]), tier),
            within(0.03, "next order in k²/λ = 0.016, twice", "next order"),
            [
                wrong_theory(wrong[name][0], over(found, wrong[name][1])),
                same_run("the other tier", over(replica_mean(values[:, cuts[other]]), tier)),
            ],
            prediction=1.0,
        )
        for name, other, tier in zip(cuts, reversed(cuts), tiers, strict=True)
    ]
