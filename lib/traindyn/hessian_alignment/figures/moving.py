"""The moving figure: the spectrum of a block, and where the weights lie, as training goes on."""

from __future__ import annotations

import numpy as np

from traindyn.hessian_alignment.results.moving import Course, Courses
from traindyn.interactive import Choice, Curve, InteractiveFigure, Panel, Slider

START = 16.0
"""Time that is shown first."""


def moving_spectrum(run: Courses) -> InteractiveFigure:
    """Eigenvalues of a block over the bulk, and overlaps so far, by time.

    Args:
        run: Courses on a mixture and on images, for the same precisions.
    """
    k, times = run.classes, run.times
    shown = [*run.mixture, *run.images]
    values = np.concatenate([course.values for course in shown])
    ranks = np.arange(1.0, values.shape[1] + 1)
    top = ranks <= k
    end = float(times[-1])
    return InteractiveFigure(
        title="Train a classifier, and watch its curvature and its weights",
        description=(
            f"Left: the {len(ranks)} largest eigenvalues of a block of the Hessian by rank, on a "
            f"logarithmic axis, over the one after the {k} largest. On the mixture with high "
            f"precision {k} stand far above the rest; as time goes on the first leads and the "
            "others of the four come down. At the lowest precision, and on digits, there is no "
            "such gap. "
            "Right: over time, how much of the weights of a class lies in the top four "
            "eigenvectors, rising toward one, how much along the first alone, which stays below, "
            "and the level of a random vector."
        ),
        choices=[
            Choice("Inputs", ["mixture", "digits"]),
            Choice("Precision λ", [f"{course.precision:g}" for course in run.mixture]),
        ],
        slider=Slider("time t", times.tolist(), start=int(np.argmin(np.abs(times - START)))),
        panels=[
            Panel(
                x_label="rank of the eigenvalue",
                y_label="eigenvalue, over the fifth" if k == 4 else "eigenvalue, over the next",
                x_range=(0.5, float(len(ranks)) + 0.5),
                y_range=(0.2, 100),
                logarithmic="y",
                curves=[
                    Curve(f"the top {k}", ranks[top], values[:, top], "points"),
                    Curve("the rest", ranks[~top], values[:, ~top], "points"),
                ],
            ),
            Panel(
                x_label="time t",
                y_label="share of the weights, as a cosine",
                x_range=(0, end),
                y_range=(0, 1.03),
                curves=[
                    Curve(f"in the top {k} eigenvectors", times, _so_far(shown, "inside")),
                    Curve("along the first", times, _so_far(shown, "first")),
                    Curve(
                        f"a random vector in {k}",
                        np.array([0.0, end]),
                        np.full(2, (k / run.dimension) ** 0.5),
                    ),
                ],
            ),
        ],
        readouts={
            f"in the top {k}": [f"{v:.3f}" for course in shown for v in course.inside],
            "along the first": [f"{v:.2f}" for course in shown for v in course.first],
            "gap": [f"{v:.1f}" for v in values[:, k - 1]],
        },
        caption=(
            f"The weights of a class move into the top {k} eigenvectors of their own curvature, "
            "not onto the first; low precision spoils both, and on images of digits the gap is "
            f"missing. {k} classes, {run.dimension} inputs, means over classes and "
            f"{run.replicas} runs. The gap is the eigenvalue {k} over the next. Digits are drawn "
            "again and again from half of the images, with their scatter scaled to λ."
        ),
    )


def _so_far(shown: list[Course], name: str) -> np.ndarray:
    """Overlaps up to the position of the slider; a gap beyond it."""
    frames = []
    for course in shown:
        found = getattr(course, name)
        frames += [np.where(np.arange(len(found)) <= i, found, np.nan) for i in range(len(found))]
    return np.array(frames)
