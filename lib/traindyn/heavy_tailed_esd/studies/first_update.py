"""The first gradient beside its part of rank one, and the signs that Adam makes of it."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Literal

import numpy as np
from scipy import linalg

from traindyn.heavy_tailed_esd.experiments.mechanisms import permuted
from traindyn.heavy_tailed_esd.experiments.network import Problem, Student, Weights, draw_problem
from traindyn.heavy_tailed_esd.experiments.one_step import direction, first_gradient, residual_pull
from traindyn.heavy_tailed_esd.experiments.optimizers import Optimizer
from traindyn.heavy_tailed_esd.results.initial import RankOne, SignUpdate
from traindyn.heavy_tailed_esd.studies.first_steps import ASPECT
from traindyn.heavy_tailed_esd.theory.one_step import FirstStep, constants
from traindyn.runs import Context, study

SAMPLES_PER_INPUT = 2

THEORY = FirstStep(1 / SAMPLES_PER_INPUT, ASPECT)

VARIANTS = (
    Optimizer("adam", 1.0),
    Optimizer("adam", 1.0, bias_correction=False),
    Optimizer("adam", 1.0, epsilon=1e-3),
)


def gradient_sizes(context: Context) -> tuple[tuple[int, int], ...]:
    """Numbers of inputs and of problems at each."""
    return context.choose(
        ci=((50, 400), (100, 120), (200, 120)),
        laptop=((50, 400), (100, 120), (300, 60)),
        paper=((250, 240), (500, 120), (1000, 80)),
    )


@study(stream="HT-2")
def rank_one(
    context: Context,
    inputs: int,
    problems: int,
    kind: Literal["tanh", "linear", "doubled"] = "tanh",
) -> RankOne:
    """The first gradient of drawn problems and its predicted part of rank one.

    Args:
        context: Scale and seed of the run.
        inputs: Number d of inputs.
        problems: How many are drawn.
        kind: ``tanh``; or what is changed: a ``linear`` student, or weights that are ``doubled``.
    """
    generator, rows = context.torch_generator(f"{kind} {inputs}"), []
    for _ in range(problems):
        hidden = round(ASPECT * inputs)
        problem = draw_problem(inputs, SAMPLES_PER_INPUT * inputs, hidden, generator)
        if kind == "linear":
            problem = replace(problem, student=Student(problem.student.head, "linear"))
        if kind == "doubled":
            problem = replace(problem, weights=2 * problem.weights)
        rows.append(_rank_one(problem))
    return RankOne(*np.array(rows).T)


@study(stream="HT-3")
def sign_update(
    context: Context,
    inputs: int,
    problems: int,
    kind: Literal["tanh", "linear", "permuted"] = "tanh",
) -> SignUpdate:
    """Adam's first update on drawn problems.

    Args:
        context: Scale and seed of the run.
        inputs: Number d of inputs.
        problems: How many are drawn.
        kind: ``tanh``; or what is changed: a ``linear`` student, or a gradient with its entries
            ``permuted``.
    """
    generator, rows = context.torch_generator(f"{kind} {inputs}"), []
    for _ in range(problems):
        hidden = round(ASPECT * inputs)
        problem = draw_problem(inputs, SAMPLES_PER_INPUT * inputs, hidden, generator)
        if kind == "linear":
            problem = replace(problem, student=Student(problem.student.head, "linear"))
        gradient = first_gradient(problem)
        if kind == "permuted":
            gradient = permuted(gradient, generator)
        rows.append(_sign_update(gradient, problem.student.head.numpy()))
    return SignUpdate(*np.array(rows).T)


def _leading(matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The two largest singular values, falling, and the first left vector."""
    last = matrix.shape[1] - 1
    squares, right = linalg.eigh(matrix.T @ matrix, subset_by_index=(last - 1, last))
    left = matrix @ right[:, 1]
    return np.sqrt(np.maximum(squares[::-1], 0.0)), left / np.linalg.norm(left)


def _rank_one(problem: Problem) -> tuple[float, ...]:
    """The fields of :class:`RankOne` for one problem."""
    gradient = first_gradient(problem).numpy()
    head, pull = problem.student.head.numpy(), residual_pull(problem)
    slope = constants().slope if problem.student.activation == "tanh" else 1.0
    predicted = -2 * slope / math.sqrt(gradient.size) * np.outer(head, pull)
    norm, remainder = _leading(gradient)[0][0], gradient - predicted
    return (
        float(norm / np.linalg.norm(predicted)),
        float(_leading(remainder)[0][0] / norm),
        float(np.linalg.norm(remainder) / np.linalg.norm(gradient)),
    )


def _sign_update(gradient: Weights, head: np.ndarray) -> tuple[float, ...]:
    """The fields of :class:`SignUpdate` for one problem."""
    lengths = []
    for optimizer in VARIANTS:
        update = optimizer.updates()(gradient)
        lengths.append(float(update.norm()) / math.sqrt(update.numel()))
    step = direction(gradient, "adam").numpy()
    (values, left), (_, descent) = _leading(step), _leading(gradient.numpy())

    def overlap(vector: np.ndarray, units: np.ndarray) -> float:
        return float(abs(vector @ units) / np.linalg.norm(units))

    return (
        *lengths,
        float(values[0] / math.sqrt(step.size) / THEORY.sign_norm),
        float(values[1] / values[0]),
        overlap(left, np.sign(head)),
        overlap(left, head),
        overlap(descent, np.sign(head)),
        overlap(descent, head),
    )
