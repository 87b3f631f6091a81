"""Claim HA-12: outliers that emerge and sink in training, against an exact theory."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from traindyn.hessian_alignment.claims.common import replica_mean, row
from traindyn.hessian_alignment.claims.compared import (
    count,
    edge,
    first,
    inside_error,
    mean_cosine_error,
    others,
    predicted_count,
    series,
    share,
    sunk,
)
from traindyn.hessian_alignment.claims.finite import FINITE_EDGE, edge_deficit
from traindyn.hessian_alignment.claims.registry import registry
from traindyn.hessian_alignment.results.emergence import Compared, EmergenceRun
from traindyn.hessian_alignment.studies.compared import compared
from traindyn.hessian_alignment.studies.emergence import (
    EMERGING,
    LATE,
    MATRICES,
    SHOWN,
    TEN_BLOCKS,
    Matrix,
    Run,
    dimension,
    main,
    shown,
    smaller,
    ten_at_start,
    ten_classes,
    ten_in_half,
)
from traindyn.inference import Estimate, difference, exact
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

INDEPENDENT = "weights that know nothing of the samples"
PER_BLOCK = "the theory is exact for the weights of every block, up to 1/d; and noise"
EXTRAPOLATED = (
    "the theory is exact for the weights of every block, up to 1/d, which two dimensions cancel: "
    "noise is left"
)
MARGIN = 0.08
"""For ten classes: a random matrix of this size passes its edge by 5 % once in ten times."""


@registry.claim(
    12,
    source="abstract of the sequel arXiv 2502.15655; the formulas are derived here",
    basis="derived",
    statement=(
        "Outliers emerge from the bulk during training and sink back into it, in a dynamical "
        "version of the transition at the start; an exact theory gives edge, outliers and "
        "eigenvectors. At λ = 20 the gradient matrix loses k − 1 of its outliers while the Hessian "
        "keeps all."
    ),
)
def emergence(context: Context) -> tuple[tuple[EmergenceRun, EmergenceRun], list[Part]]:
    """HA-12."""
    hessian, gradient = (compared(context, main(context), 1, m, True) for m in MATRICES)
    early = {m: compared(context, main(context), 0, m) for m in MATRICES}
    run, times = shown(context), range(len(SHOWN))
    result = EmergenceRun(
        4,
        20.0,
        np.array(SHOWN),
        {matrix: series([compared(context, run, i, matrix) for i in times]) for matrix in MATRICES},
    )
    born, more = _emerging(context)
    parts = [
        *_sizes_of_outliers(context, hessian, gradient),
        _bulk(context, hessian),
        _vector(context, hessian),
        *_counts(hessian, gradient, early),
    ]
    return (result, born), [*parts, *more]


def _sizes_of_outliers(context: Context, hessian: Compared, gradient: Compared) -> list[Part]:
    """Outliers over their predictions."""
    cases = [
        ("First outlier of the Hessian block over its prediction, λ = 20, t = 60", first, hessian),
        (
            "The other k − 1 outliers of the Hessian block over their prediction, λ = 20, t = 60",
            others,
            hessian,
        ),
        (
            "First outlier of the gradient block over its prediction, λ = 20, t = 60",
            first,
            gradient,
        ),
    ]
    return [
        row(
            name,
            ratio(found),
            within_noise(ratio(found), PER_BLOCK, 1 / dimension(context)),
            [wrong_theory(INDEPENDENT, ratio(found, naive=True))],
            prediction=1.0,
        )
        for name, ratio, found in cases
    ]


def _bulk(context: Context, hessian: Compared) -> Part:
    """The edge of the bulk."""

    def over_finite(run: Run, found: Compared, plain: bool = False) -> Estimate:
        end = 1 + edge_deficit(run.setting, "hessian", LATE)
        return edge(found, plain=plain).scaled(1 / end)

    d, run = dimension(context), main(context)
    fewer = {n: smaller(context, n) for n in (4, 2)}
    edges = {n: over_finite(r, compared(context, r, 0, "hessian")) for n, r in fewer.items()}
    found = over_finite(run, hessian)
    return row(
        "Largest eigenvalue of the Hessian's bulk over the predicted edge for its dimensions, "
        "λ = 20, t = 60",
        found,
        within_noise(found, FINITE_EDGE, 1 / d),
        [
            wrong_theory(
                "edge for equal weights of the same mean", over_finite(run, hessian, plain=True)
            )
        ],
        prediction=1.0,
        sizes=[*(Size(d / n, e) for n, e in edges.items()), Size(float(d), found)],
    )


def _vector(context: Context, hessian: Compared) -> Part:
    """The eigenspace."""
    return row(
        "Share of the squared weights of a class in the Hessian's four outlier eigenvectors, minus "
        "its prediction, λ = 20, t = 60",
        inside_error(hessian),
        within_noise(inside_error(hessian), PER_BLOCK, 1 / dimension(context)),
        [
            wrong_theory(
                "eigenvectors in the span of weights and means, without a tilt",
                replica_mean(hessian.with_weights - 1),
            )
        ],
        prediction=0.0,
        note=(
            "Weights that know nothing of the samples give nearly the same space, though not its "
            "eigenvalues, and no eigenvectors in it: all four are equal."
        ),
    )


def _counts(hessian: Compared, gradient: Compared, early: dict[Matrix, Compared]) -> list[Part]:
    """How many outliers stay and sink."""
    return [
        row(
            "Share of runs whose Hessian blocks have all k = 4 outliers, λ = 20, t = 60",
            share(hessian, 4),
            at_least(0.5, "another number in all runs gives 0: half way to it", "neighbor"),
            [
                other_system("the gradient block", share(gradient, 4)),
                wrong_theory("three outliers", share(hessian, 3)),
            ],
        ),
        row(
            "Outliers of the gradient block that sink into the bulk between t = 2 and t = 60, "
            "λ = 20",
            sunk(early["gradient"], gradient),
            at_least(1.5, "half way from none to the k − 1 = 3 that sink in theory", "neighbor"),
            [
                other_system("the Hessian block", sunk(early["hessian"], hessian)),
                wrong_theory("one of four sinks", exact(1.0)),
            ],
            note=(
                "The prediction leaves out weights rarer than one in M: in the strict limit the "
                "rarest weights of the gradient matrix set the edge, and its outliers sink sooner "
                "than in any sample of a size that fits a computer."
            ),
        ),
        row(
            "Outliers of the gradient block at λ = 20, t = 2: all k = 4 are there",
            count(early["gradient"]),
            within(0.5, "half an outlier", "count"),
            [
                wrong_prediction("k − 1", 3.0),
                same_run("at t = 60", count(gradient)),
            ],
            prediction=predicted_count(early["gradient"]),
        ),
    ]


def _emerging(context: Context) -> tuple[EmergenceRun, list[Part]]:
    """Ten classes below and above the threshold of the start, which lies at λ = 5."""
    below = ten_classes(context, 4.0, 4.0, EMERGING, TEN_BLOCKS)
    above = ten_classes(context, 12.0, 2.0, (0.0, 30.0))
    last = len(EMERGING) - 1
    rows = [compared(context, below, i, "hessian", i == last) for i in range(len(EMERGING))]
    result = EmergenceRun(10, 4.0, np.array(EMERGING), {"hessian": series(rows)})
    many, one = (compared(context, above, i, "hessian") for i in (0, 1))
    start = compared(context, ten_at_start(context), 0, "hessian")
    half = compared(context, ten_in_half(context), 0, "hessian", True)
    none, born, one_left = _born(start, rows, many, one)
    return result, [none, born, _emerged_vector(dimension(context), rows, half), one_left]


def _born(start: Compared, rows: Sequence[Compared], many: Compared, one: Compared) -> list[Part]:
    """One outlier is born below the threshold, and one is left above it."""
    end = rows[-1]
    return [
        row(
            "Ten classes, λ = 4 below the threshold 5: outliers of a block at the start, none",
            count(start, MARGIN),
            within(0.5, "half an outlier", "count"),
            [
                wrong_prediction("one", 1.0),
                other_system("λ = 12 above the threshold 7", count(many, MARGIN)),
            ],
            prediction=0.0,
        ),
        row(
            "Ten classes, λ = 4 below the threshold 5: outliers of a block at t = 30, one has "
            "emerged",
            count(end, MARGIN),
            within(0.5, "half an outlier", "count"),
            [
                wrong_prediction("none", 0.0),
                wrong_prediction("two", 2.0),
                same_run("at the start", count(start, MARGIN)),
            ],
            prediction=1.0,
        ),
        row(
            "Ten classes, λ = 12 above the threshold 7: outliers of a block at t = 30, all but one "
            "have sunk",
            count(one, MARGIN),
            within(0.5, "half an outlier", "count"),
            [
                wrong_prediction("none", 0.0),
                wrong_prediction("two", 2.0),
                same_run("at the start", count(many, MARGIN)),
            ],
            prediction=1.0,
        ),
    ]


def _emerged_vector(d: int, rows: Sequence[Compared], half: Compared) -> Part:
    """The eigenvector of the outlier that is born."""
    end = rows[-1]

    def extrapolated(naive: bool = False) -> Estimate:
        fewer, more = (mean_cosine_error(found, naive) for found in (half, end))
        return difference(more.scaled(2.0), fewer)

    return row(
        "Ten classes, λ = 4: squared cosine of the outlier that emerged with the mean of the "
        "class, minus its prediction, t = 30, extrapolated in 1/d from d/2 and d",
        extrapolated(),
        within_noise(extrapolated(), EXTRAPOLATED),
        [
            wrong_theory(INDEPENDENT, extrapolated(naive=True)),
            same_run(
                "at the start, from the same prediction",
                replica_mean(rows[0].with_mean - end.exact.with_mean),
            ),
        ],
        prediction=0.0,
        sizes=[Size(d / 2, mean_cosine_error(half)), Size(float(d), mean_cosine_error(end))],
    )
