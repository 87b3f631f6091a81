"""The staircase on the digits data."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from traindyn import style
from traindyn.saddle_to_saddle.results.digits import DigitsRun, FitRun


def digits(run: DigitsRun) -> Figure:
    """Singular values of a linear and a rectified network, and when two layers leave the origin."""
    figure, (left, middle, right) = style.panels(3, height=3.0)
    _staircase(left, run.linear, run.levels, "Linear, three layers")
    _staircase(middle, run.rectified, run.levels, "ReLU, three layers")
    marks = "os^v"
    for (name, found), mark, color in zip(run.times.items(), marks, style.COLORS, strict=False):
        decades = np.log(found.scales[0] / found.scales)
        mean = found.times.mean(axis=1)
        line = mean[-1] + found.predicted_slope * (decades - decades[-1])
        right.plot(1 / found.scales, line, color=color, linewidth=1.2)
        right.plot(1 / found.scales, mean, mark, color=color, label=name)
    right.set(
        xscale="log", xlabel="1 / scale of the start", ylabel="time to leave", title="Two layers"
    )
    right.legend()
    counts = " and ".join(str(found.times.shape[1]) for found in run.times.values())
    style.note(figure, f"Left, middle: one network each. Right: means over {counts}; no bars.")
    return figure


def _staircase(axes: Axes, run: FitRun, levels: np.ndarray, title: str) -> None:
    values = run.singular_values[:, : int((levels > 1e-9).sum())]
    for i, column in enumerate(values.T):
        label = "measured" if i == 0 else None
        axes.plot(run.steps[1:], column[1:], color=style.BLUE, linewidth=1.2, label=label)
    for i, level in enumerate(levels[: values.shape[1]]):
        label = "predicted, linear" if i == 0 else None
        axes.axhline(level, color=style.ORANGE, linewidth=0.8, linestyle=(0, (4, 2)), label=label)
    top = 1.45 * levels[0]
    axes.set(
        xscale="log",
        xlabel="steps",
        ylabel="singular values of the fit",
        xlim=(50, None),
        ylim=(-0.01, top),
        title=title,
    )
    axes.legend(fontsize=8, loc="upper left")
