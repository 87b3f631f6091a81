"""Figures of the plateaus: losses over time, the second escape, costs without a minimum."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from traindyn import style
from traindyn.saddle_to_saddle.results.plateaus import (
    GradientRun,
    LogisticRun,
    SecondEscapeRun,
    Staircases,
)

LINES = ("-", "--", "-.", ":")


def plateaus(staircases: Staircases, gradients: list[GradientRun], starts: int) -> Figure:
    """Left: loss over time from three scales. Right: smallest gradient on two plateaus.

    Args:
        staircases: One start per scale.
        gradients: Means over starts.
        starts: Number of starts behind each mean.
    """
    figure, (left, right) = style.panels(2)
    shown = [run for run in staircases.runs if run.depth == 3]
    for run, color, line in zip(shown, style.COLORS, LINES, strict=False):
        left.plot(
            np.maximum(run.times, 1e-3),
            run.loss,
            color=color,
            linestyle=line,
            label=f"α = {run.scale:g}",
        )
    for i, level in enumerate(staircases.levels):
        label = "predicted" if i == 0 else None
        left.axhline(level, color=style.GRAY, linewidth=0.8, linestyle=":", label=label)
    left.set(xscale="log", xlim=(1, None), xlabel="time", ylabel="loss", title="Three layers")
    left.set_ylim(top=1.6 * float(staircases.levels[0]))
    left.legend(fontsize=8, ncols=2)
    depths = sorted({passed.depth for passed in gradients})
    for passed in gradients:
        i = depths.index(passed.depth)
        color, mark, first = style.COLORS[i], "os^"[i], passed.rank == 1
        right.loglog(
            1 / passed.scales,
            passed.gradients,
            mark,
            color=color,
            markerfacecolor=color if first else "none",
            label=f"L = {passed.depth}" if first else None,
        )
        line = passed.gradients[-1] * (passed.scales / passed.scales[-1]) ** passed.exponent
        right.loglog(1 / passed.scales, line, color=color, linewidth=1)
    right.set(
        xlabel=r"$1/\alpha$",
        ylabel="smallest gradient on the plateau",
        title="How closely a saddle is passed",
    )
    right.legend()
    style.note(
        figure,
        f"Targets of 4 × 4 with singular values 3, 2, 1. Left: one start per scale. "
        f"Right: means over {starts} starts, no bars.",
    )
    return figure


def later(second: SecondEscapeRun, logistic: dict[str, LogisticRun]) -> Figure:
    """Left: times of two escapes. Right: logistic cost, loss and norm over time."""
    figure, (left, right) = style.panels(2)
    logs = -np.log(second.scales)
    early, late = second.first.mean(axis=1), second.second.mean(axis=1)
    for times, slope, color, mark, name in (
        (early, second.first_slope, style.BLUE, "o", "first escape"),
        (late, second.second_slope, style.ORANGE, "s", "second escape"),
    ):
        left.plot(logs, times, mark, color=color, label=name)
        left.plot(logs, times[-1] + slope * (logs - logs[-1]), color=color, linewidth=1.2)
    naive = late[0] + second.naive_slope * (logs - logs[0])
    left.plot(logs, naive, color=style.GRAY, linestyle="--", label=r"second, $1/s_2$")
    left.set(xlabel=r"$\log(1/\alpha)$", ylabel="time", title="Two layers, matrix completion")
    left.legend(fontsize=8)
    for (name, run), color, line in zip(logistic.items(), style.COLORS, LINES, strict=False):
        right.loglog(np.maximum(run.times, 1.0), run.loss, color=color, linestyle=line, label=name)
    right.set(xlim=(10, None), xlabel="time", ylabel="logistic loss", title="No finite minimum")
    right.legend(title="signs", fontsize=8)
    style.note(
        figure,
        f"Left: means over {second.first.shape[1]} starts, one problem of 10 × 10. "
        "Right: three layers, one start each. No bars.",
    )
    return figure
