"""Claims HT-5 to HT-7: the threshold of the spike, its position and its alignment."""

from __future__ import annotations

import math

import numpy as np

from traindyn.heavy_tailed_esd.claims.estimates import ratio_of_means
from traindyn.heavy_tailed_esd.claims.predictions import (
    own_alignment,
    own_position,
    prediction,
    visible_rate,
)
from traindyn.heavy_tailed_esd.claims.registry import registry
from traindyn.heavy_tailed_esd.results.first_step import (
    Alignment,
    AlignmentCurve,
    OptimizerName,
    OptimizerStep,
    Positions,
)
from traindyn.heavy_tailed_esd.studies.first_steps import (
    ABOVE,
    ASPECT,
    BELOW,
    FAR,
    MULTIPLES,
    PLATEAU,
    largest_steps,
    paper_steps,
    seconds_at_rate_one,
)
from traindyn.heavy_tailed_esd.theory.bulk import bulk_edges
from traindyn.heavy_tailed_esd.theory.one_step import FirstStep
from traindyn.heavy_tailed_esd.theory.spike import critical_length, spike_position
from traindyn.inference import Estimate, estimate_mean
from traindyn.ledger.legacy import Control, Part, Test
from traindyn.runs import Context

Steps = dict[OptimizerName, OptimizerStep]

NAMES: tuple[tuple[OptimizerName, str], ...] = (("gd", "gradient descent"), ("adam", "Adam"))


def _rate_part(what: str, step: OptimizerStep, foreign: OptimizerStep) -> Part:
    """The measured rate of a visible spike over its prediction."""

    def rate(found: OptimizerStep) -> Estimate:
        return estimate_mean(found.threshold / visible_rate(found))

    return Part(
        what,
        1.0,
        rate(step),
        Test(
            "equality",
            0.1,
            "a quarter of what the start's output changes, 0.4; one problem scatters so",
        ),
        [Control("the same step added to other weights", rate(foreign))],
    )


@registry.claim(
    5,
    source="derived here from the setting of the paper",
    basis="derived",
    statement=(
        "The spike appears at a sharp learning rate: at the length 1 + √γ of the weights along the "
        "step, which first shrinks the weights, then grows. One eigenvalue leaves, no other."
    ),
)
def threshold(context: Context) -> tuple[Steps, list[Part]]:
    """HT-5."""
    found, more, paper = largest_steps(context), largest_steps(context, 8), paper_steps(context)
    foreign, foreign_more = (largest_steps(context, n, "foreign") for n in (2, 8))
    steps = [*found.values()]
    edge, inputs = prediction(steps[0]).edge, steps[0].inputs
    below = np.mean([s.top[:, BELOW] for s in steps], axis=0) / edge
    second = np.mean([s.second for s in steps], axis=0) / edge
    first = np.mean([s.top[:, ABOVE] for s in steps], axis=0) / edge
    filled = seconds_at_rate_one(context) / bulk_edges(round(ASPECT * inputs), inputs)[1]
    inside = Test("threshold", 0.02, "the edge scatters by 1/d^(2/3) = 0.02", side="below")
    parts = [
        Part(
            "Largest eigenvalue over the edge at 0.8 of the critical length",
            1.0,
            estimate_mean(below),
            inside,
            [Control("1.5 of the critical length", estimate_mean(first))],
        ),
        Part(
            "Second largest eigenvalue over the edge at 1.5 of the critical length",
            1.0,
            estimate_mean(second),
            inside,
            [Control("Adam at rate 1: signs fill the bulk", estimate_mean(filled))],
        ),
        _rate_part(
            "Rate of a visible spike over its prediction: gradient descent, n = 2d",
            found["gd"],
            foreign["gd"],
        ),
        _rate_part("The same for n = 8d", more["gd"], foreign_more["gd"]),
        _rate_part("The same for Adam, n = 2d", found["adam"], foreign["adam"]),
        *(
            _rate_part(
                f"The same rate at d = {paper[name].inputs:,}, {label}, n = 2d",
                paper[name],
                foreign[name],
            )
            for name, label in NAMES
        ),
    ]
    return found, parts


@registry.claim(
    6,
    source="derived here from the setting of the paper",
    basis="derived",
    statement=(
        "The spike lands where a random matrix with one long direction has its largest "
        "eigenvalue, dℓ(1 + γ/(ℓ − 1))."
    ),
)
def position(context: Context) -> tuple[Positions, list[Part]]:
    """HT-6."""
    found, paper = largest_steps(context), paper_steps(context)
    long = largest_steps(context, system="long")

    def part(label: str, step: OptimizerStep, column: int) -> Part:
        def error(measured: OptimizerStep) -> Estimate:
            return estimate_mean(measured.top[:, column] / own_position(measured)[:, column] - 1)

        return Part(
            f"Relative error of the position, {label}, {MULTIPLES[column]:g} critical lengths, "
            f"d = {step.inputs:,}",
            0.0,
            error(step),
            Test("equality", 0.04, "a tenth of the push of the bulk at 1.5 critical lengths"),
            [
                Control(
                    "the same step added to weights three times as long",
                    error(long[step.optimizer]),
                )
            ],
        )

    length = np.linspace(critical_length(ASPECT), 11, 200)
    return Positions(found, length, np.asarray(spike_position(length, ASPECT))), [
        part(label, steps[name], column)
        for steps, columns in ((found, (ABOVE, FAR)), (paper, (FAR,)))
        for name, label in NAMES
        for column in columns
    ]


@registry.claim(
    7,
    source="abstract; formula derived here",
    basis="stated",
    statement=(
        "The spike carries the teacher: its direction aligns with that of the teacher as theory "
        "predicts, overshoots, and settles on a plateau that is lower for Adam."
    ),
)
def alignment(context: Context) -> tuple[Alignment, list[Part]]:
    """HT-7."""
    found, more = largest_steps(context), largest_steps(context, 8)
    shuffled = largest_steps(context, system="shuffled")
    foreign, long, axis = (
        largest_steps(context, system=system) for system in ("foreign", "long", "axis")
    )
    paper = paper_steps(context)
    below, far = (
        estimate_mean(found["gd"].cosine[:, column] * math.sqrt(found["gd"].inputs))
        for column in (BELOW, FAR)
    )
    parts = [
        Part(
            "Alignment below the threshold times √d, gradient descent",
            0.0,
            below,
            Test("threshold", 4.0, "chance is 0.8; a large deviation of one problem", side="below"),
            [Control("three critical lengths", far)],
        ),
        *(_own_part(label, found[name], long[name]) for name, label in NAMES),
        *(
            _limit_part(label, step, shuffled[step.optimizer])
            for label, step in (
                ("gradient descent, n = 2d", found["gd"]),
                ("gradient descent, n = 8d", more["gd"]),
                ("Adam, n = 2d", found["adam"]),
            )
        ),
        *_plateaus(found, axis, foreign),
        _spike_of_noise(shuffled["gd"], long["gd"]),
        *(_own_part(label, paper[name], long[name]) for name, label in NAMES),
    ]
    curves = {(n, name): _curve(s[name]) for n, s in ((2, found), (8, more)) for name in s}
    return Alignment(curves, {name: _curve(step) for name, step in shuffled.items()}), parts


def _curve(step: OptimizerStep) -> AlignmentCurve:
    """Alignments over the learning rate in units of the threshold."""
    theory = prediction(step)
    rates = step.strengths / (theory.strength_of_rate * theory.threshold)
    grid = np.geomspace(0.5, rates[-1] * 1.1, 300)
    return AlignmentCurve(rates, step.cosine, grid, theory.alignment_at(grid))


def _own_part(label: str, step: OptimizerStep, long: OptimizerStep) -> Part:
    """Alignment over what the measured length and direction predict, over problems."""

    def relative(found: OptimizerStep) -> Estimate:
        return ratio_of_means(found.cosine[:, FAR], own_alignment(found)[:, FAR])

    return Part(
        f"Alignment over that of the measured weights along the step, {label}, d = {step.inputs:,}",
        1.0,
        relative(step),
        Test("equality", 0.05, "a twentieth: corrections of order 8/d"),
        [Control("the same step added to weights three times as long", relative(long))],
    )


def _limit_part(label: str, step: OptimizerStep, shuffled: OptimizerStep) -> Part:
    """Alignment over that of the limit."""

    def limit(found: OptimizerStep) -> Estimate:
        expected = float(prediction(found).alignment(found.strengths)[FAR])
        return estimate_mean(found.cosine[:, FAR]).scaled(1 / expected)

    return Part(
        f"Alignment over its limit at three critical lengths, {label}",
        1.0,
        limit(step),
        Test("equality", 0.1, "corrections of order 1/√d"),
        [Control("shuffled labels", limit(shuffled))],
    )


def _plateaus(found: Steps, axis: Steps, foreign: Steps) -> list[Part]:
    """The plateau of both optimizers, and how far gradient descent overshoots it."""
    overshoot = prediction(found["gd"]).alignment(found["gd"].strengths)

    def plateaus(steps: Steps) -> Estimate:
        return ratio_of_means(steps["adam"].cosine[:, PLATEAU], steps["gd"].cosine[:, PLATEAU])

    def peak(steps: Steps) -> Estimate:
        return ratio_of_means(steps["gd"].cosine[:, FAR], steps["gd"].cosine[:, PLATEAU])

    return [
        Part(
            "Plateau of Adam over that of gradient descent",
            FirstStep(0.5, ASPECT).sign_cosine * _plateau_ratio(found),
            plateaus(found),
            Test("equality", 0.05, "half the distance to equal plateaus"),
            [Control("a teacher along one input: signs do not see how long it is", plateaus(axis))],
        ),
        Part(
            "Alignment at three critical lengths over the plateau, gradient descent",
            float(overshoot[FAR] / overshoot[PLATEAU]),
            peak(found),
            Test("equality", 0.05, "half of the overshoot"),
            [Control("the same step added to other weights", peak(foreign))],
        ),
    ]


def _plateau_ratio(found: Steps) -> float:
    """What is left of the spikes' different lengths at the strength of the plateau."""
    gd, adam = (
        float(prediction(s).alignment(s.strengths)[PLATEAU]) / prediction(s).teacher_cosine
        for s in (found["gd"], found["adam"])
    )
    return adam / gd


def _spike_of_noise(shuffled: OptimizerStep, long: OptimizerStep) -> Part:
    """Labels without information make the same spike."""

    def place(step: OptimizerStep) -> Estimate:
        return estimate_mean(step.top[:, FAR] / own_position(step)[:, FAR])

    return Part(
        "The spike of shuffled labels over its predicted position",
        1.0,
        place(shuffled),
        Test("equality", 0.04, "a tenth of the push of the bulk at 1.5 critical lengths"),
        [Control("a step added to weights three times as long", place(long))],
    )
