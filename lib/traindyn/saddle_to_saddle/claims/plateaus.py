"""Claims SS-11, SS-14 and SS-20: where the path rests."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from traindyn.inference import Estimate
from traindyn.ledger import Control, Part, Size, Test
from traindyn.runs import Context
from traindyn.saddle_to_saddle.claims.registry import registry
from traindyn.saddle_to_saddle.experiments.costs import Cost, Regression, SquaredError
from traindyn.saddle_to_saddle.experiments.flow import Path, flow
from traindyn.saddle_to_saddle.experiments.networks import LinearNetwork
from traindyn.saddle_to_saddle.experiments.plateaus import Plateau, find_plateaus
from traindyn.saddle_to_saddle.experiments.targets import random_target
from traindyn.saddle_to_saddle.results.plateaus import PlateauRun
from traindyn.saddle_to_saddle.theory.escape import escape_time
from traindyn.saddle_to_saddle.theory.saddles import (
    plateau_losses,
    reduced_rank_losses,
)

SIZE, WIDTH = 4, 8
VALUES = (3.0, 2.0, 1.0)


def follow(
    cost: Cost, depth: int, scale: float, smallest: float, generator: np.random.Generator
) -> Path:
    """The flow from a random start until the mode of the smallest singular value is learned."""
    outputs, inputs = cost.shape
    network = LinearNetwork(inputs, outputs, WIDTH, depth)
    end = 4 * escape_time(depth, smallest, scale, 1.0) + 20 / smallest
    return flow(
        network,
        cost,
        network.random(scale, generator),
        end,
        method="LSODA",
        absolute_tolerance=1e-13 * min(scale, 1.0),
    )


def _run(path: Path, depth: int, scale: float, top: float, levels: np.ndarray) -> PlateauRun:
    return PlateauRun(
        depth,
        scale,
        path.times,
        path.loss,
        path.singular_values,
        find_plateaus(path, scale=top),
        levels,
    )


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
def plateaus(context: Context) -> tuple[list[PlateauRun], list[Part]]:
    """SS-11."""
    target = random_target(VALUES, SIZE, context.numpy_generator("target"))
    cost, levels = SquaredError(target), plateau_losses(np.array(VALUES))
    runs: dict[tuple[int, float], PlateauRun] = {}
    cases = {2: (1e-4, 1e-8, 1e-12), 3: (1e-1, 1e-2, 1e-3, 1e-4), 4: (1e-1, 3e-2, 1e-2)}
    for depth, scales in cases.items():
        for scale in scales:
            path = follow(cost, depth, scale, VALUES[-1], context.numpy_generator(f"L{depth}"))
            runs[depth, scale] = _run(path, depth, scale, VALUES[0], levels)
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
            Estimate(errors[depth, scales[-1]]),
            Test("equality", 1e-3, why[depth] + "; one in a thousand is enough", side="below"),
            [Control(f"α = {scales[0]:g}", Estimate(errors[depth, scales[0]]))],
            asymptotic=True,
            sizes=[Size(scale, Estimate(errors[depth, scale])) for scale in scales],
        )
        for depth, scales in cases.items()
    ]
    return list(runs.values()), parts


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
    generator = context.numpy_generator("data")
    x = np.sqrt(np.array([2.5, 1.4, 0.8, 0.4]))[:, None] * generator.standard_normal((SIZE, 60))
    mixing = np.linalg.qr(generator.standard_normal((SIZE, SIZE)))[0]
    x = mixing @ x
    teacher = random_target((2.0, 0.8, 0.3), SIZE, generator)
    y = teacher @ x + 0.3 * generator.standard_normal((SIZE, 60))
    cost = Regression(x, y)
    u, s, vt = np.linalg.svd(cost.cross_moment)
    fit = cost.cross_moment @ np.linalg.inv(cost.input_moment)
    other = np.linalg.svd(fit @ x)[0][:, 0]
    white = Regression(np.sqrt(x.shape[1]) * np.linalg.svd(x, full_matrices=False)[2], y)
    kept = Regression(np.outer(vt[0], vt[0]) @ x, y)
    levels = reduced_rank_losses(x, y)
    runs, parts = [], []
    for depth, scale in ((2, 1e-10), (3, 1e-5)):
        path, whitened, narrow = (
            follow(c, depth, scale, float(smallest), context.numpy_generator(f"L{depth}"))
            for c, smallest in ((cost, s[2]), (white, s[2]), (kept, s[0]))
        )
        run = _run(path, depth, scale, float(np.linalg.norm(fit, 2)), levels)
        runs.append(run)
        ratios = [p.loss / float(levels[p.rank]) for p in run.plateaus if p.rank in (1, 2)]
        parts += [
            Part(
                "Loss of the plateaus of ranks one and two over that of reduced-rank regression, "
                f"the farther, L = {depth}",
                1.0,
                Estimate(max(ratios, key=lambda ratio: abs(ratio - 1))),
                Test("equality", 1e-4, "of order α^(2p) and α; far below the gap of the control"),
                [
                    Control(
                        "a network that sees the inputs only along the direction it leaves along",
                        Estimate(float(narrow.loss[-1] / levels[1])),
                    )
                ],
            ),
            Part(
                "Angle between the first direction, at a thousandth of its size, and that of YXᵀ, "
                f"in degrees, L = {depth}",
                0.0,
                Estimate(_angle(_tip(path), u[:, 0])),
                Test(
                    "equality",
                    0.1 * _angle(other, u[:, 0]),
                    "a tenth of the angle between the two candidates",
                    side="below",
                ),
                [Control("the same inputs, whitened", Estimate(_angle(_tip(whitened), u[:, 0])))],
            ),
        ]
    return runs, parts


def _tip(path: Path) -> np.ndarray:
    """Top left singular vector of the matrix when it has a thousandth of its final size."""
    norms = np.linalg.norm(path.a, 2, axis=(1, 2))
    early = int(np.argmax(norms > 1e-3 * norms.max()))
    return np.asarray(np.linalg.svd(path.a[early])[0][:, 0])


def _angle(one: np.ndarray, other: np.ndarray) -> float:
    """Angle between the lines of two unit vectors, in degrees."""
    return float(np.degrees(np.arccos(min(1.0, abs(one @ other)))))


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
    values = (3.0, 3.0, 1.0)
    target = random_target(values, SIZE, context.numpy_generator("target"))
    cost, levels = SquaredError(target), plateau_losses(np.array(values))
    starts = context.choose(ci=6, laptop=12, paper=48)
    found, runs = {}, []
    together: list[float] = []
    for depth, scale in ((2, 1e-8), (3, 1e-4), (4, 3e-3)):
        generator = context.numpy_generator(f"L{depth}")
        count, losses = 0, []
        for start in range(starts):
            path = follow(cost, depth, scale, 1.0, generator)
            run = _run(path, depth, scale, values[0], levels)
            rank_one = [p.loss for p in run.plateaus if p.rank == 1]
            count += bool(rank_one)
            losses += rank_one
            if depth == 2:
                together += [p.loss for p in run.plateaus if p.rank == 2]
            if start == 0:
                runs.append(run)
        found[depth] = count / starts, losses
    parts = [
        Part(
            "Two layers: share of starts with a plateau of rank one",
            0.0,
            Estimate(found[2][0]),
            Test("exact", 0.01, "none of the starts"),
            [Control("three layers", Estimate(found[3][0]))],
        ),
        Part(
            "Two layers: loss of the first plateau after the origin over ½s₃², the worst start",
            1.0,
            Estimate(max(together, key=lambda v: abs(v / levels[2] - 1)) / float(levels[2])),
            Test("equality", 0.01, "1 %, of order α^(2p); every start has this plateau"),
            [Control("three layers", Estimate(max(found[3][1]) / float(levels[2])))],
        ),
    ]
    for depth in (3, 4):
        parts += [
            Part(
                f"Share of starts with a plateau of rank one, L = {depth}",
                1.0,
                Estimate(found[depth][0]),
                Test("exact", 0.01, "all of the starts"),
                [Control("two layers", Estimate(found[2][0]))],
            ),
            Part(
                f"Loss of the plateau of rank one over ½(s₂² + s₃²), L = {depth}, the worst start",
                1.0,
                Estimate(
                    max(found[depth][1], key=lambda v: abs(v / levels[1] - 1)) / float(levels[1])
                ),
                Test("equality", 0.01, "1 %, of order α"),
                [
                    Control(
                        "the plateau after the origin of two layers",
                        Estimate(max(together) / float(levels[1])),
                    )
                ],
            ),
        ]
    return runs, parts
