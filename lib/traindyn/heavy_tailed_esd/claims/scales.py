"""Claim HT-4: rates of a spike, and of a step as long as the weights, over the size."""

from __future__ import annotations

import numpy as np

from traindyn.heavy_tailed_esd.claims.estimates import slope_over_sizes
from traindyn.heavy_tailed_esd.claims.first_steps import (
    ASPECT,
    first_steps,
    largest_steps,
    spike_sizes,
    visible_rate,
)
from traindyn.heavy_tailed_esd.claims.registry import registry
from traindyn.heavy_tailed_esd.experiments.network import draw_problem
from traindyn.heavy_tailed_esd.experiments.one_step import (
    first_gradient,
    kernel_curvature,
)
from traindyn.heavy_tailed_esd.experiments.optimizers import Optimizer
from traindyn.heavy_tailed_esd.results.first_step import (
    FirstStep,
    OptimizerStep,
    ScaleRun,
)
from traindyn.inference import Estimate, estimate_mean
from traindyn.ledger import Control, Part, Test
from traindyn.runs import Context


def _all_sizes(context: Context) -> dict[int, dict[str, OptimizerStep]]:
    return {
        inputs: first_steps(context.scale, context.seed, inputs, 2, problems)
        for inputs, problems in spike_sizes(context)
    }


def _uncorrected(context: Context) -> Estimate:
    """Rate at which a step of Adam without bias correction is as long as the weights."""
    inputs = spike_sizes(context)[0][0]
    generator, found = context.torch_generator("uncorrected"), []
    for _ in range(12):
        problem = draw_problem(inputs, 2 * inputs, round(ASPECT * inputs), generator)
        update = Optimizer("adam", 1.0, bias_correction=False).updates()(first_gradient(problem))
        found.append(float(problem.weights.norm() / update.norm()))
    return estimate_mean(np.array(found))


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
    lengths = {name: [found[name].long for found in by_size.values()] for name in ("gd", "adam")}
    more = largest_steps(context, 8)["gd"]
    theory = FirstStep(0.5, ASPECT)
    gd, adam = (slope_over_sizes(inputs, thresholds[name]) for name in ("gd", "adam"))
    long, adam_long = (slope_over_sizes(inputs, lengths[name]) for name in ("gd", "adam"))
    expected_long = theory.gd_frobenius_rate * inputs[-1] ** 1.5
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
            [Control("Adam", adam_long)],
        ),
        Part(
            "That rate over its prediction",
            1.0,
            estimate_mean(lengths["gd"][-1] / expected_long),
            Test("equality", 0.1, "1.5/√d, the scatter of the residuals' pull in one problem"),
            [Control("eight samples per input", estimate_mean(more.long / expected_long))],
        ),
        Part(
            "The rate at which a step of Adam is as long as the weights",
            1.0,
            estimate_mean(lengths["adam"][-1]),
            Test("equality", 0.01, "1/(2d) from the norm of the weights, and the share of ε"),
            [Control("without bias correction", _uncorrected(context))],
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
        "gradient descent, length": [np.median(t) for t in lengths["gd"]],
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
