"""Variance against flatness in the last layer of a network trained on digits."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure

from traindyn import style
from traindyn.anisotropic_noise.results.digits import WindowedWeights


def digits(runs: Mapping[str, WindowedWeights], components: int = 60) -> Figure:
    """Variance along principal components against flatness, one mark per treatment."""
    figure, (panel,) = style.panels(1)
    for (name, run), color, mark in zip(runs.items(), style.COLORS, "os^v", strict=False):
        width = 1 / np.sqrt(run.curvature[:components])
        panel.loglog(
            width, run.variances[:components], mark, color=color, markersize=3.5, label=name
        )
    panel.set(xlabel="flatness, up to a factor", ylabel="variance of the component")
    style.plain_ticks(panel.xaxis, (1, 1.5, 2, 3, 4, 6))
    panel.legend()
    return figure
