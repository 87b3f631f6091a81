"""Claim HT-11: how the singular vectors of the weights and of their updates come to agree."""

from __future__ import annotations

import numpy as np

from traindyn.heavy_tailed_esd.claims.registry import registry
from traindyn.heavy_tailed_esd.results.overlaps import OverlapRun, OverlapsAlong
from traindyn.heavy_tailed_esd.studies.ensembles import (
    LARGE_ADAM,
    descent,
    inputs,
    small_adam,
)
from traindyn.heavy_tailed_esd.studies.first_steps import ASPECT
from traindyn.heavy_tailed_esd.studies.overlaps import TIMES, band_of_order, overlaps_of
from traindyn.heavy_tailed_esd.theory.overlaps import first_overlaps
from traindyn.inference import Estimate, estimate_mean
from traindyn.ledger.legacy import Control, Part, Test
from traindyn.runs import Context


@registry.claim(
    11,
    source="figures on singular-vector overlaps, after the authors' public code and the reviews",
    basis="stated",
    statement=(
        "At the start weights and update share no singular vectors; a large step aligns the first "
        "pair, and further large steps align all of them in order along the diagonal."
    ),
)
def overlaps(context: Context) -> tuple[OverlapRun, list[Part]]:
    """HT-11."""
    large = overlaps_of(context, LARGE_ADAM)
    small = overlaps_of(context, small_adam(context))
    steep, gentle = (overlaps_of(context, descent(context, rate), (0,)) for rate in (5.0, 0.8))
    return OverlapRun(TIMES, large.maps), [
        *_first_step(inputs(context), large, small, steep, gentle),
        *_order(inputs(context), large, small),
    ]


def _smaller(along: OverlapsAlong) -> Estimate:
    """The smaller one of the overlaps of the first vectors after the first step."""
    return estimate_mean(np.minimum(along.left, along.right))


def _first_step(
    size: int,
    large: OverlapsAlong,
    small: OverlapsAlong,
    steep: OverlapsAlong,
    gentle: OverlapsAlong,
) -> list[Part]:
    """The first pair, before and after the first step."""
    ell = 0.68 * ASPECT * size  # of Adam's first step with η = 1: k_A² h
    uniform = Test("equality", 0.5, "half of what a single large step makes")
    return [
        Part(
            "Rank correlation of right singular vectors before the first step",
            0.0,
            estimate_mean(large.correlations[:, 0]),
            uniform,
            [Control("before the tenth step", estimate_mean(large.correlations[:, -1]))],
        ),
        *(
            Part(
                f"Squared overlap of the first {side} vectors after one step of Adam with η = 1",
                predicted,
                estimate_mean(getattr(large, side)),
                Test("equality", 0.02, "1/√d of the length of a row; four over d of the limit"),
                [Control("a small learning rate", estimate_mean(getattr(small, side)))],
            )
            for side, predicted in zip(("left", "right"), first_overlaps(ell, ASPECT), strict=True)
        ),
        Part(
            "Smaller of the two after one step of gradient descent with η = 5d",
            1.0,
            _smaller(steep),
            Test("threshold", 0.1, "nine tenths", side="above"),
            [
                Control(
                    "η = 0.8d, below the threshold",
                    _smaller(gentle),
                )
            ],
        ),
    ]


def _order(size: int, large: OverlapsAlong, small: OverlapsAlong) -> list[Part]:
    """All vectors in order along the diagonal, after more large steps."""
    order = band_of_order(size)
    return [
        Part(
            "Overlap within d/20 of the diagonal over the mean, before the tenth step of Adam with "
            "η = 1",
            order / 3,
            estimate_mean(large.bands[:, -1]),
            Test(
                "ordering",
                order / 12,
                "a quarter of the largest value, that of vectors in perfect order",
                side="above",
            ),
            [
                Control("a small learning rate", estimate_mean(small.bands[:, -1])),
                Control("before the first step", estimate_mean(large.bands[:, 0])),
            ],
        ),
        Part(
            "The same with a small learning rate",
            1.0,
            estimate_mean(small.bands[:, -1]),
            Test("equality", order / 30, "a thirtieth of the value of vectors in perfect order"),
            [Control("η = 1", estimate_mean(large.bands[:, -1]))],
        ),
        Part(
            "Rank correlation before the tenth step of Adam with η = 1",
            1.0,
            estimate_mean(large.correlations[:, -1]),
            Test("threshold", 0.05, "nearly the same order", side="above"),
            [Control("a small learning rate", estimate_mean(small.correlations[:, -1]))],
        ),
        Part(
            "Growth of the band between the third step and the tenth",
            1.0,
            estimate_mean(large.bands[:, -1] - large.bands[:, 2]),
            Test("ordering", 0.5, "half of the mean overlap", side="above"),
            [
                Control(
                    "a small learning rate",
                    estimate_mean(small.bands[:, -1] - small.bands[:, 2]),
                )
            ],
        ),
    ]
