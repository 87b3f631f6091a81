"""What one step did to many drawn problems, and the theory it is compared with."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from traindyn.heavy_tailed_esd.theory.bulk import bulk_edges
from traindyn.heavy_tailed_esd.theory.one_step import FirstStep
from traindyn.heavy_tailed_esd.theory.spike import (
    alignment_after_step,
    spike_length,
    spike_overlap,
    spike_position,
)

Array = np.ndarray

__all__ = [
    "Alignment",
    "FirstStep",
    "InitialRun",
    "OptimizerStep",
    "Prediction",
    "RateSweep",
    "ScaleRun",
]


@dataclass(frozen=True)
class Prediction:
    """One optimizer's first step in the limit, as a function of its strength t.

    Args:
        strength_of_rate: Strength per unit of learning rate, at the size that was run.
        shrinking: Cosine b with which the step undoes the start.
        teacher_cosine: Cosine of the step and the teacher.
        threshold: Learning rate that makes a spike.
        aspect: Hidden units per input.
        inputs: Number d of inputs of the size that was run.
    """

    strength_of_rate: float
    shrinking: float
    teacher_cosine: float
    threshold: float
    aspect: float
    inputs: int

    @classmethod
    def of(cls, name: str, theory: FirstStep, inputs: int) -> Prediction:
        """The prediction for ``gd`` or ``adam`` with d inputs."""
        if name == "gd":
            unit, per, cosine = 1.0 * inputs, theory.gd_strength(1.0), theory.teacher_cosine
            shrinking, threshold = theory.gd_shrinking, theory.gd_threshold
        else:
            unit, per = (theory.aspect * inputs) ** -0.5, theory.adam_strength(1.0)
            cosine = theory.teacher_cosine * theory.sign_cosine
            shrinking, threshold = theory.adam_shrinking, theory.adam_threshold
        return cls(per / unit, shrinking, cosine, threshold * unit, theory.aspect, inputs)

    def length(self, strength: Float[Array, "..."]) -> Float[Array, "..."]:
        """Length of the weights along the step."""
        return np.asarray(spike_length(strength, self.shrinking))

    def position(self, strength: Float[Array, "..."]) -> Float[Array, "..."]:
        """Largest eigenvalue over d."""
        return np.asarray(spike_position(self.length(strength), self.aspect))

    def alignment(self, strength: Float[Array, "..."]) -> Float[Array, "..."]:
        """Cosine of the top direction and the teacher."""
        return alignment_after_step(strength, self.shrinking, self.teacher_cosine, self.aspect)


@dataclass(frozen=True)
class OptimizerStep:
    """First steps of one optimizer at several strengths, one row per problem.

    Args:
        prediction: Theory at this size.
        strengths: Strengths t, by the limit's learning rates.
        top: Largest eigenvalue over d.
        second: Second largest eigenvalue over d.
        cosine: Cosine of the top direction and the teacher.
        length: Length of the weights along the step, from the weights after it.
        carried: Cosine of the weights along the step and the teacher, likewise.
        threshold: Learning rate at which the largest eigenvalue passes 1.1 edges.
        long: Learning rate at which the step is as long as the weights.
    """

    prediction: Prediction
    strengths: Float[Array, " strengths"]
    top: Float[Array, "problems strengths"]
    second: Float[Array, "problems strengths"]
    cosine: Float[Array, "problems strengths"]
    length: Float[Array, "problems strengths"]
    carried: Float[Array, "problems strengths"]
    threshold: Float[Array, " problems"]
    long: Float[Array, " problems"]

    @property
    def inputs(self) -> int:
        """Number d of inputs."""
        return self.prediction.inputs

    @property
    def edge(self) -> float:
        """Upper end of the bulk over d."""
        return (1 + self.prediction.aspect**0.5) ** 2

    @property
    def own_position(self) -> Float[Array, "problems strengths"]:
        """Largest eigenvalue over d that follows from the measured length."""
        return np.asarray(spike_position(self.length, self.prediction.aspect))

    @property
    def own_alignment(self) -> Float[Array, "problems strengths"]:
        """Cosine with the teacher that follows from the measured length and direction."""
        overlap = spike_overlap(self.length, self.prediction.aspect)
        return np.asarray(self.carried * np.sqrt(overlap))


@dataclass(frozen=True)
class InitialRun:
    """Spectra without and with one step, for the first picture.

    Args:
        inputs: Number d of inputs.
        hidden: Number h of hidden units.
        start: Eigenvalues of the start.
        stepped: By optimizer, eigenvalues after one step.
        spike: By optimizer, the predicted largest eigenvalue.
    """

    inputs: int
    hidden: int
    start: Float[Array, " inputs"]
    stepped: dict[str, Float[Array, " inputs"]]
    spike: dict[str, float]

    @property
    def edges(self) -> tuple[float, float]:
        """Ends of the bulk."""
        return bulk_edges(self.hidden, self.inputs)


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
class Alignment:
    """First steps by number of samples per input and optimizer, and with shuffled labels.

    Args:
        steps: By (samples per input, optimizer).
        shuffled: By optimizer, at two samples per input.
    """

    steps: dict[tuple[int, str], OptimizerStep]
    shuffled: dict[str, OptimizerStep]


@dataclass(frozen=True)
class RateSweep:
    """One problem after one step at several learning rates.

    Args:
        label: Name of the optimizer.
        prediction: Theory at this size.
        hidden: Number h of hidden units.
        rates: Learning rates over the threshold.
        eigenvalues: Spectrum at each rate, rising.
        alignment: Cosine of the top direction and the teacher at each rate.
    """

    label: str
    prediction: Prediction
    hidden: int
    rates: Float[Array, " rates"]
    eigenvalues: Float[Array, "rates inputs"]
    alignment: Float[Array, " rates"]

    @property
    def inputs(self) -> int:
        """Number d of inputs."""
        return self.eigenvalues.shape[1]

    @property
    def threshold(self) -> float:
        """Learning rate of the threshold."""
        return self.prediction.threshold

    @property
    def position(self) -> Float[Array, " rates"]:
        """Predicted largest eigenvalue at each rate."""
        return self.inputs * self.prediction.position(self._strength(self.rates))

    def predicted_alignment(self, rates: Float[Array, " k"]) -> Float[Array, " k"]:
        """Predicted alignment at relative rates."""
        return self.prediction.alignment(self._strength(rates))

    def _strength(self, rates: Float[Array, " k"]) -> Float[Array, " k"]:
        return rates * (self.prediction.strength_of_rate * self.threshold)
