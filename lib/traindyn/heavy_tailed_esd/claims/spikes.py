"""Claims HT-4 to HT-7: learning rates of the spike, its threshold, position and alignment."""

from __future__ import annotations

import math

import numpy as np

from traindyn.heavy_tailed_esd.claims.estimates import ratio_of_means, slope_over_sizes
from traindyn.heavy_tailed_esd.claims.first_steps import (
    ASPECT,
    Labels,
    first_steps,
    visible_rate,
)
from traindyn.heavy_tailed_esd.claims.registry import registry
from traindyn.heavy_tailed_esd.experiments.network import draw_problem
from traindyn.heavy_tailed_esd.experiments.one_step import (
    FirstSweep,
    direction,
    first_gradient,
    kernel_curvature,
)
from traindyn.heavy_tailed_esd.results.first_step import (
    Alignment,
    FirstStep,
    OptimizerStep,
    ScaleRun,
)
from traindyn.heavy_tailed_esd.theory.bulk import bulk_edges
from traindyn.inference import Estimate, estimate_mean
from traindyn.ledger import Context, Control, Part, Test

BELOW, ABOVE, FAR, PLATEAU = range(4)
"""Columns of the strengths in a step: 0.8, 1.5 and 3 critical lengths, and the plateau."""


def _sizes(context: Context) -> tuple[tuple[int, int], ...]:
    """Numbers of inputs and of problems at each."""
    return context.choose(
        ci=((80, 320), (120, 240), (180, 160)),
        laptop=((100, 240), (200, 200), (300, 120)),
        paper=((250, 240), (500, 160), (1000, 80)),
    )


def _steps(
    context: Context, samples_per_input: int = 2, labels: Labels = "true"
) -> dict[str, OptimizerStep]:
    """First steps at the largest size."""
    inputs, problems = _sizes(context)[-1]
    return first_steps(context.scale, context.seed, inputs, samples_per_input, problems, labels)


def _all_sizes(context: Context) -> dict[int, dict[str, OptimizerStep]]:
    return {
        inputs: first_steps(context.scale, context.seed, inputs, 2, problems)
        for inputs, problems in _sizes(context)
    }


def _frobenius(context: Context) -> tuple[dict[int, np.ndarray], np.ndarray]:
    """Rates at which a step is as long as the weights, by size: gradient descent, then Adam."""
    found, adam = {}, []
    for inputs, _ in _sizes(context):
        generator = context.torch_generator(f"lengths {inputs}")
        rates = []
        for _ in range(200):
            problem = draw_problem(inputs, 2 * inputs, round(ASPECT * inputs), generator)
            gradient, length = first_gradient(problem), problem.weights.norm()
            rates.append(float(length / gradient.norm()))
            adam.append(float(length / direction(gradient, "adam").norm()))
        found[inputs] = np.array(rates)
    return found, np.array(adam)


@registry.claim(
    4,
    source="abstract and public reviews; exponents derived here",
    basis="stated",
    statement=(
        "A spike needs learning rates that grow like d for gradient descent and fall like 1/√h "
        "for Adam. A step as long as the weights needs rates like d√d and 1."
    ),
)
def scales(context: Context) -> tuple[ScaleRun, list[Part]]:
    """HT-4."""
    by_size = _all_sizes(context)
    inputs = list(by_size)
    thresholds = {
        name: [found[name].threshold for found in by_size.values()] for name in ("gd", "adam")
    }
    lengths, adam_lengths = _frobenius(context)
    theory = FirstStep(0.5, ASPECT)
    gd, adam = (slope_over_sizes(inputs, thresholds[name]) for name in ("gd", "adam"))
    long = slope_over_sizes(inputs, list(lengths.values()))
    largest = inputs[-1]
    generator = context.torch_generator("curvature")

    def stable_rate(samples_per_input: int) -> Estimate:
        """The limit of stability at the start over d."""
        rates = []
        for _ in range(60):
            samples = samples_per_input * 60
            problem = draw_problem(60, samples, round(ASPECT * 60), generator)
            rates.append(2 / kernel_curvature(problem) / 60)
        return estimate_mean(np.array(rates))

    parts = [
        Part(
            "Slope of Adam's spike rate over d, log-log",
            -0.5,
            adam,
            Test("slope", 0.1, "a fifth of the exponent; 1/√d corrections at these sizes"),
            [Control("gradient descent", gd)],
        ),
        Part(
            "Slope of the spike rate of gradient descent",
            1.0,
            gd,
            Test("slope", 0.2, "a fifth of the exponent; 1/√d corrections at these sizes"),
            [Control("Adam", adam)],
        ),
        Part(
            "Slope of the rate at which a step of gradient descent is as long as the weights",
            1.5,
            long,
            Test("slope", 0.125, "a quarter of the distance to the slope 1 of the spike"),
            [Control("spike rate", gd)],
        ),
        Part(
            "That rate over its prediction",
            1.0,
            estimate_mean(lengths[largest] / (theory.gd_frobenius_rate * largest**1.5)),
            Test("equality", 0.1, "1.5/√d, the scatter of the residuals' pull in one problem"),
            [Control("spike rate", estimate_mean(thresholds["gd"][-1] / largest**1.5))],
        ),
        Part(
            "The rate at which a step of Adam is as long as the weights",
            1.0,
            estimate_mean(adam_lengths),
            Test("equality", 0.01, "1/(2d) from the norm of the weights, and the share of ε"),
            [Control("Adam's spike rate", estimate_mean(thresholds["adam"][-1]))],
        ),
        Part(
            "Limit of stability of gradient descent over d, two samples per input",
            theory.stability_limit,
            stable_rate(2),
            Test("equality", 0.2, "half the distance to the spike's rate, 1.26 d"),
            [Control("eight samples per input", stable_rate(8))],
            note="The spike's rate is larger: every step that makes a spike is unstable.",
        ),
    ]
    medians = {
        "Adam, spike": [np.median(t) for t in thresholds["adam"]],
        "gradient descent, spike": [np.median(t) for t in thresholds["gd"]],
        "gradient descent, length": [np.median(t) for t in lengths.values()],
    }
    d = np.array(inputs, dtype=float)
    result = ScaleRun(
        d,
        {name: np.array(values) for name, values in medians.items()},
        {
            "Adam, spike": np.array([visible_rate(s["adam"].prediction) for s in by_size.values()]),
            "gradient descent, spike": np.array(
                [visible_rate(s["gd"].prediction) for s in by_size.values()]
            ),
            "gradient descent, length": theory.gd_frobenius_rate * d**1.5,
        },
    )
    return result, parts


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
    found = _steps(context)
    more, foreign = _steps(context, 8), _steps(context, labels="foreign")
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
            [
                Control(
                    "the same step added to other weights",
                    estimate_mean(foreign["gd"].threshold / visible_rate(foreign["gd"].prediction)),
                )
            ],
        ),
        Part(
            "The same for n = 8d",
            1.0,
            rate(more["gd"]),
            bound,
            [
                Control(
                    "two samples per input",
                    estimate_mean(found["gd"].threshold / visible_rate(more["gd"].prediction)),
                )
            ],
        ),
        Part(
            "The same for Adam, n = 2d",
            1.0,
            rate(found["adam"]),
            bound,
            [Control("the same step added to other weights", rate(foreign["adam"]))],
        ),
    ]
    return found, parts


def _second_at_rate_one(context: Context) -> Estimate:
    """Second largest eigenvalue over the edge after a step of Adam with learning rate 1."""
    inputs = _sizes(context)[-1][0]
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
    found = _steps(context)

    def error(step: OptimizerStep, column: int) -> np.ndarray:
        return np.asarray(step.top[:, column] / step.own_position[:, column] - 1)

    parts = []
    for name, label in (("gd", "gradient descent"), ("adam", "Adam")):
        step = found[name]
        for column, multiple in ((ABOVE, 1.5), (FAR, 3.0)):
            parts.append(
                Part(
                    f"Relative error of the position, {label}, {multiple:g} critical lengths",
                    0.0,
                    estimate_mean(error(step, column)),
                    Test(
                        "equality", 0.04, "a tenth of the push of the bulk at 1.5 critical lengths"
                    ),
                    [
                        Control(
                            "the long direction alone, without the bulk",
                            estimate_mean(
                                step.length[:, column] / step.own_position[:, column] - 1
                            ),
                        )
                    ],
                )
            )
    return found, parts


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
    found, more = _steps(context), _steps(context, 8)
    shuffled = _steps(context, labels="shuffled")
    inputs = _sizes(context)[-1][0]

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
    parts = [
        Part(
            "Alignment below the threshold times √d, gradient descent",
            0.0,
            chance(found["gd"], BELOW),
            Test("threshold", 4.0, "chance is 0.8; a large deviation of one problem", side="below"),
            [Control("three critical lengths", chance(found["gd"], FAR))],
        ),
    ]
    for name, label in (("gd", "gradient descent"), ("adam", "Adam")):
        parts.append(
            Part(
                f"Alignment over that of the measured weights along the step, {label}",
                1.0,
                relative(found[name], FAR),
                own,
                [
                    Control(
                        "without the factor of the bulk: at 1.5 critical lengths",
                        ratio_of_means(found[name].cosine[:, ABOVE], found[name].carried[:, ABOVE]),
                    )
                ],
            )
        )
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
                    "gradient descent over itself",
                    ratio_of_means(found["gd"].cosine[:, FAR], found["gd"].cosine[:, PLATEAU]),
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
                    ratio_of_means(
                        _steps(context, labels="foreign")["gd"].cosine[:, FAR],
                        _steps(context, labels="foreign")["gd"].cosine[:, PLATEAU],
                    ),
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
                    "below the threshold",
                    estimate_mean(
                        shuffled["gd"].top[:, BELOW] / shuffled["gd"].own_position[:, FAR]
                    ),
                )
            ],
        ),
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
