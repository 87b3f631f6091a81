"""Claims HT-5 to HT-7: the threshold of the spike, its position and its alignment."""

from __future__ import annotations

import math

import numpy as np

from traindyn.heavy_tailed_esd.claims.estimates import ratio_of_means
from traindyn.heavy_tailed_esd.claims.first_steps import (
    ABOVE,
    ASPECT,
    BELOW,
    FAR,
    MULTIPLES,
    PLATEAU,
    largest_steps,
    paper_steps,
    spike_sizes,
    visible_rate,
)
from traindyn.heavy_tailed_esd.claims.registry import registry
from traindyn.heavy_tailed_esd.experiments.network import draw_problem
from traindyn.heavy_tailed_esd.experiments.one_step import (
    FirstSweep,
    direction,
    first_gradient,
)
from traindyn.heavy_tailed_esd.results.first_step import (
    Alignment,
    FirstStep,
    OptimizerStep,
)
from traindyn.heavy_tailed_esd.theory.bulk import bulk_edges
from traindyn.inference import Estimate, estimate_mean
from traindyn.ledger import Control, Part, Test
from traindyn.runs import Context

NAMES = (("gd", "gradient descent"), ("adam", "Adam"))


@registry.claim(
    5,
    source="derived here from the setting of the paper",
    basis="derived",
    statement=(
        "The spike appears at a sharp learning rate: at the length 1 + √γ of the weights along the "
        "step, which first shrinks the weights, then grows. One eigenvalue leaves, no other."
    ),
)
def threshold(context: Context) -> tuple[dict[str, OptimizerStep], list[Part]]:
    """HT-5."""
    found, more, paper = largest_steps(context), largest_steps(context, 8), paper_steps(context)
    foreign, foreign_more = (largest_steps(context, n, "foreign") for n in (2, 8))
    steps = [*found.values()]
    edge = steps[0].edge
    below = np.mean([s.top[:, BELOW] for s in steps], axis=0) / edge
    second = np.mean([s.second[:, ABOVE] for s in steps], axis=0) / edge
    first = np.mean([s.top[:, ABOVE] for s in steps], axis=0) / edge

    def rate(step: OptimizerStep) -> Estimate:
        return estimate_mean(step.threshold / visible_rate(step.prediction))

    bound = Test(
        "equality",
        0.1,
        "a quarter of what the start's output changes, 0.4; one problem scatters so",
    )
    parts = [
        Part(
            "Largest eigenvalue over the edge at 0.8 of the critical length",
            1.0,
            estimate_mean(below),
            Test("threshold", 0.02, "the edge scatters by 1/d^(2/3) = 0.02", side="below"),
            [Control("1.5 of the critical length", estimate_mean(first))],
        ),
        Part(
            "Second largest eigenvalue over the edge at 1.5 of the critical length",
            1.0,
            estimate_mean(second),
            Test("threshold", 0.02, "the edge scatters by 1/d^(2/3) = 0.02", side="below"),
            [Control("Adam at rate 1: signs fill the bulk", _second_at_rate_one(context))],
        ),
        Part(
            "Rate of a visible spike over its prediction: gradient descent, n = 2d",
            1.0,
            rate(found["gd"]),
            bound,
            [Control("the same step added to other weights", rate(foreign["gd"]))],
        ),
        Part(
            "The same for n = 8d",
            1.0,
            rate(more["gd"]),
            bound,
            [Control("the same step added to other weights", rate(foreign_more["gd"]))],
        ),
        Part(
            "The same for Adam, n = 2d",
            1.0,
            rate(found["adam"]),
            bound,
            [Control("the same step added to other weights", rate(foreign["adam"]))],
        ),
        *(
            Part(
                f"The same rate at d = {paper[name].inputs:,}, {label}, n = 2d",
                1.0,
                rate(paper[name]),
                bound,
                [Control("the same step added to other weights", rate(foreign[name]))],
            )
            for name, label in NAMES
        ),
    ]
    return found, parts


def _second_at_rate_one(context: Context) -> Estimate:
    """Second largest eigenvalue over the edge after a step of Adam with learning rate 1."""
    inputs = spike_sizes(context)[-1][0]
    generator, found = context.torch_generator("rate one"), []
    for _ in range(20):
        problem = draw_problem(inputs, 2 * inputs, round(ASPECT * inputs), generator)
        sweep = FirstSweep.of(problem.weights, direction(first_gradient(problem), "adam"))
        found.append(sweep.top(1.0, 2)[0][1] / bulk_edges(*problem.weights.shape)[1])
    return estimate_mean(np.array(found))


@registry.claim(
    6,
    source="derived here from the setting of the paper",
    basis="derived",
    statement=(
        "The spike lands where a random matrix with one long direction has its largest "
        "eigenvalue, dℓ(1 + γ/(ℓ − 1))."
    ),
)
def position(context: Context) -> tuple[dict[str, OptimizerStep], list[Part]]:
    """HT-6."""
    found, paper = largest_steps(context), paper_steps(context)
    long = largest_steps(context, system="long")

    def part(name: str, label: str, step: OptimizerStep, column: int) -> Part:
        def error(measured: OptimizerStep) -> Estimate:
            return estimate_mean(measured.top[:, column] / measured.own_position[:, column] - 1)

        return Part(
            f"Relative error of the position, {label}, {MULTIPLES[column]:g} critical lengths, "
            f"d = {step.inputs:,}",
            0.0,
            error(step),
            Test("equality", 0.04, "a tenth of the push of the bulk at 1.5 critical lengths"),
            [Control("the same step added to weights three times as long", error(long[name]))],
        )

    return found, [
        part(name, label, steps[name], column)
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
    inputs = spike_sizes(context)[-1][0]

    def chance(step: OptimizerStep, column: int) -> Estimate:
        return estimate_mean(step.cosine[:, column] * math.sqrt(inputs))

    def relative(step: OptimizerStep, column: int) -> Estimate:
        """Alignment over what the measured length and direction predict, over problems."""
        return ratio_of_means(step.cosine[:, column], step.own_alignment[:, column])

    def limit(step: OptimizerStep, column: int) -> Estimate:
        expected = float(step.prediction.alignment(step.strengths)[column])
        return estimate_mean(step.cosine[:, column]).scaled(1 / expected)

    own = Test("equality", 0.05, "a twentieth: corrections of order 8/d")
    wide = Test("equality", 0.1, "corrections of order 1/√d")

    def own_part(step: OptimizerStep, name: str, label: str) -> Part:
        return Part(
            f"Alignment over that of the measured weights along the step, {label}, "
            f"d = {step.inputs:,}",
            1.0,
            relative(step, FAR),
            own,
            [
                Control(
                    "the same step added to weights three times as long", relative(long[name], FAR)
                )
            ],
        )

    parts = [
        Part(
            "Alignment below the threshold times √d, gradient descent",
            0.0,
            chance(found["gd"], BELOW),
            Test("threshold", 4.0, "chance is 0.8; a large deviation of one problem", side="below"),
            [Control("three critical lengths", chance(found["gd"], FAR))],
        ),
    ]
    for name, label in NAMES:
        parts.append(own_part(found[name], name, label))
    parts += [
        Part(
            f"Alignment over its limit at three critical lengths, {label}",
            1.0,
            limit(step, FAR),
            wide,
            [Control("shuffled labels", limit(shuffled[name], FAR))],
        )
        for label, name, step in (
            ("gradient descent, n = 2d", "gd", found["gd"]),
            ("gradient descent, n = 8d", "gd", more["gd"]),
            ("Adam, n = 2d", "adam", found["adam"]),
        )
    ]
    theory = FirstStep(0.5, ASPECT)
    overshoot = found["gd"].prediction.alignment(found["gd"].strengths)
    parts += [
        Part(
            "Plateau of Adam over that of gradient descent",
            theory.sign_cosine * _plateau_ratio(found),
            ratio_of_means(found["adam"].cosine[:, PLATEAU], found["gd"].cosine[:, PLATEAU]),
            Test("equality", 0.05, "half the distance to equal plateaus"),
            [
                Control(
                    "a teacher along one input: signs do not see how long it is",
                    ratio_of_means(axis["adam"].cosine[:, PLATEAU], axis["gd"].cosine[:, PLATEAU]),
                )
            ],
        ),
        Part(
            "Alignment at three critical lengths over the plateau, gradient descent",
            float(overshoot[FAR] / overshoot[PLATEAU]),
            ratio_of_means(found["gd"].cosine[:, FAR], found["gd"].cosine[:, PLATEAU]),
            Test("equality", 0.05, "half of the overshoot"),
            [
                Control(
                    "the same step added to other weights",
                    ratio_of_means(foreign["gd"].cosine[:, FAR], foreign["gd"].cosine[:, PLATEAU]),
                )
            ],
        ),
        Part(
            "The spike of shuffled labels over its predicted position",
            1.0,
            estimate_mean(shuffled["gd"].top[:, FAR] / shuffled["gd"].own_position[:, FAR]),
            Test("equality", 0.04, "a tenth of the push of the bulk at 1.5 critical lengths"),
            [
                Control(
                    "a step added to weights three times as long",
                    estimate_mean(long["gd"].top[:, FAR] / long["gd"].own_position[:, FAR]),
                )
            ],
        ),
        *(own_part(paper[name], name, label) for name, label in NAMES),
    ]
    return Alignment(
        {(2, n): s for n, s in found.items()} | {(8, n): s for n, s in more.items()}, shuffled
    ), parts


def _plateau_ratio(found: dict[str, OptimizerStep]) -> float:
    """What is left of the spikes' different lengths at the strength of the plateau."""
    gd, adam = (
        float(s.prediction.alignment(s.strengths)[PLATEAU]) / s.prediction.teacher_cosine
        for s in (found["gd"], found["adam"])
    )
    return adam / gd
