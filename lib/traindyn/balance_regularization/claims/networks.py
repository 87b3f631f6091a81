"""Claim BR-5: two-layer networks balance their noise, not their norms."""

from __future__ import annotations

import math

import numpy as np

from traindyn.balance_regularization.claims.registry import registry
from traindyn.balance_regularization.results.networks import NetworkRun
from traindyn.balance_regularization.studies.networks import (
    DESCENT_RATE,
    HIDDEN,
    SHAPES,
    descent_of_networks,
    sgd_of_networks,
)
from traindyn.balance_regularization.theory.networks import norm_ratio
from traindyn.inference import Estimate, estimate_mean, farthest
from traindyn.ledger import (
    Part,
    at_least,
    at_most,
    other_system,
    same_run,
    within,
    wrong_prediction,
)
from traindyn.runs import Context

Shape = tuple[int, int]
FAIR = "the mean gradients' share of the loss, of step-size order η(|U|² + |W|²)/2 ≈ 0.1"
NOISE_BOUND = 0.05
REPLICAS = "networks"


def _first(run: NetworkRun) -> int:
    """First record of the last third."""
    return 2 * (len(run.steps) - 1) // 3


@registry.claim(
    5,
    source="Figure 2",
    basis="stated",
    statement=(
        "In a two-layer ReLU network SGD balances the gradient noise of the layers exactly and "
        "their norms approximately; gradient descent does neither."
    ),
)
def noise_balance(context: Context) -> tuple[dict[str, NetworkRun], list[Part]]:
    """BR-5."""
    runs = {shape: sgd_of_networks(context, shape) for shape in SHAPES}
    descent = descent_of_networks(context)
    shown = {f"{a}-{HIDDEN[context.scale]}-{b}": r for (a, b), r in runs.items()}
    return shown | {"full batch": descent}, [
        _noise(runs, descent),
        _equal_norms(runs[20, 20], descent),
        _unequal_norms(runs[20, 5], (20, 5)),
        _unequal_norms(runs[5, 20], (5, 20)),
        *_descent(runs[20, 20], descent),
    ]


def _late(run: NetworkRun, quantity: str) -> Estimate:
    return estimate_mean(run.ratio(quantity, _first(run)))


def _start(run: NetworkRun, quantity: str) -> Estimate:
    first = getattr(run, quantity)[0]
    return estimate_mean(first[0] / first[1])


def _end(run: NetworkRun, quantity: str) -> np.ndarray:
    return run.ratio(quantity, len(run.steps) - 1)


def _noise(runs: dict[Shape, NetworkRun], descent: NetworkRun) -> Part:
    def distance(*ratios: Estimate) -> Estimate:
        return farthest(ratios, [1.0] * len(ratios))

    return Part(
        "ReLU networks 20-H-20, 20-H-5 and 5-H-20 under SGD: largest distance from 1 of "
        "Tr Cov(∂ℓ/∂U) over Tr Cov(∂ℓ/∂W), in the last third of the run",
        distance(*(_late(run, "noise") for run in runs.values())),
        at_most(
            NOISE_BOUND,
            "of the mean gradients η max(λ(UUᵀ), λ(WᵀW)) = 0.018, by the spectrum of their "
            "fluctuations in a linear net, and of the start log(0.09)·0.0117 = 0.028, by its "
            "decay over the last third",
            "size",
        ),
        [
            other_system("full-batch descent", distance(estimate_mean(_end(descent, "noise")))),
            same_run("at the start, 20-H-20", distance(_start(runs[20, 20], "noise"))),
        ],
        compares="simulation",
        replicates=REPLICAS,
        seen=True,
    )


def _equal_norms(run: NetworkRun, descent: NetworkRun) -> Part:
    return Part(
        "ReLU network 20-H-20 under SGD, as many inputs as outputs: |U|² over |W|² in the last "
        "third of the run, from 0.09",
        _late(run, "norms"),
        within(0.1, FAIR, "next order"),
        [
            other_system("full-batch descent", estimate_mean(_end(descent, "norms"))),
            same_run("at the start", _start(run, "norms")),
        ],
        prediction=norm_ratio(20, 20),
        compares="simulation",
        replicates=REPLICAS,
        seen=True,
    )


def _unequal_norms(run: NetworkRun, shape: Shape) -> Part:
    """Norms where inputs and outputs are not as many."""
    inputs, outputs = shape
    predicted = norm_ratio(*shape)
    return Part(
        f"ReLU network {inputs}-H-{outputs} under SGD, from equal norms: |U|² over |W|² in the "
        "last third of the run tends to d_y/d_x",
        _late(run, "norms"),
        within(0.1 * predicted, FAIR, "next order"),
        [
            wrong_prediction("equal norms", 1.0),
            wrong_prediction("√(d_y/d_x)", math.sqrt(predicted)),
            wrong_prediction("d_x/d_y", 1 / predicted),
        ],
        prediction=predicted,
        compares="simulation",
        replicates=REPLICAS,
        basis="derived",
        note="Exact noise balance makes norms unequal.",
        seen=True,
    )


def _descent(square: NetworkRun, descent: NetworkRun) -> list[Part]:
    """Full-batch descent balances nothing."""

    def change(run: NetworkRun) -> Estimate:
        return estimate_mean(np.abs(run.imbalance[-1] / run.imbalance[0] - 1))

    released = (descent.loss[1] / np.abs(descent.imbalance[0])).max()
    return [
        Part(
            "ReLU network 20-H-20 under full-batch descent on 100 samples conserves |U|² − |W|²: "
            "relative change in 600 steps",
            change(descent),
            at_most(
                float(2 * DESCENT_RATE * released),
                "the budget: η²Σ(|G_U|² − |G_W|²) is at most η times twice the loss released, "
                "here bounded by the mean loss of the first ten steps",
                "next order",
            ),
            [other_system("SGD", change(square))],
            compares="simulation",
            replicates=REPLICAS,
            seen=True,
        ),
        Part(
            "ReLU network 20-H-20 under full-batch descent leaves the noise of the layers "
            "unbalanced: log of Tr Cov(∂ℓ/∂U) over Tr Cov(∂ℓ/∂W) after 600 steps, from 2.3",
            estimate_mean(np.log(_end(descent, "noise"))),
            at_least(
                math.log(1 + NOISE_BOUND),
                "what counts as balance under SGD, in the first part of this claim",
                "neighbor",
            ),
            [other_system("SGD", estimate_mean(np.log(square.ratio("noise", _first(square)))))],
            compares="simulation",
            replicates=REPLICAS,
            basis="derived",
            seen=True,
        ),
    ]
