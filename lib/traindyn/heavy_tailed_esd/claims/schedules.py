"""Claim HT-13: schedules of the learning rate."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np

from traindyn.heavy_tailed_esd.claims.ensembles import FORM
from traindyn.heavy_tailed_esd.claims.heads import (
    MODEL,
    NONE,
    Predicted,
    change,
    compared,
    half,
)
from traindyn.heavy_tailed_esd.claims.parts import simulated
from traindyn.heavy_tailed_esd.claims.registry import registry
from traindyn.heavy_tailed_esd.results.heads import (
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
from traindyn.inference import Estimate, estimate_mean, exact
from traindyn.ledger import Part, at_least, at_most, other_system, same_run, wrong_theory
from traindyn.runs import Context
from traindyn.tails import hill_null

DECAYS = (0.2, 0.4, 0.6, 0.8, 1.0)


@registry.claim(
    13,
    source="schedules of the authors' public code",
    basis="attributed",
    statement=(
        "The decay of the learning rate sets the shape of the spectrum: fast decay keeps a bulk "
        "with a spike along the teacher, a constant rate makes the heavy tail and loses it."
    ),
)
def schedules(context: Context) -> tuple[ScheduleRun, list[Part]]:
    """HT-13."""
    many, more = problems(context, 8.0), wide(context)
    some = replace(more, problems=64)
    found = {
        decay: layers(more if decay in DECAYS[:2] else some, adam(1.0, decay=decay))
        for decay in DECAYS
    }
    indices = {decay: hill_indices(layer) for decay, layer in found.items()}
    few = replace(many, problems=16)
    shown = {decay: heads(few, adam(1.0, decay=decay)) for decay in DECAYS}
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
    falls, whole = _falls(some, indices)
    return result, [*falls, *_overlaps(more, many, found), _cost(many), whole]


def _falls(setting: Setting, indices: dict[float, np.ndarray]) -> tuple[list[Part], Part]:
    """The slower the decay, the smaller the index: step by step, and in all."""
    slow = spike_rate(setting)
    gentle = [hill_indices(layers(setting, adam(slow, decay=decay))) for decay in DECAYS[:2]]
    still = other_system(
        "decays 0.2 and 0.4 at a rate that makes a spike and no tail", change(gentle[1], gentle[0])
    )
    below = at_most(
        -1 / setting.inputs,
        "half of 2/d, by which the index of a random matrix of finite size lies above its limit",
        "size",
    )
    falls = [
        simulated(
            f"Ten steps of Adam with η = 1, n = 8d: change of Hill's index from decay {a:g} of the "
            f"rate after every step to {b:g}",
            _paired(indices[b], indices[a]),
            below,
            [still],
        )
        for a, b in pairwise(DECAYS)
    ]
    return falls, simulated(
        "Ten steps of Adam with η = 1, n = 8d: change of Hill's index from decay 0.2 of the rate "
        "to a constant one, more than a change of shape",
        _paired(indices[DECAYS[-1]], indices[DECAYS[0]]),
        at_most(-FORM, "half of the distance to the null of square matrices", "neighbor"),
        [still],
        basis="derived",
    )


def _paired(after: np.ndarray, before: np.ndarray) -> Estimate:
    """Mean change over the problems that both have."""
    both = min(len(after), len(before))
    return change(after[:both], before[:both])


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
            step.adam_beside,
        )
    )
    chance = (2 / (np.pi * setting.inputs)) ** 0.5
    limit, why = (chance + first) / 2, "half of the way from chance to the first step's prediction"
    what = "Ten steps of Adam with η = 1, n = 8d: cosine of the top direction and the teacher"
    return [
        simulated(
            f"{what}, decay 0.2 of the rate after every step",
            estimate_mean(found[DECAYS[0]].overlaps),
            at_least(limit, why, "neighbor"),
            [other_system("shuffled labels", estimate_mean(noise))],
        ),
        simulated(
            f"{what}, constant rate",
            estimate_mean(found[DECAYS[-1]].overlaps),
            at_most(limit, why, "neighbor"),
            [
                wrong_theory("what the first step brings is kept", exact(first)),
                same_run("decay 0.2", estimate_mean(found[DECAYS[0]].overlaps)),
            ],
        ),
    ]


def _cost(many: Setting) -> Part:
    """What the tail of a constant rate costs the features of the model."""
    enough = replace(many, problems=96)
    runs = [adam(1.0, decay=DECAYS[i]) for i in (1, -1)]
    base, constant = (heads(enough, t).fixed(MODEL) for t in runs)
    expected = [Predicted(enough, t).fixed(MODEL) for t in reversed(runs)]
    prediction, measured = compared(constant - base, expected[0] - expected[1])
    return simulated(
        "Ten steps of Adam with η = 1, n = 8d, features of the model, λ = 0.01: test loss at a "
        "constant rate above that at decay 0.4",
        measured,
        half(prediction),
        [NONE],
        prediction=prediction,
        basis="derived",
    )
