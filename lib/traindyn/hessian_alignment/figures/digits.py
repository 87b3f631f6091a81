"""Blocks, alignment and projected training on the digits data."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from traindyn import style
from traindyn.hessian_alignment.results.digits import DigitsRun, Part

SHOWN = 24


def digits(run: DigitsRun, networks: int) -> Figure:
    """Spectra of blocks by number of classes, alignment, and loss by the part of the gradient.

    Args:
        run: What is drawn.
        networks: Number of networks that are trained on with a part of the gradient.
    """
    figure, (left, middle, right) = style.panels(3, height=3.4)
    for (k, values), color in zip(run.blocks.items(), style.COLORS, strict=False):
        index = np.arange(1, SHOWN + 1)
        left.semilogy(index, values[:SHOWN], "o-", color=color, linewidth=0.8, label=f"{k} classes")
        left.axvline(k + 0.5, color=color, linewidth=0.8, linestyle="--")
    left.set(xlabel="index", ylabel="eigenvalue over the first", title="Block of a class")
    left.legend(fontsize=8, loc="upper right", handlelength=1.0, borderaxespad=0)
    heights = np.arange(len(run.places))
    measured = [place.measured for place in run.places]
    middle.errorbar(
        [estimate.value for estimate in measured],
        heights,
        xerr=style.half_widths(measured),
        fmt="o",
        color=style.BLUE,
        label="measured",
    )
    middle.plot(
        [place.random for place in run.places],
        heights,
        "|",
        color=style.INK,
        markersize=14,
        label="random",
    )
    middle.set(xlabel="overlap of weights", title="Alignment", xlim=(0, 1.02))
    middle.set_yticks(heights, [place.name for place in run.places])
    middle.set_ylim(-0.5, len(heights) + 0.5)  # room for the legend
    middle.legend(fontsize=8, loc="upper center", ncols=2, handlelength=1.0)
    labels: dict[Part, str] = {"all": "all", "dominant": "top 10 only", "bulk": "without top 10"}
    lines = ("-", "-", "--")
    for (part, values), color, line in zip(run.losses.items(), style.COLORS, lines, strict=False):
        right.plot(values, color=color, linestyle=line, label=labels[part])
    right.set(xlabel="steps", ylabel="loss", title="Part of the gradient")
    right.legend(fontsize=7, loc="lower left")
    numbers = [estimate.n for estimate in measured]
    style.note(
        figure,
        f"Means over {max(numbers)} (left), {min(numbers)} to {max(numbers)} (middle) and "
        f"{networks} networks (right). Bars: intervals of the decision.",
    )
    return figure
