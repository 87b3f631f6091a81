"""Spectrum, index and quality of a network on handwritten digits, over the learning rate."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure

from traindyn import style
from traindyn.heavy_tailed_esd.results.digits import DigitsCurve
from traindyn.inference import estimate_mean
from traindyn.random_matrices import MarchenkoPastur


def digits(curves: Mapping[str, DigitsCurve], null: float, optimizer: str) -> Figure:
    """Hill's index, test loss and accuracy, means over starts.

    Args:
        curves: One curve per treatment.
        null: Index of a random matrix of the shape.
        optimizer: Its name, for the axis.
    """
    figure, panels = style.panels(3, height=3.1)
    for (name, curve), color, mark in zip(curves.items(), style.COLORS, "os^v", strict=False):
        rates = np.array([curve.rates[1] / 3, *curve.rates[1:]])
        for axes, rows in zip(panels, (curve.hill, curve.losses, curve.accuracy), strict=True):
            found = [estimate_mean(row) for row in rows]
            style.error_bars(axes, rates, found, fmt=mark + "-", color=color, label=name)
            axes.set(xscale="log", xlabel=f"rate of {optimizer}")
            ticks = [rates[0], *rates[2::2]]
            axes.set_xticks(ticks, ["start", *(f"{rate:g}" for rate in ticks[1:])])
            axes.minorticks_off()
    panels[0].axhline(null, color=style.GRAY, linestyle=":", label="random matrix")
    for axes, label in zip(panels, ("Hill's index", "test loss", "accuracy"), strict=True):
        axes.set_ylabel(label)
    panels[0].set_ylim(bottom=0.9)
    panels[0].legend(fontsize=7.5, loc="lower left")
    starts = next(iter(curves.values())).hill.shape[1]
    style.note(figure, f"Means over {starts} starts; bars: the intervals of a decision.")
    return figure


def digits_spectra(
    curves: Mapping[str, DigitsCurve], shown: Mapping[str, tuple[str, int]], null: float
) -> Figure:
    """Spectra of two layers beside the law of a random matrix; test loss over the index.

    Args:
        curves: By name of the optimizer, trained on true labels.
        shown: Title of a panel: name of the optimizer and number of the learning rate.
        null: Index of a random matrix of the shape.
    """
    figure, panels = style.panels(len(shown) + 1, height=3.1)
    for axes, (title, (name, number)) in zip(panels, shown.items(), strict=False):
        start, values = (curves[name].spectra[i] for i in (0, number))
        inputs = values.shape[1]
        hidden = start.mean()  # entries of variance 1: the mean eigenvalue is the number of rows
        law = MarchenkoPastur(inputs / hidden)
        edge = law.high * hidden
        points = np.geomspace(law.low * 1.0001, law.high, 400)
        logs = np.log10(values.ravel() / edge)
        axes.hist(logs, bins=40, density=True, color=style.BLUE, alpha=0.55, label="after training")
        axes.plot(
            np.log10(points / law.high),
            law.density(points) * points * np.log(10),
            color=style.GRAY,
            label="random matrix",
        )
        axes.legend(fontsize=7.5, loc="upper left")
        axes.set(yscale="log", ylim=(5e-3, 20), xlabel=r"$\log_{10}$ (eigenvalue / edge)")
        axes.set_ylabel("density")
        axes.set_title(f"{title}\nindex {curves[name].hill[number].mean():.2f}")
    for (name, curve), color, mark in zip(curves.items(), style.COLORS, "os", strict=False):
        panels[-1].plot(
            curve.hill.mean(axis=1), curve.losses.mean(axis=1), mark + "-", color=color, label=name
        )
    panels[-1].axvline(null, color=style.GRAY, linestyle=":", label="random matrix")
    panels[-1].set(xlabel="Hill's index", ylabel="test loss")
    panels[-1].invert_xaxis()
    panels[-1].legend(fontsize=8)
    starts = next(iter(curves.values())).hill.shape[1]
    style.note(
        figure,
        f"Spectra of {starts} starts, pooled; losses and indices are means over them, no bars.",
    )
    return figure
