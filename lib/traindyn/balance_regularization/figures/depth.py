"""Figures about nets of any depth: densities, power-law tails, the deep limit, weight decay."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from traindyn import style
from traindyn.balance_regularization.results.depth import DecayRun, DeepLimitRun, DepthRun, TailRun

LINES = {1: "-", 2: "--", 3: "-.", 4: (0, (5, 1, 1, 1, 1, 1)), 9: ":"}
COLORS = {1: style.BLUE, 2: style.ORANGE, 3: style.GREEN, 4: style.PURPLE, 9: style.PURPLE}
TAIL_START = 10.0
"""Where the guide lines of the tails begin, in units of v*."""


def depth(run: DepthRun, tails: TailRun) -> Figure:
    """Left: law of v by depth, with samples. Right: the densities far out, on log axes."""
    figure, (left, right) = style.panels(2, height=3.4)
    edges = np.geomspace(1e-3, 10, 41)
    middles = np.sqrt(edges[1:] * edges[:-1])
    v = np.geomspace(1e-3, 10, 400)
    for layers, law in run.laws.items():
        color, samples = COLORS[layers], run.samples[layers]
        heights = np.histogram(samples, edges)[0] / len(samples) / np.diff(np.log(edges))
        left.semilogx(
            v, v * law.density(v), color=color, linestyle=LINES[layers], label=f"D = {layers}"
        )
        left.semilogx(middles[::2], heights[::2], "o", color=color, markersize=2.5)
    left.plot([], [], "o", color=style.GRAY, markersize=2.5, label="samples")
    left.set(xlabel=r"$v$, in units of $v^*$", ylabel=r"density of $\log v$", xlim=(1e-3, 10))
    left.set_ylim(bottom=0)
    left.set_title("Depth keeps the net away from zero")
    left.legend()
    for layers, log_density in tails.log_density.items():
        scaled = np.exp(log_density - np.interp(TAIL_START, tails.v, log_density))
        right.loglog(
            tails.v, scaled, color=COLORS[layers], linestyle=LINES[layers], label=f"D = {layers}"
        )
    far = np.array([TAIL_START, tails.v[-1]])
    for power, name in ((3.5, "−7/2"), (5.0, "−5")):
        right.loglog(
            far, (far / TAIL_START) ** -power, color=style.GRAY, linewidth=1, linestyle=(0, (1, 1))
        )
        height = (far[-1] / TAIL_START) ** -power
        right.annotate(name, (far[-1], height), (3, -3), textcoords="offset points", fontsize=8)
    right.plot([], [], color=style.GRAY, linewidth=1, linestyle=(0, (1, 1)), label="powers")
    right.set(xlabel=r"$v$, in units of $v^*$", ylabel=r"density, 1 at $v = 10\,v^*$")
    right.set_ylim(1e-16, 1e6)
    right.set_title("Power-law tails")
    right.legend()
    sizes = [len(samples) for samples in run.samples.values()]
    style.note(
        figure,
        f"Left: {min(sizes)} samples per depth at least; no bars. Right: theory alone.",
    )
    return figure


def deep_limit(run: DeepLimitRun) -> Figure:
    """Left: laws of equal T·D/d approach each other. Right: from collapse to the minimum."""
    figure, (left, right) = style.panels(2)
    depths = sorted(run.scaled)
    left.loglog(
        depths, [run.scaled[d] for d in depths], "o-", color=style.BLUE, label="T and d doubled"
    )
    left.loglog(
        depths, [run.unscaled[d] for d in depths], "s-", color=style.ORANGE, label="T doubled"
    )
    left.loglog(depths, [0.55 / d for d in depths], "--", color=style.GRAY, label="first order 1/D")
    left.set(xlabel="depth D", ylabel="distance of the laws", title=r"Only $TD/d$ matters")
    left.set_xticks(depths, [str(depth) for depth in depths])
    left.minorticks_off()
    left.legend(fontsize=8)
    ratios = sorted(run.medians)
    right.semilogx(ratios, [run.medians[r] for r in ratios], "o-", color=style.GREEN)
    right.axhline(1, color=style.INK, linestyle=":", linewidth=1)
    right.set(xlabel="width over depth, d / D", ylabel=r"median of $v$, in units of $v^*$")
    right.set_title("Narrow nets collapse, wide nets freeze")
    style.note(figure, "Theory alone: nothing is drawn at random, and there are no bars.")
    return figure


def weight_decay(run: DecayRun) -> Figure:
    """Left: fraction of nets that fell to zero over time. Right: how long it takes, over decay."""
    figure, (left, right) = style.panels(2)
    colors, lines = (style.ORANGE, style.BLUE, style.GREEN), ("-", "--", ":")
    for net, color, line, size in zip(run.curves, colors, lines, (4, 7, 3), strict=True):
        left.plot(run.curve_times, run.curves[net], line, color=color, label=net)
        style.error_bars(left, run.times, run.fractions[net], fmt="o", markersize=size, color=color)
    left.set(xlabel="time", ylabel="fraction at zero", ylim=(-0.03, 1.03))
    left.set_title("Only the deep net with decay falls")
    left.legend(fontsize=8, loc="center right")
    for depth, waits in run.waits.items():
        right.semilogy(
            run.decays, waits, color=COLORS[depth], linestyle=LINES[depth], label=f"D = {depth}"
        )
    right.set(xlabel="weight decay γ", ylabel="mean time to fall to zero")
    right.set_title("Rarely with little decay, but always")
    right.legend(fontsize=8)
    sizes = [found[0].n for found in run.fractions.values()]
    style.note(
        figure,
        f"Lines: predicted; points: {min(sizes)} nets or more each. Bars: intervals of the "
        "decision. Right: theory alone.",
    )
    return figure
