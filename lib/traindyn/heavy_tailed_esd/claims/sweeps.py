"""Claims HT-12 and HT-13: losses over samples, label noise and penalty; schedules."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from traindyn.heavy_tailed_esd.claims.heads import (
    MODEL,
    PUBLIC,
    START,
    adam,
    change,
    compared,
    predicted,
    problems,
    spike_rate,
)
from traindyn.heavy_tailed_esd.claims.registry import registry
from traindyn.heavy_tailed_esd.experiments.treatments import (
    Setting,
    Treatment,
    heads,
    layers,
    losses_with_offsets,
)
from traindyn.heavy_tailed_esd.results.heads import ScheduleRun, SweepRun, hill_indices
from traindyn.heavy_tailed_esd.theory.floors import odd_floor
from traindyn.inference import Estimate, estimate_mean
from traindyn.ledger import Context, Control, Part, Test
from traindyn.tails import hill_null

RATIOS = (0.5, 1.0, 2.0, 4.0, 8.0)
NOISES = (0.1, 0.3, 0.5, 0.7)
STEPS = (0, 1, 3, 10)
DECAYS = (0.2, 0.4, 0.6, 0.8, 1.0)
PENALTIES = (18, 10, 2)
"""λd = 32, 0.32 and 0.0032, the first above and the last below the best one."""


def _trained(steps: int) -> Treatment:
    return adam(1.0, steps) if steps else START


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
    settings = {
        ratio: problems(context, ratio, number=64 if ratio < 2 else 48 if ratio < 4 else 32)
        for ratio in RATIOS
    }
    noisy = {noise: problems(context, 8.0, noise) for noise in NOISES}
    many = settings[8]
    result = SweepRun(
        STEPS,
        {
            ratio: [estimate_mean(heads(settings[ratio], _trained(s)).fixed(PUBLIC)) for s in STEPS]
            for ratio in (2.0, 8.0)
        },
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
    found, parts = {}, []
    for ratio, setting in settings.items():
        before, after = (heads(setting, t).fixed(PUBLIC) for t in (START, adam(1.0)))
        expected = [predicted(setting, t).fixed(PUBLIC) for t in (START, adam(1.0))]
        found[ratio] = compared(after - before, expected[1] - expected[0])
    for ratio, (prediction, measured) in found.items():
        other = found[8.0 if ratio <= 2 else 1.0][1]
        bound = {0.5: 0.1, 1.0: 0.06}.get(ratio, 0.04)
        parts.append(
            Part(
                f"n = {ratio:g} d: change of the test loss by ten steps of Adam at rate 1, "
                "features of the public code, fixed penalty",
                prediction,
                measured,
                Test(
                    "equality",
                    bound,
                    "at most half the change at n = d, 0.12; a third of it beyond",
                ),
                [Control("n = 8d" if ratio <= 2 else "n = d", other)],
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
    excess: list[Estimate] = [
        estimate_mean(heads(setting, treatment).tuned(scaling) - odd_floor(setting.noise))
        for setting in (*settings.values(), *noisy.values())
        for treatment in (START, adam(1.0))
        for scaling in (MODEL, PUBLIC)
    ]
    free = losses_with_offsets(settings[8.0]) - odd_floor(0.3)
    return Part(
        "Lowest mean loss above its floor, over samples, label noise, both scalings and the best "
        "penalty",
        0.0,
        min(excess, key=lambda estimate: estimate.value),
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
    wide = problems(context, 8.0, number=context.choose(ci=96, laptop=64, paper=64))
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
    why = "the smallest step of the index that matters, 0.03, and its finite-size error 2/d"
    spiky, flat = (estimate_mean(found[decay].overlaps) for decay in (DECAYS[0], DECAYS[-1]))
    parts = [
        Part(
            f"Hill's index falls from decay {a:g} to {b:g}",
            -0.03,
            change(indices[b], indices[a]),
            Test("ordering", 0.02, why, side="below"),
            [Control("the same decays at the learning rate of a spike", still)],
        )
        for a, b in pairwise(DECAYS)
    ]
    return result, [
        *parts,
        Part(
            "Decay 0.2: cosine of the top right singular vector and the teacher",
            0.5,
            spiky,
            Test("threshold", 0.05, "four times what a constant rate leaves", side="above"),
            [Control("constant rate", flat)],
        ),
        Part(
            "Constant rate: the cosine is near that of a random vector, (2/πd)^½",
            (2 / (np.pi * wide.inputs)) ** 0.5,
            flat,
            Test("threshold", 0.1, "a fifth of the cosine under fast decay", side="below"),
            [Control("decay 0.2", spiky)],
        ),
        Part(
            "Features of the model: loss at a constant rate above that at decay 0.4",
            0.05,
            change(shown[-1].fixed(MODEL), shown[1].fixed(MODEL)),
            Test("ordering", 0.02, "half the effect of the spike", side="above"),
            [
                Control(
                    "decay 0.6 in place of the constant rate",
                    change(shown[2].fixed(MODEL), shown[1].fixed(MODEL)),
                )
            ],
        ),
    ]
