"""Claims SS-15 and SS-16: matrix completion by descent, from small and large starts."""

from __future__ import annotations

import numpy as np

from traindyn.inference import exact
from traindyn.ledger import Size
from traindyn.ledger.legacy import Control, Part, Test
from traindyn.runs import Context
from traindyn.saddle_to_saddle.claims.registry import registry
from traindyn.saddle_to_saddle.results.completion import CompletionRun
from traindyn.saddle_to_saddle.studies.completion import WIDTHS, large_start, regime, small_start

GAMMAS = (0.75, 1.0, 2.0)


@registry.claim(
    15,
    source="abstract, matrix completion; all parameters ours",
    basis="stated",
    statement=(
        "Deep matrix completion from a small start rests at the saddles of the greedy algorithm, "
        "of ranks 1 and 2, and then finds the hidden entries of a target of rank 3."
    ),
)
def completion(context: Context) -> tuple[CompletionRun, list[Part]]:
    """SS-15."""
    run, large = small_start(context), large_start(context)
    short = small_start(context, 1000)
    between = [p for p in run.plateaus if p.rank > 0]
    parts = [
        Part(
            "Number of plateaus between the origin and the end",
            2.0,
            exact(float(len(between))),
            Test("exact", 0.5, "an integer"),
            [Control("γ = 1", exact(float(sum(p.rank > 0 for p in large.plateaus))))],
        ),
        Part(
            "Loss over that of a greedy stage where the path is closest to it, the farther of two",
            1.0,
            exact(max(run.stage_loss, key=lambda ratio: abs(ratio - 1))),
            Test("equality", 0.01, "of order σ√w = 0.1 to the power two"),
            [Control("γ = 1", exact(max(large.stage_loss, key=lambda ratio: abs(ratio - 1))))],
        ),
        Part(
            "Relative distance of the path from the matrices of two greedy stages, the larger",
            0.0,
            exact(float(run.stage_distance.max())),
            Test("equality", 0.01, "of order σ√w = 0.1 to the power two", side="below"),
            [Control("γ = 1", exact(float(large.stage_distance.max())))],
        ),
        Part(
            "Error on the hidden entries at the end, over that of predicting zero",
            0.0,
            exact(float(run.test[-1])),
            Test("threshold", 1e-4, "a hundredth in the entries"),
            [
                Control("γ = 1", exact(float(large.test[-1]))),
                Control("stopped on the first plateau", exact(float(short.test[-1]))),
            ],
        ),
    ]
    return run, parts


@registry.claim(
    16,
    source="recalled figure with three regimes; all parameters ours",
    basis="attributed",
    statement=(
        "Lazy networks (γ < 1) fit the observed entries and nothing else; from γ = 2 the same "
        "networks find a solution of low rank, the sparser the wider."
    ),
)
def regimes(context: Context) -> tuple[list[CompletionRun], list[Part]]:
    """SS-16."""
    widths = WIDTHS[context.scale]
    runs = {(gamma, width): regime(context, gamma, width) for width in widths for gamma in GAMMAS}
    last = widths[-1]
    count = {case: sum(p.rank > 0 for p in run.plateaus) for case, run in runs.items()}
    error = {gamma: float(runs[gamma, last].test[-1]) for gamma in GAMMAS}
    spare = [_spare(runs[2.0, width]) for width in widths]
    parts = [
        Part(
            "Plateaus on the way at γ = 2, the width farthest from the prediction",
            2.0,
            exact(float(max((count[2.0, w] for w in widths), key=lambda c: abs(c - 2)))),
            Test("exact", 0.5, "an integer"),
            [
                Control("γ = 1", exact(float(count[1.0, last]))),
                Control("γ = 0.75", exact(float(count[0.75, last]))),
            ],
        ),
        Part(
            "Error on hidden entries at γ = 0.75 over that at γ = 2, decimal logarithm",
            5.0,
            exact(float(np.log10(error[0.75] / error[2.0]))),
            Test("threshold", 2.0, "a factor of 1000 at least", side="above"),
            [Control("γ = 0.75 over γ = 1", exact(float(np.log10(error[0.75] / error[1.0]))))],
        ),
        Part(
            "Lazy network: error on hidden entries over that of predicting zero",
            1.0,
            exact(error[0.75]),
            Test("threshold", 0.5, "half the error of knowing nothing", side="above"),
            [Control("γ = 2", exact(error[2.0]))],
        ),
        Part(
            "Fourth over first singular value of the solution at γ = 2, the largest width",
            0.0,
            exact(spare[-1]),
            Test("threshold", 1e-2, "1 %, the rank threshold of this chapter"),
            [Control("γ = 0.75", exact(_spare(runs[0.75, last])))],
            asymptotic=True,
            sizes=[Size(w, exact(s)) for w, s in zip(widths, spare, strict=True)],
        ),
    ]
    return list(runs.values()), parts


def _spare(run: CompletionRun) -> float:
    """Fourth over first singular value of the solution."""
    values = run.singular_values[-1]
    return float(values[3] / values[0])
