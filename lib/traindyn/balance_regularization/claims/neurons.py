"""Claim BR-6: the noise matrices of single neurons, and the norms that they allow."""

from __future__ import annotations

import numpy as np

from traindyn.balance_regularization.claims.common import never
from traindyn.balance_regularization.claims.registry import registry
from traindyn.balance_regularization.results.networks import NeuronRun, NoiseTraces
from traindyn.balance_regularization.studies.networks import (
    ACTIVE,
    TRACE_SAMPLES,
    fitted_noise,
    neurons,
    over_floors,
    traces,
)
from traindyn.inference import Estimate, estimate_fraction, estimate_mean, exact
from traindyn.ledger import (
    Part,
    at_least,
    other_system,
    same_run,
    within,
    within_noise,
    wrong_prediction,
    wrong_theory,
)
from traindyn.runs import Context

NETWORKS = "networks"


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
    return run, [
        *_ranks(context, run),
        _bounds(run),
        *_attained(context),
        _traces(traces(context)),
    ]


def _ranks(context: Context, run: NeuronRun) -> list[Part]:
    """The noise matrices have full rank."""
    floors = {
        task: over_floors(neurons(context, task), task)
        for task in ("noise", "no noise", "two outputs")
    }
    active = run.active[-1] > ACTIVE
    share = f"{int(active.sum())} of {active.size} neurons are active (on 2 % of the samples)."
    half = "half way between the floor and zero, to which it falls if an output has no label noise"

    def least(task: str, matrix: str) -> Estimate:
        return estimate_mean(np.nanmin(getattr(floors[task], matrix), axis=1))

    def most(task: str, matrix: str) -> Estimate:
        return estimate_mean(np.nanmax(getattr(floors[task], matrix), axis=1))

    return [
        Part(
            "C₁ has full rank in 4-6-3 networks after SGD with label noise: smallest eigenvalue "
            "over 4σ²E[|x|²; active], least of the active neurons of a network",
            least("noise", "c1"),
            at_least(0.5, half, "neighbor"),
            [
                other_system("no label noise, largest", most("no noise", "c1")),
                other_system(
                    "label noise on two of three outputs, largest", most("two outputs", "c1")
                ),
            ],
            compares="algebra",
            replicates=NETWORKS,
            note=f"{share} The floor is derived here, by Jensen's inequality.",
            seen=True,
        ),
        Part(
            "C₂ has full rank in 4-6-3 networks after SGD with label noise: smallest eigenvalue "
            "over 4σ²d_y times that of E[xxᵀ; active], least of the active neurons of a network",
            least("noise", "c2"),
            at_least(0.5, half, "neighbor"),
            [other_system("no label noise, largest", most("no noise", "c2"))],
            compares="algebra",
            replicates=NETWORKS,
            seen=True,
        ),
    ]


def _bounds(run: NeuronRun) -> Part:
    """The eigenvalues bound the ratio of the norms."""
    active = run.active.min(axis=0) > ACTIVE
    half = (len(run.active) - 1) // 2
    low, value, high = (found[active] for found in run.bounds(half))

    def outside(lower: np.ndarray, ratio: np.ndarray, upper: np.ndarray) -> Estimate:
        """Fraction of the active neurons beyond the bounds."""
        beyond = ~((lower <= ratio) & (ratio <= upper))
        return estimate_fraction(int(beyond.sum()), beyond.size)

    c1, c2 = run.c1[0, :, active].T, run.c2[0, :, active].T
    start = (c2[0] / c1[1], run.outgoing[0][active] / run.incoming[0][active])
    return Part(
        "Active neurons of 4-6-3 networks under SGD: fraction whose norm ratio |u|²/|w|², in time "
        "average, lies beyond the bounds of eq. 4",
        outside(low, value, high),
        never(int(active.sum())),
        [
            wrong_theory("C₁ and C₂ exchanged", outside(1 / high, value, 1 / low)),
            same_run("at the start", outside(*start, c2[1] / c1[0])),
        ],
        compares="simulation",
        replicates="neurons",
        note=(
            f"The bounds are wide: {float(np.median(low)):.2f} to "
            f"{float(np.median(high)):.2f} for the median neuron."
        ),
        seen=True,
    )


def _attained(context: Context) -> list[Part]:
    """The floors are the noise matrices themselves where nothing but label noise is left."""
    found = fitted_noise(context)
    c1, c2 = estimate_mean(found.c1), estimate_mean(found.c2)
    why = "the matrices are exact where the residual is label noise alone"
    return [
        Part(
            "C₁ of drawn 4-6-3 networks whose residual is label noise alone: sum over the neurons "
            "of the mean eigenvalue, over that of 4σ²E[|x|²; active]",
            c1,
            within_noise(c1, why),
            [
                wrong_prediction("without the bias in |x|²", 0.8),
                wrong_prediction("d_y times as large", 1 / 3),
            ],
            prediction=1.0,
            compares="algebra",
            replicates=NETWORKS,
            basis="derived",
        ),
        Part(
            "C₂ of drawn 4-6-3 networks whose residual is label noise alone, along the lowest "
            "direction: sum over the neurons, over that of 4σ²d_y times the smallest eigenvalue of "
            "E[xxᵀ; active]",
            c2,
            within_noise(c2, why),
            [
                wrong_prediction("without the factor d_y", 3.0),
                wrong_prediction("d_y + 1 for d_y", 0.75),
            ],
            prediction=1.0,
            compares="algebra",
            replicates=NETWORKS,
            basis="derived",
        ),
    ]


def _traces(found: NoiseTraces) -> Part:
    """The exchange of the layers in Theorem 3.1."""

    def error(one: np.ndarray, other: np.ndarray) -> float:
        return float(np.abs(one / other - 1).max())

    straight = max(error(found.by_c1, found.incoming), error(found.by_c2, found.outgoing))
    crossed = min(error(found.by_c1, found.outgoing), error(found.by_c2, found.incoming))
    return Part(
        "Over the same samples Σuᵀ C₁u of the neurons is Tr Cov(∂ℓ/∂W), and Σwᵀ C₂w is "
        "Tr Cov(∂ℓ/∂U): largest relative error",
        exact(straight),
        within(
            2 * TRACE_SAMPLES * 6 * 15 * float(np.finfo(float).eps),
            "rounding of two sums over 50 samples, 6 neurons and 15 entries",
            "rounding",
        ),
        [wrong_theory("without exchanging the layers", exact(crossed))],
        compares="algebra",
        basis="stated",
        prediction=0.0,
    )
