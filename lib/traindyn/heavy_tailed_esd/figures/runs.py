"""Figures along runs: overlaps of weights and updates, and runs of thousands of steps."""

from __future__ import annotations

from itertools import pairwise

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure

from traindyn import style
from traindyn.heavy_tailed_esd.results.long_runs import LongRun
from traindyn.heavy_tailed_esd.results.overlaps import OverlapRun


def overlap_maps(run: OverlapRun, blocks: int = 40) -> Figure:
    """Maps of right overlaps at four times, averaged over blocks, over their uniform value.

    Both axes run over the singular vectors in falling order of their values, from 0 to 1.
    """
    shown = [time for time in run.times if time != 2][:4]
    blocks = min(blocks, len(run.maps[0]))
    with mpl.rc_context(style.RC):
        figure = Figure(figsize=(style.WIDTH, 2.5))
        panels = figure.subplots(1, len(shown), sharey=True)
    for axes, time in zip(panels, shown, strict=True):
        right = run.maps[run.times.index(time)]
        size = len(right) // blocks
        trimmed = right[: size * blocks, : size * blocks]
        mean = trimmed.reshape(blocks, size, blocks, size).mean(axis=(1, 3)) * len(right)
        edges = np.linspace(0, 1, blocks + 1)
        mesh = axes.pcolormesh(
            edges, edges, np.log10(np.maximum(mean, 1e-3)), vmin=-1, vmax=1, cmap="RdBu_r",
            rasterized=True,
        )  # fmt: skip
        axes.set(title=f"step {time}", xticks=[0, 1], yticks=[0, 1], aspect="equal")
        axes.set_xlabel("update")
    panels[0].set_ylabel("weights")
    bar = figure.colorbar(mesh, ax=list(panels), shrink=0.75, pad=0.02)
    bar.set_ticks([-1, 0, 1], labels=["0.1", "1", "10"])
    bar.set_label("overlap / uniform")
    style.note(
        figure, f"One problem with d = {len(run.maps[0])}; means over {blocks} by {blocks} blocks."
    )
    return figure


def long_runs(runs: dict[str, LongRun], null: float) -> Figure:
    """Left: index over steps with its null. Right: losses of the late bursts and of their control.

    Indices are means over the problems. Losses are those of the first problem, the largest one
    between two steps on a logarithmic grid.
    """
    figure, (left, right) = style.panels(2)
    for (name, run), color, mark in zip(runs.items(), style.COLORS, "os^vDP", strict=False):
        left.semilogx(run.times, run.hill.mean(axis=0), mark + "-", color=color, label=name)
    left.axhline(null, color=style.GRAY, linestyle=":", linewidth=1.2)
    left.set(xlabel="steps", ylabel="Hill's index", title="Tails that come late", ylim=(1.35, None))
    left.legend(fontsize=7.5, loc="lower left", ncols=2, columnspacing=0.8)
    for (name, run), color in list(zip(runs.items(), style.COLORS, strict=False))[:3]:
        losses = run.losses[0]
        grid = np.unique(np.geomspace(1, len(losses), 90).astype(int))
        highest = [losses[a - 1 : b].max() for a, b in pairwise(grid)]
        right.loglog(grid[:-1], np.maximum(highest, 1e-33), color=color, label=name)
    right.set(xlabel="steps", ylabel="loss", title="Bursts after the labels are fitted")
    problems = len(next(iter(runs.values())).hill)
    style.note(figure, f"Left: means over {problems} problems. Right: one of them. No bars.")
    return figure
