"""Claims about two-layer ReLU networks: BR-5 (noise balance) and BR-6 (full-rank noise)."""

from __future__ import annotations

import math

import numpy as np

from traindyn.balance_regularization.claims.registry import registry
from traindyn.balance_regularization.results.networks import NetworkRun, NeuronFloors, NeuronRun
from traindyn.balance_regularization.studies.networks import (
    ACTIVE,
    DESCENT_RATE,
    HIDDEN,
    SHAPES,
    descent_of_networks,
    neurons,
    over_floors,
    sgd_of_networks,
)
from traindyn.balance_regularization.theory.networks import norm_ratio
from traindyn.inference import Estimate, estimate_mean, exact
from traindyn.ledger.legacy import Control, Part, Test
from traindyn.runs import Context

Shape = tuple[int, int]
FAIR = "the mean gradients' share of the loss, of step-size order η(|U|² + |W|²)/2 ≈ 0.1"


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
        *_balance(runs, descent),
        *_unequal_norms(runs),
        *_descent(runs[20, 20], descent),
    ]


def _ratio(runs: dict[Shape, NetworkRun], shape: Shape, quantity: str) -> Estimate:
    return estimate_mean(runs[shape].ratio(quantity, _first(runs[shape])))


def _balance(runs: dict[Shape, NetworkRun], descent: NetworkRun) -> list[Part]:
    """Noise terms balance, and norms where inputs and outputs are as many."""
    noise = {shape: _ratio(runs, shape, "noise") for shape in SHAPES}
    shape = max(noise, key=lambda s: abs(noise[s].value - 1))
    square = runs[20, 20]
    return [
        Part(
            "Noise terms balance: Tr Cov(∂ℓ/∂U) over Tr Cov(∂ℓ/∂W), averaged over the last "
            "third, furthest from 1 of the networks 20-H-20, 20-H-5 and 5-H-20",
            1.0,
            noise[shape],
            Test(
                "equality",
                0.05,
                "of the mean gradients η max(λ(UUᵀ), λ(WᵀW)) = 0.018, by the spectrum of their "
                "fluctuations in a linear net, and of the start log(0.09)·0.0117 = 0.028, by its "
                "decay over the last third",
            ),
            [
                Control("at the start, 20-H-20", estimate_mean(_start(square, "noise"))),
                Control("full-batch descent", estimate_mean(_end(descent, "noise"))),
            ],
        ),
        Part(
            "Norms balance where inputs and outputs are as many: |U|² over |W|² in 20-H-20",
            norm_ratio(20, 20),
            _ratio(runs, (20, 20), "norms"),
            Test("equality", 0.1, FAIR),
            [
                Control("at the start", estimate_mean(_start(square, "norms"))),
                Control("full-batch descent", estimate_mean(_end(descent, "norms"))),
            ],
        ),
    ]


def _unequal_norms(runs: dict[Shape, NetworkRun]) -> list[Part]:
    """Norms where inputs and outputs are not as many."""
    return [
        Part(
            "… and take the ratio d_y/d_x where they are not: |U|² over |W|² in 20-H-5, from "
            "equal norms",
            norm_ratio(20, 5),
            _ratio(runs, (20, 5), "norms"),
            Test("equality", 0.1 * norm_ratio(20, 5), FAIR),
            [
                Control("at the start: equal norms", estimate_mean(_start(runs[20, 5], "norms"))),
                Control("20-H-20", _ratio(runs, (20, 20), "norms")),
            ],
            note="d_y/d_x is derived here: exact noise balance makes norms unequal.",
        ),
        Part(
            "… and in 5-H-20, from equal norms",
            norm_ratio(5, 20),
            _ratio(runs, (5, 20), "norms"),
            Test("equality", 0.1 * norm_ratio(5, 20), FAIR),
            [
                Control("at the start: equal norms", estimate_mean(_start(runs[5, 20], "norms"))),
                Control("20-H-20", _ratio(runs, (20, 20), "norms")),
            ],
        ),
    ]


def _descent(square: NetworkRun, descent: NetworkRun) -> list[Part]:
    """Full-batch descent balances nothing."""
    lost = estimate_mean(np.abs(descent.imbalance[-1] / descent.imbalance[0] - 1))
    released = (descent.loss[1] / np.abs(descent.imbalance[0])).max()
    return [
        Part(
            "Full-batch descent conserves |U|² − |W|²: relative change in 600 steps (20-H-20, "
            "100 samples)",
            0.0,
            lost,
            Test(
                "equality",
                float(2 * DESCENT_RATE * released),
                "the budget: η²Σ(|G_U|² − |G_W|²) is at most η times twice the loss released, "
                "here bounded by the mean loss of the first ten steps",
                side="below",
            ),
            [
                Control(
                    "SGD",
                    estimate_mean(np.abs(square.imbalance[-1] / square.imbalance[0] - 1)),
                )
            ],
        ),
        Part(
            "… and leaves the noise unbalanced: |log| of the noise ratio at its end is above log 2",
            math.log(2),
            estimate_mean(np.abs(np.log(_end(descent, "noise")))),
            Test("threshold", 0.05, "a factor of two, less five percent", side="above"),
            [Control("SGD", estimate_mean(np.abs(np.log(square.ratio("noise", _first(square))))))],
        ),
    ]


def _start(run: NetworkRun, quantity: str) -> np.ndarray:
    first = getattr(run, quantity)[0]
    return np.asarray(first[0] / first[1])


def _end(run: NetworkRun, quantity: str) -> np.ndarray:
    return run.ratio(quantity, len(run.steps) - 1)


@registry.claim(
    6,
    source="Theorem 3.2, eq. 4",
    basis="stated",
    statement=(
        "With full-rank label noise the noise matrices C₁ and C₂ of every active ReLU neuron have "
        "full rank, so their eigenvalues bound the ratio of its norms at stationarity."
    ),
)
def full_rank_noise(context: Context) -> tuple[NeuronRun, list[Part]]:
    """BR-6."""
    run = neurons(context, "noise")
    floors = {
        task: over_floors(neurons(context, task), task)
        for task in ("noise", "no noise", "two outputs")
    }
    return run, [*_ranks(run, floors), _bounds(run)]


def _ranks(run: NeuronRun, floors: dict[str, NeuronFloors]) -> list[Part]:
    """The noise matrices have full rank."""
    active = run.active.min(axis=0) > ACTIVE
    share = f"{int(active.sum())} of {active.size} neurons are active throughout (2 % of samples)"
    sampling = (
        "two percent of the smallest eigenvalue is its standard error at 20,000 samples, and the "
        "smallest of many neurons lies several below"
    )
    return [
        Part(
            "C₁ has full rank: smallest eigenvalue over 4σ²E[|x|²; active], least of all active "
            "neurons of eight 4-6-3 networks (bound derived here, by Jensen's inequality)",
            1.0,
            exact(float(floors["noise"].c1.min())),
            Test("threshold", 0.1, sampling, side="above"),
            [
                Control("no label noise (largest)", exact(float(floors["no noise"].c1.max()))),
                Control(
                    "label noise on two of three outputs (largest)",
                    exact(float(floors["two outputs"].c1.max())),
                ),
            ],
            note=share,
        ),
        Part(
            "C₂ has full rank: smallest eigenvalue over 4σ²d_y times that of E[xxᵀ; active], least "
            "of all active neurons",
            1.0,
            exact(float(floors["noise"].c2.min())),
            Test("threshold", 0.1, sampling, side="above"),
            [Control("no label noise (largest)", exact(float(floors["no noise"].c2.max())))],
        ),
    ]


def _bounds(run: NeuronRun) -> Part:
    """The eigenvalues bound the ratio of the norms."""
    active = run.active.min(axis=0) > ACTIVE
    half = (len(run.active) - 1) // 2
    position = _position(*run.bounds(half))[active]
    start = _position(
        run.c2[0, 0] / run.c1[0, 1],
        run.outgoing[0] / run.incoming[0],
        run.c2[0, 1] / run.c1[0, 0],
    )[active]
    low, _, high = (values[active] for values in run.bounds(half))
    return Part(
        "Norm ratio |u|²/|w|² of every active neuron within the bounds of eq. 4 in time "
        "average: position on the logarithmic scale from −1 (lower) to 1 (upper), furthest "
        "from 0",
        0.0,
        exact(float(np.abs(position).max())),
        Test("threshold", 1.0, "the bounds themselves", side="below"),
        [Control("at the start", exact(float(np.abs(start).max())))],
        note=(
            f"The bounds are wide: {float(np.median(low)):.2f} to "
            f"{float(np.median(high)):.2f} for the median neuron."
        ),
    )


def _position(low: np.ndarray, value: np.ndarray, high: np.ndarray) -> np.ndarray:
    """Where a value lies between bounds, -1 to 1 on the logarithmic scale."""
    return np.asarray((2 * np.log(value) - np.log(low) - np.log(high)) / np.log(high / low))
