"""Claim HT-10: what small learning rates do in ten thousand steps."""

from __future__ import annotations

import math

from traindyn.heavy_tailed_esd.claims.ensembles import NULL
from traindyn.heavy_tailed_esd.claims.registry import registry
from traindyn.heavy_tailed_esd.results.long_runs import LongRun
from traindyn.heavy_tailed_esd.studies.long_runs import RATE, long_runs, size
from traindyn.heavy_tailed_esd.theory.late_bursts import stable_epsilon
from traindyn.inference import Estimate, exact
from traindyn.ledger.legacy import Control, Part, Test
from traindyn.runs import Context

SCATTER = "one random matrix of this size scatters by 5/d around its null"


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
    one = 5 / size(context)
    return runs, [
        *_late_tails(one, late, calm, slow),
        *_bursts(late, calm, short, slow),
        *_descent(one, low, high),
    ]


def _late_tails(one: float, late: LongRun, calm: LongRun, slow: LongRun) -> list[Part]:
    """The index along runs of Adam."""
    kept = Test("threshold", 2 * one, SCATTER + ", doubled", side="above")
    frozen = Test("equality", one, SCATTER)
    return [
        Part(
            "Adam, η = 0.1: change of Hill's index between 1,000 steps and 10,000",
            -2 * one,
            exact(late.at(10_000) - late.at(1000)),
            Test("ordering", one, SCATTER, side="below"),
            [
                Control("ε = 0.0001, 4,000 steps", exact(calm.at(4000) - calm.at(1000))),
                Control("η = 0.01", exact(slow.at(10_000) - slow.at(1000))),
            ],
        ),
        Part(
            "Adam, η = 0.1: Hill's index after 10,000 steps",
            NULL - 4 * one,
            _at(late, 10_000),
            Test("ordering", one, SCATTER, side="below"),
            [
                Control("ε = 0.0001, 4,000 steps", _at(calm, 4000)),
                Control("η = 0.01", _at(slow, 10_000)),
            ],
        ),
        Part(
            "Adam, η = 0.01: Hill's index after 10,000 steps",
            NULL,
            _at(slow, 10_000),
            kept,
            [Control("η = 0.1", _at(late, 10_000))],
        ),
        Part(
            "Adam, η = 0.1: change of the index between 100 steps and 1,000, long after the "
            "labels are fitted",
            0.0,
            exact(late.at(1000) - late.at(100)),
            frozen,
            [Control("between 1,000 steps and 10,000", exact(late.at(10_000) - late.at(1000)))],
        ),
    ]


def _bursts(late: LongRun, calm: LongRun, short: LongRun, slow: LongRun) -> list[Part]:
    """Bursts of the loss after the labels are fitted, and what prevents them."""
    limit = stable_epsilon(RATE, calm.sharpness)
    return [
        Part(
            "Decimal logarithm of the largest loss after it first fell below 10⁻¹², Adam, η = 0.1",
            -4.0,
            exact(late.burst()),
            Test("threshold", 1.0, "a loss of 10⁻⁵ is seven decades above the floor", side="above"),
            [Control("ε = 0.0001, 4,000 steps", exact(calm.burst()))],
        ),
        Part(
            "Smallest ε with which the minimum is stable, over the one that was used: 0.0001",
            0.0,
            exact(limit / 1e-4),
            Test("threshold", 1.0, "stable below 1", side="below"),
            [Control("over the default, 10⁻⁸", exact(limit / 1e-8))],
            note="The limit η λ (1 − β₁) / (2 + 2β₁), with the sharpness λ at the minimum reached.",
        ),
        Part(
            "First step of a burst with β₂ = 0.999 over that with 0.99, decimal logarithm",
            1.0,
            exact(math.log10(late.burst_begins() / short.burst_begins())),
            Test(
                "threshold",
                0.7,
                "a memory ten times as long; at least twice, since fitting the labels takes the "
                "first few hundred steps of both",
                side="above",
            ),
            [
                Control(
                    "β₂ = 0.999 with η = 0.1 over η = 0.01",
                    exact(math.log10(late.burst_begins() / slow.burst_begins())),
                )
            ],
        ),
    ]


def _descent(one: float, low: LongRun, high: LongRun) -> list[Part]:
    """Gradient descent below and above the threshold of a spike."""
    kept = Test("threshold", 2 * one, SCATTER + ", doubled", side="above")
    frozen = Test("equality", one, SCATTER)
    return [
        Part(
            "Gradient descent, η = d, below the threshold of a spike: largest eigenvalue at any "
            "time over the edge at the start",
            1.0,
            exact(float(low.top.max())),
            Test(
                "threshold",
                0.5,
                "a spike that leaves the bulk for good doubles; at d = 100 fitting the labels "
                "lifts one eigenvalue by up to 0.2, at any small rate",
                "below",
            ),
            [Control("η = 4d", exact(float(high.top.max())))],
        ),
        Part(
            "Gradient descent, η = d: Hill's index after 1,000 steps",
            NULL,
            _at(low, 1000),
            kept,
            [Control("η = 4d", _at(high, 1000))],
        ),
        Part(
            "Gradient descent, η = 4d: change of the index between 10 steps and 1,000",
            0.0,
            exact(high.at(1000) - high.at(10)),
            frozen,
            [Control("from the start to 10 steps", exact(high.at(10) - NULL))],
            note="The tail is made in the first steps and then frozen.",
        ),
    ]


def _at(run: LongRun, time: int) -> Estimate:
    return exact(run.at(time))
