"""Index and test loss of a network on handwritten digits, over the learning rate."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure

from traindyn import style
from traindyn.heavy_tailed_esd.results.digits import DigitsCurve


def digits(curves: Mapping[str, DigitsCurve], null: float) -> Figure:
    """Hill's index (left) and test loss (right); bars are two standard errors over starts.

    Args:
        curves: One curve per treatment.
        null: Index of a random matrix of the shape.
    """
    figure, (left, right) = style.panels(2)
    for (name, curve), color, mark in zip(curves.items(), style.COLORS, "os^v", strict=False):
        rates = np.concatenate([curve.rates[:1] / 3, curve.rates])
        for axes, start, found in zip(
            (left, right), curve.start, (curve.hill, curve.losses), strict=True
        ):
            rows = np.concatenate([start[None], found])
            error = 2 * rows.std(axis=1, ddof=1) / np.sqrt(rows.shape[1])
            axes.errorbar(rates, rows.mean(axis=1), error, fmt=mark + "-", color=color, label=name)
            axes.set(xscale="log", xlabel="learning rate of Adam")
            ticks = [rates[0], *curve.rates[::2]]
            axes.set_xticks(ticks, ["start", *(f"{rate:g}" for rate in curve.rates[::2])])
            axes.minorticks_off()
    left.axhline(null, color=style.GRAY, linestyle=":", label="random matrix")
    left.set(ylabel="Hill's index")
    right.set(ylabel="test loss")
    left.legend(loc="lower left", fontsize=8)
    right.legend(loc="upper left", fontsize=8)
    right.set_ylim(0.15, 0.75)
    return figure
