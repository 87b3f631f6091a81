"""Claim HT-4: rates of a spike, and of a step as long as the weights, over the size."""

from __future__ import annotations

import math

import numpy as np

from traindyn.heavy_tailed_esd.claims.estimates import midway, size_rule, slope_over_sizes
from traindyn.heavy_tailed_esd.claims.parts import algebraic, simulated
from traindyn.heavy_tailed_esd.claims.predictions import visible_rate
from traindyn.heavy_tailed_esd.claims.registry import registry
from traindyn.heavy_tailed_esd.results.first_step import OptimizerName, OptimizerStep, ScaleRun
from traindyn.heavy_tailed_esd.studies.first_steps import ASPECT, steps_by_size
from traindyn.heavy_tailed_esd.studies.scales import (
    INPUTS,
    WIDE,
    squared_gradients,
    stable_rates,
    uncorrected_rates,
)
from traindyn.heavy_tailed_esd.theory.one_step import FirstStep, constants
from traindyn.inference import Estimate, estimate_mean
from traindyn.ledger import Part, other_system, same_run, within, wrong_prediction, wrong_theory
from traindyn.runs import Context

THEORY = FirstStep(0.5, ASPECT)
"""The first step at n = 2d."""

EPSILON = 1e-8
"""What Adam adds to the root of its mean square."""

BySize = dict[int, dict[OptimizerName, OptimizerStep]]


@registry.claim(
    4,
    source="abstract and public reviews; exponents derived here",
    basis="derived",
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


def _slope(by_size: BySize, name: OptimizerName, field: str) -> Estimate:
    return slope_over_sizes(by_size, _columns(by_size, name, field))


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
    gd, adam = (_slope(by_size, name, "threshold") for name in ("gd", "adam"))
    return [
        simulated(
            "Exponent of Adam's rate of a visible spike over d, at n = 2d and h = 1.5d",
            adam,
            size_rule(by_size),
            [
                wrong_prediction("the exponent of the rate of a step as long as the weights", 0.0),
                other_system("gradient descent", gd),
            ],
            prediction=-0.5,
        ),
        simulated(
            "Exponent of the rate of a visible spike of gradient descent over d, at n = 2d and "
            "h = 1.5d",
            gd,
            size_rule(by_size),
            [
                wrong_prediction("the exponent of the rate of a step as long as the weights", 1.5),
                other_system("Adam", adam),
            ],
            prediction=1.0,
        ),
    ]


def _lengths(context: Context, by_size: BySize) -> list[Part]:
    """Rates at which a step is as long as the weights."""
    long, adam_long = (_slope(by_size, name, "long") for name in ("gd", "adam"))
    inputs, last = max(by_size.items())
    predicted = ASPECT / (THEORY.gd_frobenius_rate**2 * WIDE)
    ratio = estimate_mean(squared_gradients(context)).scaled(1 / predicted)
    c = constants()
    without = math.sqrt(c.teacher_slope**2 + c.slope**2)  # |x_r| of endless samples
    return [
        algebraic(
            "Exponent over d of the rate at which a step of gradient descent is as long as the "
            "weights, at n = 2d and h = 1.5d",
            long,
            size_rule(by_size),
            [
                wrong_prediction("the exponent of the rate of a spike", 1.0),
                other_system("Adam", adam_long),
            ],
            prediction=1.5,
        ),
        algebraic(
            "Squared length of the first gradient over the mean square of the head and its "
            f"prediction, d = {WIDE}, n = 2d: a step is as long as the weights at a rate that goes "
            "with its inverse root",
            ratio,
            within(
                midway(THEORY.coherence**2, 1.0),
                "half of what units of equal slopes would take away",
                "neighbor",
            ),
            [
                wrong_theory("units of equal slopes", ratio.scaled(1 / THEORY.coherence**2)),
                wrong_theory(
                    "without the sampling noise of the residuals",
                    ratio.scaled((THEORY.pull / without) ** 2),
                ),
            ],
            prediction=1.0,
        ),
        algebraic(
            f"Rate at which a step of Adam is as long as the weights, d = {inputs}, n = 2d",
            estimate_mean(last["adam"].long),
            within(sign_loss(inputs) + 1 / (2 * inputs), SIGN_LOSS, "next order"),
            [
                other_system(
                    "without the correction of Adam's start",
                    estimate_mean(uncorrected_rates(context)),
                )
            ],
            prediction=1.0,
        ),
    ]


SIGN_LOSS = "entries as small as ε move less than signs do; the norm of the weights scatters by 1/d"


def sign_loss(inputs: int) -> float:
    """Share of a sign step that entries near ε lose: for products of normals (ε/s) log²(s/ε)."""
    typical = 1 / (THEORY.gd_frobenius_rate * inputs**1.5)
    return EPSILON / typical * math.log(typical / EPSILON) ** 2


def _stability(context: Context) -> Part:
    """The rate beyond which gradient descent is unstable at the start."""
    stable, endless = stable_rates(context), THEORY.stability_limit
    limit = THEORY.stability_limit_at(INPUTS)
    return algebraic(
        "Rate over d beyond which gradient descent is unstable at the start, times the mean square "
        f"of the head, d = {INPUTS}, n = 2d",
        estimate_mean(stable.few),
        within(
            midway(endless, limit),
            "half of what the finite size changes",
            "neighbor",
        ),
        [
            wrong_prediction("the edge of endless size", endless),
            wrong_prediction("the rate of a spike", THEORY.gd_threshold),
            same_run("eight samples per input", estimate_mean(stable.many)),
        ],
        prediction=limit,
        note=(
            f"For endless size {endless:.3g}, below the spike's {THEORY.gd_threshold:.3g}: every "
            "step that makes a spike is unstable."
        ),
    )
