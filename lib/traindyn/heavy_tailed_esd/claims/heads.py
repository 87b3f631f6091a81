"""Problems, treatments and predictions that the claims about ridge heads share."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np

from traindyn.heavy_tailed_esd.experiments.optimizers import Optimizer
from traindyn.heavy_tailed_esd.experiments.treatments import (
    Setting,
    Treatment,
    heads,
    layers,
    treated,
)
from traindyn.heavy_tailed_esd.results.heads import HeadCurve, Predicted
from traindyn.heavy_tailed_esd.theory.heads import tanh_moments
from traindyn.inference import Estimate, estimate_mean
from traindyn.ledger import Context

Array = np.ndarray

MODEL, PUBLIC = 0, 1
"""Scalings of the features: the model's, and that of the authors' public code."""

START = Treatment()

SPIKE = 0.75
"""Learning rate of Adam times √h that makes a spike within ten steps and leaves the bulk alone: a
third of the threshold of a single step. It is 0.03 at the 600 units of d = 400."""


def problems(context: Context, ratio: float, noise: float = 0.3, number: int = 32) -> Setting:
    """Problems of this scale; the same ones for every claim that asks."""
    shared = Context(context.scale, context.seed, "heads").numpy_generator("problems")
    inputs = context.choose(ci=100, laptop=160, paper=400)
    return Setting(inputs, ratio, number, int(shared.integers(2**40)), noise)


def adam(rate: float, steps: int = 10, *, shuffled: bool = False, decay: float = 1.0) -> Treatment:
    """Ten steps of Adam, by default."""
    return Treatment(Optimizer("adam", rate, decay), steps, shuffled)


def gd(setting: Setting, rate: float, steps: int = 10) -> Treatment:
    """Gradient descent; the learning rate in units of d."""
    return Treatment(Optimizer("gd", rate * setting.inputs), steps)


def spike_rate(setting: Setting) -> float:
    """The learning rate of Adam with a spike and an untouched bulk."""
    return SPIKE / float(setting.hidden) ** 0.5


@cache
def predicted(setting: Setting, treatment: Treatment) -> Predicted:
    """Moments of the features of every treated problem, in both scalings."""
    moments = []
    for problem, weights in treated(setting, treatment):
        w, direction = (v.double().numpy() for v in (weights, problem.teacher.direction))
        moments.append(tuple(tanh_moments(w, direction, power, 0.5) for power in (0.5, 1.0)))
    return Predicted(setting, moments)


def compared(measured: Array, prediction: Array) -> tuple[float, Estimate]:
    """Mean prediction and mean measurement; the error is that of their difference, in pairs."""
    gap = estimate_mean(measured - prediction)
    mean = float(prediction.mean())
    return mean, Estimate(mean + gap.value, gap.stderr, gap.n, "1", gap.degrees_of_freedom)


def change(after: Array, before: Array) -> Estimate:
    """Mean change from one treatment to another, in pairs."""
    return estimate_mean(after - before)


def curve(setting: Setting, rates: Sequence[float], treatments: Sequence[Treatment]) -> HeadCurve:
    """Losses over learning rates; predictions from the first eight problems."""
    few = Setting(setting.inputs, setting.ratio, 8, setting.seed, setting.noise)
    return HeadCurve.of(
        rates,
        [heads(setting, t) for t in treatments],
        [layers(few, t) for t in treatments],
        [predicted(few, t) for t in treatments],
    )
