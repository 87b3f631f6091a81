"""Claims SS-11, SS-14 and SS-20: where the path rests."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from traindyn.inference import exact
from traindyn.ledger import Size
from traindyn.ledger.legacy import Control, Part, Test
from traindyn.runs import Context
from traindyn.saddle_to_saddle.claims.registry import registry
from traindyn.saddle_to_saddle.results.plateaus import Plateau, PlateauRun, Staircases
from traindyn.saddle_to_saddle.studies.plateaus import (
    EQUAL,
    SCALES,
    VALUES,
    equal_values,
    staircase,
)
from traindyn.saddle_to_saddle.studies.regression import regression
from traindyn.saddle_to_saddle.theory.saddles import plateau_losses, reduced_rank_losses


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
        (depth, scale): staircase(context, depth, scale)
        for depth, scales in SCALES.items()
        for scale in scales
    }
    errors = {key: level_error(run.plateaus, levels) for key, run in runs.items()}
    why = {
        2: "the gap of SS-12, of order α^(2p) = 10^-6 with p = 1/4",
        3: "the gap of SS-12, of order α^3 = 10^-12",
        4: "the gap of SS-12, α^4 = 10^-8 times the width squared and what grows while waiting",
    }
    parts = [
        Part(
            f"Largest relative distance of a plateau's loss from its level, L = {depth}, "
            f"α = {scales[-1]:g}",
            0.0,
            exact(errors[depth, scales[-1]]),
            Test("equality", 1e-3, why[depth] + "; one in a thousand is enough", side="below"),
            [Control(f"α = {scales[0]:g}", exact(errors[depth, scales[0]]))],
            asymptotic=True,
            sizes=[Size(scale, exact(errors[depth, scale])) for scale in scales],
        )
        for depth, scales in SCALES.items()
    ]
    return Staircases(list(runs.values()), levels), parts


@registry.claim(
    14,
    source="derived here",
    basis="derived",
    statement=(
        "For regression with inputs that are not white the flow leaves along the top singular pair "
        "of YXᵀ but rests at the loss of reduced-rank regression."
    ),
)
def reduced_rank(context: Context) -> tuple[list[PlateauRun], list[Part]]:
    """SS-14."""
    runs, parts = [], []
    for depth, scale in ((2, 1e-10), (3, 1e-5)):
        found = regression(context, depth, scale)
        levels = reduced_rank_losses(found.x, found.y)
        runs.append(found.run)
        ratios = [p.loss / float(levels[p.rank]) for p in found.run.plateaus if p.rank in (1, 2)]
        parts += [
            Part(
                "Loss of the plateaus of ranks one and two over that of reduced-rank regression, "
                f"the farther, L = {depth}",
                1.0,
                exact(max(ratios, key=lambda ratio: abs(ratio - 1))),
                Test("equality", 1e-4, "of order α^(2p) and α; far below the gap of the control"),
                [
                    Control(
                        "a network that sees the inputs only along the direction it leaves along",
                        exact(found.narrow_loss / float(levels[1])),
                    )
                ],
            ),
            Part(
                "Angle between the first direction, at a thousandth of its size, and that of YXᵀ, "
                f"in degrees, L = {depth}",
                0.0,
                exact(found.angle),
                Test(
                    "equality",
                    0.1 * found.fitted_angle,
                    "a tenth of the angle between the two candidates",
                    side="below",
                ),
                [Control("the same inputs, whitened", exact(found.whitened_angle))],
            ),
        ]
    return runs, parts


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
    levels = plateau_losses(np.array(EQUAL))
    runs = {
        depth: equal_values(context, depth, scale)
        for depth, scale in ((2, 1e-8), (3, 1e-4), (4, 3e-3))
    }
    share = {depth: _share_at_rank_one(starts) for depth, starts in runs.items()}
    together = _losses(runs[2], 2)
    later = float(levels[1])
    parts = [
        Part(
            "Two layers: share of starts with a plateau of rank one",
            0.0,
            exact(share[2]),
            Test("exact", 0.01, "none of the starts"),
            [Control("three layers", exact(share[3]))],
        ),
        Part(
            "Two layers: loss of the first plateau after the origin over ½s₃², the worst start",
            1.0,
            exact(_farthest(together, float(levels[2]))),
            Test("equality", 0.01, "1 %, of order α^(2p); every start has this plateau"),
            [Control("three layers", exact(max(_losses(runs[3], 1)) / float(levels[2])))],
        ),
    ]
    for depth in (3, 4):
        parts += [
            Part(
                f"Share of starts with a plateau of rank one, L = {depth}",
                1.0,
                exact(share[depth]),
                Test("exact", 0.01, "all of the starts"),
                [Control("two layers", exact(share[2]))],
            ),
            Part(
                f"Loss of the plateau of rank one over ½(s₂² + s₃²), L = {depth}, the worst start",
                1.0,
                exact(_farthest(_losses(runs[depth], 1), later)),
                Test("equality", 0.01, "1 %, of order α"),
                [
                    Control(
                        "the plateau after the origin of two layers",
                        exact(max(together) / later),
                    )
                ],
            ),
        ]
    return [starts[0] for starts in runs.values()], parts


def _losses(runs: Sequence[PlateauRun], rank: int) -> list[float]:
    """Losses of the plateaus of a rank, of all starts."""
    return [plateau.loss for run in runs for plateau in run.plateaus if plateau.rank == rank]


def _share_at_rank_one(runs: Sequence[PlateauRun]) -> float:
    """Share of the starts with a plateau of rank one."""
    return sum(bool(_losses([run], 1)) for run in runs) / len(runs)


def _farthest(losses: Sequence[float], level: float) -> float:
    """The ratio to a level that is farthest from one."""
    return max(losses, key=lambda loss: abs(loss / level - 1)) / level
