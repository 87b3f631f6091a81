"""Claims SS-15 and SS-16: matrix completion by descent, from small and large starts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from traindyn.inference import Estimate, difference, estimate_mean
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
from traindyn.saddle_to_saddle.results.completion import CompletionRun
from traindyn.saddle_to_saddle.studies.completion import (
    THREE,
    WIDTH,
    WIDTHS,
    regime,
    small_starts,
)

GAMMAS = (0.75, 1.0, 2.0)

Runs = Sequence[CompletionRun]


def _mean(values: Sequence[float]) -> Estimate:
    return estimate_mean(np.array(values))


def _error(runs: Runs) -> Estimate:
    """Error on hidden entries at the end over that of predicting zero."""
    return _mean([float(run.test[-1]) for run in runs])


@registry.claim(
    15,
    source="the greedy algorithm, as we recall it; the example and its parameters are ours",
    basis="extension",
    statement=(
        "On one problem of rank 3, deep matrix completion from a small start rests at the saddles "
        "of the greedy algorithm, of ranks 1 and 2, and then finds the hidden entries."
    ),
)
def completion(context: Context) -> tuple[CompletionRun, list[Part]]:
    """SS-15."""
    runs = small_starts(context)
    large = regime(context, 1.0, WIDTHS[context.scale][-1])
    network = f"four layers of width {WIDTH}, γ = 2, one problem of rank 3"
    size = WIDTH**-0.5  # of a layer
    order = f"of order of the square of a layer's size, σ²w = 1/{WIDTH}"
    parts = [
        simulated(
            f"Matrix completion by {network}: cost nearest to the greedy matrix of rank {rank} "
            "over that of this matrix",
            _mean([float(run.stage_loss[rank - 1]) for run in runs]),
            within(size**2, order, "next order"),
            [
                wrong_prediction(
                    "the best matrix of this rank for the whole target",
                    float(runs[0].cut_loss[rank - 1]),
                )
            ],
            prediction=1.0,
        )
        for rank in (1, 2)
    ]
    return runs[0], [
        *parts,
        simulated(
            f"Matrix completion by {network}: relative distance of the path from the greedy "
            "matrices of ranks one and two, the larger",
            _mean([float(run.stage_distance.max()) for run in runs]),
            at_most(size**2, order, "next order"),
            [
                wrong_theory(
                    "the best matrices of these ranks for the whole target",
                    _mean([float(run.cut_distance.max()) for run in runs]),
                )
            ],
        ),
        simulated(
            f"Matrix completion by {network}: squared error on the hidden entries at the end, over "
            "that of predicting zero",
            _error(runs),
            at_most(size**4, "errors of order σ²w in the entries", "next order"),
            [other_system("γ = 1, three layers", _error(large))],
        ),
    ]


@registry.claim(
    16,
    source="recalled figure with three regimes; all parameters ours",
    basis="attributed",
    statement=(
        "On one problem of matrix completion lazy networks (γ < 1) fit the observed entries and "
        "nothing else; from γ = 2 the same networks find a solution of low rank, the sparser the "
        "wider."
    ),
)
def regimes(context: Context) -> tuple[list[CompletionRun], list[Part]]:
    """SS-16."""
    widths = WIDTHS[context.scale]
    runs = {(gamma, width): regime(context, gamma, width) for width in widths for gamma in GAMMAS}
    lazy, critical, small = (runs[gamma, widths[-1]] for gamma in GAMMAS)
    spare = {width: _spare(runs[2.0, width]) for width in widths}
    return [group[0] for group in runs.values()], [
        *_rests(widths[-1], lazy, critical, small),
        *_errors(widths[-1], lazy, critical, small),
        simulated(
            "Fourth over first singular value of the solution at γ = 2, matrix completion by three "
            f"layers, target of rank 3, width {widths[-1]}",
            spare[widths[-1]],
            at_most(
                widths[-1] ** (-THREE / 2),
                "directions that wait keep the size (σ√w)^L of the start",
                "next order",
            ),
            [other_system("γ = 0.75", _spare(lazy)), other_system("γ = 1", _spare(critical))],
            asymptotic=True,
            toward=0.0,
            sizes=[Size(float(w), estimate) for w, estimate in spare.items()],
        ),
    ]


def _rests(width: int, lazy: Runs, critical: Runs, small: Runs) -> list[Part]:
    """How deeply the networks rest on the way."""

    def depth(runs: Runs) -> Estimate:
        return _mean([run.rest_depth(2) for run in runs])

    return [
        simulated(
            "Decades by which the gradient at two rests after the origin is below its largest, the "
            "mean, γ = 2, matrix completion by three layers, target of rank 3, width "
            f"{width}; 0 without two rests",
            depth(small),
            at_least(
                (THREE - 1) * float(np.log10(width)) / 4,
                "half of the decades of a waiting direction, whose gradient is (σ√w)^(L − 1); "
                "γ = 1 has none",
                "neighbor",
            ),
            [other_system("γ = 1", depth(critical)), other_system("γ = 0.75", depth(lazy))],
        )
    ]


def _errors(width: int, lazy: Runs, critical: Runs, small: Runs) -> list[Part]:
    """What the networks know about the hidden entries."""

    def logs(runs: Runs) -> Estimate:
        return _mean([float(np.log10(run.test[-1])) for run in runs])

    return [
        simulated(
            "Decimal logarithm of the squared error on hidden entries at γ = 0.75 over that at "
            f"γ = 2, matrix completion by three layers, width {width}",
            difference(logs(lazy), logs(small)),
            at_least(
                float(np.log10(width)),
                "the squared error that a small start leaves is below σ²w = 1/w",
                "next order",
            ),
            [other_system("γ = 0.75 over γ = 1", difference(logs(lazy), logs(critical)))],
        ),
        simulated(
            "Squared error on hidden entries at γ = 0.75 over that of predicting zero, matrix "
            f"completion by three layers, width {width}",
            _error(lazy),
            at_least(0.5, "half way between all known and nothing known", "neighbor"),
            [other_system("γ = 2", _error(small))],
        ),
    ]


def _spare(runs: Runs) -> Estimate:
    """Fourth over first singular value of the solution."""
    values = [run.singular_values[-1] for run in runs]
    return _mean([float(s[3] / s[0]) for s in values])
