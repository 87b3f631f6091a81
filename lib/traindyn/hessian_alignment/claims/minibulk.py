"""Claim HA-22: outliers, minibulk and bulk of a block of the population Hessian."""

from __future__ import annotations

from functools import partial

import numpy as np

from traindyn.hessian_alignment.claims.common import over
from traindyn.hessian_alignment.claims.finite import FINITE_EDGE, edge_deficit
from traindyn.hessian_alignment.claims.registry import registry
from traindyn.hessian_alignment.results.effective import MinibulkRun
from traindyn.hessian_alignment.studies.minibulk import CLASSES, PRECISIONS, Spans, spans
from traindyn.hessian_alignment.studies.sample_bulk import (
    DIVISORS,
    HORIZON,
    TEST_SIZE,
    Quadrature,
    bulk_run,
    bulk_setting,
    quadrature,
)
from traindyn.inference import estimate_mean, ratio_of_means
from traindyn.ledger import (
    Part,
    Size,
    at_most,
    other_system,
    same_run,
    within_noise,
    wrong_theory,
)
from traindyn.runs import Context

networks = partial(Part, compares="algebra", replicates="networks", seen=True)


@registry.claim(
    22,
    source="theorem on the population block, its three parts named in a public review; the "
    "content is derived here",
    basis="derived",
    statement=(
        "A block of the population Hessian has k outliers of order one, a bulk of equal "
        "eigenvalues, and between them a minibulk within O(1/λ) of the bulk, in the span of the "
        "weights; finitely many samples spread the bulk into a law with a sharp edge."
    ),
)
def minibulk(context: Context) -> tuple[MinibulkRun, list[Part]]:
    """HA-22."""
    k, setting = CLASSES, bulk_setting(context)
    found = {p: spans(context, p) for p in PRECISIONS}
    density = quadrature(context, setting)
    measured = np.array([spread.measured.mean(axis=0) for spread in found.values()])
    predicted = np.array([spread.predicted.mean(axis=0) for spread in found.values()])
    result = MinibulkRun(
        np.array(PRECISIONS),
        measured[:, :k],
        measured[:, k:],
        predicted[:, :k],
        predicted[:, k:],
        density.shown,
    )
    return result, [
        *_distances(context, found),
        *(_mean_distance(found[p], p) for p in PRECISIONS[:2]),
        _outliers(found[20.0]),
        *_bulk(context),
        _resolvent(density),
    ]


def _distances(context: Context, found: dict[float, Spans]) -> list[Part]:
    """The minibulk is near the bulk."""
    far = {p: estimate_mean(spread.farthest()) for p, spread in found.items()}
    grown = estimate_mean(spans(context, 20.0, 4.0).farthest())
    return [
        networks(
            "Largest relative distance of the minibulk from the bulk, times λ, λ = 20",
            far[20.0].scaled(20.0),
            at_most(0.4, "of order |x⊥|² E|w''|/E w: 0.2, twice", "next order"),
            [other_system("weights four times as large", grown.scaled(20.0))],
        ),
        networks(
            "Largest relative distance of the minibulk from the bulk, λ = 100: it vanishes as λ "
            "grows",
            far[100.0],
            at_most(
                0.6 / 100.0,
                "0.6/λ: three times the distance that the formula gives at λ = 20",
                "next order",
            ),
            [
                other_system("weights four times as large, λ = 20", grown),
                same_run("λ = 5", far[5.0]),
            ],
            asymptotic=True,
            sizes=[Size(p, e) for p, e in far.items()],
            toward=0.0,
            note=(
                "One of the k eigenvalues of the minibulk equals the bulk exactly: to add a vector "
                "to all x^c changes no probability."
            ),
        ),
    ]


def _mean_distance(spread: Spans, precision: float) -> Part:
    """How far the minibulk lies from the bulk."""
    measured, predicted = (
        1 - values[:, CLASSES:].mean(axis=1) for values in (spread.measured, spread.predicted)
    )
    found = ratio_of_means(measured, predicted)
    return networks(
        "Mean distance of the minibulk from the bulk over that of the formula by parts, "
        f"λ = {precision:g}",
        found,
        within_noise(found, "the formula is exact, the samples are finite"),
        [
            wrong_theory(
                "second derivatives over λ in place of λ²: 1/λ lost",
                ratio_of_means(measured, precision * predicted),
            ),
            wrong_theory("half of the second derivatives", ratio_of_means(2 * measured, predicted)),
        ],
        prediction=1.0,
    )


def _outliers(spread: Spans) -> Part:
    """The outliers of the population."""
    k = CLASSES
    measured, predicted = (
        values[:, :k].mean(axis=1) for values in (spread.measured, spread.predicted)
    )
    found = ratio_of_means(measured, predicted)
    return networks(
        "Mean of the k outliers over the bulk, over that of the formula by parts, λ = 20",
        found,
        within_noise(found, "the formula is exact, the samples are finite"),
        [
            wrong_theory("without the bulk under them", ratio_of_means(measured, predicted - 1)),
            wrong_theory(
                "1 + λ/k, weights that know nothing of the samples",
                over(estimate_mean(measured), 1 + 20.0 / k),
            ),
        ],
        prediction=1.0,
    )


def _bulk(context: Context) -> list[Part]:
    """Width and edge of the bulk of a finite sample."""
    d = bulk_setting(context).dimension
    runs = {n: bulk_run(context, bulk_setting(context, n)) for n in DIVISORS}
    ends = {n: 1 + edge_deficit(bulk_setting(context, n), "hessian", HORIZON) for n in runs}
    edges = {n: estimate_mean(run.edge / ends[n]) for n, run in runs.items()}
    widths = {n: estimate_mean(run.variance) for n, run in runs.items()}
    return [
        networks(
            "Variance of the bulk of a finite sample over that of weighted samples with equal "
            "population eigenvalues, λ = 20",
            widths[1],
            within_noise(
                widths[1],
                "k lowest eigenvalues near the lower edge are left out, a share (2 − √γ)² − 1 of "
                "the variance per k/d, and k of d dimensions hold none; and noise",
                (2 - TEST_SIZE**-0.5) ** 2 * CLASSES / d,
            ),
            [
                wrong_theory("equal weights", estimate_mean(runs[1].plain_variance)),
                other_system("half as many samples", estimate_mean(runs[1].fewer_variance)),
                same_run(
                    "all eigenvalues, outliers included", estimate_mean(runs[1].with_outliers)
                ),
            ],
            prediction=1.0,
            asymptotic=True,
            sizes=[Size(d / n, e) for n, e in widths.items()],
        ),
        networks(
            "Largest eigenvalue of the bulk of a finite sample over the predicted edge for its "
            "dimensions, λ = 20",
            edges[1],
            within_noise(edges[1], FINITE_EDGE, 1 / d),
            [
                other_system("half as many samples", estimate_mean(runs[1].fewer / ends[1])),
            ],
            prediction=1.0,
            sizes=[Size(d / n, e) for n, e in edges.items()],
        ),
    ]


def _resolvent(found: Quadrature) -> Part:
    """The whole density."""
    measured = estimate_mean(found.resolvent)
    return networks(
        "Mean of 1/(h + 1/4) over all eigenvalues h in units of the bulk, by Lanczos quadrature, "
        "over that of k outliers and the law of weighted samples, λ = 20",
        measured,
        within_noise(measured, "outliers and law are exact up to 1/d: noise is left"),
        [
            other_system("half as many samples", estimate_mean(found.fewer)),
        ],
        prediction=1.0,
    )
