"""Networks of four neurons on XOR: which corners they capture."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int

from traindyn.hessian_alignment.experiments.xor import MATRICES, Matrix, XorSetting, layer_spectra
from traindyn.hessian_alignment.experiments.xor_chain import (
    AXES,
    SecondLayer,
    Summary,
    embed,
    run_chain,
    second_layer,
)
from traindyn.hessian_alignment.theory.xor import captured_logit
from traindyn.runs import Context, study

__all__ = ["MATRICES", "Matrix"]

Array = np.ndarray
DECAY, PRECISION = 0.05, 1000.0
EARLY, LATE = 25.0, 100.0
TIMES = (0.0, EARLY, LATE)
SAMPLES = 400
"""Test samples per run for the second layer."""

EMBEDDED, DIMENSION, TEST_SIZE, LARGEST = 64, 100, 8, 3
"""Runs whose first layers are examined, their inputs, test samples per input, neurons."""


@dataclass(frozen=True, eq=False)
class Outcome:
    """Runs at one time: statistics, captured corners, and the second layer on test samples."""

    state: Summary
    captured: Bool[Array, "runs 4"]
    layer: SecondLayer

    @property
    def count(self) -> Int[Array, " runs"]:
        """Number of captured corners of every run."""
        return np.asarray(self.captured.sum(axis=1))

    def frequencies(self) -> Float[Array, " 4"]:
        """Frequencies of 1, 2, 3 and 4 captured corners."""
        return np.bincount(self.count, minlength=5)[1:5] / len(self.captured)


def dimension(context: Context) -> int:
    """Number of inputs of :func:`outcomes`."""
    return context.choose(ci=100, laptop=100, paper=250)


@study(stream="HA-18")
def outcomes(context: Context) -> dict[float, Outcome]:
    """Runs at the start, stopped too early, and after a long time."""
    replicas = context.choose(ci=4000, laptop=4000, paper=20_000)
    setting = network_of_four(dimension(context), replicas)
    generator = context.numpy_generator("chain")
    states = dict(zip(TIMES, run_chain(setting, TIMES, generator), strict=True))
    return {time: _outcome(states[time], generator) for time in (EARLY, LATE, 0.0)}


@study(stream="HA-18")
def one_corner(context: Context) -> Outcome:
    """Networks whose four neurons all start toward the same corner: a rare case, drawn often."""
    setting = network_of_four(DIMENSION, 200)
    generator = context.numpy_generator("one corner")
    start = run_chain(setting, [0.0], generator)[0]
    toward = start.means.copy()
    toward[:, :, 0] = np.abs(toward[:, :, 0])
    start = Summary(np.abs(start.second), toward, start.rest)
    return _outcome(run_chain(setting, [LATE], generator, start)[-1], generator)


@study(stream="HA-18")
def first_layer_overlaps(
    context: Context, time: float, matrix: Matrix
) -> Float[Array, "runs neurons"]:
    """Runs below four corners: overlap of incoming weights with two eigenvectors."""
    found = outcomes(context)
    chosen, state = np.flatnonzero(found[LATE].count < 4)[:EMBEDDED], found[time].state
    some = Summary(state.second[chosen], state.means[chosen], state.rest[chosen])
    generator = context.torch_generator(f"first layer {time} {matrix}")
    network = embed(some, DIMENSION)
    samples = TEST_SIZE * DIMENSION
    return layer_spectra(network, PRECISION, samples, generator, matrix, LARGEST).first_overlap


def network_of_four(dimension: int, replicas: int) -> XorSetting:
    """Four neurons, as many as corners."""
    return XorSetting(4, dimension, PRECISION, DECAY, replicas)


def _outcome(state: Summary, generator: np.random.Generator) -> Outcome:
    """Captured corners, and the second layer on test samples."""
    layer = second_layer(state, PRECISION, SAMPLES, generator)
    return Outcome(state, state.captured(captured_logit(DECAY)), layer)


def told(context: Context) -> Int[Array, "runs K"]:
    """The corner of every neuron's first signs: that of v tells the pair, that of W which of it."""
    start = outcomes(context)[0.0].state
    first = np.where(start.means[..., 0] > 0, 0, 1)
    other = np.where(start.means[..., 1] > 0, 2, 3)
    return np.where(start.second > 0, first, other)


def as_told(context: Context, shift: int = 0) -> Bool[Array, "runs K"]:
    """Whether a neuron ends nearest the corner of its first signs, or of those of another run.

    Args:
        context: Scale and seed.
        shift: Distance of the run whose first signs are read.
    """
    ends = (outcomes(context)[LATE].state.means @ AXES.T).argmax(axis=-1)
    return np.asarray(ends == np.roll(told(context), shift, axis=0))
