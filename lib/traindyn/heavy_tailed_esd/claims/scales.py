"""Claim HT-4: rates of a spike, and of a step as long as the weights, over the size."""

from __future__ import annotations

import numpy as np

from traindyn.heavy_tailed_esd.claims.estimates import slope_over_sizes
from traindyn.heavy_tailed_esd.claims.first_steps import (
    ASPECT,
    first_steps,
    spike_sizes,
    visible_rate,
)
from traindyn.heavy_tailed_esd.claims.registry import registry
from traindyn.heavy_tailed_esd.experiments.network import draw_problem
from traindyn.heavy_tailed_esd.experiments.one_step import (
    direction,
    first_gradient,
    kernel_curvature,
)
from traindyn.heavy_tailed_esd.results.first_step import (
    FirstStep,
    OptimizerStep,
    ScaleRun,
)
from traindyn.inference import Estimate, estimate_mean
from traindyn.ledger import Context, Control, Part, Test


def _all_sizes(context: Context) -> dict[int, dict[str, OptimizerStep]]:
    return {
        inputs: first_steps(context.scale, context.seed, inputs, 2, problems)
        for inputs, problems in spike_sizes(context)
    }


def _frobenius(context: Context) -> tuple[dict[int, np.ndarray], np.ndarray]:
    """Rates at which a step is as long as the weights, by size: gradient descent, then Adam."""
    found, adam = {}, []
    for inputs, _ in spike_sizes(context):
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
