"""Figures of the first step: the spike, its threshold and position, and its alignment."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure

from traindyn import style
from traindyn.heavy_tailed_esd.results.first_step import (
    Alignment,
    InitialRun,
    OptimizerStep,
    ScaleRun,
)
from traindyn.random_matrices import MarchenkoPastur

NAMES = {"gd": "gradient descent", "adam": "Adam"}
COLORS = {"gd": style.ORANGE, "adam": style.BLUE}


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
    spectra = {"start": run.start, **run.stepped}
    for axis, (name, values) in zip(axes, spectra.items(), strict=True):
        axis.hist(values / run.hidden, list(edges), density=True, color=style.GRAY, alpha=0.35)
        axis.plot(grid, law.density(grid), color=style.INK)
        axis.set(xlabel="eigenvalue over h", ylim=(0, 1.15), title=NAMES.get(name, "the start"))
        if name in run.spike:
            axis.plot(values[-1:] / run.hidden, [0.03], "o", color=COLORS[name])
            axis.axvline(run.spike[name] / run.hidden, color=COLORS[name], linestyle="--")
            axis.text(
                run.spike[name] / run.hidden, 0.62, "predicted ", ha="right", color=COLORS[name]
            )
    axes[0].set_ylabel("density")
    axes[0].text(upper * 0.97, 0.9, "curve: law of\nrandom matrices", ha="right")
    return figure


def positions(steps: Mapping[str, OptimizerStep], scales: ScaleRun) -> Figure:
    """Position of the spike over the length of the weights, and learning rates over the size.

    Args:
        steps: Result of claim HT-6.
        scales: Result of claim HT-4.
    """
    figure, (left, right) = style.panels(2)
    for name, step in steps.items():
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
    step = steps["gd"]
    aspect = step.prediction.aspect
    length = np.linspace(1 + aspect**0.5, 11, 200)
    left.plot(length, length * (1 + aspect / (length - 1)), color=style.INK, label="predicted")
    left.plot([0, length[0]], [step.edge] * 2, color=style.INK)
    left.axvline(length[0], color=style.GRAY, linestyle=":")
    left.set(
        xlabel="length ℓ of the weights along the step",
        ylabel="largest eigenvalue over d",
        xlim=(0, 11),
        ylim=(4, 14),
    )
    left.legend()
    colors = (style.BLUE, style.ORANGE, style.GREEN)
    for color, (name, rates) in zip(colors, scales.measured.items(), strict=True):
        right.loglog(scales.sizes, rates, "o", color=color)
        right.loglog(scales.sizes, scales.predicted[name], color=color, label=name)
    right.set(xlabel="inputs d", ylabel="learning rate", ylim=(0.02, 2e6))
    style.plain_ticks(right.xaxis, [float(size) for size in scales.sizes])
    right.legend(loc="upper left")
    return figure


def alignments(run: Alignment) -> Figure:
    """Alignment of the top direction with the teacher over the learning rate.

    Args:
        run: Result of claim HT-7.
    """
    figure, axes = style.panels(2)
    for axis, name in zip(axes, ("gd", "adam"), strict=True):
        cases = [
            (step, f"n = {samples}d", color)
            for (samples, optimizer), step in run.steps.items()
            if optimizer == name
            for color in [style.BLUE if samples == 2 else style.GREEN]
        ]
        for step, label, color in [*cases, (run.shuffled[name], "shuffled labels", style.GRAY)]:
            rate = step.strengths / (step.prediction.strength_of_rate * step.prediction.threshold)
            axis.errorbar(
                rate,
                step.cosine.mean(axis=0),
                step.cosine.std(axis=0),
                fmt="o",
                color=color,
                label=label,
            )
            if label != "shuffled labels":
                grid = np.geomspace(0.5, rate[-1] * 1.1, 300)
                scale = step.prediction.strength_of_rate * step.prediction.threshold
                axis.plot(grid, step.prediction.alignment(grid * scale), color=color)
        axis.axvline(1.0, color=style.GRAY, linestyle=":")
        axis.set_xscale("log")
        style.plain_ticks(axis.xaxis, [0.5, 1, 2, 4])
        axis.set(xlabel="learning rate over threshold", ylim=(0, 0.8), title=NAMES[name])
    axes[0].set_ylabel("alignment with the teacher")
    axes[1].legend()
    return figure
