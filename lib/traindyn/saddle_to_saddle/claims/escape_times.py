"""Claim SS-9: when a network leaves zero, over the scale and over the width of the start."""

from __future__ import annotations

import numpy as np

from traindyn.inference import Estimate, estimate_mean
from traindyn.ledger import Part, other_system, same_run, within, wrong_prediction, wrong_theory
from traindyn.runs import Context
from traindyn.saddle_to_saddle.claims.escape_widths import over_widths, units_over_widths
from traindyn.saddle_to_saddle.claims.parts import simulated
from traindyn.saddle_to_saddle.claims.registry import registry
from traindyn.saddle_to_saddle.claims.slopes import last_slope, slope_sizes
from traindyn.saddle_to_saddle.results.escape import EscapeRun, ModeTimes, WidthRun
from traindyn.saddle_to_saddle.studies.escape_runs import DEPTHS, WIDE
from traindyn.saddle_to_saddle.studies.escape_times import (
    RATE,
    descent_units,
    escapes_without_first_mode,
    started_modes,
)
from traindyn.saddle_to_saddle.studies.tilt import tilts
from traindyn.saddle_to_saddle.theory.escape import discrete_time_unit
from traindyn.saddle_to_saddle.theory.modes import mode_time


@registry.claim(
    9,
    source="recalled form; the width form is derived here",
    basis="attributed",
    statement=(
        "The time to leave the origin is log(1/α)/s₁ for two layers and of order α^{−(L−2)} for "
        "more; in terms of the width it is (γ−1) log w / 2s₁ and of order w^{(γ−1)(L−2)/2}."
    ),
)
def times(context: Context) -> tuple[tuple[list[EscapeRun], list[WidthRun]], list[Part]]:
    """SS-9."""
    runs = [tilts(context, depth, WIDE) for depth in DEPTHS]
    widths, width_parts = over_widths(context)
    return (runs, widths), [
        _unit(runs[0], escapes_without_first_mode(context)),
        _start(started_modes(context)),
        _descent(*(descent_units(context, rate) for rate in (RATE, RATE / 20))),
        *map(_power, runs[1:]),
        *width_parts,
        *units_over_widths(context),
    ]


def _unit(run: EscapeRun, slower: EscapeRun) -> Part:
    def unit(run: EscapeRun) -> Estimate:
        slopes = np.diff(run.times, axis=0) / -np.diff(np.log(run.scales))[:, None]
        return estimate_mean(slopes[-1])

    return simulated(
        "Two layers: time to learn half of s₁ = 3 per factor e of the start's scale, from 1e-8 to "
        "1e-10",
        unit(run),
        within(1e-4, "of order α^(2 − 2 s₂/s₁) from the other directions", "next order"),
        [
            wrong_prediction("1/2s₁, as if A were of the scale α", 1 / (2 * WIDE[0])),
            other_system("a target without its first mode", unit(slower)),
        ],
        prediction=1 / WIDE[0],
    )


def _start(run: ModeTimes) -> Part:
    """The time of two layers from the start alone, through the closed form of a balanced mode."""

    def ratio(strengths: np.ndarray) -> Estimate:
        expected = [mode_time(2, WIDE[0], float(s), WIDE[0] / 2) for s in strengths]
        return estimate_mean(run.times / np.array(expected))

    return simulated(
        "Two layers: time to learn half of s₁ from α = 1e-10, over that of a balanced mode of the "
        "strength ‖W₁v + W₂ᵀu‖²/4 of the start",
        ratio(run.first),
        within(1e-6, "the other modes end at α^(2 − 2 s₂/s₁) = 5e-14 of their share", "next order"),
        [wrong_theory("2 in place of 4 in the strength", ratio(2 * run.first))],
        prediction=1.0,
        basis="derived",
    )


def _descent(coarse: np.ndarray, fine: np.ndarray) -> Part:
    """Gradient descent with a coarse rate has its own time unit."""
    return simulated(
        "Two layers, gradient descent at η = 0.05: time to learn half of s₁ = 3 per factor e of "
        "the start's scale, from 1e-8 to 1e-16",
        estimate_mean(coarse),
        within(1e-3, "interpolation within a step of 0.05 over 18 factors e", "size"),
        [
            wrong_prediction("the unit of the flow, 1/s₁", 1 / WIDE[0]),
            wrong_prediction("−η / log(1 − η s₁)", -RATE / float(np.log1p(-RATE * WIDE[0]))),
            same_run("a rate twenty times finer", estimate_mean(fine)),
        ],
        prediction=discrete_time_unit(WIDE[0], RATE),
        basis="derived",
    )


def _power(run: EscapeRun) -> Part:
    power = 2.0 - run.depth
    return simulated(
        "Exponent in α of the time to learn half of s₁, from α = 1e-8 to 1e-10, median over "
        f"starts, L = {run.depth}",
        last_slope(run, run.times),
        within(1e-4, "the rest of the path lasts a share α^(L−2) of the plateau", "next order"),
        [
            wrong_prediction("one layer more", power - 1),
            wrong_prediction("one layer less", power + 1),
        ],
        prediction=power,
        sizes=slope_sizes(run, run.times),
    )
