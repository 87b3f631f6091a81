"""One step of many drawn problems, at several strengths and at the rate of a visible spike."""

from __future__ import annotations

from dataclasses import replace
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
    step_cosines,
)
from traindyn.heavy_tailed_esd.experiments.optimizers import OptimizerName
from traindyn.heavy_tailed_esd.results.first_step import OptimizerStep, StepCosines, StepSpikes
from traindyn.heavy_tailed_esd.theory.one_step import FirstStep
from traindyn.heavy_tailed_esd.theory.prediction import Prediction
from traindyn.heavy_tailed_esd.theory.spike import critical_length, strength_at
from traindyn.runs import Context, study

ASPECT = 1.5
"""Hidden units per input, as in the authors' configurations."""

VISIBLE = 1.1
"""Largest eigenvalue over the edge at which a spike counts as seen: at d = 100 the edge of a random
matrix scatters by 0.03 of itself."""

MULTIPLES = (0.8, 1.5, 3.0)
"""Lengths at which steps are measured, over the critical length."""

PLATEAU_STRENGTH = 8.0
"""Strength at which the alignment has reached its plateau: the start is 1/64 of the length."""

BELOW, ABOVE, FAR, PLATEAU = range(4)
"""Columns of the strengths in a step: 0.8, 1.5 and 3 critical lengths, and the plateau."""

OPTIMIZERS: tuple[OptimizerName, ...] = ("gd", "adam")

System = Literal["true", "shuffled", "foreign", "long", "axis"]


def spike_sizes(context: Context) -> tuple[tuple[int, int], ...]:
    """Numbers of inputs and of problems at each; an exponent rests on the first and the last."""
    return context.choose(
        ci=((50, 400), (90, 80), (150, 200)),
        laptop=((50, 480), (100, 80), (180, 200)),
        paper=((250, 240), (500, 160), (1000, 80)),
    )


def paper_size(context: Context) -> tuple[int, int]:
    """Number of inputs of the paper, less at ``ci``, and of a few problems."""
    return context.choose(ci=(240, 48), laptop=(1000, 24), paper=(1000, 80))


def steps_by_size(context: Context) -> dict[int, dict[OptimizerName, OptimizerStep]]:
    """First steps at every size, two samples per input."""
    return {
        inputs: first_steps(context, inputs, 2, problems)
        for inputs, problems in spike_sizes(context)
    }


def largest_steps(
    context: Context, samples_per_input: int = 2, system: System = "true"
) -> dict[OptimizerName, OptimizerStep]:
    """First steps at the largest size; systems that serve as controls need fewer problems."""
    inputs, problems = spike_sizes(context)[-1]
    if system not in ("true", "shuffled"):
        problems //= 2 if system == "foreign" else 4
    return first_steps(context, inputs, samples_per_input, problems, system)


def paper_steps(context: Context) -> dict[OptimizerName, OptimizerStep]:
    """First steps on a few problems of the paper's size."""
    inputs, problems = paper_size(context)
    return first_steps(context, inputs, 2, problems)


def prediction_of(name: OptimizerName, inputs: int, samples_per_input: int) -> Prediction:
    """Theory of these steps."""
    return Prediction.of(name, FirstStep(1 / samples_per_input, ASPECT), inputs)


def strengths(prediction: Prediction) -> np.ndarray:
    """Strengths of the lengths of :data:`MULTIPLES`, and of the plateau."""
    critical = critical_length(prediction.aspect)
    found = [strength_at(m * critical, prediction.shrinking) for m in MULTIPLES]
    return np.array([*found, PLATEAU_STRENGTH])


def _step_units(problem: Problem, name: OptimizerName) -> np.ndarray:
    """Unit vector of the hidden units along which the first step goes: the head, or its signs."""
    head = problem.student.head.numpy()
    units = head if name == "gd" else np.sign(head)
    return np.asarray(units / np.linalg.norm(units))


@study(stream="first steps")
def first_steps(
    context: Context,
    inputs: int,
    samples_per_input: int,
    problems: int,
    system: System = "true",
) -> dict[OptimizerName, OptimizerStep]:
    """First steps of both optimizers on drawn problems.

    Args:
        context: Scale and seed of the run.
        inputs: Number d of inputs.
        samples_per_input: n/d.
        problems: How many are drawn.
        system: ``true``; or what is changed: ``shuffled`` labels have nothing to do with the
            inputs; the step is added to ``foreign`` weights, not those that it was computed for,
            or to ``long`` ones, foreign and three times as long; the teacher looks along one
            ``axis`` of the inputs.
    """
    generator = context.torch_generator(f"{inputs} {samples_per_input} {system}")
    predictions = {name: prediction_of(name, inputs, samples_per_input) for name in OPTIMIZERS}
    measures: dict[OptimizerName, list[StepMeasure]] = {name: [] for name in OPTIMIZERS}
    thresholds: dict[OptimizerName, list[float]] = {name: [] for name in OPTIMIZERS}
    long: dict[OptimizerName, list[float]] = {name: [] for name in OPTIMIZERS}
    level = VISIBLE * (1 + ASPECT**0.5) ** 2 * inputs
    for _ in range(problems):
        problem, gradient = _drawn(inputs, samples_per_input, system, generator)
        start = None
        for name, prediction in predictions.items():
            step = direction(gradient, name)
            sweep = FirstSweep.of(problem.weights, step, start)
            start = sweep.start
            rates = strengths(prediction) / prediction.strength_of_rate
            measures[name].append(
                measure_steps(problem, step, sweep, _step_units(problem, name), rates, ABOVE)
            )
            expected = prediction.rate_at(VISIBLE)
            thresholds[name].append(sweep.rate_at(level, expected / 4, expected * 4))
            long[name].append(float(problem.weights.norm() / step.norm()))
    return {
        name: OptimizerStep(
            name,
            inputs,
            samples_per_input,
            strengths(predictions[name]),
            top=np.array([m.top for m in measures[name]]),
            second=np.array([m.second for m in measures[name]]),
            cosine=np.array([m.cosine for m in measures[name]]),
            length=np.array([m.length for m in measures[name]]),
            turned=np.array([m.turned for m in measures[name]]),
            taught=np.array([m.taught for m in measures[name]]),
            threshold=np.array(thresholds[name]),
            long=np.array(long[name]),
        )
        for name in OPTIMIZERS
    }


def _drawn(
    inputs: int, samples_per_input: int, system: System, generator: torch.Generator
) -> tuple[Problem, torch.Tensor]:
    """A problem of a system with the gradient at its start."""
    problem = draw_problem(inputs, samples_per_input * inputs, round(ASPECT * inputs), generator)
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
    return problem, gradient


PAIRED = 200, 8, 400
"""Inputs, samples per input and problems: with more samples the step undoes more of the start."""

COSINES = 100, 1600
"""Inputs, and problems whose first step alone is looked at, which costs little."""


@study(stream="first steps")
def cosines_of_steps(context: Context) -> dict[OptimizerName, StepCosines]:
    """Cosines of first steps with weights and teacher, n = 2d."""
    inputs, problems = COSINES
    generator = context.torch_generator("cosines")
    rows: dict[OptimizerName, list[tuple[float, float]]] = {name: [] for name in OPTIMIZERS}
    for _ in range(problems):
        problem, gradient = _drawn(inputs, 2, "true", generator)
        for name, found in rows.items():
            step = direction(gradient, name)
            found.append(step_cosines(problem, step, _step_units(problem, name)))
    return {name: StepCosines(*np.array(found).T) for name, found in rows.items()}


@study(stream="HT-6")
def paired_spikes(context: Context) -> dict[OptimizerName, StepSpikes]:
    """Spikes of both optimizers on the same problems, at 1.5 critical lengths."""
    inputs, samples_per_input, problems = PAIRED
    generator = context.torch_generator("paired")
    rows: dict[OptimizerName, list[tuple[float, ...]]] = {name: [] for name in OPTIMIZERS}
    rates = {}
    for name in OPTIMIZERS:
        theory = prediction_of(name, inputs, samples_per_input)
        rates[name] = float(strengths(theory)[ABOVE] / theory.strength_of_rate)
    for _ in range(problems):
        problem, gradient = _drawn(inputs, samples_per_input, "true", generator)
        for name, found in rows.items():
            after = (problem.weights + rates[name] * direction(gradient, name)).double().numpy()
            along = np.linalg.norm(_step_units(problem, name) @ after)
            found.append(tuple(float(x**2 / inputs) for x in (np.linalg.norm(after, 2), along)))
    return {name: StepSpikes(*np.array(found).T) for name, found in rows.items()}


@study(stream="HT-5")
def seconds_at_rate_one(context: Context) -> np.ndarray:
    """Second largest eigenvalue after a step of Adam with learning rate 1, per problem."""
    inputs = spike_sizes(context)[-1][0]
    generator, found = context.torch_generator("rate one"), []
    for _ in range(20):
        problem = draw_problem(inputs, 2 * inputs, round(ASPECT * inputs), generator)
        sweep = FirstSweep.of(problem.weights, direction(first_gradient(problem), "adam"))
        found.append(sweep.top(1.0, 2)[0][1])
    return np.array(found)
