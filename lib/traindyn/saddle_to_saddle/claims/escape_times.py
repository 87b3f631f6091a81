"""Claim SS-9: when a network leaves zero, over the scale and over the width of the start."""

from __future__ import annotations

import numpy as np

from traindyn.inference import Estimate, exact
from traindyn.ledger.legacy import Control, Part, Test
from traindyn.runs import Context
from traindyn.saddle_to_saddle.claims.escape_widths import over_widths, units_over_widths
from traindyn.saddle_to_saddle.claims.registry import registry
from traindyn.saddle_to_saddle.claims.slopes import farthest, slope_sizes
from traindyn.saddle_to_saddle.results.escape import EscapeRun, ModeTimes, WidthRun
from traindyn.saddle_to_saddle.studies.escape_runs import DEPTHS, WIDE
from traindyn.saddle_to_saddle.studies.escape_times import (
    RATE,
    descent_unit,
    escapes,
    escapes_without_first_mode,
    started_modes,
)
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
    runs = [escapes(context, depth) for depth in DEPTHS]
    widths, width_parts = over_widths(context)
    return (runs, widths), [
        _unit(runs[0], escapes_without_first_mode(context)),
        _start(started_modes(context)),
        _descent(*(descent_unit(context, rate) for rate in (RATE, RATE / 20))),
        *map(_power, runs[1:], runs),
        *width_parts,
        *units_over_widths(context),
    ]


def _unit(run: EscapeRun, slower: EscapeRun) -> Part:
    def unit(run: EscapeRun) -> Estimate:
        slopes = np.diff(run.times, axis=0) / -np.diff(np.log(run.scales))[:, None]
        return farthest(slopes[-1], 1 / WIDE[0])

    return Part(
        "Two layers: time per factor e of the start, the farthest of all starts",
        1 / WIDE[0],
        unit(run),
        Test("slope", 1e-4, "of order α^(2 − 2 s₂/s₁) from the other directions"),
        [Control("a target without its first mode", unit(slower))],
    )


def _start(run: ModeTimes) -> Part:
    """The time of two layers from the start alone, through the closed form of a balanced mode."""

    def ratio(strengths: np.ndarray) -> Estimate:
        expected = [mode_time(2, WIDE[0], float(s), WIDE[0] / 2) for s in strengths]
        return farthest(run.times / np.array(expected), 1.0)

    return Part(
        "Two layers: time over that of a balanced mode of the start's own strength, the farthest "
        "of eight starts",
        1.0,
        ratio(run.first),
        Test("equality", 1e-6, "the other modes end at α^(2 − 2 s₂/s₁) = 5e-14 of their share"),
        [Control("strength along the second pair", ratio(run.second))],
    )


def _descent(coarse: float, fine: float) -> Part:
    """Gradient descent with a coarse rate has its own time unit."""
    return Part(
        "Two layers, gradient descent at η = 0.05: time per factor e of the start",
        discrete_time_unit(WIDE[0], RATE),
        exact(coarse),
        Test("slope", 1e-3, "interpolation within a step of 0.05 over 18 factors e"),
        [Control("a rate twenty times finer", exact(fine))],
    )


def _power(run: EscapeRun, shallower: EscapeRun) -> Part:
    power = 2.0 - run.depth
    other = shallower.slopes(shallower.times)[-1]
    return Part(
        f"Exponent of the time in α, L = {run.depth}, the farthest of all starts",
        power,
        farthest(run.slopes(run.times)[-1], power),
        Test("slope", 1e-4, "the rest of the path lasts a share α^(L−2) of the plateau"),
        [Control("with one layer less", farthest(other, power))],
        asymptotic=True,
        sizes=slope_sizes(run, run.times),
    )
