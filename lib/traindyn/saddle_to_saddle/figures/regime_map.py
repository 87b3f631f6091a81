"""The map of regimes: how distances go with the width, over the exponent of the start."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.figure import Figure

from traindyn import style
from traindyn.saddle_to_saddle.results.distances import DistanceRun

MARKS = {2: "o", 3: "s", 4: "^"}


def regime_map(saddles: list[DistanceRun], small: list[DistanceRun], starts: int) -> Figure:
    """Exponents of the distances to the nearest saddle and minimum; lines are predictions.

    The distance of a lazy start to a minimum is shown in units of what is left to fit, which itself
    drifts with the width.

    Args:
        saddles: Runs whose distances to a saddle were measured; those with γ < 1 give the
            distance to a minimum too.
        small: Runs of small starts whose distance to a minimum was measured.
        starts: Number of starts at each width, at least.
    """

    def lazy_exponent(gamma: Any, depth: int) -> Any:
        return -(1 - gamma) * (depth - 1) / 2

    figure, axes = style.panels(1, height=3.6)
    axis = axes[0]
    gamma = np.linspace(0.5, 3.1, 100)
    below = gamma[gamma <= 1]
    axis.plot(gamma, (1 - gamma) / 2, color=style.BLUE, linewidth=1.2)
    axis.plot([1, gamma[-1]], [0, 0], color=style.ORANGE, linewidth=1.2)
    for depth, line in ((2, "-"), (3, "--"), (4, ":")):
        inside = below[below >= 1 - 1 / depth]
        axis.plot(inside, -(1 - inside) * (depth - 1) / 2, line, color=style.ORANGE, linewidth=1.2)
    named = set()
    for color, kind, runs in (
        (style.BLUE, "saddle", saddles),
        (style.ORANGE, "minimum", [*(r for r in saddles if r.gamma < 1), *small]),
    ):
        for run in runs:
            exponent = run.slope(run.dropped if kind == "saddle" else run.minimum)
            if kind == "minimum" and run.gamma < 1:
                exponent = run.slope(run.minimum_ratio) + lazy_exponent(run.gamma, run.depth)
            name = f"to a {kind}, L = {run.depth}"
            axis.plot(
                run.gamma,
                exponent,
                MARKS[run.depth],
                color=color,
                label=None if name in named else name,
            )
            named.add(name)
    axis.axvline(1, color=style.GRAY, linewidth=0.8, linestyle=":")
    for x, text, side in (
        (0.97, "lazy: near\na minimum", "right"),
        (1.03, "near\na saddle", "left"),
    ):
        axis.text(x, 0.72, text, ha=side, va="top", fontsize=9, color=style.GRAY)
    axis.set(
        xlabel="exponent γ of the start, σ² = w^(−γ)",
        ylabel="exponent of the distance in the width",
        xlim=(0.25, 3.15),
        ylim=(-1.1, 0.75),
    )
    axis.legend(fontsize=8, ncols=2, loc="lower left")
    low, high = saddles[0].widths[[0, -1]]
    style.note(
        figure,
        f"Marks: fits over widths from {low:g} to {high:g}, at least {starts} starts at each. "
        "No bars.",
    )
    return figure
