"""The moving figure: a cloud of networks on the lines of equal loss of their second layer."""

from __future__ import annotations

import numpy as np

from traindyn.anisotropic_noise.results.cloud import Cloud, Clouds
from traindyn.interactive import Choice, Curve, InteractiveFigure, Panel, Slider

WIDE, HIGH = 5.2, 3.6
"""Half the axes, in units of equal length on the page."""

LEVELS = (1.0, 2.0)
"""Half heights of the lines of equal loss."""

START = 3.0
"""Flatness that is shown first."""


def moving_cloud(run: Clouds) -> InteractiveFigure:
    """Places of networks, and the variance, by flatness; a switch freezes the first layer.

    Args:
        run: Networks with both layers trained and with the first frozen.
    """
    shown = (run.both, run.frozen)
    flatness = run.flatness
    lines = np.tile([_equal_loss(f) for f in flatness], (2, 1, 1))
    places = np.concatenate([cloud.places for cloud in shown])
    fine = np.linspace(flatness[0], flatness[-1], 60)
    variances = np.concatenate([cloud.variances for cloud in shown])
    return InteractiveFigure(
        title="Make one direction flatter, and watch the weights",
        description=(
            "Left: a cloud of networks in the plane of their two second-layer weights, on ellipses "
            "of equal loss. As the horizontal direction becomes flatter, the ellipses stretch "
            "along it. With both layers trained the cloud shrinks along it; with the first layer "
            "frozen it stays round. Right: variance along the horizontal direction over its "
            "flatness. Two predicted lines: a falling one for both layers trained, a level one "
            "for the first layer frozen. Marks follow the line of the chosen case."
        ),
        choices=[Choice("First layer", ["trained as well", "frozen"])],
        slider=Slider(
            "horizontal flatness (vertical: 1)",
            flatness.tolist(),
            start=int(np.argmin(np.abs(flatness - START))),
        ),
        panels=[
            Panel(
                x_label="horizontal deviation of the weights, over √T",
                y_label="vertical, over √T",
                x_range=(-WIDE, WIDE),
                y_range=(-HIGH, HIGH),
                curves=[
                    Curve("equal loss", lines[:, 0], lines[:, 1]),
                    Curve("networks", places[..., 0], places[..., 1], "points"),
                ],
            ),
            Panel(
                x_label="flatness of the horizontal direction",
                y_label="its variance, over T",
                x_range=(0, flatness[-1] + 0.2),
                y_range=(0, 1.4),
                curves=[
                    Curve("predicted, both layers trained", fine, 1 / (1 + fine**2)),
                    Curve("measured", flatness, _so_far(shown), "points"),
                    Curve("predicted, first layer frozen", fine, np.ones_like(fine)),
                ],
            ),
        ],
        readouts={
            "variance, horizontal": [f"{v:.2f} T" for v in variances[:, 0]],
            "vertical": [f"{v:.2f} T" for v in variances[:, 1]],
            "singular value a of the first layer": [f"{1 / f:.2f}" for f in flatness] * 2,
        },
        caption=(
            "Where the loss is flat, the weights move less; freeze the first layer, and the cloud "
            "is round at every flatness. "
            f"Each point is one of {run.both.places.shape[1]} networks. "
            "T is the variance with the first layer frozen, for small steps; where the loss is "
            "steep a step is not small, and marks lie a little above the line. All marks of a line "
            "rest on the same batches, so that chance moves them together."
        ),
    )


def _equal_loss(flatness: float) -> np.ndarray:
    """Two ellipses with a gap between them, as rows of x and y."""
    angle = np.linspace(0, 2 * np.pi, 65)
    pieces = []
    for level in LEVELS:
        pieces.append(level * np.array([flatness * np.cos(angle), np.sin(angle)]))
        pieces.append(np.array([[0.0], [np.nan]]))
    return np.hstack(pieces)


def _so_far(shown: tuple[Cloud, ...]) -> np.ndarray:
    """Variances up to the position of the slider; a gap beyond it."""
    frames = []
    for cloud in shown:
        values = cloud.variances[:, 0]
        frames += [
            np.where(np.arange(len(values)) <= i, values, np.nan) for i in range(len(values))
        ]
    return np.array(frames)
