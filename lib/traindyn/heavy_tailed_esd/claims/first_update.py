"""Claims HT-2 and HT-3: the first gradient has rank one, and Adam makes signs of it."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
from scipy import linalg

from traindyn.heavy_tailed_esd.claims.estimates import slope_over_sizes
from traindyn.heavy_tailed_esd.claims.first_steps import ASPECT
from traindyn.heavy_tailed_esd.claims.initial import LOAD, initial_sizes
from traindyn.heavy_tailed_esd.claims.registry import registry
from traindyn.heavy_tailed_esd.experiments.mechanisms import permuted
from traindyn.heavy_tailed_esd.experiments.network import (
    Problem,
    Student,
    Weights,
    draw_problem,
)
from traindyn.heavy_tailed_esd.experiments.one_step import (
    direction,
    first_gradient,
    residual_pull,
)
from traindyn.heavy_tailed_esd.experiments.optimizers import Optimizer
from traindyn.heavy_tailed_esd.results.first_step import FirstStep
from traindyn.heavy_tailed_esd.theory.one_step import constants
from traindyn.inference import Estimate, estimate_mean
from traindyn.ledger import Control, Part, Test
from traindyn.runs import Context


def _leading(matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The two largest singular values, falling, and the first left vector."""
    last = matrix.shape[1] - 1
    squares, right = linalg.eigh(matrix.T @ matrix, subset_by_index=(last - 1, last))
    left = matrix @ right[:, 1]
    return np.sqrt(np.maximum(squares[::-1], 0.0)), left / np.linalg.norm(left)


def _rank_one(problem: Problem) -> tuple[float, ...]:
    """Norms of the gradient and of what is left of it beyond its predicted rank-one part."""
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


@registry.claim(
    2,
    source="public reviews of the paper; constants derived here",
    basis="stated",
    statement=(
        "The first gradient is a matrix of rank one plus a remainder that is small in the "
        "spectral norm, but not in the Frobenius norm."
    ),
)
def rank_one_gradient(context: Context) -> tuple[dict[int, np.ndarray], list[Part]]:
    """HT-2."""
    theory = FirstStep(LOAD, ASPECT)

    def over_problems(inputs: int, count: int, kind: str = "tanh") -> np.ndarray:
        generator = context.torch_generator(f"{kind} {inputs}")
        rows = []
        for _ in range(count):
            problem = draw_problem(inputs, round(inputs / LOAD), round(ASPECT * inputs), generator)
            if kind == "linear":
                problem = replace(problem, student=Student(problem.student.head, "linear"))
            if kind == "doubled":
                problem = replace(problem, weights=2 * problem.weights)
            if kind == "alike":
                problem = replace(problem, weights=problem.weights[:1].expand_as(problem.weights))
            rows.append(_rank_one(problem))
        return np.array(rows)

    found = {inputs: over_problems(inputs, count // 2) for inputs, count in initial_sizes(context)}
    inputs = max(found)
    last = [estimate_mean(column) for column in found[inputs].T]
    doubled = over_problems(inputs, 20, "doubled")
    linear = over_problems(inputs, 2, "linear")
    spectral = [rows[:, 1] for rows in found.values()]
    alike = [over_problems(size, 24, "alike")[:, 1] for size in found]
    parts = [
        Part(
            f"Spectral norm of the gradient over 2c₁|a||x_r|/√(hd), d = {inputs}",
            1.0,
            last[0],
            Test("equality", 0.02, "the square of the remainder's share, 1.3²/d, and its scatter"),
            [Control("weights twice as large: smaller slopes", estimate_mean(doubled[:, 0]))],
        ),
        Part(
            "Slope of the remainder's share of the spectral norm over d, log-log",
            -0.5,
            slope_over_sizes(list(found), spectral),
            Test("slope", 0.1, "a fifth of the exponent; corrections are of order d^(-1/2)"),
            [Control("hidden units with equal weights", slope_over_sizes(list(found), alike))],
        ),
        Part(
            "The remainder's share of the Frobenius norm",
            math.sqrt(theory.slope_scatter / (1 + theory.slope_scatter)),
            last[2],
            Test("equality", 0.03, "a twelfth of the share; corrections are of order 1/√d"),
            [Control("linear student", Estimate(float(linear[:, 2].max()), n=len(linear)))],
        ),
    ]
    return found, parts


@registry.claim(
    3,
    source="Theorem 4.1, as quoted in the public reviews; constants derived here",
    basis="stated",
    statement=(
        "Adam's first update is a matrix of signs: its Frobenius norm is √(hd) times the learning "
        "rate, and its spectral norm is a constant share of that."
    ),
)
def sign_update(context: Context) -> tuple[dict[int, np.ndarray], list[Part]]:
    """HT-3."""
    theory = FirstStep(LOAD, ASPECT)
    optimizers = {
        "as it is": Optimizer("adam", 1.0),
        "without bias correction": Optimizer("adam", 1.0, bias_correction=False),
        "epsilon 1e-3": Optimizer("adam", 1.0, epsilon=1e-3),
    }

    def statistics(gradient: Weights, head: np.ndarray) -> tuple[float, ...]:
        lengths = []
        for optimizer in optimizers.values():
            update = optimizer.updates()(gradient)
            lengths.append(float(update.norm()) / math.sqrt(update.numel()))
        step = direction(gradient, "adam").numpy()
        (values, left), (_, descent) = _leading(step), _leading(gradient.numpy())

        def overlap(vector: np.ndarray, units: np.ndarray) -> float:
            return float(abs(vector @ units) / np.linalg.norm(units))

        return (
            *lengths,
            float(values[0] / math.sqrt(step.size) / theory.sign_norm),
            float(values[1] / values[0]),
            overlap(left, np.sign(head)),
            overlap(left, head),
            overlap(descent, np.sign(head)),
            overlap(descent, head),
        )

    def over_problems(inputs: int, count: int, kind: str = "tanh") -> np.ndarray:
        generator = context.torch_generator(f"{kind} {inputs}")
        rows = []
        for _ in range(count):
            problem = draw_problem(inputs, round(inputs / LOAD), round(ASPECT * inputs), generator)
            if kind == "linear":
                problem = replace(problem, student=Student(problem.student.head, "linear"))
            gradient = first_gradient(problem)
            if kind == "permuted":
                gradient = permuted(gradient, generator)
            rows.append(statistics(gradient, problem.student.head.numpy()))
        return np.array(rows)

    found = {inputs: over_problems(inputs, count // 2) for inputs, count in initial_sizes(context)}
    inputs = max(found)
    linear = over_problems(inputs, 2, "linear")
    means = [estimate_mean(column) for column in found[inputs].T]
    mixed = {size: over_problems(size, 12, "permuted") for size in found}

    def norm_slope(runs: dict[int, np.ndarray]) -> Estimate:
        return slope_over_sizes(list(runs), [rows[:, 3] * d for d, rows in runs.items()])

    def ratio_slope(runs: dict[int, np.ndarray]) -> Estimate:
        return slope_over_sizes(list(runs), [rows[:, 4] for rows in runs.values()])

    parts = [
        Part(
            "Frobenius norm of the first update over η√(hd)",
            1.0,
            means[0],
            Test("equality", 0.01, "a share of entries as small as ε over the median gradient"),
            [
                Control("without bias correction", means[1]),
                Control("ε = 0.001", means[2]),
            ],
        ),
        Part(
            f"Its spectral norm over η√(hd) k_A, d = {inputs}",
            1.0,
            means[3],
            Test("equality", 0.025, "half the size 1/√d of corrections at d = 400"),
            [Control("linear student", Estimate(float(linear[:, 3].mean()), n=len(linear)))],
        ),
        Part(
            "Slope of the spectral norm over d, log-log, at a fixed shape",
            1.0,
            norm_slope(found),
            Test("slope", 0.05, "a tenth of the distance to the exponent 1/2 of random signs"),
            [Control("entries of the gradient in random places", norm_slope(mixed))],
        ),
        Part(
            "Overlap of its left vector with the signs of the head",
            1.0,
            means[5],
            Test("equality", 5 / inputs, "5/d: the remainder turns the vector by about 2/√d"),
            [Control("left vector of gradient descent", means[7])],
        ),
        Part(
            "Overlap of its left vector with the head itself",
            math.sqrt(2 / math.pi),
            means[6],
            Test("equality", 0.02, "a tenth of the way to 1; heads scatter by 0.5/√h"),
            [Control("left vector of gradient descent", means[8])],
        ),
        Part(
            "Slope of the second singular value over the first, log-log",
            -0.5,
            ratio_slope(found),
            Test("slope", 0.125, "a quarter of the exponent; corrections are of order d^(-1/2)"),
            [Control("entries of the gradient in random places", ratio_slope(mixed))],
        ),
    ]
    return found, parts
