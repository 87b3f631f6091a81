"""Claim HT-7: what the spike knows of the teacher."""

from __future__ import annotations

import math

import numpy as np

from traindyn.heavy_tailed_esd.claims.estimates import midway
from traindyn.heavy_tailed_esd.claims.parts import algebraic, simulated
from traindyn.heavy_tailed_esd.claims.predictions import independent, own_cosine, prediction
from traindyn.heavy_tailed_esd.claims.registry import registry
from traindyn.heavy_tailed_esd.claims.spikes import NAMES, Steps, position_part
from traindyn.heavy_tailed_esd.results.first_step import (
    Alignment,
    AlignmentCurve,
    OptimizerStep,
)
from traindyn.heavy_tailed_esd.studies.first_steps import (
    ABOVE,
    ASPECT,
    BELOW,
    COSINES,
    FAR,
    MULTIPLES,
    PLATEAU,
    cosines_of_steps,
    largest_steps,
    paper_steps,
    steps_by_size,
)
from traindyn.heavy_tailed_esd.theory.one_step import FirstStep, constants
from traindyn.heavy_tailed_esd.theory.spike import critical_length, spike_overlap
from traindyn.inference import Estimate, combination, estimate_mean, ratio_of_means
from traindyn.ledger import (
    Part,
    at_most,
    other_system,
    same_run,
    within,
    wrong_prediction,
)
from traindyn.runs import Context


@registry.claim(
    7,
    source="abstract; formula derived here",
    basis="derived",
    statement=(
        "The spike carries the teacher: its direction aligns with that of the teacher as theory "
        "predicts, overshoots, and settles on a plateau that is lower for Adam."
    ),
)
def alignment(context: Context) -> tuple[Alignment, list[Part]]:
    """HT-7."""
    found, more = largest_steps(context), largest_steps(context, 8)
    shuffled, foreign, long, axis = (
        largest_steps(context, system=system) for system in ("shuffled", "foreign", "long", "axis")
    )
    foreign_more = largest_steps(context, 8, "foreign")
    paper = paper_steps(context)
    parts = [
        _below(found["gd"], foreign["gd"]),
        *(_own_part(label, found[name], long[name]) for name, label in NAMES),
        *(
            _limit_part(label, step, shuffled[step.optimizer])
            for label, step in (
                ("gradient descent", found["gd"]),
                ("gradient descent", more["gd"]),
                ("Adam", more["adam"]),
            )
        ),
        _plateaus([*steps_by_size(context).values()], axis),
        _overshoot(more["gd"], foreign_more["gd"]),
        position_part(
            "Relative error of the position of the spike that shuffled labels make, gradient "
            f"descent, 1.5 critical lengths, d = {shuffled['gd'].inputs:,}",
            shuffled["gd"],
            long["gd"],
            ABOVE,
        ),
        *(_own_part(label, paper[name], long[name]) for name, label in NAMES),
        _taught(context),
    ]
    curves = {(n, name): _curve(s[name]) for n, s in ((2, found), (8, more)) for name in s}
    return Alignment(curves, {name: _curve(step) for name, step in shuffled.items()}), parts


def _curve(step: OptimizerStep) -> AlignmentCurve:
    """Alignments over the learning rate in units of the threshold."""
    theory = prediction(step)
    rates = step.strengths / (theory.strength_of_rate * theory.threshold)
    grid = np.geomspace(0.5, rates[-1] * 1.1, 300)
    return AlignmentCurve(rates, step.cosine, grid, theory.alignment_at(grid))


def _below(step: OptimizerStep, foreign: OptimizerStep) -> Part:
    """Before the spike the top direction is that of a random matrix."""
    chance = math.sqrt(2 / (math.pi * step.inputs))
    above = float(prediction(step).alignment(step.strengths)[FAR])
    return simulated(
        "Cosine of the top direction and the teacher after one step of gradient descent to 0.8 of "
        f"the critical length, d = {step.inputs:,}",
        estimate_mean(step.cosine[:, BELOW]),
        at_most(
            (chance + above) / 2,
            "half of the way from a random direction, √(2/πd), to the prediction at three critical "
            "lengths",
            "neighbor",
        ),
        [
            other_system(
                "the same step added to other weights, at three critical lengths",
                estimate_mean(foreign.cosine[:, FAR]),
            ),
            same_run("three critical lengths", estimate_mean(step.cosine[:, FAR])),
        ],
        basis="stated",
    )


def _own_part(label: str, step: OptimizerStep, long: OptimizerStep) -> Part:
    """How far the bulk turns the top direction, against what the measured length predicts."""

    def relative(found: OptimizerStep) -> Estimate:
        return ratio_of_means(found.turned[:, FAR], own_cosine(found)[:, FAR])

    rotated = math.sqrt(float(spike_overlap(MULTIPLES[FAR] * critical_length(ASPECT), ASPECT)))
    return simulated(
        f"Cosine of the top direction and the weights along the step after one step of {label} to "
        f"three critical lengths, over that of their measured length, d = {step.inputs:,}",
        relative(step),
        within(
            midway(1 / rotated, 1.0), "half of what the bulk takes away from the cosine", "neighbor"
        ),
        [
            wrong_prediction("a direction that the bulk does not turn", 1 / rotated),
            other_system("the same step added to weights three times as long", relative(long)),
        ],
        prediction=1.0,
    )


def _limit_part(label: str, step: OptimizerStep, shuffled: OptimizerStep) -> Part:
    """Alignment over that of the step, against the limit; what both share cancels."""
    theory = prediction(step)
    expected = float(theory.alignment(step.strengths)[FAR])
    naive = float(independent(step).alignment(step.strengths)[FAR]) / expected

    def limit(found: OptimizerStep) -> Estimate:
        gained = ratio_of_means(found.cosine[:, FAR], step.taught[: len(found.cosine)])
        return gained.scaled(theory.teacher_cosine / expected)

    return simulated(
        f"Cosine of the top direction and the teacher after one step of {label} to three critical "
        f"lengths, in units of that of the step itself, over the limit, n = "
        f"{step.samples_per_input}d",
        limit(step),
        within(midway(1.0, naive), "half of what undoing the start adds", "neighbor"),
        [
            wrong_prediction("a step that is independent of the start", naive),
            other_system("shuffled labels", limit(shuffled)),
        ],
        prediction=1.0,
    )


def _taught(context: Context) -> Part:
    """The direction of the step itself."""
    step, found = FirstStep(0.5, ASPECT), cosines_of_steps(context)["gd"]
    c = constants()
    still = c.teacher_slope / math.sqrt(step.pull**2 - c.slope**2)
    return algebraic(
        f"Cosine of the first step of gradient descent and the teacher, d = {COSINES[0]}, n = 2d",
        estimate_mean(found.taught),
        within(
            midway(step.teacher_cosine, still),
            "half of what residuals without the untrained network's output would add",
            "neighbor",
        ),
        [
            wrong_prediction("residuals without the untrained network's output", still),
            other_system("the weights that the step undoes", estimate_mean(found.undone)),
        ],
        prediction=step.teacher_cosine,
    )


def _plateaus(by_size: list[Steps], axis: Steps) -> Part:
    """The plateau of Adam lies below that of gradient descent."""
    sharp = _plateau_ratio(by_size[-1])
    predicted = FirstStep(0.5, ASPECT).sign_cosine * sharp
    weights = np.array([len(found["gd"].taught) * found["gd"].inputs for found in by_size])

    def plateaus(steps: Steps) -> Estimate:
        return ratio_of_means(steps["adam"].cosine[:, PLATEAU], steps["gd"].cosine[:, PLATEAU])

    return simulated(
        "Cosine of the top direction and the teacher at eight times the length of the start: that "
        "of Adam over that of gradient descent, n = 2d",
        combination([float(w) for w in weights / weights.sum()], [*map(plateaus, by_size)]),
        within(midway(sharp, predicted), "half of what the blur of signs takes away", "neighbor"),
        [
            wrong_prediction("signs that do not blur the direction", sharp),
            other_system(
                "a teacher along one input: signs do not see how long it is", plateaus(axis)
            ),
        ],
        prediction=predicted,
        basis="derived",
    )


def _overshoot(step: OptimizerStep, foreign: OptimizerStep) -> Part:
    """Above the threshold the alignment is larger than on the plateau."""
    expected = prediction(step).alignment(step.strengths)
    naive = independent(step).alignment(step.strengths)
    predicted = float(expected[FAR] / expected[PLATEAU])

    def peak(found: OptimizerStep) -> Estimate:
        return ratio_of_means(found.cosine[:, FAR], found.cosine[:, PLATEAU])

    return simulated(
        "Cosine of the top direction and the teacher after one step of gradient descent to three "
        "critical lengths over that at eight times the length of the start, n = 8d",
        peak(step),
        within(midway(predicted, 1.0), "half of the overshoot", "neighbor"),
        [
            wrong_prediction(
                "a step that is independent of the start", float(naive[FAR] / naive[PLATEAU])
            ),
            other_system("the same step added to other weights", peak(foreign)),
        ],
        prediction=predicted,
    )


def _plateau_ratio(found: Steps) -> float:
    """What is left of the spikes' different lengths at the strength of the plateau."""
    gd, adam = (
        float(prediction(s).alignment(s.strengths)[PLATEAU]) / prediction(s).teacher_cosine
        for s in (found["gd"], found["adam"])
    )
    return adam / gd
