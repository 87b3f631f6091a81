"""Loss, singular values and rank over time, with a slider over the scale of the start."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from traindyn.interactive import Curve, InteractiveFigure, Panel, Slider
from traindyn.saddle_to_saddle.results.plateaus import PlateauRun


def alpha_slider(runs: Sequence[PlateauRun], levels: np.ndarray) -> InteractiveFigure:
    """One frame per scale.

    Args:
        runs: Paths of one depth, scales falling.
        levels: Predicted losses of the plateaus.
    """
    grid = np.linspace(-1.0, 4.0, 240)

    def over_time(run: PlateauRun, values: np.ndarray) -> np.ndarray:
        return np.interp(10**grid, run.times, values)

    decades = [round(float(-np.log10(run.scale)), 2) for run in runs]
    return InteractiveFigure(
        title="From one slope to a staircase",
        description=(
            "Left: loss over the logarithm of time; a smooth fall for a large start turns into a "
            "staircase with steps at the dotted levels. Right: three singular values, rising "
            "together for a large start and one after another for a small one."
        ),
        slider=Slider("smallness of the start, log₁₀(1/α)", decades),
        panels=[
            Panel(
                x_label="log₁₀ time",
                y_label="loss",
                x_range=(-1, 4),
                y_range=(0, float(1.1 * levels[0])),
                curves=[
                    Curve("loss", grid, np.array([over_time(run, run.loss) for run in runs])),
                    *(
                        Curve(f"rank {rank}", np.array([-1.0, 4.0]), np.full(2, float(level)))
                        for rank, level in enumerate(levels)
                    ),
                ],
            ),
            Panel(
                x_label="log₁₀ time",
                y_label="singular value",
                x_range=(-1, 4),
                y_range=(0, 3.5),
                curves=[
                    Curve(
                        f"number {i + 1}",
                        grid,
                        np.array([over_time(run, run.singular_values[:, i]) for run in runs]),
                    )
                    for i in range(3)
                ],
            ),
        ],
        readouts={
            "α": [f"{run.scale:.2g}" for run in runs],
            "plateaus": [str(len(run.plateaus)) for run in runs],
            "ranks": [", ".join(str(p.rank) for p in run.plateaus) or "none" for run in runs],
        },
        caption=(
            "A small start waits at each saddle, and longer at each the smaller it is. A large "
            "start waits nowhere."
        ),
    )
