"""Figures of matrix completion: the saddles in one picture, regimes, branches, recovery."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from traindyn import style
from traindyn.saddle_to_saddle.results.completion import (
    BranchRun,
    CompletionRun,
    GreedyRun,
    RecoveryRun,
)

MARKS = "os^v"


def headline(run: CompletionRun) -> Figure:
    """Left: costs over steps with the greedy stages. Right: the path in a plane of saddles."""
    figure, (left, right) = style.panels(2)
    left.semilogx(np.maximum(run.steps, 1), run.train, color=style.BLUE, label="observed entries")
    left.semilogx(
        np.maximum(run.steps, 1),
        run.test * run.train[0],
        color=style.ORANGE,
        linestyle="--",
        label="hidden entries, scaled",
    )
    for i, level in enumerate(run.levels[:-1]):
        label = "greedy stages" if i == 0 else None
        left.axhline(level, color=style.GRAY, linewidth=0.9, linestyle=":", label=label)
    left.set(xlim=(50, None), xlabel="steps", ylabel="cost", title="Three rests, then the solution")
    left.set_ylim(top=1.5 * float(run.levels[0]))
    left.legend(fontsize=8)
    right.plot(*run.plane.T, color=style.BLUE, linewidth=1.2, label="gradient descent")
    points = np.vstack([np.zeros(2), run.stages])
    right.plot(*points.T, "o", color=style.ORANGE, markersize=7, label="saddles of the algorithm")
    for rank, point in enumerate(points):
        right.annotate(
            f"rank {rank}",
            point,
            (6, -11 if rank != 3 else 6),
            textcoords="offset points",
            fontsize=8,
        )
    right.set(
        xlabel="first direction", ylabel="second direction", title="Plane of the first two saddles"
    )
    right.margins(0.18)
    right.legend(fontsize=8)
    size = run.singular_values.shape[1]
    style.note(
        figure,
        f"One start of four layers of width {run.width}, γ = {run.gamma:g}, on one matrix of "
        f"{size} × {size} and rank 3; no bars.",
    )
    return figure


def three_regimes(runs: list[CompletionRun]) -> Figure:
    """Costs over steps and spectra of the solutions at the largest width; errors over the width."""
    figure, (left, middle, right) = style.panels(3, height=3.2)
    widest = max(run.width for run in runs)
    gammas = sorted({run.gamma for run in runs})
    for gamma, color, mark in zip(gammas, style.COLORS, MARKS, strict=False):
        group = sorted((run for run in runs if run.gamma == gamma), key=lambda run: run.width)
        run = group[-1]
        steps = np.maximum(run.steps, 1)
        left.loglog(steps, np.maximum(run.train, 1e-8), color=color)
        hidden = np.maximum(run.test * run.train[0], 1e-8)
        left.loglog(steps, hidden, color=color, linestyle="--")
        values = run.singular_values[-1]
        middle.semilogy(
            np.arange(1, len(values) + 1), np.maximum(values, 1e-9), mark + "-", color=color
        )
        right.loglog(
            [run.width for run in group],
            [run.test[-1] for run in group],
            mark + "-",
            color=color,
            label=f"γ = {gamma:g}",
        )
    left.set(xlabel="steps", ylabel="cost; dashed: hidden entries", title=f"Width {widest}")
    middle.set(
        xticks=[1, 4, 7, 10],
        xlabel="number",
        ylabel="singular value of the solution",
        title=f"Width {widest}",
    )
    right.set(xlabel="width w", ylabel="error on hidden entries", title="Several widths")
    right.axhline(1, color=style.GRAY, linestyle=":", linewidth=0.9, label="predicting zero")
    style.plain_ticks(right.xaxis, sorted({run.width for run in runs}))
    right.legend(fontsize=8)
    style.note(
        figure,
        "Three layers, the matrix of the first figure; one start for every γ and width; no bars.",
    )
    return figure


def saddles_visited(greedy: GreedyRun, branches: BranchRun, starts: int) -> Figure:
    """Left: distance of the flow from the greedy paths. Right: which saddle of rank two.

    Args:
        greedy: Means over starts.
        branches: Losses of the second rest.
        starts: Number of starts behind the means.
    """
    figure, (left, right) = style.panels(2)
    left.loglog(
        1 / greedy.scales, greedy.distances, "o", color=style.BLUE, label="largest distance"
    )
    line = greedy.distances[-1] * (greedy.scales / greedy.scales[-1]) ** greedy.exponent
    left.loglog(
        1 / greedy.scales, line, color=style.BLUE, linewidth=1, label=r"$\alpha^{1-s_2/s_1}$"
    )
    left.set(xlabel=r"$1/\alpha$", ylabel="distance from the greedy paths", title="The limit")
    left.legend()
    for i, (scale, losses) in enumerate(zip(branches.scales, branches.losses, strict=True)):
        right.semilogx(
            np.geomspace(0.6, 1.7, len(losses)) / scale,
            losses,
            "o",
            color=style.BLUE,
            markersize=3,
            label="second plateau, one mark per start" if i == 0 else None,
        )
    right.axhline(branches.greedy, color=style.ORANGE, label="greedy stage")
    right.axhline(branches.best, color=style.GREEN, linestyle="--", label="best matrix of rank two")
    right.set(xlabel=r"$1/\alpha$", ylabel="loss of the plateau", title="A path that branches")
    right.margins(y=0.35)
    right.legend(fontsize=8)
    counts = ", ".join(str(len(losses)) for losses in branches.losses)
    style.note(
        figure,
        f"Three layers. Left: means over {starts} starts, one problem. Right: another problem, "
        f"{counts} starts, as 1/α grows. No bars.",
    )
    return figure


def recovery(run: RecoveryRun, problems: int) -> Figure:
    """Relative error on hidden entries over the share of observed ones, four methods.

    Args:
        run: Medians over drawn problems.
        problems: Number of them at a share of one half.
    """
    figure, (panel,) = style.panels(1)
    for (name, errors), color, mark in zip(run.errors.items(), style.COLORS, MARKS, strict=False):
        panel.semilogy(run.shares, errors, mark + "-", color=color, label=name)
    panel.axhline(1, color=style.GRAY, linestyle=":", label="predicting zero")
    panel.set(xlabel="share of observed entries", ylabel="relative error on hidden entries")
    panel.legend(fontsize=8)
    style.note(
        figure,
        f"Medians over drawn matrices of 10 × 10 and rank 2, {problems} of them at one half. "
        "Three layers; no bars.",
    )
    return figure
