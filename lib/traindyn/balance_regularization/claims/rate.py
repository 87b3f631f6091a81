"""Claim BR-2: how fast the imbalance decays."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from traindyn.balance_regularization.claims.registry import registry
from traindyn.balance_regularization.results.balance import RateRun
from traindyn.balance_regularization.studies.data import START
from traindyn.balance_regularization.studies.rate import decay_of_imbalance, late_rate
from traindyn.inference import Estimate, estimate_mean
from traindyn.ledger import Size
from traindyn.ledger.legacy import Control, Part, Test
from traindyn.runs import Context

RATES = (0.02, 0.01, 0.005, 0.002)
GRID = ((0.001, 1), (0.002, 1), (0.004, 1), (0.004, 2), (0.004, 4), (0.004, 16))
"""Learning rates and batch sizes over which the exponent of the rate is fitted."""


@registry.claim(
    2,
    source="Corollary 3.3, eq. 7",
    basis="stated",
    statement=(
        "In the scalar two-layer model the imbalance decays at the rate 4Tg(v), "
        "d log|u² − w²| / dt = −4Tg(v), with the temperature T = η/S."
    ),
)
def rate_of_balance(context: Context) -> tuple[list[RateRun], list[Part]]:
    """BR-2."""
    runs = [decay_of_imbalance(context, rate) for rate in RATES]
    large_batch = decay_of_imbalance(context, 0.02, 16, divisor=8)
    half_loss = decay_of_imbalance(context, 0.005, loss_factor=0.5)
    grid = [
        decay_of_imbalance(context, rate, size, time=20.0, start=(2.0, 0.5), divisor=4)
        for rate, size in GRID
    ]
    return [*runs, large_batch, *grid], [
        *_along_paths(runs, half_loss, large_batch),
        _in_temperature(grid),
        _late(late_rate(context), late_rate(context, loss_factor=0.5)),
    ]


def _along_paths(runs: list[RateRun], half_loss: RateRun, large_batch: RateRun) -> list[Part]:
    """Decay over what the averages along the paths predict."""
    reference = runs[RATES.index(0.005)]
    norm = START[0] ** 2 + START[1] ** 2
    return [
        Part(
            "Decay over the average 4∫[Tg + ηf²]dt along the paths at η = 0.005 "
            "(the exact drift, with the squared mean force)",
            1.0,
            reference.ratio(centered=False),
            Test(
                "equality",
                0.01,
                "the next order is 18η² = 5e-4; one percent also tells the exact drift from "
                "the rate without f², which differs by more",
            ),
            [
                Control("loss ½(·)² instead of (·)²", half_loss.ratio(centered=False)),
                Control(
                    "without the squared mean force, at η = 0.02", runs[0].ratio(centered=True)
                ),
            ],
        ),
        Part(
            "Decay over the paper's 4T∫g dt at η = 0.002; the ratio tends to 1 as η → 0",
            1.0,
            runs[-1].ratio(centered=True),
            Test(
                "equality",
                1.5 * RATES[-1] * norm,
                "leading correction η(u² + w²) at the start, times 1.5",
            ),
            [Control("same law at batch size 16, η = 0.02", large_batch.ratio(centered=True))],
            asymptotic=True,
            sizes=[Size(run.learning_rate, run.ratio(centered=True)) for run in runs],
            note="At fixed T a larger batch needs a larger learning rate and makes the law worse.",
        ),
    ]


def _in_temperature(grid: list[RateRun]) -> Part:
    return Part(
        "Exponent of the rate in T over learning rates 0.001 to 0.004 and batches 1 to 16",
        1.0,
        _exponent(grid, lambda run: run.temperature),
        Test(
            "slope",
            2 * 0.004 * 4.25 / math.log(16),
            "twice the leading correction η(u² + w²) over the range of log T",
        ),
        [Control("regressed on ηS", _exponent(grid, lambda r: r.learning_rate * r.batch_size))],
    )


def _late(late: Estimate, late_half: Estimate) -> Part:
    return Part(
        "Late decay rate over 4(β₂ − β₁E v), at a fifth of the critical temperature (E v of "
        "the exact law of discrete SGD)",
        1.0,
        late,
        Test(
            "equality",
            0.01,
            "step-size order Sβ₂²/α₃ = 0.01; the terms of that order that theory leaves out "
            "add up to 0.0016, and the replicas decide with probability 0.999",
        ),
        [Control("loss ½(·)² instead of (·)²", late_half)],
        note="Follows from E[β₁v − β₂ + Tg] = 0; not in the paper.",
    )


def _exponent(runs: list[RateRun], temperature: Callable[[RateRun], float]) -> Estimate:
    """Slope of log(decay rate / 4⟨g⟩) on the logarithm of a candidate temperature."""
    x = np.log([temperature(run) for run in runs])
    weights = (x - x.mean()) / ((x - x.mean()) ** 2).sum()
    scale = [run.centered / run.temperature for run in runs]
    rates = [estimate_mean(run.decay / s) for run, s in zip(runs, scale, strict=True)]
    slope = float(weights @ np.log([rate.value for rate in rates]))
    errors = weights * [rate.stderr / rate.value for rate in rates]
    return Estimate(slope, float(np.linalg.norm(errors)), sum(rate.n for rate in rates))
