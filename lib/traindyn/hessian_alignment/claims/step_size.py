"""Claim HA-14: the error of alignment is linear in the learning rate."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from traindyn.hessian_alignment.claims.common import over, replica_mean, row
from traindyn.hessian_alignment.claims.noise_floor import errors, law_of_error
from traindyn.hessian_alignment.claims.registry import registry
from traindyn.hessian_alignment.results.noise_floor import StepRun
from traindyn.hessian_alignment.studies.softmax import (
    Setting,
    base,
    mean_sines,
    outside_means,
    overlaps,
)
from traindyn.inference import Estimate, exact, log_slope
from traindyn.ledger import (
    Part,
    at_least,
    other_system,
    same_run,
    within,
    wrong_prediction,
    wrong_theory,
)
from traindyn.runs import Context


@registry.claim(
    14,
    source="derived here",
    basis="derived",
    statement=(
        "The learning rate must be of order 1/d: the noise floor is linear in the learning rate "
        "times d, and alignment gets lost as this grows."
    ),
)
def step_size(context: Context) -> tuple[StepRun, list[Part]]:
    """HA-14."""
    steps, dimensions = (1.0, 4.0, 20.0), (100, 200, 400)
    settings = {step: replace(base(context), step=step) for step in steps}
    outside = [replica_mean(outside_means(context, s)) for s in settings.values()]
    tilted = [
        replica_mean((mean_sines(context, s, "hessian") ** 2).sum(axis=-1))
        for s in settings.values()
    ]

    def at(dimension: int, step: float) -> Estimate:
        case = replace(base(context), dimension=dimension, step=step)
        return replica_mean(outside_means(context, case))

    fixed, scaled = [at(d, 0.05 * d) for d in dimensions], [at(d, 5.0) for d in dimensions]
    why = "next order in the learning rate, 20/d = 0.1"
    parts = [
        row(
            "Slope of log(1 − overlap of weights and means) over log of the learning rate, 1/d to "
            "20/d, λ = 100",
            log_slope(steps, outside),
            within(0.1, why + ", over the range log 20, three times", "next order"),
            [
                wrong_prediction("noise that grows as the square of the step", 2.0),
                wrong_prediction("an error that grows as the root of the step", 0.5),
                other_system(
                    "tilt of the eigenvectors, which no step moves", log_slope(steps, tilted)
                ),
            ],
            prediction=1.0,
        ),
        row(
            "Slope of log(1 − overlap of weights and means) over log d at the fixed learning rate "
            "0.05, λ = 100",
            log_slope(dimensions, fixed),
            within(0.2, "next order in the step, cd = 20/400 to 5/100, and 1/√d", "next order"),
            [
                other_system("learning rate 5/d", log_slope(dimensions, scaled)),
                wrong_prediction("an error that grows as √d", 0.5),
            ],
            prediction=1.0,
        ),
        *_large_steps(context, settings, why),
    ]
    return StepRun(np.array(steps), outside, np.array(dimensions), fixed, scaled), parts


def _large_steps(context: Context, settings: dict[float, Setting], why: str) -> list[Part]:
    """Alignment at twenty times the step."""
    law, tilt = law_of_error(100.0, 0.1, 20.0), law_of_error(100.0, 0.1, 0.0)
    found = errors(context, settings[20.0])
    losses = {
        value: replica_mean(
            overlaps(context, base(context, value), "hessian")
            - overlaps(context, replace(base(context, value), step=20.0), "hessian")
        )
        for value in (10.0, 1000.0)
    }
    return [
        row(
            "One minus the overlap with the Hessian's space at the learning rate 20/d over noise "
            "floor plus tilt, λ = 100",
            over(found, law),
            within(0.2, why + ", twice", "next order"),
            [
                wrong_theory("tilt without the noise floor", over(found, tilt)),
                wrong_theory("half of the noise floor", over(found, (law + tilt) / 2)),
                same_run("learning rate 4/d", over(errors(context, settings[4.0]), law)),
            ],
            prediction=1.0,
        ),
        row(
            "Overlap with the Hessian's space lost between the learning rates 1/d and 20/d, λ = 10",
            losses[10.0],
            at_least(
                1 / 10, "the size 1/λ of the theorem, which holds at learning rates 1/d", "paper"
            ),
            [
                wrong_theory("a floor that does not know the step", exact(0.0)),
                same_run("λ = 1000", losses[1000.0]),
            ],
        ),
    ]
