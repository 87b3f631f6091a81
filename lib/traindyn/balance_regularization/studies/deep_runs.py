"""Data and runs that the studies of deep nets share."""

from __future__ import annotations

import math

import numpy as np

from traindyn.balance_regularization.experiments.depth import (
    DeepPaths,
    DeepSamples,
    follow_deep_sgd,
    sample_deep_sde,
)
from traindyn.balance_regularization.studies.data import LIGHT, coefficients
from traindyn.balance_regularization.theory.depth import law_of_depth
from traindyn.balance_regularization.theory.moments import Moments, moments
from traindyn.data import ScalarRegression
from traindyn.runs import Context

UNIT = Moments(1.0, 0.0, 1.0, 1.0, 1.0)
"""Data with E x² = E xy = 1 and Var x² = Var xy = 1, uncorrelated: v* = T_c = 1."""

TAILS = (0.1, 0.9)
"""Quantiles of the law from which its samples start: from below and from above."""

RESOLUTION = 0.1
"""Of the stochastic equation: the error of the scheme is of first order in it."""


def step_variance(depth: int, data: Moments, rate: float) -> float:
    """Variance of a step of log v at v*, 4(D + 1)²η²α₃: the order at which SGD leaves the law."""
    return 4 * (depth + 1) ** 2 * rate**2 * data.alpha3


def sample(
    context: Context,
    temperature: float,
    depth: int,
    width: int = 1,
    *,
    time: float,
    replicas: int,
    start: float | tuple[float, ...] | None = None,
    threshold: float = math.inf,
) -> DeepSamples:
    """Samples of the stochastic equation on the unit data, from both tails of its law in turn."""
    if start is None:
        law = law_of_depth(UNIT, temperature, depth, width)
        start = tuple(float(v) for v in law.quantile(np.array(TAILS)))
    return sample_deep_sde(
        coefficients(UNIT),
        temperature,
        depth,
        width,
        start,
        time,
        replicas,
        context.torch_generator(f"equation {temperature} {depth} {width}"),
        RESOLUTION,
        threshold,
    )


def balanced(subnets: list[float], layers: int) -> np.ndarray:
    """Weights of balanced subnets with the given products, one row per subnet."""
    values = np.asarray(subnets)[:, None]
    weights = np.abs(values) ** (1 / layers) * np.ones(layers)
    weights[:, :1] *= np.sign(values)
    return weights


def run_sgd(
    context: Context,
    subnets: list[float],
    depth: int,
    times: list[float],
    replicas: int,
    data: ScalarRegression = LIGHT,
    *,
    ratio: float = 0.3,
    rate: float | None = None,
    weight_decay: float = 0.0,
) -> DeepPaths:
    """SGD on all weights from a balanced start, at a temperature in units of T_c."""
    if rate is None:
        rate = ratio * moments(data).critical_temperature
    return follow_deep_sgd(
        data,
        balanced(subnets, depth + 1),
        rate,
        1,
        [round(time / rate) for time in times],
        replicas,
        context.torch_generator(f"SGD {data} {rate} {depth} {subnets}"),
        weight_decay,
    )
