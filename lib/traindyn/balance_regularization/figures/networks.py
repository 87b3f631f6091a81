"""Figure about two-layer ReLU networks: noise balance and norm ratios."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from traindyn import style
from traindyn.balance_regularization.results.networks import NetworkRun

LINES = ("-", "--", "-.", ":")


def noise_balance(runs: Mapping[str, NetworkRun]) -> Figure:
    """Left: noise of U over noise of W. Right: norm of U over norm of W, and d_y/d_x.

    Args:
        runs: Result of BR-5: networks named ``inputs-hidden-outputs``, and the full-batch run.
    """
    figure, (left, right) = style.panels(2, height=3.4)
    colors = (style.BLUE, style.GREEN, style.ORANGE, style.GRAY)
    for (name, run), color, line in zip(runs.items(), colors, LINES, strict=True):
        label = name if name[0].isdigit() else f"{name}, 20 to 20"
        _ratio(left, run.steps, run.noise, color, line, label)
        _ratio(right, run.steps, run.norms, color, line, label)
        if name[0].isdigit():
            inputs, _, outputs = (int(size) for size in name.split("-"))
            right.axhline(outputs / inputs, color=color, linestyle=":", linewidth=1)
    left.axhline(1, color=style.INK, linestyle=":", linewidth=1, label="balance")
    right.plot([], [], ":", color=style.INK, linewidth=1, label=r"$d_y / d_x$")
    left.set(xlabel="step, in thousands", ylabel="noise of U over noise of W", yscale="log")
    left.set_title("The noise terms balance")
    left.legend(fontsize=8)
    right.set(xlabel="step, in thousands", ylabel=r"$|U|^2 / |W|^2$", yscale="log")
    right.set_title(r"The norms take the ratio $d_y / d_x$")
    right.legend(fontsize=7.5, ncols=2, loc="lower right")
    right.set_ylim(0.02, 8)
    replicas = [run.noise.shape[-1] for run in runs.values()]
    style.note(
        figure,
        f"Medians over {min(replicas)} networks each; the first number is that of inputs, the last "
        "that of outputs. No bars.",
    )
    return figure


def _ratio(
    axes: Axes, steps: np.ndarray, layers: np.ndarray, color: str, line: str, label: str
) -> None:
    """Median over replicas of U's value over that of W's."""
    ratio = np.median(layers[:, 0] / layers[:, 1], axis=1)
    axes.plot(steps / 1000, ratio, line, color=color, label=label)
