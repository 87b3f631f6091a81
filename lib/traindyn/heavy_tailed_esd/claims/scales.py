"""Claim HT-4: rates of a spike, and of a step as long as the weights, over the size."""

from __future__ import annotations

import numpy as np

from traindyn.heavy_tailed_esd.claims.estimates import slope_over_sizes
from traindyn.heavy_tailed_esd.claims.predictions import visible_rate
from traindyn.heavy_tailed_esd.claims.registry import registry
from traindyn.heavy_tailed_esd.results.first_step import OptimizerName, OptimizerStep, ScaleRun
from traindyn.heavy_tailed_esd.studies.first_steps import ASPECT, largest_steps, steps_by_size
from traindyn.heavy_tailed_esd.studies.scales import stable_rates, uncorrected_rates
from traindyn.heavy_tailed_esd.theory.one_step import FirstStep
from traindyn.inference import estimate_mean
from traindyn.ledger.legacy import Control, Part, Test
from traindyn.runs import Context

THEORY = FirstStep(0.5, ASPECT)
"""The first step at n = 2d."""

NAMES: tuple[OptimizerName, ...] = ("gd", "adam")

BySize = dict[int, dict[OptimizerName, OptimizerStep]]


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
    by_size = steps_by_size(context)
    return _medians(by_size), [*_spikes(by_size), *_lengths(context, by_size), _stability(context)]


def _columns(by_size: BySize, name: OptimizerName, field: str) -> list[np.ndarray]:
    return [getattr(found[name], field) for found in by_size.values()]


def _medians(by_size: BySize) -> ScaleRun:
    """What the figure shows."""
    columns = {
        "Adam, spike": _columns(by_size, "adam", "threshold"),
        "gradient descent, spike": _columns(by_size, "gd", "threshold"),
        "gradient descent, length": _columns(by_size, "gd", "long"),
    }
    d = np.array([*by_size], dtype=float)
    return ScaleRun(
        d,
        {name: np.array([np.median(c) for c in rows]) for name, rows in columns.items()},
        {
            "Adam, spike": np.array([visible_rate(s["adam"]) for s in by_size.values()]),
            "gradient descent, spike": np.array([visible_rate(s["gd"]) for s in by_size.values()]),
            "gradient descent, length": THEORY.gd_frobenius_rate * d**1.5,
        },
    )


def _spikes(by_size: BySize) -> list[Part]:
    """Exponents of the rates that make a spike."""
    gd, adam = (
        slope_over_sizes([*by_size], _columns(by_size, name, "threshold")) for name in NAMES
    )
    return [
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
    ]


def _lengths(context: Context, by_size: BySize) -> list[Part]:
    """Rates at which a step is as long as the weights."""
    long, adam_long = (
        slope_over_sizes([*by_size], _columns(by_size, name, "long")) for name in NAMES
    )
    inputs, last = list(by_size.items())[-1]
    more = largest_steps(context, 8)["gd"]
    expected_long = THEORY.gd_frobenius_rate * inputs**1.5
    return [
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
            estimate_mean(last["gd"].long / expected_long),
            Test("equality", 0.1, "1.5/√d, the scatter of the residuals' pull in one problem"),
            [Control("eight samples per input", estimate_mean(more.long / expected_long))],
        ),
        Part(
            "The rate at which a step of Adam is as long as the weights",
            1.0,
            estimate_mean(last["adam"].long),
            Test("equality", 0.01, "1/(2d) from the norm of the weights, and the share of ε"),
            [Control("without bias correction", estimate_mean(uncorrected_rates(context)))],
        ),
    ]


def _stability(context: Context) -> Part:
    """The rate beyond which gradient descent is unstable at the start."""
    stable = stable_rates(context)
    return Part(
        "Limit of stability of gradient descent over d, two samples per input",
        THEORY.stability_limit,
        estimate_mean(stable.few),
        Test("equality", 0.2, "half the distance to the spike's rate, 1.26 d"),
        [Control("eight samples per input", estimate_mean(stable.many))],
        note="The spike's rate is larger: every step that makes a spike is unstable.",
    )
