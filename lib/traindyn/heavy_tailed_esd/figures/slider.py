"""One step with a slider over the learning rate: density, spike and alignment."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from traindyn.heavy_tailed_esd.results.first_step import RateSweep
from traindyn.interactive import Curve, InteractiveFigure, Panel, Slider
from traindyn.random_matrices import MarchenkoPastur


def rate_slider(sweeps: Mapping[str, RateSweep]) -> InteractiveFigure:
    """Spectrum and alignment after one step, one frame per learning rate over the threshold.

    Args:
        sweeps: By optimizer, on the same relative learning rates.
    """
    first = next(iter(sweeps.values()))
    law = MarchenkoPastur(first.inputs / first.hidden)
    edges = np.linspace(0, 9, 61)
    grid = np.linspace(0, 9, 240)

    def density(sweep: RateSweep) -> Panel:
        values = sweep.eigenvalues / sweep.hidden
        bars = [np.histogram(v, edges)[0] / len(v) / np.diff(edges) for v in values]
        found = np.stack([values[:, -1], values[:, -1]], axis=1)
        wanted = np.stack([sweep.position, sweep.position], axis=1) / sweep.hidden
        mast = np.array([[0.0, 0.3]] * len(values))
        return Panel(
            x_label=f"eigenvalue over h, {sweep.label}",
            y_label="density",
            x_range=(0, 9.5),
            y_range=(0, 1.2),
            curves=[
                Curve("after the step", edges, np.array(bars), "steps"),
                Curve("random matrix", grid, law.density(grid)),
                Curve("largest", found[:, :1], mast[:, :1] + 0.03, "points"),
                Curve("largest, predicted", wanted, mast),
            ],
        )

    rates = first.rates
    alignment = Panel(
        x_label="learning rate over threshold",
        y_label="alignment with the teacher",
        x_range=(0, float(rates[-1])),
        y_range=(0, 0.8),
        curves=[
            *(
                Curve(f"{sweep.label}, predicted", sweep.grid, sweep.predicted)
                for sweep in sweeps.values()
            ),
            *(
                Curve(sweep.label, rates[:, None], sweep.alignment[:, None], "points")
                for sweep in sweeps.values()
            ),
        ],
    )
    readouts = {}
    for sweep in sweeps.values():
        readouts[f"rate, {sweep.label}"] = [f"{r * sweep.threshold:.3g}" for r in rates]
        readouts[f"alignment, {sweep.label}"] = [f"{a:.2f}" for a in sweep.alignment]
    return InteractiveFigure(
        title="One step, from small to large",
        description=(
            "Densities of eigenvalues after one step of gradient descent and of Adam, and the "
            "alignment of the top direction with the teacher. Above the threshold one eigenvalue "
            "leaves the bulk, where it is predicted, and the alignment jumps."
        ),
        slider=Slider("learning rate over threshold", [float(r) for r in rates], start=6),
        panels=[*(density(sweep) for sweep in sweeps.values()), alignment],
        readouts=readouts,
        caption=(
            "Below the threshold the spectrum does not show that anything was learned. Above it a "
            "single eigenvalue holds it."
        ),
    )
