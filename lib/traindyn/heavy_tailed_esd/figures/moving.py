"""The moving figure: ten steps that make a spike and then a tail, on true and shuffled labels."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from traindyn.heavy_tailed_esd.figures.first_step import NAMES
from traindyn.heavy_tailed_esd.results.moving import StepwiseRun
from traindyn.interactive import Choice, Curve, InteractiveFigure, Panel, Slider
from traindyn.random_matrices import MarchenkoPastur, count_outliers

BINS = np.geomspace(3e-3, 3e2, 51)
"""Edges of the bins of eigenvalues over the edge of the start."""

SIZES = ("large", "medium", "small")
LOWEST, MARK = 5e-3, 8e-3
"""Lower end of the densities, and where the largest eigenvalue is marked."""


def ten_steps(runs: Sequence[StepwiseRun]) -> InteractiveFigure:
    """Spectra and alignments of both kinds of labels, one frame per step, optimizer and rate.

    Args:
        runs: By optimizer and, the large one first, by learning rate; all of the same size.
    """
    times, problems, inputs = runs[0].teacher.shape
    first, steps = runs[0], np.arange(times)
    edge = (math.sqrt(first.hidden) + math.sqrt(inputs)) ** 2
    names = [NAMES[name] for name in dict.fromkeys(run.optimizer for run in runs)]
    return InteractiveFigure(
        title="Ten steps of training, on true labels and on shuffled ones",
        description=(
            "Left: the density of the eigenvalues of the weights on logarithmic axes, for true and "
            "for shuffled labels, with the law of a random matrix and the largest eigenvalue. "
            "Right: the cosine of the direction of the largest eigenvalue and the teacher over the "
            "steps, for both kinds of labels, with that of a random direction. At a large rate "
            "both spectra leave the law and spread alike; only with true labels does the cosine "
            "rise."
        ),
        slider=Slider("steps taken", [float(step) for step in steps], start=times // 2),
        choices=[Choice("optimizer", names), Choice("learning rate", SIZES[: len(runs) // 2])],
        panels=[_spectrum(runs, edge), _alignment(runs, steps, inputs)],
        readouts=_readouts(runs, edge),
        caption=(
            "Play: one eigenvalue leaves first, and with true labels its direction finds the "
            "teacher. Then, at a large rate, the whole spectrum spreads into a heavy tail. With "
            "shuffled labels there is nothing to find, and the same tail grows. Spectra of "
            f"{problems} problems with d = {inputs} and n = {first.samples_per_input}d, pooled; "
            "cosines averaged."
        ),
    )


def _spectrum(runs: Sequence[StepwiseRun], edge: float) -> Panel:
    inputs = runs[0].teacher.shape[-1]
    law = MarchenkoPastur(inputs / runs[0].hidden)
    points = np.geomspace(law.low * 1.0001, law.high * 0.9999, 200)

    def density(spectra: np.ndarray) -> np.ndarray:
        values = spectra.reshape(-1, spectra.shape[-2] * inputs) / edge
        width = math.log10(BINS[1] / BINS[0])
        shares = np.array([np.histogram(v, BINS)[0] / v.size for v in values])
        return np.maximum(shares / width, LOWEST / 10)  # an empty bin lies below the axis

    top = np.concatenate([run.teacher[:, :, -1].mean(axis=1) for run in runs]) / edge
    return Panel(
        x_label="eigenvalue over the edge of the start",
        y_label="density",
        x_range=(3e-3, 3e2),
        y_range=(LOWEST, 3.0),
        logarithmic="xy",
        curves=[
            Curve("true labels", BINS, density(np.stack([r.teacher for r in runs])), "steps"),
            Curve("shuffled labels", BINS, density(np.stack([r.shuffled for r in runs])), "steps"),
            Curve(
                "law of a random matrix",
                points / law.high,
                law.density(points) * points * math.log(10),
            ),
            Curve(
                "largest eigenvalue, true labels",
                top[:, None],
                np.full((len(top), 1), MARK),
                "points",
            ),
        ],
    )


def _alignment(runs: Sequence[StepwiseRun], steps: np.ndarray, inputs: int) -> Panel:
    true = [run.teacher_cosine.mean(axis=1) for run in runs]
    shuffled = [run.shuffled_cosine.mean(axis=1) for run in runs]
    now = np.tile(np.stack([steps, steps], axis=1), (len(runs), 1)).astype(float)
    chance = math.sqrt(2 / (math.pi * inputs))
    return Panel(
        x_label="steps taken",
        y_label="cosine of top direction and teacher",
        x_range=(-0.4, steps[-1] + 0.4),
        y_range=(0, 0.8),
        curves=[
            Curve("true labels", steps.astype(float), np.repeat(true, len(steps), axis=0)),
            Curve("shuffled labels", steps.astype(float), np.repeat(shuffled, len(steps), axis=0)),
            Curve("a random direction", np.array([0.0, steps[-1]]), np.full(2, chance)),
            Curve(
                "this step",
                now,
                np.stack([np.concatenate(true), np.concatenate(shuffled)], axis=1),
                "points",
            ),
        ],
    )


def _readouts(runs: Sequence[StepwiseRun], edge: float) -> dict[str, list[str]]:
    def beyond(spectra: np.ndarray) -> float:
        return float(np.mean([count_outliers(v, edge) / len(v) for v in spectra]))

    found: dict[str, list[str]] = {
        "learning rate": [
            f"{run.rate:g}{' d' if run.optimizer == 'gd' else ''}"
            for run in runs
            for _ in run.teacher
        ]
    }
    for label, kind in (("true", "teacher"), ("shuffled", "shuffled")):
        found[f"beyond the edge, {label}"] = [
            f"{beyond(spectra):.0%}" for run in runs for spectra in getattr(run, kind)
        ]
    for label, kind in (("true", "teacher_cosine"), ("shuffled", "shuffled_cosine")):
        found[f"cosine, {label}"] = [
            f"{row.mean():.2f}" for run in runs for row in getattr(run, kind)
        ]
    return found
