"""Claims HT-12 and HT-13: losses over samples, label noise and penalty; schedules."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np

from traindyn.heavy_tailed_esd.claims.ensembles import FORM
from traindyn.heavy_tailed_esd.claims.heads import (
    MODEL,
    PUBLIC,
    START,
    adam,
    change,
    compared,
    lowest,
    plenty,
    predicted,
    problems,
    spike_rate,
)
from traindyn.heavy_tailed_esd.claims.registry import registry
from traindyn.heavy_tailed_esd.experiments.treatments import (
    Setting,
    heads,
    layers,
    losses_with_offsets,
)
from traindyn.heavy_tailed_esd.results.heads import ScheduleRun, SweepRun, hill_indices
from traindyn.heavy_tailed_esd.theory.floors import odd_floor
from traindyn.heavy_tailed_esd.theory.one_step import FirstStep
from traindyn.heavy_tailed_esd.theory.spike import alignment_after_step
from traindyn.inference import estimate_mean
from traindyn.ledger import Control, Part, Test
from traindyn.runs import Context
from traindyn.tails import hill_null

RATIOS = (0.5, 1.0, 2.0, 4.0, 8.0)
NOISES = (0.1, 0.3, 0.5, 0.7)
DECAYS = (0.2, 0.4, 0.6, 0.8, 1.0)
PENALTIES = (18, 10, 2)
"""λd = 32, 0.32 and 0.0032, the first above and the last below the best one."""


@registry.claim(
    12,
    source="configurations and sweeps of the authors' public code (appendix)",
    basis="stated",
    statement=(
        "Training the first layer with large steps lowers the test loss with many samples and "
        "raises it with few; label noise shifts it by the noise of the floor; a penalty too large "
        "or too small raises it; and no loss falls below the floor of odd functions."
    ),
)
def sweeps(context: Context) -> tuple[SweepRun, list[Part]]:
    """HT-12."""
    numbers = {0.5: 64, 1.0: 64, 4.0: 48, 8.0: 32}
    settings = {
        ratio: problems(context, ratio, number=numbers[ratio]) if ratio != 2 else plenty(context)
        for ratio in RATIOS
    }
    noisy = {noise: problems(context, 8.0, noise) for noise in NOISES}
    many = settings[8]
    result = SweepRun(
        {
            noise: (
                estimate_mean(heads(s, START).fixed(PUBLIC)),
                estimate_mean(heads(s, adam(1.0)).fixed(PUBLIC)),
            )
            for noise, s in noisy.items()
        },
        many.penalties[:29] * many.inputs,
        (
            heads(many, START).losses[:, PUBLIC, :29].mean(axis=0),
            heads(many, adam(1.0)).losses[:, PUBLIC, :29].mean(axis=0),
        ),
    )
    return result, [
        *_samples(settings),
        *_noise(noisy),
        *_penalty(many),
        _floor(settings, noisy),
    ]


def _samples(settings: dict[float, Setting]) -> list[Part]:
    """Ten steps of Adam at rate 1 help with many samples and harm with few."""
    parts = []
    for ratio, setting in settings.items():
        before, after = (heads(setting, t) for t in (START, adam(1.0)))
        expected = [predicted(setting, t).fixed(PUBLIC) for t in (START, adam(1.0))]
        prediction, measured = compared(
            after.fixed(PUBLIC) - before.fixed(PUBLIC), expected[1] - expected[0]
        )
        if ratio < 2:
            control = Control("the best penalty", change(after.tuned(PUBLIC), before.tuned(PUBLIC)))
        else:
            model = change(after.fixed(MODEL), before.fixed(MODEL))
            control = Control("features of the model, λ = 0.01", model)
        sign = ratio == 2  # where gain and harm nearly cancel
        parts.append(
            Part(
                f"n = {ratio:g} d: change of the test loss by ten steps of Adam at rate 1, "
                "features of the public code, fixed penalty",
                prediction,
                measured,
                Test(
                    "equality",
                    abs(prediction) * (1 if sign else 0.5),
                    "the predicted change: its sign" if sign else "half the predicted change",
                ),
                [control],
            )
        )
    return parts


def _noise(noisy: dict[float, Setting]) -> list[Part]:
    """Gaps between losses against those of the floors, at n = 8d after training."""
    losses = {noise: heads(setting, adam(1.0)).fixed(PUBLIC) for noise, setting in noisy.items()}
    gaps = [change(losses[b], losses[a]) for a, b in pairwise(NOISES)]
    why = "the head adds noise of its own: d/n = 1/8 of the gap at most, and errors of the mean"
    return [
        Part(
            f"n = 8d: loss at label noise {b:g} above that at {a:g}, as the floors",
            odd_floor(b) - odd_floor(a),
            gap,
            Test("equality", 0.03, why),
            [Control("the next step of the noise" if i < 2 else "the step before", gaps[other])],
        )
        for i, ((a, b), gap, other) in enumerate(
            zip(pairwise(NOISES), gaps, (1, 2, 1), strict=True)
        )
    ]


def _penalty(many: Setting) -> list[Part]:
    """Loss over the penalty after training, against the best penalty of the predictions."""
    losses = heads(many, adam(1.0)).losses[:, PUBLIC]
    expected = predicted(many, adam(1.0))
    base = 14
    above, below, far = (
        compared(
            losses[:, index] - losses[:, base],
            expected.at(PUBLIC, index) - expected.at(PUBLIC, base),
        )
        for index in PENALTIES
    )
    why = "half the smallest difference predicted between these penalties, 0.04"
    return [
        Part(
            "n = 8d after training: loss under a penalty ten times that of λd = 3",
            above[0],
            above[1],
            Test("equality", 0.02, why),
            [Control("a tenth of it", below[1])],
        ),
        Part(
            "Loss under a thousandth of that penalty: too little raises it too",
            far[0],
            far[1],
            Test("equality", 0.03, "half the difference predicted between the penalties"),
            [Control("a tenth of it", below[1])],
        ),
    ]


def _floor(settings: dict[float, Setting], noisy: dict[float, Setting]) -> Part:
    """The lowest loss of all settings above its floor."""
    excess = [
        heads(setting, treatment).excess(scaling)
        for setting in (*settings.values(), *noisy.values())
        for treatment in (START, adam(1.0))
        for scaling in (MODEL, PUBLIC)
    ]
    free = losses_with_offsets(settings[8.0]) - odd_floor(0.3)
    return Part(
        "Lowest loss above its floor, over samples, label noise, both scalings and the best "
        "penalty",
        0.0,
        lowest(excess),
        Test("threshold", 1e-3, "the floor is exact for odd functions", side="above"),
        [Control("random features with biases, which are not odd", estimate_mean(free))],
    )


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
    many = problems(context, 8.0)
    wide = replace(many, problems=context.choose(ci=96, laptop=48, paper=32))
    taught = replace(many, problems=24)
    slow = spike_rate(wide)
    found = {decay: layers(wide, adam(1.0, decay=decay)) for decay in DECAYS}
    indices = {decay: hill_indices(layer) for decay, layer in found.items()}
    gentle = {decay: hill_indices(layers(wide, adam(slow, decay=decay))) for decay in DECAYS[:2]}
    shown = [heads(many, adam(1.0, decay=decay)) for decay in DECAYS]
    result = ScheduleRun(
        np.array(DECAYS),
        np.array([sum(decay**step for step in range(10)) for decay in DECAYS]),
        [estimate_mean(indices[decay]) for decay in DECAYS],
        [estimate_mean(found[decay].overlaps) for decay in DECAYS],
        {
            "fixed": [estimate_mean(head.fixed(MODEL)) for head in shown],
            "tuned": [estimate_mean(head.tuned(MODEL)) for head in shown],
        },
        hill_null(1.5),
    )
    still = change(gentle[DECAYS[1]], gentle[DECAYS[0]])
    finite = 1 / wide.inputs
    small = "half of 2/d, by which the index of a random matrix of finite size lies above its limit"
    spiky, flat = (estimate_mean(found[decay].overlaps) for decay in (DECAYS[0], DECAYS[-1]))
    noise = layers(taught, adam(1.0, decay=DECAYS[0], shuffled=True)).overlaps
    step = FirstStep(load=1 / wide.ratio, aspect=1.5)
    first = float(
        alignment_after_step(
            np.array(step.adam_strength(wide.hidden**0.5)),
            step.adam_shrinking,
            step.teacher_cosine * step.sign_cosine,
            step.aspect,
        )
    )
    pay, base = (adam(1.0, decay=decay) for decay in (DECAYS[-1], DECAYS[1]))
    cost = compared(
        *(
            losses[0] - losses[1]
            for losses in (
                [heads(many, t).fixed(MODEL) for t in (pay, base)],
                [predicted(many, t).fixed(MODEL) for t in (pay, base)],
            )
        )
    )
    parts = [
        Part(
            f"Hill's index falls from decay {a:g} to {b:g}",
            -2 * finite,
            change(indices[b], indices[a]),
            Test("ordering", finite, small, side="below"),
            [Control("the same decays at the learning rate of a spike", still)],
        )
        for a, b in pairwise(DECAYS)
    ]
    return result, [
        *parts,
        Part(
            "Decay 0.2: cosine of the top right singular vector and the teacher, against that "
            "after the first step alone",
            first,
            spiky,
            Test("threshold", first / 5, "a fifth of it; corrections are of order 1/√d", "above"),
            [Control("noise labels", estimate_mean(noise))],
        ),
        Part(
            "Constant rate: the cosine is near that of a random vector, (2/πd)^½",
            (2 / (np.pi * wide.inputs)) ** 0.5,
            flat,
            Test("threshold", first / 5, "a fifth of the cosine after the first step", "below"),
            [Control("decay 0.6", estimate_mean(found[DECAYS[2]].overlaps))],
        ),
        Part(
            "Features of the model: loss at a constant rate above that at decay 0.4",
            *cost,
            Test("equality", cost[0] / 2, "half the predicted cost"),
            [
                Control(
                    "decay 0.6 in place of the constant rate",
                    change(shown[2].fixed(MODEL), shown[1].fixed(MODEL)),
                )
            ],
        ),
        Part(
            "Fall of the index from decay 0.2 to a constant rate: more than a change of shape",
            -FORM,
            change(indices[DECAYS[-1]], indices[DECAYS[0]]),
            Test("ordering", finite, small, side="below"),
            [Control("decays 0.2 and 0.4 at the learning rate of a spike", still)],
        ),
    ]
