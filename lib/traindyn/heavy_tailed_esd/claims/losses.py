"""Claim HT-8: loss, kernel alignment and overlap after one step, over learning rates."""

from __future__ import annotations

import math
from dataclasses import replace

from traindyn.heavy_tailed_esd.claims.ensembles import NULL
from traindyn.heavy_tailed_esd.claims.estimates import midway
from traindyn.heavy_tailed_esd.claims.heads import (
    MODEL,
    NONE,
    PUBLIC,
    Predicted,
    change,
    compared,
    curve,
    half,
    heads_run,
)
from traindyn.heavy_tailed_esd.claims.parts import algebraic, simulated
from traindyn.heavy_tailed_esd.claims.registry import registry
from traindyn.heavy_tailed_esd.results.first_step import OptimizerName
from traindyn.heavy_tailed_esd.results.heads import HeadsRun, Setting, Treatment, hill_indices
from traindyn.heavy_tailed_esd.studies.heads import (
    adam,
    alignments,
    gd,
    heads,
    layers,
    one_step_problems,
    sign_indices,
    sized_step,
    step_decades,
)
from traindyn.heavy_tailed_esd.theory.floors import zero_loss
from traindyn.heavy_tailed_esd.theory.one_step import FirstStep
from traindyn.inference import Estimate, difference, estimate_mean, exact
from traindyn.ledger import (
    Part,
    Size,
    at_least,
    other_system,
    same_run,
    within,
    wrong_prediction,
)
from traindyn.random_matrices import MarchenkoPastur
from traindyn.runs import Context

RATES = (0.03, 0.3, 1.0, 10.0, 100.0)
"""Learning rates of Adam."""

GD_RATES = (0.5, 1.5, 3.0, 10.0, 30.0)
"""Learning rates of gradient descent, in units of d."""

OPTIMIZERS: tuple[OptimizerName, ...] = ("gd", "adam")

STEP = FirstStep(load=0.5, aspect=1.5)
"""Theory of the first step at n = 2d and h = 3d/2."""

STRENGTHS = (3.0, 10.0)

AHEAD = at_least(0.0, "above 0 gradient descent is ahead", "sign")


@registry.claim(
    8,
    source="Figure 2 as reviews describe it, and configurations of the authors' public code",
    basis="stated",
    statement=(
        "After one step loss, kernel alignment and overlap with the teacher follow the size of the "
        "step: the curves of Adam are those of gradient descent, shifted by decades of the "
        "learning rate and a little lower. Beyond them, a step of Adam replaces the spectrum by "
        "that of a sign matrix."
    ),
)
def one_step_sweeps(context: Context) -> tuple[HeadsRun, list[Part]]:
    """HT-8."""
    sized = one_step_problems(context)
    few = sized[0][0]
    shown, some = replace(few, problems=16), replace(few, problems=32)
    curves = {
        "Adam": curve(shown, RATES, [adam(rate, 1) for rate in RATES]),
        "gradient descent": curve(shown, GD_RATES, [gd(few, rate, 1) for rate in GD_RATES]),
    }
    parts = []
    for setting, wide in sized:
        parts += [*_overlap_parts(setting), *_alignment_parts(wide)]
    return heads_run(few, shown, curves), [
        *parts,
        _shift(some),
        *_losses(few),
        _blown(some),
        *_sign_matrix(some),
    ]


def _overlap_parts(setting: Setting) -> list[Part]:
    """Overlaps after steps of equal spectral norm t√d."""
    parts = []
    for strength in STRENGTHS:
        ahead, behind = (
            layers(setting, sized_step(name, strength)).overlaps for name in OPTIMIZERS
        )
        noise = layers(setting, sized_step("gd", strength, shuffled=True)).overlaps
        parts.append(
            simulated(
                f"One step of spectral norm {strength:g} √d at n = {setting.ratio:g}d: cosine of "
                "the top direction and the teacher after gradient descent above that after Adam",
                change(ahead, behind),
                AHEAD,
                [other_system("gradient descent on shuffled labels", change(noise, behind))],
                basis="derived",
            )
        )
    return parts


def _alignment_parts(wide: Setting) -> list[Part]:
    """Kernel alignments after steps of equal spectral norm t√d."""
    parts = []
    for strength in STRENGTHS:
        ahead, behind = (alignments(wide, sized_step(name, strength)) for name in OPTIMIZERS)
        noise = alignments(replace(wide, problems=64), sized_step("gd", strength, shuffled=True))
        parts.append(
            simulated(
                f"One step of spectral norm {strength:g} √d at n = {wide.ratio:g}d: kernel "
                "alignment, features of the public code, after gradient descent above that after "
                "Adam",
                change(ahead, behind),
                AHEAD,
                [
                    other_system(
                        "gradient descent on shuffled labels", change(noise, behind[: len(noise)])
                    )
                ],
                basis="derived",
            )
        )
    return parts


def _shift(few: Setting) -> Part:
    """Decades between learning rates that make steps of one size."""

    def beyond(found: Estimate, setting: Setting) -> Estimate:
        adam_size = STEP.adam_strength(1.0) * setting.hidden**0.5
        expected = math.log10(adam_size * setting.inputs / STEP.gd_strength(1.0))
        return difference(found, exact(expected))

    sizes = [replace(few, inputs=few.inputs * factor // 2) for factor in (1, 2, 4)]
    found = [estimate_mean(step_decades(setting)) for setting in sizes]
    gaps = [beyond(one, setting) for one, setting in zip(found, sizes, strict=True)]
    slower = math.log10(sizes[-1].inputs / sizes[0].inputs) / 2
    return algebraic(
        "Decades between the learning rates of gradient descent and Adam for steps of one size, "
        f"beyond log₁₀ of the predicted ratio, d = {sizes[-1].inputs}, n = 2d",
        gaps[-1],
        within(slower / 2, "half of what d for d^(3/2) leaves over from d/4 on", "neighbor"),
        [
            wrong_prediction("a ratio that grows as d", slower),
            other_system("a quarter of the inputs", beyond(found[0], sizes[-1])),
        ],
        prediction=0.0,
        basis="derived",
        sizes=[Size(s.inputs, gap) for s, gap in zip(sizes, gaps, strict=True)],
    )


def _losses(few: Setting) -> list[Part]:
    """Changes of the loss of the features of the public code over learning rates of Adam."""
    low, best, high = (adam(rate, 1) for rate in (0.03, 1.0, 10.0))

    def moved(after: Treatment, before: Treatment, rates: str) -> Part:
        found = [heads(few, t).fixed(PUBLIC) for t in (after, before)]
        expected = [Predicted(few, t).fixed(PUBLIC) for t in (after, before)]
        prediction, measured = compared(found[0] - found[1], expected[0] - expected[1])
        model = [heads(few, t).fixed(MODEL) for t in (after, before)]
        return simulated(
            "Test loss of the features of the public code after one step of Adam: change from "
            f"{rates}, n = 2d",
            measured,
            half(prediction),
            [NONE, other_system("features of the model, λ = 0.01", change(*model))],
            prediction=prediction,
        )

    return [moved(best, low, "rate 0.03 to 1"), moved(high, best, "rate 1 to 10")]


def _blown(some: Setting) -> Part:
    """Loss of the same features after a step that is far too long."""
    best, blown = adam(1.0, 1), adam(100.0, 1)
    losses = heads(some, blown).losses[:, PUBLIC, MODEL - 2]
    prediction, measured = compared(losses, Predicted(some, blown).at(PUBLIC, MODEL - 2))
    zero = zero_loss(some.noise)
    return simulated(
        "Test loss of the features of the public code under λ = 0.01 after one step of Adam at "
        "rate 100, n = 2d",
        measured,
        within(
            midway(prediction, zero), "half of what it costs more than predicting 0", "neighbor"
        ),
        [
            wrong_prediction("the loss of predicting 0", zero),
            same_run("rate 1", estimate_mean(heads(some, best).losses[:, PUBLIC, MODEL - 2])),
        ],
        prediction=prediction,
    )


def _sign_matrix(few: Setting) -> list[Part]:
    """One step of Adam at rate 10 leaves the spectrum of its sign matrix, and no bulk."""
    edge = 1.05 * few.hidden * MarchenkoPastur(few.inputs / few.hidden).high
    ten, one, descent = (layers(few, t) for t in (adam(10.0, 1), adam(1.0, 1), gd(few, 30.0, 1)))
    prediction, index = compared(hill_indices(ten), sign_indices(few))
    shares = [estimate_mean((layer.spectra > edge).mean(axis=1)) for layer in (ten, descent)]
    return [
        simulated(
            "Hill's index after one step of Adam at rate 10, predicted from the sign matrix of the "
            "first gradient alone",
            index,
            within(midway(NULL, prediction), "half of the distance to a random matrix", "neighbor"),
            [
                wrong_prediction("a random matrix", NULL),
                same_run("rate 1", estimate_mean(hill_indices(one))),
            ],
            prediction=prediction,
            basis="derived",
        ),
        simulated(
            "Share of eigenvalues beyond 1.05 edges of the start after one step of Adam at rate 10",
            shares[0],
            at_least(0.5, "the median has left the bulk", "sign"),
            [other_system("a step of gradient descent twenty times the threshold", shares[1])],
            basis="derived",
        ),
    ]
