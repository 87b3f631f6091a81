"""Problems, treatments and predictions that the claims about ridge heads share."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from traindyn.heavy_tailed_esd.experiments.optimizers import Optimizer
from traindyn.heavy_tailed_esd.experiments.treatments import (
    Setting,
    Treatment,
    heads,
    layers,
    per_problem,
    treated,
)
from traindyn.heavy_tailed_esd.results.heads import HeadCurve, Predicted
from traindyn.heavy_tailed_esd.theory.floors import SLOPE, linear_ridge_loss
from traindyn.heavy_tailed_esd.theory.heads import FeatureMoments, tanh_moments
from traindyn.inference import Estimate, estimate_mean
from traindyn.runs import Context

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


def plenty(context: Context) -> Setting:
    """Problems with n = 2d, where gain and harm nearly cancel: enough to see the sign of the rest.

    A change of the loss scatters by 0.025 from problem to problem at d = 100, by 1/d.
    """
    return problems(context, 2.0, number=context.choose(ci=160, laptop=96, paper=48))


def adam(rate: float, steps: int = 10, *, shuffled: bool = False, decay: float = 1.0) -> Treatment:
    """Ten steps of Adam, by default."""
    return Treatment(Optimizer("adam", rate, decay), steps, shuffled)


def gd(setting: Setting, rate: float, steps: int = 10) -> Treatment:
    """Gradient descent; the learning rate in units of d."""
    return Treatment(Optimizer("gd", rate * setting.inputs), steps)


def spike_rate(setting: Setting) -> float:
    """The learning rate of Adam with a spike and an untouched bulk."""
    return SPIKE / float(setting.hidden) ** 0.5


def predicted(setting: Setting, treatment: Treatment) -> Predicted:
    """Losses and alignments of every treated problem, from the moments of its features."""
    return Predicted(setting, lambda scaling: _MOMENTS[scaling](setting, treatment))


def _moments_at(power: float) -> Callable[..., list[FeatureMoments]]:
    def of_one(setting: Setting, treatment: Treatment, index: int) -> FeatureMoments:
        weights, teacher = treated(setting, treatment, index), setting.draw(index)[0].teacher
        w, direction = (v.double().numpy() for v in (weights, teacher.direction))
        return tanh_moments(w, direction, power, SLOPE)

    return per_problem(of_one)


_MOMENTS = (_moments_at(0.5), _moments_at(1.0))


def compared(measured: Array, prediction: Array) -> tuple[float, Estimate]:
    """Mean prediction and mean measurement; the error is that of their difference, in pairs."""
    gap = estimate_mean(measured - prediction)
    mean = float(prediction.mean())
    return mean, Estimate(mean + gap.value, gap.stderr, gap.n, "1", gap.degrees_of_freedom)


def lowest(candidates: Sequence[Array]) -> Estimate:
    """Mean of the candidate with the lowest mean.

    It is chosen on the first half of its problems and measured on the second, so that the choice
    does not flatter it.
    """
    best = min(candidates, key=lambda losses: float(losses[: len(losses) // 2].mean()))
    return estimate_mean(best[len(best) // 2 :])


def worth(ratio: float, noise: float = 0.3) -> float:
    """What twice the samples gain for the best linear ridge: the measure of an effect that matters.

    At n = 8d it is 0.03. Twice the samples is what the two stages have over the second alone.
    """
    return linear_ridge_loss(1 / ratio, noise) - linear_ridge_loss(1 / (2 * ratio), noise)


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
