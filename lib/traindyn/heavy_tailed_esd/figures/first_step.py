"""Figures of the first step: the spike, its threshold and position, and its alignment."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from traindyn import style
from traindyn.heavy_tailed_esd.results.first_step import (
    Alignment,
    OptimizerName,
    Positions,
    ScaleRun,
)
from traindyn.heavy_tailed_esd.results.initial import InitialRun
from traindyn.random_matrices import MarchenkoPastur

NAMES: dict[OptimizerName, str] = {"gd": "gradient descent", "adam": "Adam"}
COLORS: dict[OptimizerName, str] = {"gd": style.ORANGE, "adam": style.BLUE}


def spikes(run: InitialRun) -> Figure:
    """Density of eigenvalues before and after one step of each optimizer, with the theory.

    Args:
        run: Result of claim HT-1.
    """
    figure, axes = style.panels(3, height=2.9)
    law = MarchenkoPastur(run.inputs / run.hidden)
    upper = 1.25 * max(run.spike.values()) / run.hidden
    edges = np.linspace(0, upper, 60)
    grid = np.linspace(0, upper, 600)
    spectra = [run.start, *run.stepped.values()]
    for axis, values in zip(axes, spectra, strict=True):
        axis.hist(values / run.hidden, list(edges), density=True, color=style.GRAY, alpha=0.35)
        axis.plot(grid, law.density(grid), color=style.INK)
        axis.set(xlabel="eigenvalue over h", ylabel="density", ylim=(0, 1.15), title="the start")
    for axis, (name, values) in zip(axes[1:], run.stepped.items(), strict=True):
        axis.set_title(NAMES[name])
        axis.plot(values[-1:] / run.hidden, [0.03], "o", color=COLORS[name])
        axis.axvline(run.spike[name] / run.hidden, color=COLORS[name], linestyle="--")
        axis.text(run.spike[name] / run.hidden, 0.62, "predicted ", ha="right", color=COLORS[name])
    axes[0].text(upper * 0.97, 0.9, "curve: law of\nrandom matrices", ha="right")
    style.note(figure, f"One problem with d = {run.inputs} and h = {run.hidden}.")
    return figure


def positions(run: Positions, scales: ScaleRun) -> Figure:
    """Position of the spike over the length of the weights, and learning rates over the size.

    Args:
        run: Result of claim HT-6.
        scales: Result of claim HT-4.
    """
    figure, (left, right) = style.panels(2)
    for name, step in run.steps.items():
        left.plot(
            step.length[:, :3].ravel(),
            step.top[:, :3].ravel(),
            ".",
            color=COLORS[name],
            markersize=3,
            alpha=0.5,
            label=NAMES[name],
            rasterized=True,
        )
    critical, edge = run.length[0], run.predicted[0]
    left.plot(run.length, run.predicted, color=style.INK, label="predicted")
    left.plot([0, critical], [edge] * 2, color=style.INK)
    left.axvline(critical, color=style.GRAY, linestyle=":")
    left.set(
        xlabel="length ℓ of the weights along the step",
        ylabel="largest eigenvalue over d",
        xlim=(0, 11),
        ylim=(4, 14),
    )
    left.legend()
    colors = (style.BLUE, style.ORANGE, style.GREEN)
    for color, (label, rates) in zip(colors, scales.measured.items(), strict=True):
        right.loglog(scales.sizes, rates, "o", color=color)
        right.loglog(scales.sizes, scales.predicted[label], color=color, label=label)
    right.set(xlabel="inputs d", ylabel="learning rate", ylim=(0.02, 2e6))
    style.plain_ticks(right.xaxis, [float(size) for size in scales.sizes])
    right.legend(loc="upper left")
    first = next(iter(run.steps.values()))
    style.note(
        figure,
        f"Left: {len(first.top)} problems per optimizer, d = {first.inputs}, "
        f"n = {first.samples_per_input}d. Right: medians over problems. No bars.",
    )
    return figure


def alignments(run: Alignment, inputs: int) -> Figure:
    """Alignment of the top direction with the teacher over the learning rate.

    Args:
        run: Result of claim HT-7.
        inputs: Number d of inputs.
    """
    figure, axes = style.panels(2)
    for axis, name in zip(axes, NAMES, strict=True):
        cases = [
            (curve, f"n = {samples}d", style.BLUE if samples == 2 else style.GREEN)
            for (samples, optimizer), curve in run.curves.items()
            if optimizer == name
        ]
        for curve, label, color in [*cases, (run.shuffled[name], "shuffled labels", style.GRAY)]:
            axis.errorbar(
                curve.rates,
                curve.cosine.mean(axis=0),
                curve.cosine.std(axis=0),
                fmt="o",
                color=color,
                label=label,
            )
        for curve, _, color in cases:
            axis.plot(curve.grid, curve.predicted, color=color)
        axis.axvline(1.0, color=style.GRAY, linestyle=":")
        axis.set_xscale("log")
        style.plain_ticks(axis.xaxis, [0.5, 1, 2, 4])
        axis.set(xlabel="learning rate over threshold", ylabel="alignment with the teacher")
        axis.set(ylim=(0, 0.8), title=NAMES[name])
    axes[1].legend()
    counts = {len(curve.cosine) for curve in (*run.curves.values(), *run.shuffled.values())}
    problems = f"{min(counts)} to {max(counts)}" if len(counts) > 1 else f"{max(counts)}"
    style.note(
        figure,
        f"Means over {problems} problems, d = {inputs}; bars: their standard deviation.",
    )
    return figure
