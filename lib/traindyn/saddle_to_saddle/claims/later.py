"""Claims SS-19 and SS-22: the second escape, and costs without a finite minimum."""

from __future__ import annotations

import numpy as np

from traindyn.inference import exact
from traindyn.ledger.legacy import Control, Part, Test
from traindyn.runs import Context
from traindyn.saddle_to_saddle.claims.registry import registry
from traindyn.saddle_to_saddle.results.plateaus import LogisticRun, SecondEscapeRun
from traindyn.saddle_to_saddle.studies.later import logistic_path, second_escape


@registry.claim(
    19,
    source="derived here",
    basis="derived",
    statement=(
        "Two layers, any cost: per factor e of the start the second escape comes later by "
        "1/s₁ + (1 − s₂/s₁)/s₁', with s' at the first saddle; it is 1/s₂ only if the gradients "
        "commute."
    ),
)
def second(context: Context) -> tuple[SecondEscapeRun, list[Part]]:
    """SS-19."""
    run = second_escape(context)
    return run, [
        Part(
            "First escape of matrix completion: time per factor e of the start",
            run.first_slope,
            exact(run.last_slope(run.first)),
            Test("slope", 1e-3 * run.first_slope, "0.1 %: the rest falls as a power of α"),
            [Control("all entries observed", exact(run.all_observed))],
        ),
        Part(
            "Second escape: time per factor e of the start",
            run.second_slope,
            exact(run.last_slope(run.second)),
            Test(
                "slope", 1e-3 * run.second_slope, "0.1 %: what grows beside falls as a power of α"
            ),
            [
                Control(
                    "all entries of a matrix with the same singular values: gradients commute",
                    exact(run.commuting),
                ),
                Control(
                    "gradient descent with weights in single precision",
                    exact(run.single_precision),
                ),
            ],
        ),
    ]


@registry.claim(
    22,
    source="abstract: the last path may go to infinity, as we recall it",
    basis="attributed",
    statement=(
        "With a logistic cost there is no last saddle: the flow rests at saddles of growing rank "
        "and then grows without bound, at the smallest rank that has all the signs."
    ),
)
def infinity(context: Context) -> tuple[dict[str, LogisticRun], list[Part]]:
    """SS-22."""
    one = logistic_path(context, flipped=False)
    two = logistic_path(context, flipped=True)
    return {"rank one": one, "two flipped": two}, [
        *_signs("rank one", 1, one, two),
        *_signs("two flipped", 2, two, one),
        Part(
            "Loss of the first plateau: log 2 at the origin",
            float(np.log(2)),
            exact(one.plateaus[0].loss),
            Test("equality", 1e-4, "of order α"),
            [Control("second plateau, two flipped", exact(two.plateaus[-1].loss))],
        ),
    ]


def _signs(name: str, rank: int, run: LogisticRun, other: LogisticRun) -> list[Part]:
    """Signs that need a rank: as many plateaus, that rank at the end, and growth without bound."""
    return [
        Part(
            f"Number of plateaus, signs {name}",
            float(rank),
            exact(float(len(run.plateaus))),
            Test("exact", 0.5, "an integer"),
            [Control("the other signs", exact(float(len(other.plateaus))))],
        ),
        Part(
            f"Growth of the smallest margin over the last decade of time, in units of log 10, "
            f"signs {name}",
            1.0,
            exact(run.margin_growth(run.times[-1])),
            Test(
                "equality",
                0.35,
                "the loss decays as exp(−margin) and its rate with it; the factor margin^(4/3) "
                "in the speed of three layers adds 4/3 over the margin, about 0.15",
            ),
            [Control("on the plateau at the origin", exact(run.margin_growth(10.0)))],
        ),
        Part(
            f"Rank of A at the end, signs {name}",
            float(rank),
            exact(float(run.rank)),
            Test("exact", 0.5, "an integer"),
            [Control("the other signs", exact(float(other.rank)))],
        ),
    ]
