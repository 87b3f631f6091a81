"""Claim HT-13: schedules of the learning rate."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np

from traindyn.heavy_tailed_esd.claims.ensembles import FORM
from traindyn.heavy_tailed_esd.claims.heads import (
    MODEL,
    Predicted,
    change,
    compared,
)
from traindyn.heavy_tailed_esd.claims.registry import registry
from traindyn.heavy_tailed_esd.results.heads import (
    Heads,
    Layers,
    ScheduleRun,
    Setting,
    hill_indices,
)
from traindyn.heavy_tailed_esd.studies.heads import (
    adam,
    heads,
    layers,
    problems,
    spike_rate,
    wide,
)
from traindyn.heavy_tailed_esd.theory.one_step import FirstStep
from traindyn.heavy_tailed_esd.theory.spike import alignment_after_step
from traindyn.inference import estimate_mean
from traindyn.ledger.legacy import Control, Part, Test
from traindyn.runs import Context
from traindyn.tails import hill_null

DECAYS = (0.2, 0.4, 0.6, 0.8, 1.0)


@registry.claim(
    13,
    source="schedules of the authors' public code",
    basis="stated",
    statement=(
        "The decay of the learning rate sets the shape of the spectrum: fast decay keeps a bulk "
        "with a spike along the teacher, a constant rate makes the heavy tail and loses it."
    ),
)
def schedules(context: Context) -> tuple[ScheduleRun, list[Part]]:
    """HT-13."""
    many, more = problems(context, 8.0), wide(context)
    found = {decay: layers(more, adam(1.0, decay=decay)) for decay in DECAYS}
    indices = {decay: hill_indices(layer) for decay, layer in found.items()}
    shown = {decay: heads(many, adam(1.0, decay=decay)) for decay in DECAYS}
    result = ScheduleRun(
        np.array(DECAYS),
        np.array([sum(decay**step for step in range(10)) for decay in DECAYS]),
        [estimate_mean(indices[decay]) for decay in DECAYS],
        [estimate_mean(found[decay].overlaps) for decay in DECAYS],
        {
            "fixed": [estimate_mean(head.fixed(MODEL)) for head in shown.values()],
            "tuned": [estimate_mean(head.tuned(MODEL)) for head in shown.values()],
        },
        hill_null(1.5),
    )
    falls, whole = _falls(more, indices)
    return result, [*falls, *_overlaps(more, many, found), _cost(many, shown), whole]


def _falls(setting: Setting, indices: dict[float, np.ndarray]) -> tuple[list[Part], Part]:
    """The slower the decay, the smaller the index: step by step, and in all."""
    slow = spike_rate(setting)
    gentle = [hill_indices(layers(setting, adam(slow, decay=decay))) for decay in DECAYS[:2]]
    still = change(gentle[1], gentle[0])
    finite = 1 / setting.inputs
    below = Test(
        "ordering",
        finite,
        "half of 2/d, by which the index of a random matrix of finite size lies above its limit",
        side="below",
    )
    falls = [
        Part(
            f"Hill's index falls from decay {a:g} to {b:g}",
            -2 * finite,
            change(indices[b], indices[a]),
            below,
            [Control("the same decays at the learning rate of a spike", still)],
        )
        for a, b in pairwise(DECAYS)
    ]
    return falls, Part(
        "Fall of the index from decay 0.2 to a constant rate: more than a change of shape",
        -FORM,
        change(indices[DECAYS[-1]], indices[DECAYS[0]]),
        below,
        [Control("decays 0.2 and 0.4 at the learning rate of a spike", still)],
    )


def _overlaps(setting: Setting, many: Setting, found: dict[float, Layers]) -> list[Part]:
    """What the top direction knows of the teacher, after fast decay and at a constant rate."""
    taught = replace(many, problems=24)
    noise = layers(taught, adam(1.0, decay=DECAYS[0], shuffled=True)).overlaps
    step = FirstStep(load=1 / setting.ratio, aspect=1.5)
    first = float(
        alignment_after_step(
            np.array(step.adam_strength(setting.hidden**0.5)),
            step.adam_shrinking,
            step.teacher_cosine * step.sign_cosine,
            step.aspect,
        )
    )
    return [
        Part(
            "Decay 0.2: cosine of the top right singular vector and the teacher, against that "
            "after the first step alone",
            first,
            estimate_mean(found[DECAYS[0]].overlaps),
            Test("threshold", first / 5, "a fifth of it; corrections are of order 1/√d", "above"),
            [Control("noise labels", estimate_mean(noise))],
        ),
        Part(
            "Constant rate: the cosine is near that of a random vector, (2/πd)^½",
            (2 / (np.pi * setting.inputs)) ** 0.5,
            estimate_mean(found[DECAYS[-1]].overlaps),
            Test("threshold", first / 5, "a fifth of the cosine after the first step", "below"),
            [Control("decay 0.6", estimate_mean(found[DECAYS[2]].overlaps))],
        ),
    ]


def _cost(many: Setting, shown: dict[float, Heads]) -> Part:
    """What the tail of a constant rate costs the features of the model."""
    base, middle, constant = (shown[DECAYS[i]].fixed(MODEL) for i in (1, 2, -1))
    expected = [Predicted(many, adam(1.0, decay=DECAYS[i])).fixed(MODEL) for i in (-1, 1)]
    prediction, measured = compared(constant - base, expected[0] - expected[1])
    return Part(
        "Features of the model: loss at a constant rate above that at decay 0.4",
        prediction,
        measured,
        Test("equality", prediction / 2, "half the predicted cost"),
        [Control("decay 0.6 in place of the constant rate", change(middle, base))],
    )
