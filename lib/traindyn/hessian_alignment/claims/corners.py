"""Claims HA-18 and HA-19: which corners an XOR network of four neurons captures, its rank."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import NamedTuple

import numpy as np

from traindyn.hessian_alignment.claims.common import replica_mean
from traindyn.hessian_alignment.claims.registry import registry
from traindyn.hessian_alignment.experiments.xor import XorSetting
from traindyn.hessian_alignment.experiments.xor_chain import (
    Summary,
    run_chain,
    second_layer_eigenvalues,
)
from traindyn.hessian_alignment.results.xor import CornerRun
from traindyn.hessian_alignment.theory.xor import (
    captured_logit,
    corner_eigenvalues,
    corner_probabilities,
)
from traindyn.inference import Estimate, estimate_fraction, estimate_ks_distance
from traindyn.ledger import Context, Control, Part, Test

DECAY, PRECISION = 0.05, 1000.0
EARLY, LATE = 25.0, 100.0


class Outcome(NamedTuple):
    """Captured corners of every run at one time, its scaled eigenvalues and accuracy."""

    captured: np.ndarray
    hessian: np.ndarray
    gradient: np.ndarray
    accuracy: np.ndarray


def outcomes(context: Context) -> dict[float, Outcome]:
    """Runs that both claims share: their stream is that of HA-18."""
    return _outcomes(replace(context, claim="HA-18"))


@cache
def _outcomes(context: Context) -> dict[float, Outcome]:
    replicas = context.choose(ci=3000, laptop=5000, paper=20_000)
    d = context.choose(ci=100, laptop=100, paper=250)
    setting = XorSetting(4, d, PRECISION, DECAY, replicas)
    generator = context.numpy_generator("chain")
    times = (EARLY, LATE)
    return {
        time: _outcome(state, generator)
        for time, state in zip(times, run_chain(setting, times, generator), strict=True)
    }


def _frequencies(captured: np.ndarray) -> np.ndarray:
    """Frequencies of 1, 2, 3 and 4 captured corners."""
    return np.bincount(captured, minlength=5)[1:5] / len(captured)


def _outcome(state: Summary, generator: np.random.Generator) -> Outcome:
    found, predicted = [], corner_eigenvalues(DECAY)
    hessian, gradient, accuracy = second_layer_eigenvalues(state, PRECISION, 400, generator)
    for values, value in zip((hessian, gradient), predicted, strict=True):
        found.append(values / value)
    captured = state.captured(captured_logit(DECAY)).sum(axis=1)
    return Outcome(captured, found[0], found[1], accuracy)


@registry.claim(
    18,
    source="abstract: rank-deficient at sub-optimal classifiers; constants derived here",
    basis="stated",
    statement=(
        "With four neurons the second layer's blocks have as many outliers as corners were "
        "captured: training that ends in a sub-optimal classifier shows as a deficient rank."
    ),
)
def rank(context: Context) -> tuple[CornerRun, list[Part]]:
    """HA-18."""
    found = outcomes(context)

    def agree(time: float, values: np.ndarray) -> Estimate:
        hits = (values > 0.2).sum(axis=1) == found[time].captured
        return estimate_fraction(int(hits.sum()), len(hits))

    late, early = found[LATE], found[EARLY]
    parts = [
        Part(
            f"Share of runs with as many eigenvalues above a fifth of the law as captured corners; "
            f"{name}",
            1.0,
            agree(LATE, values),
            Test("threshold", 0.05, "a run between two fixed points is one in twenty", "above"),
            [Control("t = 25, too early", agree(EARLY, before))],
        )
        for name, values, before in (
            ("Hessian", late.hessian, early.hessian),
            ("gradients", late.gradient, early.gradient),
        )
    ]
    parts.append(
        Part(
            "Accuracy of runs that captured four corners",
            1.0,
            replica_mean(late.accuracy[late.captured == 4]),
            Test("threshold", 0.05, "one sample in twenty", "above"),
            [Control("three corners", replica_mean(late.accuracy[late.captured == 3]))],
        )
    )
    result = CornerRun(
        corner_probabilities(4),
        _frequencies(late.captured),
        _frequencies(early.captured),
        {j: late.hessian[late.captured == j].mean(axis=0) for j in (2, 3, 4)},
    )
    return result, parts


@registry.claim(
    19,
    source="companion paper (arXiv 2206.04030) for 3/32; the others are derived here",
    basis="stated",
    statement=(
        "Four neurons capture 1, 2, 3 or 4 corners with the probabilities 1/64, 21/64, 9/16, 3/32: "
        "each picks one by the signs of its first weights."
    ),
)
def probabilities(context: Context) -> tuple[CornerRun, list[Part]]:
    """HA-19."""
    found = outcomes(context)
    predicted = corner_probabilities(4)
    levels = np.concatenate([[0.0, 0.0], np.cumsum(predicted)])
    generator = context.numpy_generator("spread")

    def distance(counts: np.ndarray) -> Estimate:
        spread = counts + generator.uniform(size=len(counts))  # a continuous law
        return estimate_ks_distance(spread, lambda x: np.interp(x, np.arange(6.0), levels))

    def all_four(counts: np.ndarray) -> Estimate:
        return estimate_fraction(int((counts == 4).sum()), len(counts))

    late, early = found[LATE].captured, found[EARLY].captured
    one_sign = _positive(context)
    parts = [
        Part(
            "Largest deviation of the distribution of captured corners from the prediction",
            0.0,
            distance(late),
            Test("ks", 0.1, "half the deviation 0.2 and more of runs stopped early", "below"),
            [
                Control("t = 25, too early", distance(early)),
                Control("all v positive at the start", distance(one_sign)),
            ],
        ),
        Part(
            "Share of runs that capture all four",
            float(predicted[3]),
            all_four(late),
            Test("equality", 0.047, "half of 3/32: it tells success from its absence"),
            [
                Control("all v positive at the start", all_four(one_sign)),
            ],
        ),
    ]
    return CornerRun(predicted, _frequencies(late), _frequencies(early), {}), parts


def _positive(context: Context) -> np.ndarray:
    """Captured corners of networks that start with positive outgoing weights."""
    setting = XorSetting(4, 100, PRECISION, DECAY, replicas=400)
    generator = context.numpy_generator("positive")
    start = run_chain(setting, [0.0], generator)[0]
    start = Summary(np.abs(start.second), start.means, start.rest)
    end = run_chain(setting, [LATE], generator, start)[-1]
    return np.asarray(end.captured(captured_logit(DECAY)).sum(axis=1))
