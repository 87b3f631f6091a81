"""Figures of the XOR network: its layers over time, and the corners that it captures."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from traindyn import style
from traindyn.hessian_alignment.results.xor import CornerRun, PathRun, XorLayers


def layers(run: XorLayers) -> Figure:
    """Left: overlap of both layers with their eigenspaces. Right: outliers of the second layer."""
    figure, (left, right) = style.panels(2, height=3.4)
    for (matrix, found), color, mark in zip(
        run.first.items(), (style.BLUE, style.ORANGE), "os", strict=True
    ):
        name = "Hessian" if matrix == "hessian" else "gradients"
        left.plot(
            run.times,
            [e.value for e in found],
            f"{mark}-",
            color=color,
            label=f"first layer, {name}",
        )
    left.plot(
        run.times,
        [e.value for e in run.second],
        "^--",
        color=style.GREEN,
        label="second layer, Hessian",
    )
    for level in (run.first_random, run.second_random):
        left.axhline(level, color=style.GRAY, linewidth=1, linestyle=":")
    left.set(
        xlabel=r"time $t$",
        ylabel="overlap",
        ylim=(0, 1.03),
        title="Weights in top eigenspaces (dots: random)",
    )
    left.legend(loc="center right", fontsize=8)
    for index, values in enumerate(run.values.T):
        color, mark = (style.BLUE, "o") if index < 4 else (style.GRAY, "v")
        label = {0: "eigenvalues 1 to 4", 4: "5 and 6"}.get(index)
        right.semilogy(run.times, values, f"{mark}-", color=color, linewidth=1, label=label)
    right.axhline(run.corner, color=style.ORANGE, linewidth=1, linestyle="--", label="law, large λ")
    right.set(
        xlabel=r"time $t$", ylabel="eigenvalue", title="Second layer: from one outlier to four"
    )
    right.legend(fontsize=8)
    style.note(figure, f"Means over {run.second[0].n} networks, no bars.")
    return figure


def corners(run: CornerRun, networks: int) -> Figure:
    """Left: distribution of captured corners. Right: eigenvalues by number of corners.

    Args:
        run: Shares and eigenvalues.
        networks: Number of networks.
    """
    figure, (left, right) = style.panels(2, height=3.2)
    count = np.arange(1, 5)
    left.bar(count - 0.2, run.late, 0.4, color=style.BLUE, label="t = 100")
    left.bar(count + 0.2, run.early, 0.4, color=style.GRAY, label="t = 25, too early")
    left.plot(
        count - 0.2,
        run.predicted,
        "D",
        color=style.ORANGE,
        markersize=6,
        label="1/64, 21/64, 9/16, 3/32",
    )
    left.set(
        xlabel="captured corners",
        ylabel="share of runs",
        xticks=count,
        ylim=(0, 0.85),
        title="Which minimum?",
    )
    left.legend(fontsize=8)
    for (corner, values), color, mark in zip(
        run.eigenvalues.items(), style.COLORS, "os^", strict=False
    ):
        right.plot(count, values, f"{mark}-", color=color, label=f"{corner} corners")
    right.axhline(1, color=style.GRAY, linewidth=1, linestyle=":")
    right.set(
        xlabel="rank of the eigenvalue",
        ylabel="eigenvalue over its law",
        xticks=count,
        title="Second layer's Hessian",
    )
    right.legend(fontsize=8)
    style.note(figure, f"{networks} networks of four neurons, each trained on its own; no bars.")
    return figure


def paths(run: PathRun) -> Figure:
    """Left: incoming weights in the plane of the means. Right: logits at the corners."""
    figure, (left, right) = style.panels(2, height=3.4)
    for index, color in enumerate(style.COLORS[:4]):
        for means, line in ((run.flow_means, "-"), (run.means, "o")):
            left.plot(means[:, index, 0], means[:, index, 1], line, color=color, linewidth=1.2)
        left.plot(*run.means[0, index], "D", color=style.INK, markersize=5)
    left.axhline(0, color=style.GRAY, linewidth=0.6)
    left.axvline(0, color=style.GRAY, linewidth=0.6)
    left.set(
        xlabel=r"$W_i \cdot \mu$",
        ylabel=r"$W_i \cdot \nu$",
        title="Four neurons",
        xlim=(-1.35, 1.35),
        ylim=(-1.35, 1.35),
        aspect="equal",
    )
    names = (r"$\mu$", r"$-\mu$", r"$\nu$", r"$-\nu$")
    for index, (name, color) in enumerate(zip(names, style.COLORS, strict=False)):
        right.plot(run.times, run.flow_logits[:, index], color=color, linewidth=1.2)
        right.plot(run.times, run.logits[:, index], "o", color=color, label=name)
    for level in (run.captured, -run.captured):
        right.axhline(level, color=style.GRAY, linewidth=1, linestyle=":")
    right.set(xlabel=r"time $t$", ylabel="logit at the corner", title="Corners (dots: captured)")
    right.legend(fontsize=8, ncols=2, loc="center right", bbox_to_anchor=(1, 0.62))
    style.note(figure, "One network from a chosen start, on one stream of samples.")
    return figure
