"""Claims SS-11, SS-14 and SS-20: where the path rests."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from traindyn.inference import (
    Estimate,
    estimate_fraction,
    estimate_mean,
    estimate_median,
)
from traindyn.ledger import (
    Part,
    Size,
    at_least,
    at_most,
    other_system,
    within,
    wrong_prediction,
    wrong_theory,
)
from traindyn.runs import Context
from traindyn.saddle_to_saddle.claims.parts import simulated
from traindyn.saddle_to_saddle.claims.registry import registry
from traindyn.saddle_to_saddle.results.plateaus import (
    Plateau,
    PlateauRun,
    RegressionRun,
    Staircases,
)
from traindyn.saddle_to_saddle.studies.plateaus import (
    EQUAL,
    EQUAL_SCALES,
    SCALES,
    VALUES,
    equal_values,
    staircases,
)
from traindyn.saddle_to_saddle.studies.regression import regressions
from traindyn.saddle_to_saddle.theory.saddles import (
    kept_direction_loss,
    plateau_losses,
    reduced_rank_losses,
)

RARE = (
    "two modes grow at nearly one time in a share of the starts of order α, or of α^(1/3), their "
    "tilt, for two layers; these miss the level by order one, which a median does not see, and the "
    "others by less than that share (SS-12)"
)


def _rare(depth: int, scale: float) -> float:
    """How far the median of a level may be off at a scale of the start."""
    return scale ** (1 / 3) if depth == 2 else scale


def level_error(plateaus: Sequence[Plateau], levels: np.ndarray) -> float:
    """Largest relative distance of the plateaus' losses from the levels; 1 if one is missing."""
    ranks = [plateau.rank for plateau in plateaus]
    if ranks != list(range(len(levels))):
        return 1.0
    losses = np.array([plateau.loss for plateau in plateaus])
    return float(np.abs(losses / levels - 1).max())


@registry.claim(
    11,
    source="abstract: saddles of increasing rank; their losses are derived here",
    basis="stated",
    statement=(
        "From a small start the flow rests at losses ½Σ_{i>k} s_i², at ranks 0, 1, ..., one after "
        "another; from a large start it does not rest."
    ),
)
def plateaus(context: Context) -> tuple[Staircases, list[Part]]:
    """SS-11."""
    levels = plateau_losses(np.array(VALUES))
    runs = {
        depth: {scale: staircases(context, depth, scale) for scale in scales}
        for depth, scales in SCALES.items()
    }
    shown = [starts[0] for found in runs.values() for starts in found.values()]
    return Staircases(shown, levels), [_levels(d, found, levels) for d, found in runs.items()]


def _levels(depth: int, found: dict[float, tuple[PlateauRun, ...]], levels: np.ndarray) -> Part:
    """How close the rests of one depth are to the levels."""

    def error(runs: Sequence[PlateauRun], levels: np.ndarray) -> Estimate:
        return estimate_median(np.array([level_error(run.plateaus, levels) for run in runs]))

    sizes = {scale: error(runs, levels) for scale, runs in found.items()}
    last = min(found)
    sums = np.array(VALUES)
    nuclear = np.cumsum(sums[::-1])[::-1]  # Σ_{i>k} s_i, of the nuclear norm
    return simulated(
        "Gradient descent rests at ranks 0, 1 and 2 in this order: median over starts of the "
        "largest relative distance of the loss there from ½Σ_(i>k) s_i², s = 3, 2, 1, 1 if a rest "
        f"is missing, L = {depth}, α = {last:g}",
        sizes[last],
        at_most(_rare(depth, last), RARE, "next order"),
        [
            wrong_theory("the nuclear norm Σ_(i>k) s_i", error(found[last], nuclear)),
            wrong_theory("no half", error(found[last], 2 * levels)),
        ],
        basis="derived",
        asymptotic=True,
        sizes=[Size(scale, estimate) for scale, estimate in sizes.items()],
        toward=0.0,
    )


@registry.claim(
    14,
    source="derived here",
    basis="derived",
    statement=(
        "For regression with inputs that are not white the flow leaves along the top singular pair "
        "of YXᵀ but rests at the loss of reduced-rank regression."
    ),
)
def reduced_rank(context: Context) -> tuple[None, list[Part]]:
    """SS-14."""
    found = {depth: regressions(context, depth) for depth in (2, 3)}
    return None, [
        part for depth, run in found.items() for part in (_rest(depth, run), _leaves(depth, run))
    ]


def _rest(depth: int, run: RegressionRun) -> Part:
    """Where the path rests with rank one."""
    pairs = list(zip(run.x, run.y, strict=True))
    level = np.array([reduced_rank_losses(x, y)[1] for x, y in pairs])
    kept = np.array([kept_direction_loss(x, y) for x, y in pairs])
    losses = run.losses[:, 0]
    rests = np.isfinite(losses)
    return Part(
        "Loss where gradient descent rests at rank one over that of reduced-rank regression, in "
        f"drawn regressions that rest there, L = {depth}",
        estimate_mean(losses[rests] / level[rests]),
        within(
            float(1 - (level / kept).mean()) / 2,
            "half of what it changes to keep the direction in which the path leaves the origin",
            "neighbor",
        ),
        [
            wrong_theory(
                "the best multiple of the first pair of YXᵀ",
                estimate_mean(losses[rests] / kept[rests]),
            )
        ],
        prediction=1.0,
        compares="simulation",
        seen=True,
        replicates="drawn problems",
    )


def _leaves(depth: int, run: RegressionRun) -> Part:
    """In which direction the path leaves the origin."""
    # a median: where two values of YXᵀ are nearly equal the second may be the first to grow
    return Part(
        "Angle between the first direction of the flow and that of YXᵀ over the angle between the "
        f"directions of YXᵀ and of the fitted outputs, median over drawn regressions, L = {depth}",
        estimate_median(run.angles / run.fitted_angles),
        at_most(0.5, "half way between the two candidates", "neighbor"),
        [
            other_system(
                "the same with whitened inputs",
                estimate_median(run.whitened_angles / run.fitted_angles),
            )
        ],
        compares="simulation",
        seen=True,
        replicates="drawn problems",
    )


@registry.claim(
    20,
    source="derived here",
    basis="derived",
    statement=(
        "Two equal singular values are learned together by two layers, but one after the other by "
        "three or more: the larger amplitude wins."
    ),
)
def degenerate(context: Context) -> tuple[list[PlateauRun], list[Part]]:
    """SS-20."""
    runs = {depth: equal_values(context, depth, scale) for depth, scale in EQUAL_SCALES.items()}
    share = {depth: _share_at_rank_one(starts) for depth, starts in runs.items()}
    _, one, two = plateau_losses(np.array(EQUAL))
    half_way = "half way between all starts and none"
    parts = [
        simulated(
            "Two layers, two equal singular values: share of starts that rest at rank one",
            share[2],
            at_most(0.5, half_way, "neighbor"),
            [other_system("three layers", share[3])],
        ),
        _first_rest(runs[2], 2, float(two), "½s₃²", ("½(s₂² + s₃²), one at a time", float(one))),
    ]
    for depth in (3, 4):
        rival = "½s₃², both at once", float(two)
        parts += [
            simulated(
                f"Share of starts that rest at rank one, two equal singular values, L = {depth}",
                share[depth],
                at_least(0.5, half_way, "neighbor"),
                [other_system("two layers", share[2])],
            ),
            _first_rest(runs[depth], depth, float(one), "½(s₂² + s₃²)", rival),
        ]
    return [starts[0] for starts in runs.values()], parts


def _first_rest(
    runs: Sequence[PlateauRun], depth: int, level: float, name: str, rival: tuple[str, float]
) -> Part:
    """The loss at the first rest after the origin."""
    rank = 2 if depth == 2 else 1
    first = np.array([p.loss for run in runs for p in run.plateaus if p.rank == rank]) / level
    return simulated(
        f"Loss at the rest of rank {rank} over {name}, two equal singular values, median of the "
        f"starts that rest there, L = {depth}",
        estimate_median(first),
        within(_rare(depth, EQUAL_SCALES[depth]), RARE, "next order"),
        [
            wrong_theory(rival[0], estimate_median(first * level / rival[1])),
            wrong_prediction("no half", 2.0),
        ],
        prediction=1.0,
    )


def _share_at_rank_one(runs: Sequence[PlateauRun]) -> Estimate:
    """Share of the starts with a plateau of rank one."""
    hits = sum(any(plateau.rank == 1 for plateau in run.plateaus) for run in runs)
    return estimate_fraction(hits, len(runs))
