"""One network of each kind as it trains, from two starts, through three windows."""

from __future__ import annotations

import numpy as np

from traindyn.diagnose.weights import ranks
from traindyn.interactive import Choice, Curve, InteractiveFigure, Panel, Slider
from traindyn.random_matrices import MarchenkoPastur
from traindyn.tails import hill
from traindyn.your_own_network.results.runs import LensRun, LensRuns

LEAST, MOST = 1e-3, 300.0
"""Ends of the axis of eigenvalues."""

LARGEST = 12.0
"""End of the axis of singular values of the logits."""

MOST_ROWS = 32
"""Eigenvalues of the larger of the two layers."""


def moving(runs: LensRuns) -> InteractiveFigure:
    """Loss, spectrum of the middle layer and singular values of the logits of the first copies."""
    shown = [
        run for pair in zip(runs.usual, runs.small, strict=True) for run in pair
    ]  # network by network, the usual start first
    looks = min(len(run.steps) for run in shown)
    return InteractiveFigure(
        title="One training, seen through the lenses",
        description=(
            "First panel: loss over steps, with a dot at the present look. Second panel: "
            "eigenvalues of the middle layer in order, over the edge of a random matrix of its "
            "start, with a line at that edge; from a usual start they stay near the line, from a "
            "small start a few rise far above it. Third panel: singular values of the logits as "
            "bars; from a small start the transformer raises one after the other."
        ),
        slider=Slider("Look", [float(i + 1) for i in range(looks)], start=looks - 1),
        choices=[
            Choice("Network", ["convolutional", "transformer"]),
            Choice("Start", ["usual", "small"]),
        ],
        panels=[_loss(shown, looks), _spectrum(shown, looks), _outputs(shown, looks)],
        readouts={
            "Steps": [f"{step:,}" for run in shown for step in run.steps[:looks]],
            "Index of the tail": [
                f"{hill(values):.2f}" for run in shown for values in run.spectra[:looks, 0]
            ],
            "Effective rank of the logits": [
                f"{ranks(values**2)[1]:.1f}" for run in shown for values in run.outputs[:looks, 0]
            ],
            "Imbalance of the first pair of layers over their size": [
                f"{100 * share:.0f} %" for run in shown for share in _imbalance(run)[:looks]
            ],
        },
        caption=(
            "From a usual start the spectrum hardly changes. From a small start the layer becomes "
            "what it learned: a few large eigenvalues, which an index takes for a heavy tail."
        ),
    )


def _imbalance(run: LensRun) -> np.ndarray:
    """Mean size of the imbalance of the first pair of layers over that of its weights."""
    pair = next(iter(run.imbalance))
    return np.asarray(np.abs(run.imbalance[pair][:, 0]).mean(axis=1) / run.sizes[pair][:, 0])


def _loss(shown: list[LensRun], looks: int) -> Panel:
    steps = np.array([run.steps[:looks] for run in shown], dtype=float)
    losses = np.array([run.loss[:looks, 0] for run in shown])
    one = np.repeat(steps, looks, axis=0)
    return Panel(
        x_label="steps",
        y_label="loss",
        x_range=(0, float(steps.max())),
        y_range=(0, 3.5),
        curves=[
            Curve("loss", one, np.repeat(losses, looks, axis=0)),
            Curve("now", steps.reshape(-1, 1), losses.reshape(-1, 1), "points"),
        ],
    )


def _spectrum(shown: list[LensRun], looks: int) -> Panel:
    rows = []
    for run in shown:
        least, most = sorted(run.shape)
        edge = run.variance * most * MarchenkoPastur(least / most).high
        padded = np.full((looks, MOST_ROWS), np.nan)
        padded[:, :least] = (run.spectra[:looks, 0] / edge).clip(min=LEAST)
        rows.append(padded)
    number = np.arange(1.0, MOST_ROWS + 1)
    ends = np.array([0.0, MOST_ROWS + 1.0])
    return Panel(
        x_label="number of the eigenvalue",
        y_label="eigenvalue over the edge",
        x_range=(0, MOST_ROWS + 1.0),
        y_range=(LEAST, MOST),
        logarithmic="y",
        curves=[
            Curve("middle layer", number, np.concatenate(rows), "points"),
            Curve("edge of a random matrix", ends, np.ones(2)),
        ],
    )


def _outputs(shown: list[LensRun], looks: int) -> Panel:
    values = np.concatenate([run.outputs[:looks, 0] for run in shown])
    number = np.arange(1.0, values.shape[1] + 1)
    bars = np.stack([0 * values, values, np.full_like(values, np.nan)], axis=2)
    return Panel(
        x_label="number of the singular value",
        y_label="singular value of the logits",
        x_range=(0.5, values.shape[1] + 0.5),
        y_range=(0, LARGEST),
        curves=[Curve("network", np.repeat(number, 3), bars.reshape(len(values), -1))],
    )
