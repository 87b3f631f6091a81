"""Claim HT-12: losses over the number of samples, label noise and penalty."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from traindyn.heavy_tailed_esd.claims.heads import (
    MODEL,
    PUBLIC,
    Predicted,
    change,
    compared,
    lowest,
)
from traindyn.heavy_tailed_esd.claims.registry import registry
from traindyn.heavy_tailed_esd.results.heads import (
    Setting,
    SweepRun,
)
from traindyn.heavy_tailed_esd.studies.heads import (
    START,
    adam,
    by_noise,
    by_ratio,
    heads,
    losses_with_offsets,
)
from traindyn.heavy_tailed_esd.studies.predictions import block_by_block
from traindyn.heavy_tailed_esd.theory.floors import odd_floor
from traindyn.inference import estimate_mean
from traindyn.ledger.legacy import Control, Part, Test
from traindyn.runs import Context

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
    settings, noisy = by_ratio(context), by_noise(context)
    for setting in settings.values():
        block_by_block(setting, [START, adam(1.0)], [START, adam(1.0)], [PUBLIC])
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
        np.array([odd_floor(noise) for noise in noisy]),
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
        expected = [Predicted(setting, t).fixed(PUBLIC) for t in (START, adam(1.0))]
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
    gaps = [change(losses[b], losses[a]) for a, b in pairwise(noisy)]
    why = "the head adds noise of its own: d/n = 1/8 of the gap at most, and errors of the mean"
    return [
        Part(
            f"n = 8d: loss at label noise {b:g} above that at {a:g}, as the floors",
            odd_floor(b) - odd_floor(a),
            gap,
            Test("equality", 0.03, why),
            [Control("the next step of the noise" if i < 2 else "the step before", gaps[other])],
        )
        for i, ((a, b), gap, other) in enumerate(zip(pairwise(noisy), gaps, (1, 2, 1), strict=True))
    ]


def _penalty(many: Setting) -> list[Part]:
    """Loss over the penalty after training, against the best penalty of the predictions."""
    losses = heads(many, adam(1.0)).losses[:, PUBLIC]
    expected = Predicted(many, adam(1.0))
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
