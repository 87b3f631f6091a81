"""A matrix that fills in one direction at a time, step by step, from small or large weights."""

from __future__ import annotations

import numpy as np

from traindyn.interactive import Choice, Curve, InteractiveFigure, Panel, Slider
from traindyn.saddle_to_saddle.results.filling import Filling, FillingRun

FRAMES, POINTS = 30, 80
"""Positions of the slider, and points of a curve."""

END = 52.0
"""Last time that is shown."""

LEAST, MOST = 1e-3, 10.0
"""Ends of the axis of errors."""

NEAR = 0.2
"""Largest distance from a true value that counts as right, over this value."""

HALF = 0.38
"""Half the side of a box, in cells."""


def filling(run: Filling) -> InteractiveFigure:
    """Errors over time with a play head, the matrix, and its singular values."""
    small, _ = run.runs
    frames = _spread(small, FRAMES)
    times = small.times[frames]
    shown = [(one, _at(one, times)) for one in run.runs]
    start = int(np.argmin(np.abs(np.log(small.train[frames] / run.levels[1]))))
    return InteractiveFigure(
        title="A matrix fills in, one direction at a time",
        description=(
            "First panel: mean squared error over time, on known and on hidden entries, with the "
            "predicted levels of the saddles as horizontal lines and dots at the present time. "
            "From small weights both errors fall in steps and rest at the levels between; from "
            "large weights the error on known entries vanishes at once and that on hidden entries "
            "stays. Second panel: the matrix, boxes around hidden entries, and a dot on every "
            "entry that is right; from small weights all are at the end, from large weights most "
            "boxes stay empty. Third panel: singular values of the matrix as bars, and dots at "
            "those of the true matrix."
        ),
        slider=Slider("Training time (steps × learning rate)", _distinct(times), start=start),
        choices=[Choice("Start from", ["small weights", "large weights"])],
        panels=[
            _errors(run, shown, times),
            _matrix(run, [one.matrices[index] for one, index in shown]),
            _spectrum(run, [one.matrices[index] for one, index in shown]),
        ],
        readouts={
            "Rank of the matrix": [str(r) for one, index in shown for r in one.ranks[index]],
            "Error on hidden entries": [
                f"{value:.2g}" if value > LEAST else "below 0.001"
                for one, index in shown
                for value in one.test[index]
            ],
        },
        caption=(
            "A network of four layers sees the known entries only. From small weights it rests "
            "near a matrix of rank zero, one, two, and with the third direction the hidden entries "
            "are right. From large weights it fits what it sees at once and learns nothing else."
        ),
    )


def _spread(run: FillingRun, count: int) -> np.ndarray:
    """Records that are about evenly spread along the curve of the error over time."""
    inside = run.times <= END
    height = np.log10(run.train[inside].clip(min=LEAST))
    steps = np.hypot(np.diff(run.times[inside]) / END, np.diff(height) / 3)
    length = np.concatenate([[0.0], np.cumsum(steps)])
    return np.unique(np.searchsorted(length, np.linspace(0, length[-1], count)))


def _at(run: FillingRun, times: np.ndarray) -> np.ndarray:
    """Records at given times; the last one where the run ended before."""
    return np.searchsorted(run.times, times).clip(max=len(run.times) - 1)


def _distinct(times: np.ndarray) -> list[float]:
    """Times with as few digits as tell them apart."""
    return [float(np.round(time, 1)) for time in times]


def _errors(run: Filling, shown: list[tuple[FillingRun, np.ndarray]], times: np.ndarray) -> Panel:
    """Errors over time; the play head is a dot on either curve."""
    known, hidden, heads, grids = [], [], [], []
    for one, index in shown:
        grid = np.concatenate([one.times[_spread(one, POINTS)], [END]])
        grids += [grid[np.linspace(0, len(grid) - 1, POINTS).round().astype(int)]] * len(index)
        known += [np.interp(grids[-1], one.times, one.train)] * len(index)
        hidden += [np.interp(grids[-1], one.times, one.test)] * len(index)
        heads += [*np.stack([one.train[index], one.test[index]], axis=1).clip(min=LEAST)]
    x, levels = np.array(grids), run.levels[run.levels > LEAST]
    places = np.repeat(np.tile(times, len(shown))[:, None], 2, axis=1)
    return Panel(
        x_label="time",
        y_label="error, 1: knowing nothing",
        x_range=(0, END),
        y_range=(LEAST, MOST),
        logarithmic="y",
        curves=[
            Curve("known entries", x, np.array(known).clip(min=LEAST / 10)),
            Curve("hidden entries", x, np.array(hidden).clip(min=LEAST / 10)),
            Curve(
                "saddles of rank 0, 1, 2, predicted",
                np.tile([0.0, END, END], len(levels)),
                np.stack([levels, levels, np.full(len(levels), np.nan)], axis=1).ravel(),
            ),
            Curve("now", places, np.array(heads), "points"),
        ],
    )


def _matrix(run: Filling, matrices: list[np.ndarray]) -> Panel:
    """A dot per entry that is right, a box around every hidden one."""
    found, hidden = np.concatenate(matrices), run.observed == 0
    rows, columns = np.indices(run.target.shape) + 1.0
    right = np.abs(found - run.target) < NEAR * np.abs(run.target)

    def dots(chosen: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return columns[chosen], np.where(right[:, chosen], rows[chosen], np.nan)

    across, up = HALF * np.array([-1, 1, 1, -1, -1, 0]), HALF * np.array([-1, -1, 1, 1, -1, np.nan])
    size = len(run.target)
    return Panel(
        x_label="column",
        y_label="row",
        x_range=(0.5, size + 0.5),
        y_range=(0.5, size + 0.5),
        curves=[
            Curve(f"known entry, right to {100 * NEAR:g} %", *dots(~hidden), "points"),
            Curve(f"hidden entry, right to {100 * NEAR:g} %", *dots(hidden), "points"),
            Curve(
                "hidden entry",
                np.add.outer(columns[hidden], across).ravel(),
                np.add.outer(rows[hidden], up).ravel(),
            ),
        ],
    )


def _spectrum(run: Filling, matrices: list[np.ndarray]) -> Panel:
    """A bar per singular value of the matrix, a dot per one of the true matrix."""
    values = np.linalg.svd(np.concatenate(matrices), compute_uv=False)
    true = np.linalg.svd(run.target, compute_uv=False)
    number = np.arange(1.0, len(true) + 1)
    bars = np.stack([0 * values, values, np.full_like(values, np.nan)], axis=2)
    top = 1.1 * max(float(values.max()), float(true.max()))
    return Panel(
        x_label="number",
        y_label="singular value",
        x_range=(0.5, len(true) + 0.5),
        y_range=(0, top),
        curves=[
            Curve("network", np.repeat(number, 3), bars.reshape(len(values), -1)),
            Curve("true matrix", number, true, "points"),
        ],
    )
