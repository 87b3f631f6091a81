"""Figures of alignment: over time, over λ and the step, eigenvalues with their laws."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from traindyn import style
from traindyn.hessian_alignment.results.alignment import AlignmentRun, SubspaceRun
from traindyn.hessian_alignment.results.noise_floor import FloorRun, StepRun
from traindyn.hessian_alignment.results.separation import SeparationRun
from traindyn.inference import Estimate

NAMES = {"hessian": "Hessian", "gradient": "gradient matrix"}
COLORS = {"hessian": style.BLUE, "gradient": style.ORANGE}
MARKS = {"hessian": "o", "gradient": "s"}


def _points(
    axes: Axes, x: np.ndarray, found: Sequence[Estimate], mark: str, color: str, label: str
) -> None:
    style.error_bars(axes, x, found, fmt=mark, color=color, label=label)


def headline(hessian: AlignmentRun, gradient: AlignmentRun) -> Figure:
    """Left: overlap of each class over time. Right: the gap below the eigenspace."""
    figure, (left, right) = style.panels(2, height=3.4)
    for run, line in ((hessian, "-"), (gradient, "--")):
        color = COLORS[run.matrix]
        for index, overlaps in enumerate(run.overlaps.T):
            label = NAMES[run.matrix] if index == 0 else None
            left.plot(run.times, overlaps, line, color=color, linewidth=1.1, label=label)
        right.semilogy(
            run.times,
            run.gaps,
            line,
            marker=MARKS[run.matrix],
            color=color,
            label=NAMES[run.matrix],
        )
    for (name, value), mark in zip(hessian.controls.items(), "x+", strict=True):
        left.plot(hessian.times[-1], value, mark, color=style.INK, markersize=7, label=name)
    left.axhline(hessian.random, color=style.GRAY, linewidth=1, linestyle=":", label="random")
    left.set(
        xlabel=r"time $t$",
        ylabel=r"overlap $|P x^c|/|x^c|$",
        ylim=(0, 1.03),
        title="Each class and its top eigenspace",
    )
    left.legend(loc="center right", bbox_to_anchor=(0.92, 0.5))
    right.axhline(1, color=style.GRAY, linewidth=1, linestyle=":", label="no gap")
    right.set(xlabel=r"time $t$", ylabel=r"$e_k/e_{k+1}$", title="Gap below the eigenspace")
    style.plain_ticks(right.yaxis, (1, 2, 5, 10))
    right.legend(loc="lower right", bbox_to_anchor=(1, 0.1))
    classes = hessian.overlaps.shape[1]
    style.note(
        figure,
        f"{classes} classes, {classes / hessian.random**2:.0f} inputs; means over runs, no bars.",
    )
    return figure


def error_law(floor: FloorRun, step: StepRun, subspace: SubspaceRun) -> Figure:
    """Left: error over λ. Middle: distance of the subspaces. Right: error over d."""
    figure, (left, middle, right) = style.panels(3, height=3.5)
    _points(left, floor.precisions, floor.hessian, "o", style.BLUE, "Hessian")
    _points(left, floor.precisions, floor.gradient, "s", style.ORANGE, "gradients")
    _points(left, floor.precisions, floor.means, "^", style.GREEN, "means")
    above = floor.grid >= 10  # laws of large λ
    left.plot(floor.grid[above], floor.law[above], color=style.BLUE, linewidth=1)
    left.plot(floor.grid[above], floor.floor[above], color=style.GREEN, linewidth=1)
    left.set(xscale="log", yscale="log", xlabel=r"$\lambda$", ylabel="1 − overlap", title="Error")
    left.legend(fontsize=8)
    for matrix, found in subspace.distances.items():
        _points(middle, subspace.precisions, found, MARKS[matrix], COLORS[matrix], NAMES[matrix])
    middle.set(
        xscale="log",
        yscale="log",
        xlabel=r"$\lambda$",
        ylabel="distance from span of the means",
        title="Eigenspaces",
    )
    style.plain_ticks(middle.yaxis, (0.02, 0.05, 0.1, 0.2, 0.5, 1))
    middle.legend(fontsize=8, loc="lower left")
    _points(right, step.dimensions, step.fixed, "o", style.ORANGE, r"$\delta$ fixed")
    _points(right, step.dimensions, step.scaled, "s", style.BLUE, r"$\delta = 5/d$")
    right.set(
        xscale="log", yscale="log", xlabel=r"$d$", ylabel="1 − overlap (means)", title="Step size"
    )
    style.plain_ticks(right.xaxis, step.dimensions.tolist())
    style.plain_ticks(right.yaxis, (0.005, 0.01, 0.02))
    right.legend(fontsize=8)
    over_precision = _span([*floor.hessian, *floor.gradient, *floor.means])
    spaces = _span([e for found in subspace.distances.values() for e in found])
    sizes = _span([*step.fixed, *step.scaled])
    style.note(
        figure,
        f"Means over {over_precision} runs (left), {spaces} (middle), {sizes} (right). "
        "Bars: intervals of the decision.",
    )
    return figure


def _span(estimates: Sequence[Estimate]) -> str:
    """Their numbers of samples, in words."""
    found = sorted({estimate.n for estimate in estimates})
    return f"{found[0]}" if len(found) == 1 else f"{found[0]} to {found[-1]}"


def separation(run: SeparationRun, replicas: int) -> Figure:
    """Top eigenvalues of a block over time with their laws; Hessian and gradient matrix.

    Args:
        run: Eigenvalues and laws.
        replicas: Runs at the first and the last time.
    """
    figure, panels = style.panels(2, height=3.3)
    for panel, matrix in zip(panels, run.values, strict=True):
        values, law = run.values[matrix], run.law[matrix]
        for index, (color, name) in enumerate(
            ((style.BLUE, "own mean"), (style.ORANGE, "other means"))
        ):
            panel.semilogy(run.grid, law[:, index], color=color, linewidth=1.2)
            chosen = values[:, :1] if index == 0 else values[:, 1:4]
            for number, column in enumerate(chosen.T):
                label = name if number == 0 else None
                panel.semilogy(run.times, column, "os"[index], color=color, label=label)
        panel.semilogy(run.times, values[:, 4], "v", color=style.GRAY, label="bulk")
        panel.set(xlabel=r"time $t$", ylabel="eigenvalue", title=f"Block of the {NAMES[matrix]}")
    panels[0].legend()
    style.note(
        figure,
        f"Means over classes and {replicas} runs at the first and the last time, fewer between; "
        "no bars.",
    )
    return figure
