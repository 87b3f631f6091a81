"""What one step did to many drawn problems, beside what was predicted."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from traindyn.heavy_tailed_esd.experiments.optimizers import OptimizerName

Array = np.ndarray

__all__ = [
    "Alignment",
    "AlignmentCurve",
    "OptimizerName",
    "OptimizerStep",
    "Positions",
    "ScaleRun",
    "StableRates",
]


@dataclass(frozen=True)
class StableRates:
    """The limit of stability of gradient descent at the start over d, one entry per problem.

    Times the mean square of the problem's head.

    Args:
        few: With two samples per input.
        many: With eight.
    """

    few: Float[Array, " problems"]
    many: Float[Array, " problems"]


@dataclass(frozen=True)
class OptimizerStep:
    """First steps of one optimizer at several strengths, one row per problem.

    Args:
        optimizer: Its name.
        inputs: Number d of inputs.
        samples_per_input: n/d.
        strengths: Strengths t, by the limit's learning rates.
        top: Largest eigenvalue over d.
        second: Second largest eigenvalue over d at 1.5 critical lengths.
        cosine: Cosine of the top direction and the teacher.
        length: Length of the weights along the step, from the weights after it.
        turned: Cosine of these weights and the top direction.
        taught: Cosine of the step along the units and the teacher.
        threshold: Learning rate at which the largest eigenvalue passes 1.1 edges.
        long: Learning rate at which the step is as long as the weights.
    """

    optimizer: OptimizerName
    inputs: int
    samples_per_input: int
    strengths: Float[Array, " strengths"]
    top: Float[Array, "problems strengths"]
    second: Float[Array, " problems"]
    cosine: Float[Array, "problems strengths"]
    length: Float[Array, "problems strengths"]
    turned: Float[Array, "problems strengths"]
    taught: Float[Array, " problems"]
    threshold: Float[Array, " problems"]
    long: Float[Array, " problems"]


@dataclass(frozen=True)
class StepCosines:
    """Cosines of first steps along the units, one entry per problem.

    Args:
        undone: Minus the cosine with the weights along the units before the step.
        taught: Cosine with the teacher.
    """

    undone: Float[Array, " problems"]
    taught: Float[Array, " problems"]


@dataclass(frozen=True)
class StepSpikes:
    """Spikes that first steps make, one entry per problem.

    Args:
        top: Largest eigenvalue over d after a step to 1.5 critical lengths.
        length: Length of the weights along the step after it.
    """

    top: Float[Array, " problems"]
    length: Float[Array, " problems"]


@dataclass(frozen=True)
class Positions:
    """Where spikes land.

    Args:
        steps: First steps by optimizer.
        length: Lengths of the weights along the step, from the critical one on.
        predicted: Largest eigenvalue over d there; the first is the edge of the bulk.
    """

    steps: dict[OptimizerName, OptimizerStep]
    length: Float[Array, " points"]
    predicted: Float[Array, " points"]


@dataclass(frozen=True)
class ScaleRun:
    """Learning rates over the size, by name of the scale: medians and predictions.

    Args:
        sizes: Numbers d of inputs.
        measured: By name, one rate per size.
        predicted: By name, one rate per size.
    """

    sizes: Float[Array, " sizes"]
    measured: dict[str, Float[Array, " sizes"]]
    predicted: dict[str, Float[Array, " sizes"]]


@dataclass(frozen=True)
class AlignmentCurve:
    """Alignment of the top direction and the teacher over the learning rate.

    Args:
        rates: Learning rates over the threshold.
        cosine: What was measured there, one row per problem.
        grid: Finer rates, likewise.
        predicted: Theory there.
    """

    rates: Float[Array, " rates"]
    cosine: Float[Array, "problems rates"]
    grid: Float[Array, " points"]
    predicted: Float[Array, " points"]


@dataclass(frozen=True)
class Alignment:
    """Alignments by number of samples per input and optimizer, and with shuffled labels.

    Args:
        curves: By (samples per input, optimizer).
        shuffled: By optimizer, at two samples per input.
    """

    curves: dict[tuple[int, OptimizerName], AlignmentCurve]
    shuffled: dict[OptimizerName, AlignmentCurve]
