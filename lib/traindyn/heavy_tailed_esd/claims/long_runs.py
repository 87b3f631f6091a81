"""Claim HT-10: what small learning rates do in thousands of steps."""

from __future__ import annotations

import numpy as np

from traindyn.heavy_tailed_esd.claims.ensembles import FORM, NULL, start_indices
from traindyn.heavy_tailed_esd.claims.parts import simulated
from traindyn.heavy_tailed_esd.claims.registry import registry
from traindyn.heavy_tailed_esd.results.long_runs import LongRun
from traindyn.heavy_tailed_esd.studies.ensembles import LARGE_ADAM, edge, ensemble
from traindyn.heavy_tailed_esd.studies.first_steps import ASPECT
from traindyn.heavy_tailed_esd.studies.long_runs import (
    CALM,
    FAST,
    LOAD,
    RATE,
    last,
    long_runs,
    size,
)
from traindyn.heavy_tailed_esd.theory.late_bursts import (
    forgetting_time,
    mean_square,
    stable_epsilon,
)
from traindyn.heavy_tailed_esd.theory.one_step import FirstStep
from traindyn.heavy_tailed_esd.theory.prediction import Prediction
from traindyn.inference import Estimate, estimate_mean
from traindyn.ledger import (
    Part,
    at_least,
    at_most,
    other_system,
    same_run,
    within,
    wrong_theory,
)
from traindyn.runs import Context

FINITE = "2/d, by which the index of a finite random matrix lies above its limit: less is no change"

SHAPE = "half of the way from the null of this shape to that of square matrices"

MEMORIES = 0.999, 0.99
"""β₂ of the late bursts and of the early ones."""

SHORT = "Adam with η = 0.1 and β₂ = 0.99, which bursts early: between 100 steps and 2,000"


@registry.claim(
    10,
    source="a public review quotes the step counts; the instability is derived here",
    basis="stated",
    statement=(
        "With small learning rates the bulk survives; Adam with η = 0.1 grows a tail only after "
        "thousands of steps, in bursts of the loss that a larger ε prevents."
    ),
)
def small_rates(context: Context) -> tuple[dict[str, LongRun], list[Part]]:
    """HT-10."""
    runs = long_runs(context)
    late, calm, short, slow, low, high = runs.values()
    early = estimate_mean(short.at(2000) - short.at(100))
    return runs, [
        *_late_tails(context, late, calm, slow, early),
        *_bursts(late, calm, short),
        *_descent(context, low, high, early),
    ]


def _late_tails(
    context: Context, late: LongRun, calm: LongRun, slow: LongRun, early: Estimate
) -> list[Part]:
    """The index along runs of Adam."""
    finite, end = 2 / size(context), last(context)
    return [
        simulated(
            f"Adam with η = 0.1: change of Hill's index between 1,000 steps and {end:,}",
            estimate_mean(late.at(end) - late.at(1000)),
            at_most(-finite, FINITE, "size"),
            [
                other_system(
                    "ε = 0.0002, with which the minimum is stable, 300 to 2,000 steps",
                    estimate_mean(calm.at(2000) - calm.at(300)),
                ),
                same_run("η = 0.01", estimate_mean(slow.at(end) - slow.at(1000))),
            ],
        ),
        simulated(
            f"Adam with η = 0.1: Hill's index after {end:,} steps",
            estimate_mean(late.at(end)),
            at_most(NULL - FORM, SHAPE, "neighbor"),
            [other_system("random matrices: the weights at the start", estimate_mean(late.start))],
        ),
        simulated(
            f"Adam with η = 0.01: change of Hill's index between 1,000 steps and {end:,}",
            estimate_mean(slow.at(end) - slow.at(1000)),
            at_least(-finite, FINITE, "size"),
            [
                other_system(SHORT, early),
                same_run("η = 0.1", estimate_mean(late.at(end) - late.at(1000))),
            ],
        ),
        simulated(
            "Adam with η = 0.1: change of Hill's index between 100 steps and 300, while the labels "
            "are fitted and no burst has come",
            estimate_mean(late.at(300) - late.at(100)),
            within(finite, FINITE, "size"),
            [other_system(SHORT, early)],
            prediction=0.0,
            basis="derived",
        ),
    ]


def _bursts(late: LongRun, calm: LongRun, short: LongRun) -> list[Part]:
    """Bursts of the loss after the labels are fitted, and what prevents them."""
    stable = np.array([stable_epsilon(RATE, value) for value in calm.sharpness]) / CALM
    unaveraged = np.array([stable_epsilon(RATE, value, beta1=0.0) for value in calm.sharpness])
    return [
        simulated(
            "Adam with η = 0.1: decimal logarithm of the largest loss after it first fell below "
            "10⁻¹²",
            estimate_mean(late.burst()),
            at_least(-6.0, "half of the decades from that floor to a loss of 1", "neighbor"),
            [
                other_system(
                    "ε = 0.0002, with which the minimum is stable", estimate_mean(calm.burst())
                )
            ],
            basis="derived",
        ),
        simulated(
            "Smallest ε with which Adam with η = 0.1 is stable at the minimum that it reached, "
            "over the ε = 0.0002 that was used",
            estimate_mean(stable),
            at_most(1.0, "below 1 the minimum is stable", "sign"),
            [wrong_theory("gradients without memory, β₁ = 0", estimate_mean(unaveraged / CALM))],
            basis="derived",
            note="The limit η λ (1 − β₁) / (2 + 2β₁), with the sharpness λ at the minimum reached.",
        ),
        _waits(late, short),
    ]


def _waits(late: LongRun, short: LongRun) -> Part:
    """The wait for the first burst with one memory, from the burst with another."""
    runs, (long, brief) = np.arange(len(late.losses)), MEMORIES
    first = mean_square(short.losses, brief)[runs, short.fits()]
    last = mean_square(late.losses, long)[runs, late.burst_begins() - 1]
    shorter, measured = (1 - long) / (1 - brief), np.log10(short.waits())
    law = np.log10(forgetting_time(first, last, brief))
    proportion, root = (np.log10(shorter**power * late.waits()) for power in (1.0, 0.5))
    return simulated(
        "Adam with η = 0.1 and β₂ = 0.99: decimal logarithm of the steps from the fit of the "
        "labels to the first burst, over those in which the mean square of gradients falls to "
        "where the same problem bursts with β₂ = 0.999",
        estimate_mean(measured - law),
        within(
            abs(float((measured - proportion).mean())) / 2,
            "half of what a wait in proportion to the memory 1/(1 − β₂) alone is off",
            "neighbor",
        ),
        [
            wrong_theory(
                "a wait in proportion to the memory", estimate_mean(measured - proportion)
            ),
            wrong_theory("a wait as the root of the memory", estimate_mean(measured - root)),
        ],
        prediction=0.0,
        basis="derived",
        note="Labels are fitted when the loss is below 10⁻⁹; a burst has grown when it is 10⁻⁶.",
    )


def _descent(context: Context, low: LongRun, high: LongRun, early: Estimate) -> list[Part]:
    """Gradient descent below and above the threshold of a spike."""
    finite, step = 2 / size(context), FirstStep(float(LOAD), ASPECT)
    prediction = Prediction.of("gd", step, size(context))
    strength = np.array(FAST * prediction.threshold * prediction.strength_of_rate)
    spike = float(prediction.position(strength)) / prediction.edge
    large = ensemble(context, LARGE_ADAM)
    return [
        simulated(
            "Gradient descent at 0.8 thresholds of a spike: largest eigenvalue at any time, over "
            "the edge at the start",
            estimate_mean(low.top.max(axis=1)),
            at_most(
                (1 + spike) / 2,
                "half of the way from the edge to a spike of 3.2 thresholds, predicted",
                "neighbor",
            ),
            [
                other_system(
                    "ten steps of Adam with η = 1",
                    estimate_mean(large.end[:, -1] / edge(context)),
                ),
            ],
            basis="derived",
        ),
        simulated(
            "Gradient descent at 0.8 thresholds of a spike: change of Hill's index by 1,000 steps",
            estimate_mean(low.at(1000) - low.start),
            at_least(-FORM, SHAPE, "neighbor"),
            [
                other_system(
                    "ten steps of Adam with η = 1",
                    estimate_mean(large.hill[:, -1] - start_indices(large)),
                ),
                same_run("3.2 thresholds", estimate_mean(high.at(1000) - high.start)),
            ],
        ),
        simulated(
            "Gradient descent at 3.2 thresholds of a spike: change of Hill's index between 10 "
            "steps and 1,000",
            estimate_mean(high.at(1000) - high.at(10)),
            within(finite, FINITE, "size"),
            [
                other_system(SHORT, early),
                same_run("from the start to 10 steps", estimate_mean(high.at(10) - high.start)),
            ],
            prediction=0.0,
            basis="derived",
            note="The tail is made in the first steps and then frozen.",
        ),
    ]
