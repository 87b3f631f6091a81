"""Claim HA-1: the weights of every class lie in the top eigenspace of their Hessian block."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from traindyn.hessian_alignment.claims.common import over, replica_mean, row
from traindyn.hessian_alignment.claims.finite import edge_deficit, scatter
from traindyn.hessian_alignment.claims.registry import registry
from traindyn.hessian_alignment.results.alignment import AlignmentRun
from traindyn.hessian_alignment.studies.chains import dimensions, samples_to_align
from traindyn.hessian_alignment.studies.limits import limit, outside
from traindyn.hessian_alignment.studies.softmax import (
    ASPECT,
    HORIZON,
    Setting,
    base,
    overlaps,
    spectra,
)
from traindyn.hessian_alignment.studies.subspace import random_overlaps
from traindyn.hessian_alignment.theory.finite_size import LOWEST_OF_THREE
from traindyn.hessian_alignment.theory.separated_classes import (
    Matrix,
    misalignment,
    noise_floor,
)
from traindyn.inference import Estimate, estimate_mean, log_slope
from traindyn.ledger import (
    Part,
    Size,
    at_least,
    other_system,
    same_run,
    within,
    within_noise,
    wrong_prediction,
    wrong_theory,
)
from traindyn.runs import Context

PRECISION = 100.0
MATRICES: tuple[Matrix, ...] = ("hessian", "gradient")
NAMES: dict[Matrix, str] = {"hessian": "Hessian", "gradient": "gradients"}
SHOWN_TIMES = (0.0, 1.0, 2.0, 4.0, 7.0, 12.0, 20.0, 30.0, 40.0, 50.0)
GAP_NOTE = "Reported next to every overlap: without a gap the span of top eigenvectors is noise."


def course(context: Context, matrix: Matrix) -> AlignmentRun:
    """Overlap and gap over time, for the figure."""
    setting = replace(base(context), replicas=4)
    indices = range(len(SHOWN_TIMES))
    values = np.array([overlaps(context, setting, matrix, SHOWN_TIMES, index=i) for i in indices])
    found = [spectra(context, setting, matrix, SHOWN_TIMES, index=i) for i in indices]
    k, d = setting.classes, setting.dimension
    return AlignmentRun(
        matrix,
        np.array(SHOWN_TIMES),
        values.mean(axis=1),
        np.array([f.gaps.mean() for f in found]),
        (k / d) ** 0.5,
        1 - misalignment(k, setting.precision, setting.decay, 1.0, ASPECT, matrix),
        {
            name: float(overlaps(context, case, matrix).mean())
            for name, case in (
                ("labels shuffled", replace(base(context), labels="shuffled")),
                ("λ = 1", base(context, 1.0)),
            )
        },
    )


def at_end(context: Context, setting: Setting, matrix: Matrix) -> Estimate:
    """Overlap of the weights with the eigenspace of their block at the end."""
    return replica_mean(overlaps(context, setting, matrix))


def lowest(context: Context, setting: Setting, matrix: Matrix) -> Estimate:
    """Mean over replicas of the lowest overlap of a class at t = 30, 40 or 50."""
    found = [
        overlaps(context, setting, matrix, index=i).min(axis=1) for i in range(1, len(HORIZON))
    ]
    return replica_mean(np.min(found, axis=0))


def law_of_error(setting: Setting, matrix: Matrix, time: float = HORIZON[-1]) -> float:
    """Noise floor plus tilt, one minus the overlap at a late time."""
    return misalignment(
        setting.classes,
        setting.precision,
        setting.decay,
        setting.step,
        ASPECT,
        matrix,
        time,
    )


def _floor(setting: Setting, time: float) -> float:
    return noise_floor(4, setting.precision, setting.decay, setting.step, time)


def next_orders(setting: Setting) -> float:
    """Relative size k/λ + k/d of what a law of leading terms leaves out."""
    return setting.classes / setting.precision + setting.classes / setting.dimension


def over_law(
    context: Context, setting: Setting, matrix: Matrix, law: Callable[[float], float]
) -> Estimate:
    """One minus the overlap over a law of the time, mean over t = 30, 40 and 50.

    The three have test samples of their own, and a floor that forgets in a time of 1/2β = 5.
    """
    late = range(1, len(HORIZON))
    found = [(1 - overlaps(context, setting, matrix, index=i)) / law(HORIZON[i]) for i in late]
    return replica_mean(np.mean(found, axis=0))


def aligned(context: Context, matrix: Matrix, third: float = 0.0) -> list[Part]:
    """The parts that HA-1 and HA-2 have in common.

    Args:
        context: Scale and seed.
        matrix: Which matrix.
        third: Third order of the tilt, over the law.
    """
    setting = base(context)

    def law(time: float) -> float:
        return law_of_error(setting, matrix, time)

    def floor(time: float) -> float:
        return _floor(setting, time)

    measured = over_law(context, setting, matrix, law)
    beyond = [(1 - limit(setting, matrix, time).overlap) / law(time) for time in HORIZON[1:]]
    return [
        _lowest_part(context, setting, matrix),
        row(
            f"One minus the overlap of the weights with the space of the {NAMES[matrix]} is noise "
            "floor plus tilt of the eigenvectors: mean ratio at t = 30, 40 and 50, λ = 100",
            measured,
            within_noise(
                measured,
                "what the limit of SGD at this λ and d adds to the leading terms, at most their "
                "next orders k/λ and k/d; and noise",
                min(max(abs(ratio - 1) for ratio in beyond), next_orders(setting) + third),
            ),
            [
                wrong_theory(
                    "noise floor without the tilt", over_law(context, setting, matrix, floor)
                ),
                wrong_theory(
                    "tilt without the noise floor",
                    over_law(context, setting, matrix, lambda t: law(t) - floor(t)),
                ),
            ],
            prediction=1.0,
            basis="derived",
        ),
        _gap(context, setting, matrix),
        *_other_mixtures(context, setting, matrix),
    ]


def _lowest_part(context: Context, setting: Setting, matrix: Matrix) -> Part:
    """The sentence of the theorem."""
    below = base(context, 1.0)
    no_signal, shuffled = replace(setting, geometry="zero"), replace(setting, labels="shuffled")
    return row(
        f"Lowest overlap |P x|/|x| of the weights of a class with the top four eigenvectors of "
        f"their block of the {NAMES[matrix]}, over four classes and the times 30, 40, 50, λ = 100",
        lowest(context, setting, matrix),
        at_least(
            1 - 1 / PRECISION,
            "one minus the size 1/λ of the theorem, with the constant one",
            "paper",
        ),
        [
            other_system("labels shuffled", at_end(context, shuffled, matrix)),
            other_system("means zero", at_end(context, no_signal, matrix)),
            other_system(
                "a random space of four dimensions",
                replica_mean(random_overlaps(context, setting, matrix)),
            ),
            same_run("λ = 1, below the threshold", at_end(context, below, matrix)),
            same_run("at the start", replica_mean(overlaps(context, setting, matrix, index=0))),
        ],
        asymptotic=True,
        sizes=[Size(v, at_end(context, base(context, v), matrix)) for v in (10.0, 100.0, 1000.0)],
        toward=1.0,
    )


def _gap(context: Context, setting: Setting, matrix: Matrix) -> Part:
    """Without a gap an overlap says nothing."""
    no_signal = replace(setting, geometry="zero")
    found, naive = (limit(setting, matrix, correlated=known) for known in (True, False))
    gap, none = (replica_mean(spectra(context, s, matrix).gaps) for s in (setting, no_signal))
    end = 1 + edge_deficit(setting, matrix, aspect=outside(setting) * ASPECT)
    short = (1 + LOWEST_OF_THREE * scatter(setting, matrix)) / end
    predicted = float(found.outliers[-1] / found.edge) * short
    measured = over(gap, predicted)
    return row(
        f"Gap: fourth over fifth eigenvalue of a block of the {NAMES[matrix]}, over the last "
        "outlier and the edge that the limit of SGD gives, with what a finite sample takes from "
        "the lowest of three and from the end of a bulk; λ = 100",
        measured,
        within_noise(
            measured,
            "the sample lowers the lowest outlier by its mean scatter over the class frequencies, "
            "and the bulk by the mean of Tracy and Widom; both are predicted, and noise is left",
        ),
        [
            other_system("means zero", over(none, predicted)),
            wrong_theory(
                "weights that know nothing of the samples",
                over(gap, float(naive.outliers[-1] / naive.edge) * short),
            ),
            same_run(
                "λ = 1",
                over(replica_mean(spectra(context, base(context, 1.0), matrix).gaps), predicted),
            ),
        ],
        prediction=1.0,
        basis="derived",
        note=GAP_NOTE,
    )


def _other_mixtures(context: Context, setting: Setting, matrix: Matrix) -> list[Part]:
    """Classes of unequal probability, and means that are not orthogonal."""
    shuffled = at_end(context, replace(setting, labels="shuffled"), matrix)
    no_signal = at_end(context, replace(setting, geometry="zero"), matrix)
    unequal, overlapping = (
        at_end(context, case, matrix)
        for case in (
            replace(setting, weights=(0.4, 0.3, 0.2, 0.1)),
            replace(setting, geometry="overlapping"),
        )
    )
    controls = [other_system("labels shuffled", shuffled), other_system("means zero", no_signal)]
    return [
        row(
            f"Overlap of weights and eigenspace for classes of probability 0.4, 0.3, 0.2, 0.1; "
            f"{NAMES[matrix]}, λ = 100",
            unequal,
            at_least(
                1 - 2.5 / PRECISION,
                "the size 1/λ of the theorem, times the largest probability over the smallest "
                "that equal classes have, 0.25/0.1",
                "paper",
            ),
            controls,
        ),
        row(
            f"Overlap of weights and eigenspace for means that have scalar products 1/2; "
            f"{NAMES[matrix]}, λ = 100",
            overlapping,
            at_least(
                1 - 2 / PRECISION,
                "the size 1/λ of the theorem, over 1/2, the smallest eigenvalue of the means' Gram "
                "matrix",
                "paper",
            ),
            controls,
        ),
    ]


def _rapidly(context: Context) -> Part:
    """The number of samples is of order d."""
    sizes, classes = dimensions(context), base(context).classes
    steps, fixed = (
        [estimate_mean(samples_to_align(context, d, shrinks)) for d in sizes]
        for shrinks in (True, False)
    )
    return row(
        "Exponent in d of the number of samples until weights and means have an overlap of 0.9, "
        "λ = 100: alignment is rapid",
        log_slope(sizes, steps),
        within(
            classes / sizes[0] / math.log(sizes[-1] / sizes[0]),
            "of d directions k lie in the means: k/d at the smallest size, over the logarithm of "
            "the range",
            "size",
        ),
        [
            other_system("learning rate that does not shrink with d", log_slope(sizes, fixed)),
            wrong_prediction("time of order log d: d log d samples, over this range", 1.19),
        ],
        prediction=1.0,
        note="Runs are drawn in law, through the overlaps of weights and means.",
    )


@registry.claim(
    1,
    source="theorem 3.1, as its reviews quote it; constants derived here",
    basis="stated",
    statement=(
        "After a time of order one, the weights of every class lie in the span of the top k "
        "eigenvectors of their block of the Hessian, up to 1/λ."
    ),
)
def hessian(context: Context) -> tuple[AlignmentRun, list[Part]]:
    """HA-1."""
    parts = [*aligned(context, "hessian"), _rapidly(context)]
    return course(context, "hessian"), parts
