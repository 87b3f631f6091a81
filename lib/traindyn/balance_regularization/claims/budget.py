"""Claim BR-1: the exact budget of every neuron."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from traindyn.balance_regularization.claims.registry import registry
from traindyn.balance_regularization.results.balance import Activation, BudgetRun
from traindyn.balance_regularization.studies.budget import (
    PRODUCT_STEPS,
    budget,
    matrix_error,
    product_error,
)
from traindyn.inference import exact
from traindyn.ledger.legacy import Control, Part, Test
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

    def budgets(activation: Activation, gradient_noise: float = 0.0) -> list[BudgetRun]:
        return [
            budget(context, activation, "square", gradient_noise=gradient_noise),
            budget(context, activation, "cross entropy", gradient_noise=gradient_noise),
        ]

    symmetric = {name: budgets(name) for name in ("linear", "ReLU", "leaky ReLU")}
    broken = {
        "tanh": budgets("tanh"),
        "GELU": budgets("GELU"),
        "ReLU, isotropic noise added to the gradient": budgets("ReLU", gradient_noise=0.1),
    }
    shown = {name: pair[0] for name, pair in (symmetric | broken).items()}
    return shown, [*_accounts(symmetric, broken), *_other_forms(context)]


def _accounts(
    symmetric: dict[str, list[BudgetRun]], broken: dict[str, list[BudgetRun]]
) -> list[Part]:
    """The account of every neuron, step by step and in sum."""
    runs = [run for pair in symmetric.values() for run in pair]
    steps = len(runs[0].measured) - 1
    rounding = max(run.rounding for run in runs)

    def controls(error: Callable[[BudgetRun], float]) -> list[Control]:
        return [
            Control(what, exact(min(error(run) for run in pair))) for what, pair in broken.items()
        ]

    return [
        Part(
            "Largest error of one step, over 50 neurons with biases, linear, ReLU and leaky ReLU, "
            "square loss and cross entropy",
            0.0,
            exact(max(run.step_error for run in runs)),
            Test("exact", rounding, "rounding of two sums of 51 squares in double precision"),
            controls(lambda run: run.step_error),
        ),
        Part(
            f"Largest error of the cumulative account over {steps} steps",
            0.0,
            exact(max(run.total_error for run in runs)),
            Test("exact", steps * rounding, "the rounding of one step times the number of steps"),
            controls(lambda run: run.total_error),
        ),
    ]


def _other_forms(context: Context) -> list[Part]:
    """The account of scalar nets as a product, and of linear networks as a matrix."""
    epsilon = float(np.finfo(float).eps)
    return [
        Part(
            "Scalar product form log(d_n / d_0) = Σ log(1 − 4η²s²): error after 20,000 steps",
            0.0,
            exact(product_error(context, symmetric=True)),
            Test(
                "exact",
                PRODUCT_STEPS * 8 * epsilon,
                "eight roundings a step that all point one way, in double precision",
            ),
            [Control("weight decay on u only", exact(product_error(context, symmetric=False)))],
        ),
        Part(
            "Matrix form for linear networks, Δ(UᵀU − WWᵀ) = η²(G_UᵀG_U − G_WG_Wᵀ): "
            "largest error of a step",
            0.0,
            exact(matrix_error(context, "linear")),
            Test("exact", 2 * 16 * epsilon * 8, "two sums of 16 squares of size at most 8"),
            [
                Control(
                    "ReLU: holds per neuron, not between neurons",
                    exact(matrix_error(context, "ReLU")),
                )
            ],
        ),
    ]
