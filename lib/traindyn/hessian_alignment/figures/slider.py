"""Spectrum, outliers and alignment of a block, with a slider over λ."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from traindyn.hessian_alignment.results.sweep import Frame
from traindyn.interactive import Curve, InteractiveFigure, Panel, Slider


def precision_slider(frames: Sequence[Frame], random: float) -> InteractiveFigure:
    """One frame per λ.

    Args:
        frames: Runs, λ rising.
        random: Overlap of a random vector.
    """
    names = {"hessian": "Hessian", "gradient": "gradient matrix"}
    first = frames[0]
    ranks = np.arange(1.0, len(first.values["hessian"]) + 1)
    return InteractiveFigure(
        title="Outliers leave the bulk, and the weights follow",
        description=(
            "Left: top eigenvalues of a block by rank, on a logarithmic axis; with growing λ the "
            "bulk sinks and four outliers stay. Right: overlap of the weights with the top four "
            "eigenvectors over time; it stays low for small λ and rises to one for large λ."
        ),
        slider=Slider("precision λ of the inputs", [frame.precision for frame in frames]),
        panels=[
            Panel(
                x_label="rank",
                y_label="log₁₀ eigenvalue",
                x_range=(0.5, float(len(ranks)) + 0.5),
                y_range=(-5, 0),
                curves=[
                    Curve(
                        name,
                        ranks,
                        np.log10(np.array([frame.values[matrix] for frame in frames])),
                        "points",
                    )
                    for matrix, name in names.items()
                ],
            ),
            Panel(
                x_label="time",
                y_label="overlap",
                x_range=(0, float(first.times[-1])),
                y_range=(0, 1),
                curves=[
                    *(
                        Curve(
                            name,
                            first.times,
                            np.array([frame.overlaps[matrix] for frame in frames]),
                        )
                        for matrix, name in names.items()
                    ),
                    Curve("random vector", first.times, np.full(len(first.times), random)),
                ],
            ),
        ],
        readouts={
            "overlap, Hessian": [f"{f.overlaps['hessian'][-1]:.3f}" for f in frames],
            "overlap, gradients": [f"{f.overlaps['gradient'][-1]:.3f}" for f in frames],
            "gap, Hessian": [f"{f.gaps['hessian']:.2f}" for f in frames],
            "gap, gradients": [f"{f.gaps['gradient']:.2f}" for f in frames],
        },
        caption=(
            "The gap tells when the overlap means something. The gradient matrix needs a larger λ."
        ),
    )
