"""Claims SS-17 and SS-18: the greedy algorithm as the limit of the flow, and which saddle."""

from __future__ import annotations

import numpy as np

from traindyn.inference import Estimate, estimate_fraction, estimate_mean, exact
from traindyn.ledger import (
    Part,
    at_least,
    other_system,
    same_run,
    within,
    within_noise,
    wrong_prediction,
    wrong_theory,
)
from traindyn.runs import Context
from traindyn.saddle_to_saddle.claims.parts import simulated
from traindyn.saddle_to_saddle.claims.registry import registry
from traindyn.saddle_to_saddle.results.completion import BranchRun, GreedyDistances, GreedyRun
from traindyn.saddle_to_saddle.studies.greedy import branches, greedy_distances
from traindyn.saddle_to_saddle.theory.escape import angle_exponent

PROBLEM = "three layers, one problem of matrix completion"


@registry.claim(
    17,
    source="the greedy algorithm, as we recall it; the rate is derived here",
    basis="attributed",
    statement=(
        "On one problem of matrix completion the flow comes as close to the union of the greedy "
        "paths as one likes: the largest distance falls as α^{1−s₂/s₁}."
    ),
)
def greedy_limit(context: Context) -> tuple[GreedyRun, list[Part]]:
    """SS-17."""
    found = greedy_distances(context)
    s = found.singular_values
    exponent = angle_exponent(float(s[0]), float(s[1]))
    return GreedyRun(found.scales, found.union.mean(axis=1), exponent), [
        _exponent(found, exponent),
        _closeness(found, exponent),
        Part(
            "Loss at the end of the first greedy stage with new weights of 0.01 over that with "
            f"0.001, {PROBLEM}",
            exact(found.coarse_loss / found.first_loss),
            within(1e-5, "the stage ends at the same critical point", "rounding"),
            [
                other_system(
                    "too short a run, stopped where its gradient is largest",
                    exact(found.steepest_loss / found.first_loss),
                )
            ],
            prediction=1.0,
            compares="simulation",
            seen=True,
            basis="derived",
        ),
    ]


def _exponent(found: GreedyDistances, exponent: float) -> Part:
    slope = estimate_mean(found.last_slopes(found.union))
    return simulated(
        "Exponent in α of the largest distance from the greedy paths, from 1e-3 to 1e-5, "
        f"{PROBLEM}",
        slope,
        within_noise(
            slope,
            "the square of the angle, of the power 1 − s₂/s₁ of the larger scale; and noise",
            float(found.scales[-2]) ** exponent,
        ),
        [
            wrong_prediction("as the residue inside deep layers: 1", 1.0),
            wrong_theory(
                "the first greedy path alone", estimate_mean(found.last_slopes(found.first))
            ),
        ],
        prediction=exponent,
        basis="derived",
    )


def _closeness(found: GreedyDistances, exponent: float) -> Part:
    """By logarithms: the distance goes as a ratio of two normal numbers, whose mean is wild."""
    return simulated(
        "Largest distance from the greedy paths over the norm of the target, as a power of α, "
        f"α = 1e-5, {PROBLEM}",
        _power(found.union[-1], found),
        at_least(
            exponent / 2,
            "half the predicted power; the factor before the power is not predicted",
            "neighbor",
        ),
        [wrong_theory("the first greedy path alone", _power(found.first[-1], found))],
    )


def _power(distances: np.ndarray, found: GreedyDistances) -> Estimate:
    """Logarithm of the distances from the smallest start, over that of its scale."""
    return estimate_mean(np.log(distances / found.target) / np.log(found.scales[-1]))


@registry.claim(
    18,
    source="the greedy algorithm, as we recall it; the example is ours",
    basis="extension",
    statement=(
        "On one problem where a better matrix of the same rank exists the flow still visits the "
        "greedy saddle, but only from starts that are small enough; from larger ones it branches."
    ),
)
def branching(context: Context) -> tuple[BranchRun, list[Part]]:
    """SS-18."""
    run = branches(context)
    largest, smallest = run.losses[0], run.losses[-1]
    rests = estimate_mean(np.nan_to_num(smallest / run.greedy))
    rival = run.best / run.greedy
    return run, [
        simulated(
            "Loss at the last rest of rank two over that of the greedy matrix, α = 1e-6, three "
            "layers, one problem where a better matrix of rank two exists; 0 without a rest",
            rests,
            within(
                float(run.scales[-1]),
                "where the flow is nearest to the saddle the directions that wait have kept the "
                "size α of the start, in three layers",
                "next order",
            ),
            [
                wrong_prediction("the best matrix of rank two", rival),
                same_run(
                    f"α = {run.scales[0]:g}, starts that find the better matrix",
                    estimate_mean(largest[_better(run)] / run.greedy),
                ),
            ],
            prediction=1.0,
        ),
        simulated(
            "Share of starts whose last rest of rank two has a loss nearer to that of the best "
            f"matrix than to that of the greedy one, α = {run.scales[0]:g}, three layers, one "
            "problem where the two differ",
            estimate_fraction(int(_better(run).sum()), len(largest)),
            at_least(1 / len(largest), "one start", "count"),
            [wrong_theory("the limit of small starts: none", exact(0.0))],
        ),
    ]


def _better(run: BranchRun) -> np.ndarray:
    """Which of the largest starts rest nearer to the best matrix than to the greedy one."""
    return run.losses[0] < (run.best + run.greedy) / 2
