"""Variance against flatness in the last layer of networks trained on digits."""

from __future__ import annotations

from matplotlib.figure import Figure

from traindyn import style
from traindyn.anisotropic_noise.results.digits import DigitsRun


def digits(run: DigitsRun, networks: int) -> Figure:
    """Variance along principal components against flatness, one mark per treatment.

    Args:
        run: Means over networks.
        networks: Their number.
    """
    figure, (panel,) = style.panels(1)
    for (name, variances), color, mark in zip(
        run.variances.items(), style.COLORS, "os^v", strict=False
    ):
        panel.loglog(run.flatness[name], variances, mark, color=color, markersize=3.5, label=name)
    panel.set(xlabel="flatness, up to a factor", ylabel="variance of the component")
    style.plain_ticks(panel.xaxis, (1, 1.5, 2, 3, 4, 6))
    panel.legend()
    style.note(figure, f"Geometric means over {networks} networks; no bars.")
    return figure
