"""Claim HA-19: how many corners an XOR network of four neurons captures; runs of HA-18 too."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from traindyn.hessian_alignment.claims.common import replica_mean
from traindyn.hessian_alignment.claims.registry import registry
from traindyn.hessian_alignment.experiments.xor import XorSetting
from traindyn.hessian_alignment.experiments.xor_chain import (
    AXES,
    SecondLayer,
    Summary,
    run_chain,
    second_layer,
)
from traindyn.hessian_alignment.results.xor import PathRun
from traindyn.hessian_alignment.theory.xor import captured_logit, corner_probabilities
from traindyn.hessian_alignment.theory.xor_flow import flow
from traindyn.inference import Estimate, estimate_fraction, estimate_ks_distance
from traindyn.ledger import Control, Part, Test
from traindyn.runs import Context

DECAY, PRECISION = 0.05, 1000.0
EARLY, LATE = 25.0, 100.0
FIRST_SECOND = np.array([1.0, 0.7, -0.7, -1.0])
FIRST_MEANS = np.array([[0.15, -0.25], [-0.25, -0.15], [0.25, 0.1], [-0.1, 0.2]])
"""The start of the network that is shown: its signs tell the corners μ, -μ, ν and ν again."""


@dataclass(frozen=True, eq=False)
class Outcome:
    """Runs at one time: statistics, captured corners, and the second layer on test samples."""

    state: Summary
    captured: np.ndarray
    layer: SecondLayer

    @property
    def count(self) -> np.ndarray:
        """Number of captured corners of every run."""
        return np.asarray(self.captured.sum(axis=1))

    def frequencies(self) -> np.ndarray:
        """Frequencies of 1, 2, 3 and 4 captured corners."""
        return np.bincount(self.count, minlength=5)[1:5] / len(self.captured)


def outcomes(context: Context) -> dict[float, Outcome]:
    """Runs that both claims share: their stream is that of HA-18."""
    return _outcomes(context.of("HA-18"))


@cache
def _outcomes(context: Context) -> dict[float, Outcome]:
    replicas = context.choose(ci=3000, laptop=5000, paper=20_000)
    setting = network_of_four(context.choose(ci=100, laptop=100, paper=250), replicas)
    generator = context.numpy_generator("chain")
    times = (0.0, EARLY, LATE)
    states = dict(zip(times, run_chain(setting, times, generator), strict=True))
    return {time: outcome(states[time], generator) for time in (EARLY, LATE, 0.0)}


def network_of_four(dimension: int, replicas: int) -> XorSetting:
    """Four neurons, as many as corners."""
    return XorSetting(4, dimension, PRECISION, DECAY, replicas)


def outcome(state: Summary, generator: np.random.Generator) -> Outcome:
    """Captured corners, and the second layer on 400 test samples per run."""
    layer = second_layer(state, PRECISION, 400, generator)
    return Outcome(state, state.captured(captured_logit(DECAY)), layer)


@registry.claim(
    19,
    source="companion paper (arXiv 2206.04030) for 3/32; the others are derived here",
    basis="stated",
    statement=(
        "Four neurons capture 1, 2, 3 or 4 corners with the probabilities 1/64, 21/64, 9/16, 3/32: "
        "each picks one by the signs of its first weights."
    ),
)
def probabilities(context: Context) -> tuple[PathRun, list[Part]]:
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

    late, early = found[LATE].count, found[EARLY].count
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
    start, end = found[0.0].state, found[LATE].state
    others = Summary(
        *(np.roll(part, 1, axis=0) for part in (start.second, start.means, start.rest))
    )
    parts.append(
        Part(
            "Share of neurons that end at the corner told by the signs of their first weights",
            1.0,
            _as_told(start, end),
            Test(
                "threshold",
                0.1,
                "one in ten: a first component of 1/√d = 0.1 may turn in the noise of first steps",
                "above",
            ),
            [Control("signs of the next run", _as_told(others, end))],
        )
    )
    return _paths(context), parts


def _as_told(start: Summary, end: Summary) -> Estimate:
    """Share of neurons that end nearest the corner of their first signs."""
    first = np.where(start.means[..., 0] > 0, 0, 1)
    other = np.where(start.means[..., 1] > 0, 2, 3)
    told = np.where(start.second > 0, first, other)
    return replica_mean((end.means @ AXES.T).argmax(axis=-1) == told)


def _paths(context: Context) -> PathRun:
    """A network of four neurons that share three corners, by SGD and by the flow."""
    times = np.linspace(0, LATE, 26)
    generator = context.numpy_generator("paths")
    setting = network_of_four(200, 1)
    rest = run_chain(setting, [0.0], generator)[0].rest
    start = Summary(FIRST_SECOND[None], FIRST_MEANS[None], rest)
    states = run_chain(setting, times.tolist(), generator, start)
    means, second = flow(start.means, start.second, DECAY, times.tolist())
    flow_states = [Summary(v, m, start.rest) for m, v in zip(means, second, strict=True)]
    return PathRun(
        times,
        np.array([state.means[0] for state in states]),
        np.array([state.corner_logits()[0] for state in states]),
        means[:, 0],
        np.array([state.corner_logits()[0] for state in flow_states]),
        captured_logit(DECAY),
    )


def _positive(context: Context) -> np.ndarray:
    """Captured corners of networks that start with positive outgoing weights."""
    setting = network_of_four(100, 400)
    generator = context.numpy_generator("positive")
    start = run_chain(setting, [0.0], generator)[0]
    start = Summary(np.abs(start.second), start.means, start.rest)
    end = run_chain(setting, [LATE], generator, start)[-1]
    return np.asarray(end.captured(captured_logit(DECAY)).sum(axis=1))
