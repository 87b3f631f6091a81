"""Outliers, alignment and projected training on the digits data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure

from traindyn import style
from traindyn.hessian_alignment.results.digits import LayerAlignment, Part


def digits(
    by_classes: Mapping[int, LayerAlignment],
    networks: Mapping[str, LayerAlignment],
    losses: Mapping[Part, Sequence[float]],
) -> Figure:
    """Spectra by number of classes, alignment per layer, and loss by the part of the gradient.

    Args:
        by_classes: A trained network for each number of classes.
        networks: Trained networks by name.
        losses: Loss along training with a part of the gradient.
    """
    figure, (left, middle, right) = style.panels(3, height=3.4)
    for (k, found), color in zip(by_classes.items(), style.COLORS, strict=False):
        index = np.arange(1, len(found.hessian) + 1)
        values = found.hessian / found.hessian[0]
        left.plot(index, values, "o-", color=color, linewidth=0.8, label=f"{k} classes")
        left.axvline(k + 0.5, color=color, linewidth=0.8, linestyle="--")
    left.set(xlabel="index", ylabel="eigenvalue over the first", title="Hessian")
    left.legend(fontsize=8)
    names, rows = [], []
    for name, found in networks.items():
        for i, (hessian, gradient) in enumerate(
            zip(found.weights, found.weights_gradient, strict=True)
        ):
            names.append(name if len(found.weights) == 1 else f"{name}, {i + 1}")
            rows.append((hessian.overlap, gradient.overlap, hessian.random))
    places = np.arange(len(rows))
    marks = (("o", style.BLUE, "Hessian"), ("s", style.ORANGE, "gradient matrix"))
    for column, (mark, color, label) in enumerate(marks):
        middle.plot([row[column] for row in rows], places, mark, color=color, label=label)
    middle.plot(
        [row[2] for row in rows], places, "|", color=style.INK, markersize=14, label="random"
    )
    middle.set(xlabel="overlap of weights", title="Alignment per layer", xlim=(0, 1))
    middle.set_yticks(places, names)
    middle.set_ylim(-0.5, len(rows) - 0.5)
    middle.legend(fontsize=8, loc="center right")
    labels: dict[Part, str] = {"all": "all", "dominant": "top 10 only", "bulk": "without top 10"}
    lines = ("-", "-", "--")
    for (part, values), color, line in zip(losses.items(), style.COLORS, lines, strict=False):
        right.plot(values, color=color, linestyle=line, label=labels[part])
    right.set(xlabel="steps", ylabel="loss", title="Part of the gradient", ylim=(0, None))
    right.legend(fontsize=8)
    return figure
