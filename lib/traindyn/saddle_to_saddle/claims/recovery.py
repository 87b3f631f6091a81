"""Claim SS-21: what small and large starts recover, and the nuclear norm."""

from __future__ import annotations

import numpy as np

from traindyn.inference import Estimate
from traindyn.ledger import Control, Part, Test
from traindyn.runs import Context
from traindyn.saddle_to_saddle.claims.registry import registry
from traindyn.saddle_to_saddle.experiments.completion import (
    draw_completion,
    smallest_nuclear_norm,
)
from traindyn.saddle_to_saddle.experiments.costs import SquaredError
from traindyn.saddle_to_saddle.experiments.descent import descend
from traindyn.saddle_to_saddle.experiments.flow import flow
from traindyn.saddle_to_saddle.experiments.networks import LinearNetwork, width_scale
from traindyn.saddle_to_saddle.experiments.plateaus import rank_of
from traindyn.saddle_to_saddle.results.completion import (
    RecoveryRun,
)
from traindyn.saddle_to_saddle.theory.saddles import largest_curvature

SIZE = 10


@registry.claim(
    21,
    source="abstract: low-rank solutions; the comparison is ours",
    basis="extension",
    statement=(
        "From a small start deep networks recover matrices of low rank from fewer entries than the "
        "smallest nuclear norm; from a large start they recover nothing."
    ),
)
def recovery(context: Context) -> tuple[RecoveryRun, list[Part]]:
    """SS-21."""
    shares = np.array([0.4, 0.5, 0.6, 0.7])
    problems = context.choose(ci=5, laptop=9, paper=25)
    names = ("small start", "γ = 1", "lazy", "nuclear norm")
    errors: dict[str, list[float]] = {name: [] for name in names}
    ranks, lazy_ranks = [], []
    for share in shares:
        generator = context.numpy_generator(f"share {share}")
        rows = []
        for _ in range(problems):
            cost = draw_completion((2.0, 1.0), SIZE, round(100 * share), generator)
            rows.append(_recover(cost, generator))
        medians = np.median(np.array(rows), axis=0)
        for name, value in zip(names, medians, strict=False):
            errors[name].append(float(value))
        ranks.append(float(medians[-2]))
        lazy_ranks.append(float(medians[-1]))
    run = RecoveryRun(shares, {name: np.array(v) for name, v in errors.items()}, np.array(ranks))
    few = draw_completion((3.0, 2.0, 1.0), 6, 26, context.numpy_generator("too few"))
    too_few = _small_start(few)
    hidden = few.hidden_power
    insufficient = float(np.sqrt(few.hidden_error(too_few) / hidden))
    half = int(np.argmin(abs(shares - 0.5)))
    parts = [
        Part(
            "Relative error on hidden entries from half of them, small start, median over problems",
            0.0,
            Estimate(run.errors["small start"][half]),
            Test("threshold", 0.05, "5 %, where predicting zero errs by 100 %"),
            [
                Control("smallest nuclear norm", Estimate(run.errors["nuclear norm"][half])),
                Control("γ = 1", Estimate(run.errors["γ = 1"][half])),
                Control("lazy", Estimate(run.errors["lazy"][half])),
            ],
        ),
        Part(
            "Rank of the solution from a small start, from half the entries or more",
            2.0,
            Estimate(float(max(run.ranks[half:], key=lambda r: abs(r - 2)))),
            Test("exact", 0.5, "an integer"),
            [Control("lazy", Estimate(min(lazy_ranks[half:])))],
        ),
        Part(
            "Large starts fail up to seven tenths of the entries: smallest error at γ = 1 or lazy",
            1.0,
            Estimate(float(min(run.errors["γ = 1"].min(), run.errors["lazy"].min()))),
            Test("threshold", 0.5, "half the error of predicting zero", side="above"),
            [Control("small start", Estimate(float(run.errors["small start"][-1])))],
        ),
        Part(
            "Too few entries, 26 for the 27 degrees of freedom of a 6 × 6 matrix of rank 3: error",
            1.0,
            Estimate(insufficient),
            Test("threshold", 0.5, "no method can know; a small start does not either", "above"),
            [Control("enough entries", Estimate(float(run.errors["small start"][-1])))],
        ),
    ]
    return run, parts


def _small_start(cost: SquaredError) -> np.ndarray:
    network = LinearNetwork(cost.shape[1], cost.shape[0], SIZE, 3)
    start = network.random(3e-3, np.random.default_rng(1))
    path = flow(network, cost, start, 2e4, method="LSODA", relative_tolerance=1e-6)
    return path.a[-1]


def _recover(cost: SquaredError, generator: np.random.Generator) -> tuple[float, ...]:
    """Relative errors of four methods on hidden entries, ranks from a small and a lazy start."""
    hidden = cost.hidden_power

    def error(a: np.ndarray) -> float:
        return float(np.sqrt(cost.hidden_error(a) / hidden))

    found = _small_start(cost)
    large: list[np.ndarray] = []
    for gamma, width in ((1.0, 20), (0.75, 60)):
        network = LinearNetwork(SIZE, SIZE, width, 3)
        rate = 0.7 / max(3 * width ** (2 * (1 - gamma)), largest_curvature(3, 3.0))
        start = network.random(width_scale(width, gamma), generator)
        theta = descend(network, cost, start, rate, np.array([0, 2000]))[-1]
        large.append(network.product(theta))
    return (
        error(found),
        *(error(a) for a in large),
        error(smallest_nuclear_norm(cost)),
        *(float(rank_of(a, 2.0)) for a in (found, large[-1])),
    )
