"""Claim BR-1: the exact budget of every neuron."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from traindyn.balance_regularization.claims.common import START
from traindyn.balance_regularization.claims.registry import registry
from traindyn.balance_regularization.experiments.neurons import (
    Activation,
    BudgetRun,
    Loss,
    follow_budget,
    matrix_form_error,
    product_form_error,
)
from traindyn.inference import Estimate
from traindyn.ledger import Control, Part, Test
from traindyn.runs import Context


@registry.claim(
    1,
    source="strengthens Theorem 3.1",
    basis="derived",
    statement=(
        "Each SGD step changes the imbalance |u|² − |w|² of a linear, ReLU or leaky ReLU neuron by "
        "exactly η²(|g_u|² − |g_w|²): no approximation, any learning rate, any batch."
    ),
)
def exact_budget(context: Context) -> tuple[dict[str, BudgetRun], list[Part]]:
    """BR-1."""
    losses: tuple[Loss, Loss] = ("square", "cross entropy")

    def budgets(activation: Activation, gradient_noise: float = 0.0) -> list[BudgetRun]:
        return [
            follow_budget(
                activation,
                loss,
                context.torch_generator(f"{activation} {loss}"),
                gradient_noise=gradient_noise,
            )
            for loss in losses
        ]

    symmetric = {name: budgets(name) for name in ("linear", "ReLU", "leaky ReLU")}
    broken = {
        "tanh": budgets("tanh"),
        "GELU": budgets("GELU"),
        "ReLU, isotropic noise added to the gradient": budgets("ReLU", gradient_noise=0.1),
    }
    runs = [run for pair in symmetric.values() for run in pair]
    steps = len(runs[0].measured) - 1
    rounding = max(run.rounding for run in runs)

    def controls(error: Callable[[BudgetRun], float]) -> list[Control]:
        return [
            Control(what, Estimate(min(error(run) for run in pair)))
            for what, pair in broken.items()
        ]

    product = {
        symmetric: product_form_error(
            START, 0.005, 20_000, context.numpy_generator("product"), symmetric
        )
        for symmetric in (True, False)
    }
    matrix = {
        activation: matrix_form_error(
            (10, 8, 6), 10, 1e-3, 300, context.torch_generator("matrix"), activation
        )
        for activation in ("linear", "ReLU")
    }
    epsilon = float(np.finfo(float).eps)
    parts = [
        Part(
            "Largest error of one step, over 50 neurons with biases, linear, ReLU and leaky ReLU, "
            "square loss and cross entropy",
            0.0,
            Estimate(max(run.step_error for run in runs)),
            Test("exact", rounding, "rounding of two sums of 51 squares in double precision"),
            controls(lambda run: run.step_error),
        ),
        Part(
            f"Largest error of the cumulative account over {steps} steps",
            0.0,
            Estimate(max(run.total_error for run in runs)),
            Test("exact", steps * rounding, "the rounding of one step times the number of steps"),
            controls(lambda run: run.total_error),
        ),
        Part(
            "Scalar product form log(d_n / d_0) = Σ log(1 − 4η²s²): error after 20,000 steps",
            0.0,
            Estimate(product[True]),
            Test(
                "exact",
                20_000 * 8 * epsilon,
                "eight roundings a step that all point one way, in double precision",
            ),
            [Control("weight decay on u only", Estimate(product[False]))],
        ),
        Part(
            "Matrix form for linear networks, Δ(UᵀU − WWᵀ) = η²(G_UᵀG_U − G_WG_Wᵀ): "
            "largest error of a step",
            0.0,
            Estimate(matrix["linear"]),
            Test("exact", 2 * 16 * epsilon * 8, "two sums of 16 squares of size at most 8"),
            [Control("ReLU: holds per neuron, not between neurons", Estimate(matrix["ReLU"]))],
        ),
    ]
    shown = {name: pair[0] for name, pair in (symmetric | broken).items()}
    return shown, parts
