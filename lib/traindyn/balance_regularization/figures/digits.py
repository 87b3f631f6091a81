"""Figure of a network trained on the digits data: its norms, and the account by recipe."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure

from traindyn import style
from traindyn.balance_regularization.results.networks import DigitsRun


def real_network(runs: Mapping[str, DigitsRun]) -> Figure:
    """Left: norms of every neuron before and after SGD. Right: error of the account by recipe."""
    figure, (left, right) = style.panels(2, height=3.6)
    sgd = runs["SGD"]
    left.plot(sgd.incoming[0], sgd.outgoing[0], "x", color=style.GRAY, label="start")
    left.plot(sgd.incoming[-1], sgd.outgoing[-1], "o", color=style.BLUE, label="after SGD")
    reach = 1.05 * max(sgd.incoming.max(), sgd.outgoing.max())
    left.plot([0, reach], [0, reach], "--", color=style.INK, linewidth=1, label="equal")
    left.set(xlabel=r"incoming norm $|w|^2 + b^2$", ylabel=r"outgoing norm $|u|^2$")
    left.set_title("Neurons of a trained network")
    left.legend()
    lines = ("-", "--", "-.", ":", "--", "-.")
    for (name, run), line in zip(runs.items(), lines, strict=True):
        color = style.BLUE if name == "SGD" else style.ORANGE
        if name in ("momentum", "Adam"):
            color = style.PURPLE
        error = np.maximum(run.error[1:], 1e-17)
        right.semilogy(np.arange(1, len(run.error)), error, line, color=color, label=name)
    right.set(xlabel="epoch", ylabel="error of the account")
    right.set_title("Who keeps the books")
    right.legend(fontsize=8, loc="center right")
    style.note(
        figure,
        f"One network per recipe, {sgd.incoming.shape[1]} hidden neurons. No bars: the account is "
        "exact.",
    )
    return figure
