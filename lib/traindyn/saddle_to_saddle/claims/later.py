"""Claims SS-19 and SS-22: the second escape, and costs without a finite minimum."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from traindyn.inference import Estimate, estimate_fraction, estimate_mean
from traindyn.ledger import Part, at_least, other_system, same_run, within, wrong_prediction
from traindyn.runs import Context
from traindyn.saddle_to_saddle.claims.parts import simulated
from traindyn.saddle_to_saddle.claims.registry import registry
from traindyn.saddle_to_saddle.results.plateaus import LogisticRun, SecondEscapeRun
from traindyn.saddle_to_saddle.studies.later import logistic_paths, second_escape


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

    def unit(times: np.ndarray) -> Estimate:
        return estimate_mean(run.last_slopes(times))

    left_over = "what grows beside falls as a power of α, below 0.1 % at these scales"
    return run, [
        simulated(
            "First escape of two layers on one problem of matrix completion: time per factor e of "
            "the start's scale, from 1e-11 to 1e-13",
            unit(run.first),
            within(1e-3 * run.first_slope, left_over, "next order"),
            [
                wrong_prediction("1/2s₁, as if A were of the scale α", run.first_slope / 2),
                other_system("all entries observed", unit(run.all_observed)),
            ],
            prediction=run.first_slope,
        ),
        simulated(
            "Second escape of two layers on one problem of matrix completion: time per factor e of "
            "the start's scale, from 1e-11 to 1e-13",
            unit(run.second),
            within(1e-3 * run.second_slope, left_over, "next order"),
            [
                wrong_prediction("gradients that commute: 1/s₂", run.naive_slope),
                other_system("a diagonal target: gradients commute", unit(run.commuting)),
                other_system(
                    "gradient descent with weights in single precision",
                    estimate_mean(run.single_precision),
                ),
            ],
            prediction=run.second_slope,
        ),
    ]


@registry.claim(
    22,
    source="the last path may go to infinity, as we recall it",
    basis="attributed",
    statement=(
        "With a logistic cost there is no last saddle: the flow rests at saddles of growing rank "
        "and then grows without bound, at the smallest rank that has all the signs."
    ),
)
def infinity(context: Context) -> tuple[dict[str, LogisticRun], list[Part]]:
    """SS-22."""
    one = logistic_paths(context, flipped=False)
    two = logistic_paths(context, flipped=True)
    return {"rank one": one[0], "two flipped": two[0]}, [
        *_signs("rank one", 1, one, two),
        *_signs("two flipped", 2, two, one),
        simulated(
            "Logistic cost where the flow of three layers first rests, signs of rank one",
            estimate_mean(np.array([run.plateaus[0].loss for run in one])),
            within(
                1e-4,
                "of order of the entries of A at the start, α³ times squared widths",
                "next order",
            ),
            [
                wrong_prediction("1, of a base two", 1.0),
                other_system(
                    "last rest, two flipped signs",
                    estimate_mean(np.array([run.plateaus[-1].loss for run in two])),
                ),
            ],
            prediction=float(np.log(2)),
            basis="derived",
        ),
    ]


def _signs(
    name: str, rank: int, runs: Sequence[LogisticRun], others: Sequence[LogisticRun]
) -> list[Part]:
    """Signs that need a rank: as many rests, that rank at the end, and growth without bound."""

    def rests(runs: Sequence[LogisticRun]) -> Estimate:
        return estimate_fraction(sum(len(run.plateaus) == rank for run in runs), len(runs))

    def ranks(runs: Sequence[LogisticRun]) -> Estimate:
        return estimate_fraction(sum(run.rank == rank for run in runs), len(runs))

    def growth(end: float) -> Estimate:
        return estimate_mean(np.array([run.margin_growth(min(end, run.times[-1])) for run in runs]))

    rule = at_least(0.5, "half way between all starts and none", "neighbor")
    return [
        simulated(
            f"Share of starts of three layers that rest {rank} times on the way, logistic cost, "
            f"signs {name}",
            rests(runs),
            rule,
            [other_system("the other signs", rests(others))],
        ),
        simulated(
            "Growth of the smallest margin over the last decade of time, in units of log 10, "
            f"three layers, logistic cost, signs {name}",
            growth(np.inf),
            within(
                0.35,
                "the loss decays as exp(−margin) and its rate with it; the factor margin^(4/3) "
                "in the speed of three layers adds 4/3 over the margin, about 0.15",
                "next order",
            ),
            [
                wrong_prediction("half: a loss of exp(−2 margin)", 0.5),
                same_run("on the plateau at the origin", growth(10.0)),
            ],
            prediction=1.0,
            basis="derived",
        ),
        simulated(
            f"Share of starts of three layers that end with rank {rank}, logistic cost, signs "
            f"{name}",
            ranks(runs),
            rule,
            [other_system("the other signs", ranks(others))],
        ),
    ]
