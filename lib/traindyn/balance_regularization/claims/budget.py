"""Claim BR-1: the exact budget of every neuron."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from traindyn.balance_regularization.claims.registry import registry
from traindyn.balance_regularization.results.balance import Account, Activation, BudgetRun
from traindyn.balance_regularization.studies.budget import (
    PRODUCT_STEPS,
    budget,
    matrix,
    product,
)
from traindyn.inference import exact
from traindyn.ledger import Part, other_system, within, wrong_theory
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
    kinds = "50 neurons with biases, linear, ReLU and leaky ReLU, square loss and cross entropy"

    def part(what: str, roundings: int, why: str, of: Callable[[BudgetRun], Account]) -> Part:
        doubled = [replace(run, accounted=_doubled(run)) for run in runs]
        return Part(
            f"{what}, over {kinds}",
            exact(max(of(run).missed for run in runs)),
            within(max(roundings * run.rounding / of(run).change for run in runs), why, "rounding"),
            [
                wrong_theory("twice the change", exact(min(of(run).missed for run in doubled))),
                *(
                    other_system(name, exact(min(of(run).missed for run in pair)))
                    for name, pair in broken.items()
                ),
            ],
            compares="simulation",
            seen=True,
            prediction=0.0,
        )

    return [
        part(
            "Change of the imbalance |u|² − |w|² in a step of SGD: largest share that "
            "η²(|g_u|² − |g_w|²) misses",
            1,
            "rounding of two sums of 51 squares in double precision, over the largest change",
            lambda run: run.step,
        ),
        part(
            f"Change of the imbalance in {steps} steps of SGD: largest share that the sum of "
            "η²(|g_u|² − |g_w|²) misses",
            steps,
            "the rounding of one step times the number of steps, over the largest change",
            lambda run: run.total,
        ),
    ]


def _doubled(run: BudgetRun) -> np.ndarray:
    """An account of changes that are twice as large."""
    return np.asarray(2 * run.accounted - run.accounted[0])


def _other_forms(context: Context) -> list[Part]:
    """The account of scalar nets as a product, and of linear networks as a matrix."""
    epsilon = float(np.finfo(float).eps)
    scalar, entries = product(context), matrix(context, "linear")
    return [
        Part(
            "Scalar two-layer net, change of log|u² − w²| in 20,000 steps: share that "
            "Σ log(1 − 4η²s²) misses, s the batch mean of x(vx − y)",
            exact(scalar.missed),
            within(
                PRODUCT_STEPS * 8 * epsilon / scalar.change,
                "eight roundings a step that all point one way, over the change",
                "rounding",
            ),
            [
                wrong_theory("−Σ 4η²s²", exact(product(context, first_order=True).missed)),
                other_system(
                    "weight decay on u only", exact(product(context, symmetric=False).missed)
                ),
            ],
            compares="simulation",
            seen=True,
            prediction=0.0,
        ),
        Part(
            "Linear network f = UWx, change of the entries of UᵀU − WWᵀ in a step of SGD: largest "
            "share that η²(G_UᵀG_U − G_WG_Wᵀ) misses",
            exact(entries.missed),
            within(
                2 * 16 * epsilon * 8 / entries.change,
                "two sums of 16 squares of size at most 8, over the largest change",
                "rounding",
            ),
            [
                other_system(
                    "ReLU: holds per neuron, not between neurons",
                    exact(matrix(context, "ReLU").missed),
                )
            ],
            compares="simulation",
            seen=True,
            prediction=0.0,
        ),
    ]
