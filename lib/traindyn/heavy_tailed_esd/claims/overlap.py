"""Claim HT-11: how the singular vectors of the weights and of their updates come to agree."""

from __future__ import annotations

import math

import numpy as np

from traindyn.heavy_tailed_esd.claims.estimates import midway
from traindyn.heavy_tailed_esd.claims.parts import algebraic, simulated
from traindyn.heavy_tailed_esd.claims.registry import registry
from traindyn.heavy_tailed_esd.results.overlaps import OverlapRun, OverlapsAlong
from traindyn.heavy_tailed_esd.studies.ensembles import (
    LARGE_ADAM,
    descent,
    inputs,
    small_adam,
)
from traindyn.heavy_tailed_esd.studies.first_steps import ASPECT
from traindyn.heavy_tailed_esd.studies.overlaps import TIMES, band_of_order, overlaps_of, pairs_of
from traindyn.heavy_tailed_esd.theory.one_step import FirstStep
from traindyn.heavy_tailed_esd.theory.overlaps import first_overlaps
from traindyn.heavy_tailed_esd.theory.prediction import Prediction
from traindyn.inference import Estimate, estimate_mean, exact
from traindyn.ledger import (
    Part,
    at_least,
    at_most,
    same_run,
    within,
    wrong_prediction,
    wrong_theory,
)
from traindyn.runs import Context

STEEP = 5.0
"""Learning rate of gradient descent in units of d."""

THIRD, TENTH = 2, 9
"""The third step and the tenth, counted from 0."""


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
    small = overlaps_of(context, small_adam(context), (THIRD, TENTH))
    return OverlapRun(TIMES, large.maps), [
        _before(large),
        *_first_step(context),
        *_order(inputs(context), large, small),
    ]


def _expected(size: int, name: str, rate: float) -> tuple[float, float]:
    """Predicted squared overlaps of the first left and right vectors after one step."""
    theory = Prediction.of("adam" if name == "adam" else "gd", FirstStep(0.5, ASPECT), size)
    return first_overlaps(float(theory.length(np.array(rate * theory.strength_of_rate))), ASPECT)


def _before(large: OverlapsAlong) -> Part:
    """All vectors, before the first step."""
    return algebraic(
        "Rank correlation of the right singular vectors of weights and update before the first "
        "step of Adam with η = 1",
        estimate_mean(large.correlation(0)),
        within(0.5, "half of the correlation 1 of vectors in order", "neighbor"),
        [
            wrong_prediction("vectors in order", 1.0),
            same_run("before the tenth step", estimate_mean(large.correlation(TENTH))),
        ],
        prediction=0.0,
    )


def _first_step(context: Context) -> list[Part]:
    """The first pair after the first step."""
    size = inputs(context)
    both, slow = _expected(size, "adam", 1.0), _expected(size, "gd", STEEP * size)[0]
    large, small = (pairs_of(context, rate) for rate in (LARGE_ADAM, small_adam(context)))
    steep, gentle = (pairs_of(context, descent(context, rate)) for rate in (STEEP, 0.8))
    adam, gd = "Adam with η = 1", "gradient descent with η = 5d"
    below = "η = 0.8d, below the threshold"
    return [
        simulated(
            f"Squared overlap of the first {side} singular vectors of weights and update after "
            f"one step of {label}",
            estimate_mean(found),
            within(midway(1.0, predicted), "half of what the bulk takes away", "neighbor"),
            [
                wrong_prediction("vectors that the bulk does not turn", 1.0),
                same_run(slower, estimate_mean(slight)),
            ],
            prediction=predicted,
            basis="derived",
        )
        for side, label, predicted, found, slower, slight in (
            ("left", adam, both[0], large.left, "a small learning rate", small.left),
            ("right", adam, both[1], large.right, "a small learning rate", small.right),
            ("left", gd, slow, steep.left, below, gentle.left),
        )
    ]


def _order(size: int, large: OverlapsAlong, small: OverlapsAlong) -> list[Part]:
    """All vectors in order along the diagonal, after more large steps."""
    order = band_of_order(size)
    middle = math.sqrt(order)
    why = "on a logarithmic scale half of the way from random vectors to vectors in order"
    return [
        simulated(
            "Overlap of right singular vectors within d/20 of the diagonal over the mean, before "
            "the tenth step of Adam with η = 1",
            estimate_mean(large.band(TENTH)),
            at_least(middle, why, "neighbor"),
            [
                wrong_theory("random vectors", exact(1.0)),
                same_run("a small learning rate", estimate_mean(small.band(TENTH))),
                same_run("before the first step", estimate_mean(large.band(0))),
            ],
        ),
        simulated(
            "Overlap of right singular vectors within d/20 of the diagonal over the mean, before "
            "the tenth step of Adam with a rate near half the threshold of a spike",
            estimate_mean(small.band(TENTH)),
            at_most(middle, why, "neighbor"),
            [
                wrong_theory("vectors in order", exact(order)),
                same_run("η = 1", estimate_mean(large.band(TENTH))),
            ],
        ),
        simulated(
            "Rank correlation of the right singular vectors of weights and update before the tenth "
            "step of Adam with η = 1",
            estimate_mean(large.correlation(TENTH)),
            at_least(
                1 / math.sqrt(1 + 12 / 4**2),
                "the correlation if places scatter by a quarter of all vectors",
                "neighbor",
            ),
            [
                wrong_theory("random vectors", exact(0.0)),
                same_run("a small learning rate", estimate_mean(small.correlation(TENTH))),
            ],
        ),
        simulated(
            "Growth of the overlap within d/20 of the diagonal over the mean between the third "
            "step of Adam with η = 1 and the tenth",
            _growth(large),
            at_least(0.5, "half of the mean overlap of random vectors", "neighbor"),
            [
                wrong_theory("the order of the third step is kept", exact(0.0)),
                same_run("a small learning rate", _growth(small)),
            ],
        ),
    ]


def _growth(along: OverlapsAlong) -> Estimate:
    return estimate_mean(along.band(TENTH) - along.band(THIRD))
