"""The part of claim SS-9 about the width: escape times at a fixed exponent of the start."""

from __future__ import annotations

import numpy as np

from traindyn.inference import estimate_mean, log_slope, slope
from traindyn.ledger import Part, Size, within, wrong_prediction, wrong_theory
from traindyn.runs import Context
from traindyn.saddle_to_saddle.claims.parts import simulated
from traindyn.saddle_to_saddle.results.escape import WidthRun, WidthTimes
from traindyn.saddle_to_saddle.studies.escape_runs import WIDE
from traindyn.saddle_to_saddle.studies.escape_widths import deep_times, two_layer_times
from traindyn.saddle_to_saddle.studies.wide_constant import wide_constant
from traindyn.saddle_to_saddle.theory.modes import blow_up_lead

TOP = WIDE[0]
CASES = ((3, 2.0), (3, 1.5), (4, 2.0))
"""Depths and exponents of the start."""


def over_widths(context: Context) -> tuple[list[WidthRun], list[Part]]:
    """More than two layers: a power of the width, with the constant of the infinitely wide net."""
    runs, parts = [], []
    for depth, gamma in CASES:
        found = deep_times(context, depth, gamma)
        expected = _expected(depth, gamma, found.widths, wide_constant(depth))
        widths, times = found.widths.astype(float), found.times.mean(axis=1)
        runs.append(WidthRun(depth, gamma, widths, times, expected))
        parts += [_exponent(depth, gamma, found), _constant(depth, gamma, found)]
    return runs, parts


def _expected(depth: int, gamma: float, widths: np.ndarray, constant: float) -> np.ndarray:
    """Times with a constant of the plateau."""
    plateau = constant / ((depth - 2) * TOP) * widths ** ((gamma - 1) * (depth - 2) / 2)
    return np.asarray(plateau + blow_up_lead(depth, TOP, TOP / 2))


def _exponent(depth: int, gamma: float, found: WidthTimes) -> Part:
    plateaus = found.steadier - blow_up_lead(depth, TOP, TOP / 2)
    widths = found.widths.tolist()
    return simulated(
        "Exponent in the width of the time on the plateau at the origin, from w = "
        f"{widths[0]} to {widths[-1]}, L = {depth}, γ = {gamma:g}",
        log_slope(widths, [estimate_mean(times) for times in plateaus]),
        within(
            (depth - 2) * 4 * (1 / widths[0] - 1 / widths[-1]) / float(np.log(4)),
            "each of four directions adds a relative 1/w per middle layer, at the smallest width "
            "and at the largest, in log 4",
            "next order",
        ),
        [
            wrong_prediction("L − 1 in place of L − 2", (gamma - 1) * (depth - 1) / 2),
            wrong_prediction("no half: weights of size w^{1−γ}", (gamma - 1) * (depth - 2)),
        ],
        prediction=(gamma - 1) * (depth - 2) / 2,
        basis="derived",
    )


def _constant(depth: int, gamma: float, found: WidthTimes) -> Part:
    expected = _expected(depth, gamma, found.widths, wide_constant(depth))
    rival = _expected(depth, gamma, found.widths, 1.0)
    ratios = [estimate_mean(t) for t in found.steadier / expected[:, None]]
    last = int(found.widths[-1])
    return simulated(
        f"Time to learn half of s₁ over that of an infinitely wide network, w = {last}, "
        f"L = {depth}, γ = {gamma:g}",
        ratios[-1],
        within(
            (depth - 2) * 4 / last,
            "each of four directions adds a relative 1/w per middle layer",
            "next order",
        ),
        [
            wrong_theory(
                "the constant 1 of a balanced start in place of that of words",
                ratios[-1].scaled(float(expected[-1] / rival[-1])),
            ),
        ],
        prediction=1.0,
        basis="derived",
        sizes=[Size(float(w), ratio) for w, ratio in zip(found.widths, ratios, strict=True)],
    )


def units_over_widths(context: Context) -> list[Part]:
    """Two layers: time per factor e of the width."""
    return [_unit(gamma, two_layer_times(context, gamma)) for gamma in (2.0, 1.5)]


def _unit(gamma: float, found: WidthTimes) -> Part:
    logs = np.log(found.widths).tolist()
    unit = (gamma - 1) / (2 * TOP)
    return simulated(
        f"Two layers: time to learn half of s₁ = 3 per factor e of the width, γ = {gamma:g}",
        slope(logs, [estimate_mean(times) for times in found.times]),
        within(unit / 2, "half of what γ − 1 without its half changes", "neighbor"),
        [
            wrong_prediction("no half: (γ − 1)/s₁", 2 * unit),
            wrong_prediction("γ in place of γ − 1", gamma / (2 * TOP)),
        ],
        prediction=unit,
        basis="derived",
    )
