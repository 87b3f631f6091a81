"""Claim HT-8: loss, kernel alignment and overlap after one step, over learning rates."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from traindyn.heavy_tailed_esd.claims.heads import (
    MODEL,
    PUBLIC,
    Predicted,
    change,
    compared,
    curve,
    heads_run,
)
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
from traindyn.heavy_tailed_esd.theory.bulk import bulk_edges
from traindyn.heavy_tailed_esd.theory.floors import zero_loss
from traindyn.heavy_tailed_esd.theory.one_step import FirstStep
from traindyn.heavy_tailed_esd.theory.spike import alignment_after_step
from traindyn.inference import Estimate, estimate_mean
from traindyn.ledger import Size
from traindyn.ledger.legacy import Control, Part, Test
from traindyn.runs import Context

RATES = (0.03, 0.3, 1.0, 10.0, 100.0)
"""Learning rates of Adam."""

GD_RATES = (0.5, 1.5, 3.0, 10.0, 30.0)
"""Learning rates of gradient descent, in units of d."""

OPTIMIZERS: tuple[OptimizerName, ...] = ("gd", "adam")

STEP = FirstStep(load=0.5, aspect=1.5)
"""Theory of the first step at n = 2d and h = 3d/2."""


@registry.claim(
    8,
    source="Figure 2 as reviews describe it, and configurations of the authors' public code",
    basis="stated",
    statement=(
        "After one step loss, kernel alignment and overlap with the teacher depend on the size of "
        "the step alone: the curves of Adam are those of gradient descent, shifted by decades of "
        "the learning rate. Beyond them, a step of Adam replaces the spectrum by that of a sign "
        "matrix."
    ),
)
def one_step_sweeps(context: Context) -> tuple[HeadsRun, list[Part]]:
    """HT-8."""
    sized = one_step_problems(context)
    few = sized[0][0]
    shown = replace(few, problems=16)
    curves = {
        "Adam": curve(few, RATES, [adam(rate, 1) for rate in RATES]),
        "gradient descent": curve(shown, GD_RATES, [gd(few, rate, 1) for rate in GD_RATES]),
    }
    parts = []
    for setting, wide in sized:
        parts += [*_overlap_parts(setting), *_alignment_parts(wide)]
    return heads_run(few, shown, curves), [
        *parts,
        _shift(few),
        *_losses(few),
        *_sign_matrix(few),
    ]


def _overlaps(strength: float, ratio: float) -> tuple[float, float]:
    """Predicted overlaps with the teacher after steps of one size, gradient descent and Adam."""
    step, t = FirstStep(load=1 / ratio, aspect=1.5), np.array(strength)
    teacher = step.teacher_cosine
    return (
        float(alignment_after_step(t, step.gd_shrinking, teacher, step.aspect)),
        float(
            alignment_after_step(t, step.adam_shrinking, teacher * step.sign_cosine, step.aspect)
        ),
    )


STRENGTHS = (3.0, 10.0)


def _overlap_parts(setting: Setting) -> list[Part]:
    """Overlaps after steps of equal spectral norm t√d."""
    parts, n = [], f"n = {setting.ratio:g}d"
    below = layers(setting, sized_step("adam", 1.0)).overlaps
    for strength in STRENGTHS:
        gd_overlap, adam_overlap = _overlaps(strength, setting.ratio)
        gd_found, adam_found = (
            layers(setting, sized_step(name, strength)).overlaps for name in OPTIMIZERS
        )
        parts.append(
            Part(
                f"Step of spectral norm {strength:g} √d at {n}: overlap with the teacher after "
                "gradient descent above that after Adam",
                gd_overlap - adam_overlap,
                change(gd_found, adam_found),
                Test(
                    "equality",
                    gd_overlap / 5,
                    "a fifth of the predicted overlap after gradient descent",
                ),
                [Control("a step of Adam below the threshold, √d", change(gd_found, below))],
            )
        )
    return parts


def _alignment_parts(wide: Setting) -> list[Part]:
    """Kernel alignments after steps of equal spectral norm t√d."""
    parts, n = [], f"n = {wide.ratio:g}d"
    for strength in STRENGTHS:
        steps = [sized_step(name, strength) for name in OPTIMIZERS]
        steps.append(sized_step("adam", strength, shuffled=True))
        both = [(alignments(wide, t), Predicted(wide, t).alignments(PUBLIC)) for t in steps]
        (gd_found, adam_found, noise), (gd_theory, adam_theory, noise_theory) = zip(
            *both, strict=True
        )
        added = float((gd_theory - noise_theory).mean())
        prediction, gap = compared(gd_found - adam_found, gd_theory - adam_theory)
        parts.append(
            Part(
                f"Step of spectral norm {strength:g} √d at {n}: kernel alignment after gradient "
                "descent above that after Adam",
                prediction,
                gap,
                Test("equality", added / 3, "a third of what true labels add to it, predicted"),
                [Control("a step of Adam on noise labels", change(gd_found, noise))],
            )
        )
    return parts


def _shift(few: Setting) -> Part:
    """Decades between learning rates that make steps of one size."""

    def beyond(found: Estimate, setting: Setting) -> Estimate:
        adam_size = STEP.adam_strength(1.0) * setting.hidden**0.5
        expected = math.log10(adam_size * setting.inputs / STEP.gd_strength(1.0))
        return replace(found, value=found.value - expected)

    sizes = [replace(few, inputs=few.inputs * factor // 2) for factor in (1, 2, 4)]
    found = [estimate_mean(step_decades(setting)) for setting in sizes]
    gaps = [beyond(one, setting) for one, setting in zip(found, sizes, strict=True)]
    return Part(
        "Decades between the learning rates of gradient descent and Adam for steps of one size, "
        "beyond log₁₀ of the predicted ratio, which grows as d^(3/2)",
        0.0,
        gaps[-1],
        Test("equality", 0.05, "an eighth of the size of a step, about 1/√d"),
        [Control("a quarter of the inputs", beyond(found[0], sizes[-1]))],
        sizes=[Size(s.inputs, gap) for s, gap in zip(sizes, gaps, strict=True)],
    )


def _losses(few: Setting) -> list[Part]:
    """Loss of the features of the public code over learning rates of Adam."""
    low, best, high, blown = (adam(rate, 1) for rate in (0.03, 1.0, 10.0, 100.0))

    def moved(after: Treatment, before: Treatment, what: str) -> Part:
        found = [heads(few, t).fixed(PUBLIC) for t in (after, before)]
        expected = [Predicted(few, t).fixed(PUBLIC) for t in (after, before)]
        prediction, measured = compared(found[0] - found[1], expected[0] - expected[1])
        model = [heads(few, t).fixed(MODEL) for t in (after, before)]
        return Part(
            what,
            prediction,
            measured,
            Test("equality", abs(prediction) / 2, "half the predicted change"),
            [Control("features of the model, λ = 0.01", change(*model))],
        )

    losses = heads(few, blown).losses[:, PUBLIC, MODEL - 2]
    prediction, measured = compared(losses, Predicted(few, blown).at(PUBLIC, MODEL - 2))
    return [
        moved(
            best, low, "Features of the public code, Adam: change of the loss from rate 0.03 to 1"
        ),
        moved(high, best, "The same from rate 1 to 10"),
        Part(
            "Loss at rate 100 under λ = 0.01",
            prediction,
            measured,
            Test(
                "equality",
                (prediction - zero_loss(few.noise)) / 4,
                "a quarter of what it costs more than predicting zero",
            ),
            [Control("rate 1", estimate_mean(heads(few, best).losses[:, PUBLIC, MODEL - 2]))],
        ),
    ]


def _sign_matrix(few: Setting) -> list[Part]:
    """One step of Adam at rate 10 leaves the spectrum of its sign matrix, and no bulk."""
    signs = sign_indices(few)
    edge = 1.05 * bulk_edges(few.hidden, few.inputs)[1]
    ten, one, descent = (layers(few, t) for t in (adam(10.0, 1), adam(1.0, 1), gd(few, 30.0, 1)))
    prediction, index = compared(hill_indices(ten), signs)
    shares = [estimate_mean((layer.spectra > edge).mean(axis=1)) for layer in (ten, descent)]
    return [
        Part(
            "One step of Adam at rate 10: Hill's index, against that of the sign matrix alone",
            prediction,
            index,
            Test("equality", 0.1, "an eighth of its distance from a random matrix, 0.8"),
            [Control("rate 1", estimate_mean(hill_indices(one)))],
        ),
        Part(
            "Share of eigenvalues beyond the edge of the start after that step",
            0.5,
            shares[0],
            Test("threshold", 1 / few.inputs, "one eigenvalue: the median has left", side="above"),
            [Control("a step of gradient descent twenty times the threshold", shares[1])],
        ),
    ]
