"""Claims SS-19 and SS-22: the second escape, and costs without a finite minimum."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from traindyn.inference import Estimate, estimate_fraction, estimate_mean
from traindyn.ledger import (
    Part,
    at_least,
    other_system,
    within,
    within_noise,
    wrong_prediction,
    wrong_theory,
)
from traindyn.runs import Context
from traindyn.saddle_to_saddle.claims.parts import simulated
from traindyn.saddle_to_saddle.claims.registry import registry
from traindyn.saddle_to_saddle.results.plateaus import LogisticRun, SecondEscapeRun
from traindyn.saddle_to_saddle.results.second_escapes import SecondEscapes
from traindyn.saddle_to_saddle.studies.completion import TOP
from traindyn.saddle_to_saddle.studies.later import (
    SIGN_DEPTH,
    SIGN_SCALE,
    SIGN_WIDTH,
    logistic_paths,
    second_escape,
)
from traindyn.saddle_to_saddle.studies.second_escapes import second_escapes
from traindyn.saddle_to_saddle.theory.logistic import margin_after


@registry.claim(
    19,
    source="derived here",
    basis="derived",
    statement=(
        "Two layers in matrix completion: per factor e of the start the second escape comes later "
        "by 1/s₁ + (1 − s₂/s₁)/s₁', with s' at the first saddle; it is 1/s₂ only if the gradients "
        "commute."
    ),
)
def second(context: Context) -> tuple[SecondEscapeRun, list[Part]]:
    """SS-19."""
    run = second_escape(context)

    def unit(times: np.ndarray) -> Estimate:
        return estimate_mean(run.last_slopes(times))

    whole = 1 / TOP
    return run, [
        simulated(
            "First escape of two layers on one problem of matrix completion: time per factor e of "
            "the start's scale, from 1e-11 to 1e-13",
            unit(run.first),
            within_noise(unit(run.first)),
            [
                wrong_prediction("1/s₁ of the whole target", whole),
                wrong_prediction("1/2s₁, as if A were of the scale α", run.first_slope / 2),
                other_system("all entries observed", unit(run.all_observed)),
            ],
            prediction=run.first_slope,
        ),
        simulated(
            "Second escape of two layers on one problem of matrix completion: time per factor e of "
            "the start's scale, from 1e-11 to 1e-13",
            unit(run.second),
            within_noise(
                unit(run.second),
                "what the second mode changes at the first saddle falls as α^(1 − s₂/s₁), taken at "
                "the larger scale; and noise",
                run.second_slope * float(run.scales[-2]) ** (1 - run.first_slope / run.naive_slope),
            ),
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
        _on_drawn_problems(second_escapes(context)),
    ]


def _on_drawn_problems(run: SecondEscapes) -> Part:
    """The same over many problems, a start each."""
    naive = float((run.naive / run.predicted).mean())
    found = estimate_mean(run.measured / run.predicted)
    return Part(
        "Second escape of two layers on drawn problems of matrix completion: time per factor e of "
        "the start's scale, from 1e-13 to 1e-15, over 1/s₁ + (1 − s₂/s₁)/s₁'",
        found,
        within_noise(found),
        [wrong_prediction("gradients that commute: 1/s₂", naive)],
        compares="simulation",
        replicates="drawn problems",
        prediction=1.0,
    )


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
                SIGN_SCALE**SIGN_DEPTH * SIGN_WIDTH / 2,
                "entries of A of the size α³w at the start, with which the loss changes by half of "
                "their mean at most",
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

    rule = at_least(0.5, "half way between all starts and none", "neighbor")
    return [
        simulated(
            f"Share of starts of three layers that rest {rank} times on the way, logistic cost, "
            f"signs {name}",
            rests(runs),
            rule,
            [other_system("the other signs", rests(others))],
        ),
        _growth(name, rank, runs),
        simulated(
            f"Share of starts of three layers that end with rank {rank}, logistic cost, signs "
            f"{name}",
            ranks(runs),
            rule,
            [other_system("the other signs", ranks(others))],
        ),
    ]


def _growth(name: str, rank: int, runs: Sequence[LogisticRun]) -> Part:
    """The margin grows without bound, by its law where all entries have the same margin."""
    grown = np.diff(_decade(runs), axis=0)[0]
    laws = {depth: _law(runs, depth) for depth in (2, 3, 4)}

    def over(depth: int) -> Estimate:
        return estimate_mean(grown / laws[depth])

    rule, rivals = within(0.25, "half the way to a loss of exp(−2 margin)", "neighbor"), []
    if rank == 1:
        next_law = float((laws[3] / laws[4]).mean())
        rule = within((1 - next_law) / 2, "half the way to the speed of four layers", "neighbor")
        rivals = [wrong_theory(f"the speed of {n} layers", over(n)) for n in (2, 4)]
    return simulated(
        "Growth of the smallest margin over the last decade of time, over that of a margin m that "
        "grows as m^(4/3)/(1 + exp m) since it passed one, three layers, logistic cost, signs "
        f"{name}",
        over(SIGN_DEPTH),
        rule,
        [*rivals, wrong_prediction("half: a loss of exp(−2 margin)", 0.5)],
        prediction=1.0,
        basis="derived",
    )


def _decade(runs: Sequence[LogisticRun]) -> np.ndarray:
    """The smallest margin at a tenth of the last time and at the last."""
    return np.array(
        [[run.margin_at(share * run.times[-1]) for run in runs] for share in (0.1, 1.0)]
    )


def _law(runs: Sequence[LogisticRun], depth: int) -> np.ndarray:
    """What a network of some depth predicts of the growth over the last decade."""
    ends = np.array([run.times[-1] for run in runs])
    escapes = np.array([run.reaches(1.0) for run in runs])
    before = _decade(runs)[0]
    return margin_after(before, (ends - escapes) / (ends / 10 - escapes), depth) - before
