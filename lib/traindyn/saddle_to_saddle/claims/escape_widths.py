"""The part of claim SS-9 about the width: escape times at a fixed exponent of the start."""

from __future__ import annotations

import numpy as np

from traindyn.inference import Estimate, estimate_mean
from traindyn.ledger import Size
from traindyn.ledger.legacy import Control, Part, Test
from traindyn.runs import Context
from traindyn.saddle_to_saddle.results.escape import WidthRun
from traindyn.saddle_to_saddle.studies.escape_runs import WIDE
from traindyn.saddle_to_saddle.studies.escape_widths import deep_times, two_layer_times, weak_times
from traindyn.saddle_to_saddle.studies.wide_constant import wide_constant
from traindyn.saddle_to_saddle.theory.modes import blow_up_lead

TOP = WIDE[0]
CASES = ((3, 2.0), (3, 1.5), (4, 2.0))
"""Depths and exponents of the start."""


def over_widths(context: Context) -> tuple[list[WidthRun], list[Part]]:
    """More than two layers: a power of the width, with the constant of the infinitely wide net."""
    found = {case: deep_times(context, *case) for case in CASES}
    exponents = {}
    for (depth, gamma), run in found.items():
        plateau = run.times - blow_up_lead(depth, TOP, TOP / 2)
        exponents[depth, gamma] = estimate_mean(
            np.polyfit(np.log(run.widths), np.log(plateau), 1)[0],
        )
    runs, parts = [], []
    for case, changed in zip(CASES, (*CASES[1:], CASES[0]), strict=True):
        depth, gamma = case
        widths, times = found[case].widths, found[case].times
        power = (gamma - 1) * (depth - 2) / 2
        constant = wide_constant(depth) / ((depth - 2) * TOP)
        expected = constant * widths**power + blow_up_lead(depth, TOP, TOP / 2)
        runs.append(WidthRun(*case, widths.astype(float), times.mean(axis=1), expected))
        ratios = [estimate_mean(t) for t in times / expected[:, None]]
        weaker = estimate_mean(weak_times(context, *case).times[0] / expected[-1])
        name = f"L = {depth}, γ = {gamma:g}"
        parts += [
            Part(
                f"Exponent of the time of the plateau in the width, {name}",
                power,
                exponents[case],
                Test(
                    "slope",
                    0.07 * (depth - 2),
                    "each of four directions adds a relative 1/w per middle layer: from 4/32 to "
                    "4/128 in log 4",
                ),
                [Control(f"L = {changed[0]}, γ = {changed[1]:g}", exponents[changed])],
            ),
            Part(
                f"Time over that of an infinitely wide network, w = {widths[-1]}, {name}",
                1.0,
                ratios[-1],
                Test(
                    "equality",
                    (depth - 2) * 4 / 128,
                    "each of four directions adds a relative 1/w per middle layer",
                ),
                [Control("middle layers of half the variance", weaker)],
                sizes=[Size(float(w), ratio) for w, ratio in zip(widths, ratios, strict=True)],
            ),
        ]
    return runs, parts


def units_over_widths(context: Context) -> list[Part]:
    """Two layers: time per factor e of the width."""
    units = {gamma: _unit_over_widths(context, gamma) for gamma in (2.0, 1.5)}
    return [
        Part(
            f"Two layers: time per factor e of the width, γ = {gamma:g}",
            (gamma - 1) / (2 * TOP),
            units[gamma],
            Test("slope", 0.04, "half of what the other γ changes"),
            [Control(f"γ = {other:g}", units[other])],
        )
        for gamma, other in ((2.0, 1.5), (1.5, 2.0))
    ]


def _unit_over_widths(context: Context, gamma: float) -> Estimate:
    """The same from many pairs of starts."""
    run = two_layer_times(context, gamma)
    return estimate_mean(np.polyfit(np.log(run.widths), run.times, 1)[0])
