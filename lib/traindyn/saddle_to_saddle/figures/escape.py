"""Figures of the start: distances and constants over the width, the first escape over its scale."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from traindyn import style
from traindyn.saddle_to_saddle.results.distances import ConstantRun, DistanceRun
from traindyn.saddle_to_saddle.results.escape import EscapeRun, WidthRun

MARKS = "os^vD"


def regimes(distances: list[DistanceRun], constant: ConstantRun, starts: int) -> Figure:
    """Left: distance to a saddle over the width. Right: the constant of descent.

    Args:
        distances: Means over starts.
        constant: Means over a few starts.
        starts: Number of starts behind each distance, at least.
    """
    figure, (left, right) = style.panels(2, height=3.6)
    chosen = [run for run in distances if run.depth == 3]
    for run, color, mark in zip(chosen, (style.BLUE, style.ORANGE), MARKS, strict=False):
        left.loglog(run.widths, run.saddle, mark, color=color, label=f"saddle, γ = {run.gamma:g}")
        left.loglog(run.widths, run.saddle / run.saddle_ratio, color=color, linewidth=1.2)
        left.loglog(
            run.widths,
            run.origin,
            mark,
            color=style.GRAY,
            markerfacecolor="none",
            label=f"origin, γ = {run.gamma:g}",
        )
    left.set(xlabel="width w", ylabel="distance of the start", title="Three layers")
    style.plain_ticks(left.xaxis, chosen[0].widths.tolist())
    left.set_ylim(top=left.get_ylim()[1] * 6)
    left.legend(fontsize=8, ncols=2)
    for (gamma, values), color, mark in zip(
        constant.values.items(), style.COLORS, MARKS, strict=False
    ):
        right.loglog(constant.widths, values, mark, color=color, label=f"γ = {gamma:g}")
        right.loglog(constant.widths, constant.predicted[gamma], color=color, linewidth=1.2)
    right.set(xlabel="width w", ylabel="smallest |∇L|²/2L", title="Speed of descent, L = 3")
    style.plain_ticks(right.xaxis, constant.widths.tolist())
    right.set_ylim(top=right.get_ylim()[1] * 30)
    right.legend(fontsize=8, ncols=2, loc="upper left")
    style.note(
        figure,
        f"Three layers. Left: means over at least {starts} starts. Right: over a few. No bars.",
    )
    return figure


def wide_escape(runs: list[WidthRun], starts: int) -> Figure:
    """Escape times over the width, with those of infinitely wide networks as lines.

    Args:
        runs: Means over starts.
        starts: Number of starts behind each mean.
    """
    figure, (panel,) = style.panels(1, height=3.2)
    for run, color, mark in zip(runs, style.COLORS, MARKS, strict=False):
        name = f"L = {run.depth}, γ = {run.gamma:g}"
        panel.loglog(run.widths, run.times, mark, color=color, label=name)
        panel.loglog(run.widths, run.predicted, color=color, linewidth=1.2)
    panel.set(xlabel="width w", ylabel="time to leave the origin")
    style.plain_ticks(panel.xaxis, sorted({w for run in runs for w in run.widths.tolist()}))
    panel.legend(fontsize=8)
    style.note(figure, f"Means over {starts} starts at each width; targets of 4 × 4. No bars.")
    return figure


def escape(times: list[EscapeRun], alignment: list[EscapeRun]) -> Figure:
    """Escape times and alignment over decades of the start's scale, with predicted lines."""
    figure, (left, middle, right) = style.panels(3, height=3.2)
    for run, color, mark in zip(times, style.COLORS, MARKS, strict=False):
        median = np.median(run.times, axis=1)
        left.loglog(1 / run.scales, median, mark, color=color, label=f"L = {run.depth}")
        fine = np.geomspace(run.scales[0], run.scales[-1], 60)
        if run.depth > 2:
            line = median[-1] * (fine / fine[-1]) ** (2.0 - run.depth)
        else:
            line = median[-1] - np.log(fine / fine[-1]) / 3.0  # s₁ = 3
        left.loglog(1 / fine, line, color=color, linewidth=1)
    left.set(xlabel=r"$1/\alpha$", ylabel="time to leave the origin", title="Time")
    left.legend(fontsize=8)
    shown = [run for run in alignment if abs(run.ratio - 1 / 3) < 0.01]
    for run, color, mark in zip(shown, style.COLORS, MARKS, strict=False):
        for panel, values, power in (
            (middle, run.angles, 1 - run.ratio),
            (right, run.layer_ratios, 1 - run.ratio if run.depth == 2 else 1.0),
        ):
            median = np.median(values, axis=1)
            panel.loglog(1 / run.scales, median, mark, color=color, label=f"L = {run.depth}")
            line = median[-1] * (run.scales / run.scales[-1]) ** power
            panel.loglog(1 / run.scales, line, color=color, linewidth=1)
    middle.set(xlabel=r"$1/\alpha$", ylabel="angle to the target's, radians", title="Direction")
    right.set(xlabel=r"$1/\alpha$", ylabel="second / first singular value", title="Rank of a layer")
    middle.legend(fontsize=8)
    style.note(
        figure,
        f"Medians over {times[0].times.shape[1]} starts (left) and {shown[0].angles.shape[1]} "
        "(others); targets of 4 × 4 with singular values 3 and 1. No bars.",
    )
    return figure
