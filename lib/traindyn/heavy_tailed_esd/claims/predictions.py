"""What theory says about first steps that were measured."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from traindyn.heavy_tailed_esd.results.first_step import OptimizerStep
from traindyn.heavy_tailed_esd.studies.first_steps import VISIBLE, prediction_of
from traindyn.heavy_tailed_esd.theory.prediction import Prediction
from traindyn.heavy_tailed_esd.theory.spike import spike_overlap, spike_position


def prediction(step: OptimizerStep) -> Prediction:
    """Theory at the size that was run."""
    return prediction_of(step.optimizer, step.inputs, step.samples_per_input)


def visible_rate(step: OptimizerStep) -> float:
    """Learning rate at which the largest eigenvalue should pass :data:`VISIBLE` edges."""
    return prediction(step).rate_at(VISIBLE)


def own_position(step: OptimizerStep) -> np.ndarray:
    """Largest eigenvalue over d that follows from the measured length."""
    theory = prediction(step)
    return np.asarray(spike_position(step.length, theory.aspect, theory.beside * step.strengths))


def own_cosine(step: OptimizerStep) -> np.ndarray:
    """Cosine of the top direction and the weights along the step, from their measured length."""
    theory = prediction(step)
    other = theory.beside * step.strengths
    return np.asarray(np.sqrt(spike_overlap(step.length, theory.aspect, other)))


def independent(step: OptimizerStep) -> Prediction:
    """The wrong theory of a step that is independent of the start: nothing is undone."""
    return replace(prediction(step), shrinking=0.0, beside=0.0)
