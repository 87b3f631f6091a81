"""Figures of outliers that emerge and sink, of the limit of SGD, and of the minibulk."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from traindyn import style
from traindyn.hessian_alignment.results.effective import MinibulkRun, OverlapRun
from traindyn.hessian_alignment.results.emergence import BlockSeries, EmergenceRun, StartRun
from traindyn.inference import Estimate

NAMES = {"hessian": "Hessian", "gradient": "gradient matrix"}
DASHES: dict[str, Any] = {"markersize": 11, "markeredgewidth": 1.6, "linestyle": "none"}
"""Predictions at measured times only, which no line may join."""

ROUNDING = 1e-9
"""Distances below this are zero: one eigenvalue of the minibulk equals the bulk."""


def emergence(run: EmergenceRun, start: StartRun, replicas: tuple[int, int]) -> Figure:
    """Blocks of Hessian and gradient matrix along a run; the transition at the start.

    Left and middle: measured eigenvalues over the predicted edge (marks), predicted outliers
    (dashes). Right: squared cosine of means and top eigenvectors over the precision.

    Args:
        run: Blocks along a run.
        start: The transition.
        replicas: Draws at the start, and runs behind the late claims.
    """
    figure, (left, middle, right) = style.panels(3, height=3.4)
    for axes, matrix in ((left, "hessian"), (middle, "gradient")):
        _over_edge(axes, run.times, run.series[matrix])  # type: ignore[index]
        axes.set(xlabel="time", title=NAMES[matrix].capitalize())
        axes.set_ylabel("eigenvalue over edge of the bulk")
    left.legend(fontsize=8, loc="lower left", bbox_to_anchor=(0.0, 0.12))
    right.semilogx(start.grid, start.predicted, color=style.BLUE, label="predicted")
    right.semilogx(start.precisions, start.squared_cosines, "o", color=style.BLUE, label="measured")
    right.axvline(start.critical, color=style.GRAY, linestyle="--", label=r"$k/\sqrt{\alpha}$")
    right.set(
        xlabel=r"precision $\lambda$",
        ylabel=r"$\cos^2$ of means and outliers",
        title="At the start",
        ylim=(-0.03, 1.03),
    )
    right.legend(fontsize=8, loc="lower right")
    style.note(
        figure,
        f"Left and middle: means over classes and a few runs, no bars ({replicas[1]} runs in the "
        f"claims). Right: {replicas[0]} draws per point.",
    )
    return figure


def _over_edge(axes: Axes, times: np.ndarray, series: BlockSeries) -> None:
    edge = series.edge[:, None]
    k = series.outliers.shape[1]
    for i in range(k):
        color = style.BLUE if i == 0 else style.GREEN
        name = {0: "first", 1: f"next {k - 1}"}.get(i, "_")
        axes.semilogy(times, series.outliers[:, i] / series.edge, "_", color=color, **DASHES)
        axes.semilogy(times, series.values[:, i] / series.edge, "o", color=color, label=name)
    axes.semilogy(
        times, series.values[:, k:] / edge, "x", color=style.GRAY, label="top of the bulk"
    )
    axes.axhline(1, color=style.INK, linewidth=0.8, linestyle=":")
    style.plain_ticks(axes.yaxis, (1, 2, 4, 8))


def birth(run: EmergenceRun, replicas: int) -> Figure:
    """An outlier is born in training: eigenvalues over the edge, and the cosine of the first.

    Args:
        run: Blocks along a run.
        replicas: Runs.
    """
    figure, (left, right) = style.panels(2, height=3.0)
    series = run.series["hessian"]
    predicted = series.outliers[:, 0] / series.edge
    left.plot(run.times, predicted, "_", color=style.INK, label="predicted", **DASHES)
    left.plot(run.times, series.values[:, 0] / series.edge, "o", color=style.BLUE, label="first")
    left.plot(run.times, series.values[:, 1] / series.edge, "x", color=style.GRAY, label="second")
    left.axhline(1, color=style.INK, linewidth=0.8, linestyle=":")
    left.set(xlabel="time", ylabel="eigenvalue over edge of the bulk", title="Hessian block")
    left.legend()
    right.plot(
        run.times, series.predicted_cosine, "_", color=style.INK, label="predicted", **DASHES
    )
    right.plot(run.times, series.cosine, "o", color=style.BLUE, label="measured")
    right.set(
        xlabel="time", ylabel=r"$\cos^2$ of first eigenvector and $\mu_c$", title="Its direction"
    )
    right.legend()
    style.note(
        figure,
        f"{run.classes} classes, λ = {run.precision:g}; means over classes and {replicas} runs, "
        "no bars.",
    )
    return figure


def effective(runs: list[OverlapRun]) -> Figure:
    """SGD against its limit: overlap with the mean, and the norm of the rest of the weights."""
    figure, (left, right) = style.panels(2, height=3.2)
    for run, color, mark in zip(runs, style.COLORS, "os", strict=False):
        name = rf"SGD, $c_\delta = {run.step_constant:g}$"
        for axes, values, limit in (
            (left, run.m, run.predicted_m),
            (right, run.r, run.predicted_r),
        ):
            axes.plot(run.times, values, mark, color=color, label=name)
            axes.plot(run.times, limit, color=color, linewidth=1.2, label="its limit")
    for axes, values in ((left, runs[0].uncorrected_m), (right, runs[0].uncorrected_r)):
        axes.plot(runs[0].times, values, "--", color=style.GRAY, label="no corrector")
    left.set(xlabel="time", ylabel=r"$x^c \cdot \mu_c$", title="Overlap with the mean")
    right.set(
        xlabel="time",
        ylabel=r"$|x^c_\perp|^2$",
        title="Rest of the weights",
        yscale="log",
    )
    left.legend(fontsize=8)
    style.note(figure, f"{runs[0].dimension} inputs; means over classes and runs of SGD, no bars.")
    return figure


def minibulk(run: MinibulkRun) -> Figure:
    """Outliers and minibulk over λ with their formulas (dashes); density of a finite sample."""
    figure, (left, right, whole) = style.panels(3, height=3.2)
    for axes, values, predicted in (
        (left, run.outliers - 1, run.predicted_outliers - 1),
        (right, 1 - run.minibulk, 1 - run.predicted_minibulk),
    ):
        axes.loglog(run.precisions, predicted, "_", color=style.INK, **DASHES)
        axes.loglog(run.precisions, values, "o", color=style.BLUE)
        axes.set(xlabel=r"precision $\lambda$")
        axes.set_ylim(predicted[predicted > ROUNDING].min() / 3, None)
        style.plain_ticks(axes.xaxis, run.precisions.tolist())
    left.set(ylabel="outlier over bulk, minus 1", title="Outliers")
    right.set(ylabel="1 minus minibulk over bulk", title="Minibulk")
    found = run.density
    floor = found.predicted.max() / 1e4
    half = style.half_widths([Estimate(0.0, error) for error in found.error])
    low, high = found.measured - half, found.measured + half
    whole.fill_between(
        found.points,
        np.maximum(low, floor),
        np.maximum(high, floor),
        color=style.BLUE,
        alpha=0.4,
        linewidth=0,
        label="quadrature",
    )
    bulk = found.predicted > floor
    whole.plot(found.points[bulk], found.predicted[bulk], color=style.ORANGE, label="bulk")
    whole.plot(
        found.outliers,
        np.full(len(found.outliers), 2 * floor),
        "^",
        color=style.INK,
        label="outliers",
    )
    whole.set(yscale="log", xlabel="eigenvalue over bulk", ylabel="density", title="Finite sample")
    whole.set_ylim(floor, None)
    whole.legend(fontsize=8)
    style.note(
        figure,
        f"{run.outliers.shape[1]} classes; left and middle: expected blocks, no bars; dashes: "
        "predicted. Right: band of the intervals of the decision, over random directions.",
    )
    return figure
