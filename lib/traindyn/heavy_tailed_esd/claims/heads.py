"""How losses of ridge heads are compared with each other and with their predictions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from traindyn.heavy_tailed_esd.claims.estimates import midway
from traindyn.heavy_tailed_esd.results.heads import (
    HeadCurve,
    Heads,
    HeadsRun,
    Setting,
    Treatment,
    hill_indices,
)
from traindyn.heavy_tailed_esd.studies.heads import START, heads, layers
from traindyn.heavy_tailed_esd.studies.predictions import predicted_alignments, predicted_losses
from traindyn.heavy_tailed_esd.theory.floors import linear_ridge_loss, odd_floor
from traindyn.inference import Estimate, estimate_mean
from traindyn.ledger import Rule, within, wrong_prediction

Array = np.ndarray

MODEL, PUBLIC = 0, 1
"""Scalings of the features: the model's, and that of the authors' public code."""


class Predicted(NamedTuple):
    """Predictions for all problems of a setting, from their treated weights."""

    setting: Setting
    treatment: Treatment

    def fixed(self, scaling: int) -> Array:
        """Predicted loss under the fixed penalty of a scaling."""
        return self.at(scaling, scaling - 2)

    def at(self, scaling: int, index: int) -> Array:
        """Predicted loss under one penalty of the setting."""
        return predicted_losses(self.setting, self.treatment, scaling)[:, index]

    def tuned(self, scaling: int) -> Array:
        """Predicted loss under the best penalty."""
        return predicted_losses(self.setting, self.treatment, scaling).min(axis=1)

    def alignments(self, scaling: int) -> Array:
        """Predicted alignment of the kernel."""
        return predicted_alignments(self.setting, self.treatment, scaling)


def compared(measured: Array, prediction: Array) -> tuple[float, Estimate]:
    """Mean prediction and mean measurement; the error is that of their difference, in pairs."""
    gap = estimate_mean(measured - prediction)
    mean = float(prediction.mean())
    return mean, Estimate(mean + gap.value, gap.stderr, gap.n, "1", gap.degrees_of_freedom)


def best_of(candidates: Sequence[Array]) -> int:
    """Number of the candidate with the lowest mean over the first quarter of its problems.

    What it is worth is measured on the rest, so that the choice does not flatter it.
    """
    means = [float(losses[: len(losses) // 4].mean()) for losses in candidates]
    return int(np.argmin(means))


def unchosen(samples: Array) -> Array:
    """The problems that had no part in the choice of :func:`best_of`."""
    return samples[len(samples) // 4 :]


def half(prediction: float) -> Rule:
    """Rule of a change that theory predicts: nearer to it than to no change."""
    return within(
        midway(prediction, 0.0),
        "half of the predicted change, nearer than none",
        "neighbor",
    )


NONE = wrong_prediction("no change", 0.0)
"""Nearest wrong theory of a predicted change."""


def change(after: Array, before: Array) -> Estimate:
    """Mean change from one treatment to another, in pairs."""
    return estimate_mean(after - before)


def curve(setting: Setting, rates: Sequence[float], treatments: Sequence[Treatment]) -> HeadCurve:
    """Losses over learning rates; predictions and indices from the first eight problems."""
    few = replace(setting, problems=8)
    return head_curve(
        rates,
        [heads(setting, t) for t in treatments],
        np.array([hill_indices(layers(few, t)).mean() for t in treatments]),
        [Predicted(few, t) for t in treatments],
    )


def head_curve(
    rates: Sequence[float], found: Sequence[Heads], hill: Array, expected: Sequence[Predicted]
) -> HeadCurve:
    """Collect heads, indices and predictions at several rates."""
    keys = [(scaling, kind) for scaling in (MODEL, PUBLIC) for kind in ("fixed", "tuned")]
    return HeadCurve(
        np.array(rates),
        {(s, k): [estimate_mean(getattr(h, k)(s)) for h in found] for s, k in keys},
        {(s, k): np.array([getattr(p, k)(s).mean() for p in expected]) for s, k in keys},
        hill,
        {s: np.array([h.alignments[:, s].mean() for h in found]) for s in (MODEL, PUBLIC)},
    )


def heads_run(setting: Setting, start: Setting, curves: Mapping[str, HeadCurve]) -> HeadsRun:
    """Losses over learning rates beside what cannot be undercut; the start on its own problems."""
    one, both = (linear_ridge_loss(1 / (n * setting.ratio), setting.noise) for n in (1, 2))
    return HeadsRun(
        setting.inputs,
        setting.ratio,
        setting.noise,
        curve(start, [0.0], [START]),
        curves,
        odd_floor(setting.noise),
        (one, both),
    )
