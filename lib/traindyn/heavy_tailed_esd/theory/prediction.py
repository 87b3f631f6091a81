"""One optimizer's first step in the limit of large sizes, as a function of its strength."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Float
from scipy import optimize

from traindyn.heavy_tailed_esd.theory.one_step import FirstStep
from traindyn.heavy_tailed_esd.theory.spike import (
    alignment_after_step,
    critical_strength,
    spike_length,
    spike_position,
)

Array = np.ndarray


@dataclass(frozen=True)
class Prediction:
    """One optimizer's first step in the limit, as a function of its strength t.

    Args:
        strength_of_rate: Strength per unit of learning rate, at the size that was run.
        shrinking: Cosine b with which the step undoes the start.
        beside: Cosine κ with which it undoes what the head gives beside the units of the step.
        teacher_cosine: Cosine of the step and the teacher.
        threshold: Learning rate that makes a spike.
        aspect: Hidden units per input.
        inputs: Number d of inputs of the size that was run.
    """

    strength_of_rate: float
    shrinking: float
    beside: float
    teacher_cosine: float
    threshold: float
    aspect: float
    inputs: int

    @classmethod
    def of(cls, name: Literal["gd", "adam"], theory: FirstStep, inputs: int) -> Prediction:
        """The prediction for ``gd`` or ``adam`` with d inputs."""
        if name == "gd":
            unit, per, cosine = 1.0 * inputs, theory.gd_strength(1.0), theory.teacher_cosine
            shrinking, beside = theory.gd_shrinking, 0.0
            threshold = theory.gd_threshold
        else:
            unit, per = (theory.aspect * inputs) ** -0.5, theory.adam_strength(1.0)
            cosine = theory.teacher_cosine * theory.sign_cosine
            shrinking, beside = theory.adam_shrinking, theory.adam_beside
            threshold = theory.adam_threshold
        return cls(per / unit, shrinking, beside, cosine, threshold * unit, theory.aspect, inputs)

    @property
    def edge(self) -> float:
        """Upper end of the bulk over d."""
        return (1 + self.aspect**0.5) ** 2

    def length(self, strength: Float[Array, "..."]) -> Float[Array, "..."]:
        """Length of the weights along the step."""
        return np.asarray(spike_length(strength, self.shrinking))

    def position(self, strength: Float[Array, "..."]) -> Float[Array, "..."]:
        """Largest eigenvalue over d."""
        other = self.beside * np.asarray(strength)
        return np.asarray(spike_position(self.length(strength), self.aspect, other))

    def alignment(self, strength: Float[Array, "..."]) -> Float[Array, "..."]:
        """Cosine of the top direction and the teacher."""
        return alignment_after_step(
            strength, self.shrinking, self.teacher_cosine, self.aspect, self.beside
        )

    def alignment_at(self, rates: Float[Array, "..."]) -> Float[Array, "..."]:
        """That cosine at learning rates over the threshold."""
        return self.alignment(rates * (self.strength_of_rate * self.threshold))

    def rate_at(self, ratio: float) -> float:
        """Learning rate at which the largest eigenvalue stands a factor above the edge.

        Raises:
            ValueError: If the ratio is not above 1.
        """
        if not ratio > 1:
            raise ValueError(f"ratio must be above 1, got {ratio}")

        def excess(strength: float) -> float:
            return float(self.position(np.array(strength))) - ratio * self.edge

        low = critical_strength(self.shrinking, self.beside, self.aspect)
        high = low + 2 * self.shrinking + (ratio * self.edge) ** 0.5  # there ℓ is above that place
        return float(optimize.brentq(excess, low, high, xtol=1e-12)) / self.strength_of_rate
