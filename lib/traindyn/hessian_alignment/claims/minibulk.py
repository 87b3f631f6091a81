"""Claim HA-22: outliers, minibulk and bulk of a block of the population Hessian."""

from __future__ import annotations

import numpy as np

from traindyn.hessian_alignment.claims.registry import registry
from traindyn.hessian_alignment.results.effective import MinibulkRun
from traindyn.hessian_alignment.studies.minibulk import CLASSES, PRECISIONS, Spans, spans
from traindyn.hessian_alignment.studies.sample_bulk import (
    DIVISORS,
    Quadrature,
    bulk_run,
    bulk_setting,
    quadrature,
)
from traindyn.inference import estimate_mean
from traindyn.ledger import Size
from traindyn.ledger.legacy import Control, Part, Test
from traindyn.runs import Context


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
    found, density = spans(context), quadrature(context, setting)
    result = MinibulkRun(
        np.array(PRECISIONS),
        found.measured[:, :k],
        found.measured[:, k:],
        found.predicted[:, :k],
        found.predicted[:, k:],
        density.shown,
    )
    return result, [
        *_distances(found),
        *_lowest(found),
        _outliers(found),
        *_bulk(context),
        _resolvent(density, setting.classes / setting.dimension),
    ]


def _distances(found: Spans) -> list[Part]:
    """The minibulk is near the bulk."""
    far = found.farthest
    return [
        Part(
            "Largest relative distance of the minibulk from the bulk, times λ, λ = 20",
            0.0,
            far[20.0].scaled(20.0),
            Test("threshold", 0.4, "of order |x⊥|² E|w''|/E w: 0.2, twice", side="below"),
            [Control("weights four times as large", found.farthest_grown.scaled(20.0))],
        ),
        Part(
            "Distance of the minibulk from the bulk, λ = 100",
            0.0,
            far[100.0],
            Test(
                "threshold",
                0.02,
                "0.6/λ and the error of the samples, 0.002, several times",
                side="below",
            ),
            [Control("λ = 5", far[5.0])],
            asymptotic=True,
            sizes=[Size(p, e) for p, e in far.items()],
            note=(
                "One of the k eigenvalues of the minibulk equals the bulk exactly: to add a vector "
                "to all x^c changes no probability."
            ),
        ),
    ]


def _lowest(found: Spans) -> list[Part]:
    """The eigenvalue of the minibulk that is farthest from the bulk."""
    predicted = dict(zip(PRECISIONS, found.predicted[:, -1].tolist(), strict=True))
    return [
        Part(
            f"Lowest minibulk eigenvalue over the bulk, λ = {p:g}",
            predicted[p],
            found.lowest[p],
            Test("equality", 0.5 * (1 - predicted[p]), "half of its distance from the bulk"),
            [Control(f"λ = {other:g}", found.lowest[other])],
        )
        for p, other in ((5.0, 20.0), (20.0, 5.0))
    ]


def _outliers(found: Spans) -> Part:
    """The outliers of the population."""
    predicted = float(found.predicted[PRECISIONS.index(20.0), :CLASSES].mean())
    return Part(
        "Mean of the k outliers over the bulk, λ = 20",
        predicted,
        found.outliers,
        Test("equality", 0.02 * predicted, "2 %: ten times the error of the samples"),
        [Control("mean of the minibulk", found.minibulk)],
    )


def _bulk(context: Context) -> list[Part]:
    """Width and edge of the bulk of a finite sample."""
    d = bulk_setting(context).dimension
    runs = {n: bulk_run(context, bulk_setting(context, n)) for n in DIVISORS}
    edges = {n: estimate_mean(run.edge) for n, run in runs.items()}
    return [
        Part(
            "Variance of the bulk of a finite sample over that of equal population eigenvalues",
            1.0,
            estimate_mean(runs[1].variance),
            Test(
                "equality", 0.1, "leaving out k eigenvalues at either end takes some 2k/d, thrice"
            ),
            [Control("all eigenvalues, outliers included", estimate_mean(runs[1].with_outliers))],
        ),
        Part(
            "Its largest eigenvalue over the predicted edge, λ = 20",
            1.0,
            edges[1],
            Test("equality", 0.05, "Tracy-Widom scatter, of order d^(−2/3) = 0.03 below the edge"),
            [Control("half as many samples", estimate_mean(runs[1].fewer))],
            asymptotic=True,
            sizes=[Size(d / n, e) for n, e in edges.items()],
        ),
    ]


def _resolvent(found: Quadrature, share: float) -> Part:
    """The whole density."""
    return Part(
        "Mean of 1/(h + 1/4) over all eigenvalues h in units of the bulk, by Lanczos quadrature, "
        "over that of k outliers and the law of weighted samples, λ = 20",
        1.0,
        estimate_mean(found.resolvent),
        Test("equality", 2 * share, "what is no outlier departs from the law by order 2k/d"),
        [Control("half as many samples", estimate_mean(found.fewer))],
    )
