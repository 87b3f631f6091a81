"""One step of many drawn problems, run once for the claims that read it."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Literal

import numpy as np
import torch

from traindyn.heavy_tailed_esd.experiments.data import SingleIndex
from traindyn.heavy_tailed_esd.experiments.network import Problem, draw_problem
from traindyn.heavy_tailed_esd.experiments.one_step import (
    FirstSweep,
    StepMeasure,
    direction,
    first_gradient,
    measure_steps,
)
from traindyn.heavy_tailed_esd.experiments.optimizers import OptimizerName
from traindyn.heavy_tailed_esd.results.first_step import FirstStep, OptimizerStep, Prediction
from traindyn.heavy_tailed_esd.theory.spike import critical_length, length_at, strength_at
from traindyn.runs import Context, Scale

ASPECT = 1.5
"""Hidden units per input, as in the authors' configurations."""

VISIBLE = 1.1
"""Largest eigenvalue over the edge at which a spike counts as seen: at d = 100 the edge of a random
matrix scatters by 0.03 of itself."""

MULTIPLES = (0.8, 1.5, 3.0)
"""Lengths at which steps are measured, over the critical length."""

PLATEAU_STRENGTH = 8.0
"""Strength at which the alignment has reached its plateau: the start is 1/64 of the length."""

System = Literal["true", "shuffled", "foreign", "long", "axis"]


def strengths(prediction: Prediction) -> np.ndarray:
    """Strengths of the lengths of :data:`MULTIPLES`, and of the plateau."""
    critical = critical_length(prediction.aspect)
    found = [strength_at(m * critical, prediction.shrinking) for m in MULTIPLES]
    return np.array([*found, PLATEAU_STRENGTH])


def visible_rate(prediction: Prediction) -> float:
    """Learning rate at which the largest eigenvalue should pass :data:`VISIBLE` edges."""
    length = length_at(VISIBLE, prediction.aspect)
    return strength_at(length, prediction.shrinking) / prediction.strength_of_rate


def step_units(problem: Problem, name: OptimizerName) -> np.ndarray:
    """Unit vector of the hidden units along which the first step goes: the head, or its signs."""
    head = problem.student.head.numpy()
    units = head if name == "gd" else np.sign(head)
    return np.asarray(units / np.linalg.norm(units))


@cache
def first_steps(
    scale: Scale,
    seed: int,
    inputs: int,
    samples_per_input: int,
    problems: int,
    system: System = "true",
) -> dict[str, OptimizerStep]:
    """First steps of both optimizers on drawn problems.

    Args:
        scale: Scale of the run, for the stream.
        seed: Seed of the run.
        inputs: Number d of inputs.
        samples_per_input: n/d.
        problems: How many are drawn.
        system: ``true``; or what is changed: ``shuffled`` labels have nothing to do with the
            inputs; the step is added to ``foreign`` weights, not those that it was computed for,
            or to ``long`` ones, foreign and three times as long; the teacher looks along one
            ``axis`` of the inputs.
    """
    stream = Context(scale, seed, "first steps")
    generator = stream.torch_generator(f"{inputs} {samples_per_input} {system}")
    theory = FirstStep(1 / samples_per_input, ASPECT)
    names: tuple[OptimizerName, ...] = ("gd", "adam")
    predictions = {name: Prediction.of(name, theory, inputs) for name in names}
    measures: dict[str, list[StepMeasure]] = {name: [] for name in names}
    thresholds: dict[str, list[float]] = {name: [] for name in names}
    long: dict[str, list[float]] = {name: [] for name in names}
    level = VISIBLE * (1 + ASPECT**0.5) ** 2 * inputs
    for _ in range(problems):
        problem = draw_problem(
            inputs, samples_per_input * inputs, round(ASPECT * inputs), generator
        )
        if system == "axis":
            teacher = SingleIndex(torch.eye(inputs, dtype=torch.float64)[0])
            seen = teacher.draw(samples_per_input * inputs, generator)
            problem = replace(problem, teacher=teacher, sample=seen)
        if system == "shuffled":
            problem = replace(problem, sample=problem.sample.shuffled(generator))
        gradient = first_gradient(problem)
        if system in ("foreign", "long"):
            other = draw_problem(inputs, 1, round(ASPECT * inputs), generator).weights
            problem = replace(problem, weights=other * (3 if system == "long" else 1))
        start = None
        for name in names:
            step = direction(gradient, name)
            sweep = FirstSweep.of(problem.weights, step, start)
            start = sweep.start
            rates = strengths(predictions[name]) / predictions[name].strength_of_rate
            measures[name].append(
                measure_steps(problem, step, sweep, step_units(problem, name), rates)
            )
            expected = visible_rate(predictions[name])
            thresholds[name].append(_crossing(sweep, level, expected))
            long[name].append(float(problem.weights.norm() / step.norm()))
    return {
        name: _collect(predictions[name], measures[name], thresholds[name], long[name])
        for name in names
    }


def _collect(
    prediction: Prediction,
    measures: list[StepMeasure],
    thresholds: list[float],
    long: list[float],
) -> OptimizerStep:
    """Stack the measurements of all problems."""
    return OptimizerStep(
        prediction,
        strengths(prediction),
        top=np.array([m.top for m in measures]),
        second=np.array([m.second for m in measures]),
        cosine=np.array([m.cosine for m in measures]),
        length=np.array([m.length for m in measures]),
        carried=np.array([m.carried for m in measures]),
        threshold=np.array(thresholds),
        long=np.array(long),
    )


def _crossing(sweep: FirstSweep, level: float, expected: float) -> float:
    """Learning rate at which the largest eigenvalue crosses a level, at least expected / 4."""
    low, high = expected / 4, expected * 4
    if sweep.largest(low) >= level:
        return low
    return sweep.rate_at(level, low, high)


BELOW, ABOVE, FAR, PLATEAU = range(4)
"""Columns of the strengths in a step: 0.8, 1.5 and 3 critical lengths, and the plateau."""


def spike_sizes(context: Context) -> tuple[tuple[int, int], ...]:
    """Numbers of inputs and of problems at each."""
    return context.choose(
        ci=((80, 320), (120, 240), (180, 160)),
        laptop=((100, 240), (200, 200), (300, 120)),
        paper=((250, 240), (500, 160), (1000, 80)),
    )


def largest_steps(
    context: Context, samples_per_input: int = 2, system: System = "true"
) -> dict[str, OptimizerStep]:
    """First steps at the largest size; systems that serve as controls need fewer problems."""
    inputs, problems = spike_sizes(context)[-1]
    if system not in ("true", "shuffled"):
        problems //= 4
    return first_steps(context.scale, context.seed, inputs, samples_per_input, problems, system)


def paper_steps(context: Context) -> dict[str, OptimizerStep]:
    """First steps on a few problems of the paper's size, d = 1,000; of d = 400 at ``ci``."""
    inputs, problems = context.choose(ci=(400, 64), laptop=(1000, 24), paper=(1000, 80))
    return first_steps(context.scale, context.seed, inputs, 2, problems)
