"""Claims HA-4 and HA-14: the error is of order 1/λ and linear in the step, with known constants."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from traindyn.hessian_alignment.claims.common import replica_mean
from traindyn.hessian_alignment.claims.registry import registry
from traindyn.hessian_alignment.results.noise_floor import FloorRun, StepRun
from traindyn.hessian_alignment.studies.noise_floor import moments, squared_outside
from traindyn.hessian_alignment.studies.softmax import (
    ASPECT,
    HORIZON,
    Setting,
    base,
    mean_sines,
    outside_means,
    overlaps,
)
from traindyn.hessian_alignment.theory.separated_classes import (
    floor_squared,
    misalignment,
    noise_floor,
)
from traindyn.inference import Estimate, log_slope
from traindyn.ledger import Size
from traindyn.ledger.legacy import Control, Part, Test
from traindyn.runs import Context

PRECISIONS = (1.0, 10.0, 20.0, 100.0, 1000.0)
SHORT = (0.0, 10.0)


def floor_ratio(context: Context, setting: Setting, step: float) -> Estimate:
    """Squared weights outside the means, over the law at the measured residuals.

    The k directions of the means are not counted: of d, d - k remain.
    """
    found, k = moments(context, setting), setting.classes
    law = floor_squared(found.residual, found.curvature, k, setting.precision, setting.decay, step)
    rest = float(np.exp(-2 * setting.decay * HORIZON[-1]))
    share = 1 - k / setting.dimension
    squared = squared_outside(context, setting)
    return replica_mean(squared).scaled(1 / (law * (1 - rest) + rest) / share)


def errors(context: Context, setting: Setting, times: tuple[float, ...] = HORIZON) -> Estimate:
    """One minus the overlap with the Hessian's space at the end."""
    return replica_mean(1 - overlaps(context, setting, "hessian", times))


@registry.claim(
    4,
    source="theorem 3.1, as its reviews quote it; constants derived here",
    basis="derived",
    statement=(
        "The error of alignment is of order 1/λ: the noise of SGD sustains the part of the "
        "weights outside the means, and the eigenvectors of a finite sample tilt."
    ),
)
def error_law(context: Context) -> tuple[FloorRun, list[Part]]:
    """HA-4."""
    settings = {value: base(context, value) for value in PRECISIONS}
    found = {value: errors(context, setting) for value, setting in settings.items()}
    grid = np.geomspace(PRECISIONS[0], PRECISIONS[-1], 60)
    decay = settings[1.0].decay
    result = FloorRun(
        np.array(PRECISIONS),
        list(found.values()),
        [replica_mean(1 - overlaps(context, setting, "gradient")) for setting in settings.values()],
        [replica_mean(outside_means(context, setting)) for setting in settings.values()],
        grid,
        np.array([_law(value, decay) for value in grid]),
        np.array([noise_floor(4, value, decay, 1.0, HORIZON[-1]) for value in grid]),
    )
    return result, [*_error_parts(context, settings, found), *_floor_parts(context, settings)]


def _law(precision: float, decay: float) -> float:
    return misalignment(4, precision, decay, 1.0, ASPECT, "hessian", HORIZON[-1])


def _error_parts(
    context: Context, settings: dict[float, Setting], found: dict[float, Estimate]
) -> list[Part]:
    """The overlap over λ against its exponent and its law."""
    strong, decay = PRECISIONS[2:], settings[1.0].decay
    early = {value: errors(context, settings[value], SHORT) for value in strong}
    return [
        Part(
            "Slope of log(1 − overlap) over log λ, from 20 to 1000",
            -1.0,
            log_slope(strong, [found[value] for value in strong]),
            Test(
                "slope",
                0.1,
                "a next order k/λ = 0.2 at the smallest λ over the range log 50, twice",
            ),
            [Control("horizon 10 instead of 50", log_slope(strong, list(early.values())))],
        ),
        Part(
            "One minus the overlap, over noise floor plus tilt, as λ grows to 100",
            1.0,
            found[100.0].scaled(1 / _law(100.0, decay)),
            Test("equality", 0.1, "next orders in k/λ = 0.04 and 1/√d = 0.07"),
            [Control("horizon 10", early[100.0].scaled(1 / _law(100.0, decay)))],
            asymptotic=True,
            sizes=[Size(v, found[v].scaled(1 / _law(v, decay))) for v in (10.0, 20.0, 100.0)],
        ),
    ]


def _floor_parts(context: Context, settings: dict[float, Setting]) -> list[Part]:
    """Weights outside the means against the law of the noise floor."""
    larger = replace(settings[100.0], step=4.0)
    return [
        Part(
            f"Squared weights outside the means over the law of the noise floor, λ = {value:g}",
            1.0,
            floor_ratio(context, settings[value], 1.0),
            Test("equality", 0.1, "finite steps c/d, and 1/√d = 0.07 of one instance"),
            [Control("learning rate four times larger", floor_ratio(context, larger, 1.0))],
            note=note,
        )
        for value, note in (
            (1.0, "Weights of different classes have opposite noise: a factor k/(k − 1)."),
            (100.0, ""),
            (1000.0, ""),
        )
    ]


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
        Part(
            "Slope of log(1 − overlap with the means) over log of the step, 1 to 20 times 1/d",
            1.0,
            log_slope(steps, outside),
            Test("slope", 0.1, why + ", over the range log 20, three times"),
            [Control("tilt of the eigenvectors, which no step moves", log_slope(steps, tilted))],
        ),
        Part(
            "Slope of the same over log d at the fixed learning rate 0.05",
            1.0,
            log_slope(dimensions, fixed),
            Test("slope", 0.2, "next order in the step, cd = 20/400 to 5/100, and 1/√d"),
            [Control("learning rate 5/d", log_slope(dimensions, scaled))],
        ),
        *_large_steps(context, settings, why),
    ]
    return StepRun(np.array(steps), outside, np.array(dimensions), fixed, scaled), parts


def _large_steps(context: Context, settings: dict[float, Setting], why: str) -> list[Part]:
    """Alignment at twenty times the step."""
    law = misalignment(4, 100.0, 0.1, 20.0, ASPECT, "hessian", HORIZON[-1])
    losses = {
        value: replica_mean(
            overlaps(context, base(context, value), "hessian")
            - overlaps(context, replace(base(context, value), step=20.0), "hessian")
        )
        for value in (10.0, 1000.0)
    }
    return [
        Part(
            "One minus the overlap with the Hessian's space at the step 20/d, over its law",
            1.0,
            errors(context, settings[20.0]).scaled(1 / law),
            Test("equality", 0.2, why + ", twice"),
            [Control("step 4/d", errors(context, settings[4.0]).scaled(1 / law))],
        ),
        Part(
            "Overlap lost between the steps 1/d and 20/d at λ = 10, at least",
            0.1,
            losses[10.0],
            Test("ordering", 0.05, "one in twenty can be seen in a plot", "above"),
            [Control("λ = 1000", losses[1000.0])],
        ),
    ]
