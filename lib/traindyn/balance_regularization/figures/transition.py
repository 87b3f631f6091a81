"""Figures about the critical temperature: growth near zero, the map of peaks."""

from __future__ import annotations

import numpy as np
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure

from traindyn import style
from traindyn.balance_regularization.results.transition import PhaseMap, TransitionRun


def transition(run: TransitionRun) -> Figure:
    """Left: exact mean of v. Right: growth of log v near zero, bounded and Gaussian data."""
    figure, (left, right) = style.panels(2, height=3.4)
    left.plot([0, 1, 1.4], [1, 0, 0], color=style.ORANGE, label=r"predicted, $1 - T/T_c$")
    left.plot(run.ratios, run.means, "o", color=style.BLUE, label="SGD, exact")
    left.set(xlabel=r"$T / T_c$", ylabel=r"mean of $v$, in units of $v^*$")
    left.set_title("Noise turns the net off")
    left.legend()
    for name, (ratio, growth) in run.growth.items():
        bounded = name.startswith("bounded")
        right.plot(
            ratio,
            growth,
            color=style.BLUE if bounded else style.GREEN,
            linestyle=LINES[name],
            label=name,
        )
    right.axhline(0, color=style.INK, linewidth=0.8)
    right.set(xlabel=r"$T / T_c$ (with weight decay)", ylabel=r"growth rate of $\log v$ near 0")
    right.set_ylim(-4.5, 6.5)
    right.set_title("Below zero: collapse")
    right.legend(fontsize=7, ncols=2, loc="upper right", columnspacing=0.8, handlelength=1.6)
    style.note(figure, "Exact numerics of SGD: nothing is drawn at random, and there are no bars.")
    return figure


LINES = {
    "bounded data, γ = 0": "-",
    "bounded data, γ = 0.3": "--",
    "bounded data, γ = 0.6": ":",
    "Gaussian data, σ = 4k": "-",
    "Gaussian data, σ = 4.5k": "--",
    "Gaussian data, σ = 5k": "-.",
    "Gaussian data, σ = 10k": ":",
}


def phase_map(run: PhaseMap) -> Figure:
    """Where the density has a peak, and where the text grants one in vain."""
    figure, (axes,) = style.panels(1, height=3.2)
    kinds = run.seen.astype(int) + 2 * (run.stated & ~run.seen)
    colors = ListedColormap(["#00000000", style.BLUE, style.ORANGE])
    axes.pcolormesh(
        run.ratios,
        run.noises,
        kinds,
        cmap=colors,
        vmin=0,
        vmax=2,
        rasterized=True,
        shading="nearest",
    )
    axes.axvline(1 / 3, color=style.INK, linestyle="--", linewidth=1)
    axes.axhline(np.sqrt(14 / 3), color=style.INK, linestyle=":", linewidth=1)
    axes.plot([], [], "s", color=style.BLUE, label="peak away from zero")
    axes.plot([], [], "s", color=style.ORANGE, label="no peak, though stated")
    axes.plot([], [], "s", color=style.INK, markerfacecolor="none", label="no peak")
    axes.plot([], [], "--", color=style.INK, label=r"$T_c / 3$")
    axes.plot([], [], ":", color=style.INK, label=r"$\sigma^2 = 14k^2/3$")
    axes.set(xlabel=r"$T / T_c$", ylabel=r"label noise $\sigma / k$", title="Where a peak exists")
    axes.legend(loc="center left", bbox_to_anchor=(1.01, 0.5))
    rows, columns = run.seen.shape
    style.note(figure, f"Theory alone: {rows} noises, {columns} temperatures. Gaussian data.")
    return figure
