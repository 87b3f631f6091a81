"""Claims HA-4 and HA-14: the error is of order 1/λ and linear in the step, with known constants."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from traindyn.hessian_alignment.claims.common import over, replica_mean, row
from traindyn.hessian_alignment.claims.registry import registry
from traindyn.hessian_alignment.results.noise_floor import FloorRun, StepRun
from traindyn.hessian_alignment.studies.chains import squared_rest
from traindyn.hessian_alignment.studies.noise_floor import (
    CLASSES,
    DECAY,
    DIMENSION,
    FloorMoments,
    floor_moments,
)
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
from traindyn.inference import Estimate, estimate_mean, exact, log_slope, ratio
from traindyn.ledger import (
    Part,
    Size,
    at_least,
    other_system,
    same_run,
    within,
    within_noise,
    wrong_prediction,
    wrong_theory,
)
from traindyn.runs import Context

PRECISIONS = (1.0, 10.0, 20.0, 100.0, 1000.0)
SHORT = (0.0, 10.0)


def _floor_law(precision: float, found: FloorMoments, curved: bool, paired: bool = True) -> float:
    """The law of the noise floor at the measured residuals.

    The k directions of the means are not counted: of d, d - k remain.

    Args:
        precision: λ.
        found: What was measured.
        curved: False puts the curvature in the place of the squared residuals, a wrong theory.
        paired: False forgets that the weights of the classes have opposite noise.
    """
    k = CLASSES
    residual = found.residual if curved else found.curvature
    curvature = found.curvature * (1.0 if paired else (k - 1) / k)
    law = floor_squared(residual, curvature, k, precision, DECAY, 1.0)
    rest = float(np.exp(-2 * DECAY * HORIZON[-1]))
    return (law * (1 - rest) + rest) * (1 - k / DIMENSION)


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
    return result, [
        *_error_parts(context, settings, found),
        *_floor_parts(context),
        _equilibrium(context),
    ]


def _law(precision: float, decay: float, step: float = 1.0) -> float:
    return misalignment(4, precision, decay, step, ASPECT, "hessian", HORIZON[-1])


def _error_parts(
    context: Context, settings: dict[float, Setting], found: dict[float, Estimate]
) -> list[Part]:
    """The overlap over λ against its exponent and its law."""
    strong, decay = PRECISIONS[2:], settings[1.0].decay
    early = {value: errors(context, settings[value], SHORT) for value in strong}
    floor = noise_floor(4, 1000.0, decay, 1.0, HORIZON[-1])
    law = _law(1000.0, decay)
    return [
        row(
            "Slope of log(1 − overlap) of weights and Hessian's space over log λ, from 20 to 1000",
            log_slope(strong, [found[value] for value in strong]),
            within(
                0.1,
                "a next order k/λ = 0.2 at the smallest λ over the range log 50, twice",
                "next order",
            ),
            [
                wrong_prediction("an error of order λ^(−1/2), as of a sine", -0.5),
                other_system(
                    "training stopped at t = 10, where the start is left",
                    log_slope(strong, list(early.values())),
                ),
            ],
            prediction=-1.0,
            basis="stated",
        ),
        row(
            "One minus the overlap of weights and Hessian's space over noise floor plus tilt, as "
            "λ grows to 1000",
            over(found[1000.0], law),
            within(0.15, "1/√d = 0.07 of one instance, twice", "size"),
            [
                wrong_theory("noise floor without the tilt", over(found[1000.0], floor)),
                wrong_theory("tilt without the noise floor", over(found[1000.0], law - floor)),
                wrong_theory(
                    "training stopped at t = 10, by the law for t = 50",
                    over(early[1000.0], law),
                ),
            ],
            prediction=1.0,
            asymptotic=True,
            sizes=[Size(v, over(found[v], _law(v, decay))) for v in (10.0, 20.0, 1000.0)],
        ),
    ]


def _floor_parts(context: Context) -> list[Part]:
    """Weights outside the means against the law of the noise floor."""
    parts = []
    for value in (1.0, 100.0, 1000.0):
        found = floor_moments(context, value)
        squared = _squared(found)
        law, swapped = (_floor_law(value, found, curved) for curved in (True, False))
        faster = floor_moments(context, value, 4.0)
        controls = [
            other_system("learning rate four times larger", over(_squared(faster), law)),
            wrong_theory("without the factor 2 of a square that shrinks", over(squared, 2 * law)),
        ]
        if value == 1.0:
            lone = _floor_law(value, found, True, paired=False)
            controls.append(
                wrong_theory("each class alone, without k/(k − 1)", over(squared, lone))
            )
        else:
            controls.append(
                wrong_theory("E π(1 − π) in place of E (π − y)²", over(squared, swapped))
            )
        parts.append(
            row(
                f"Squared weights outside the means over the law of the noise floor, λ = {value:g}",
                over(squared, law),
                within(
                    0.08,
                    "finite steps 1/d, and the error of 512 weight vectors of d components",
                    "noise",
                ),
                controls,
                prediction=1.0,
                note="Runs are drawn in law, through the overlaps of weights and means.",
            )
        )
    return parts


def _squared(found: FloorMoments) -> Estimate:
    return estimate_mean(found.squared)


def _equilibrium(context: Context) -> Part:
    """The floor is reached from below and from above."""
    below, above = (estimate_mean(squared_rest(context, start)) for start in (0.0, 4.0))
    kept = estimate_mean(squared_rest(context, 4.0, decay=0.0))
    both = ratio(above, below)
    return row(
        "Squared weights outside the means at t = 60, λ = 20: reached from four, over reached "
        "from zero",
        both,
        within_noise(both, "both reach the same floor: 4 exp(−2βt) of the start is 0.2 % of it"),
        [other_system("no regularizer: the start stays", ratio(kept, below))],
        prediction=1.0,
        note="Runs are drawn in law, through the overlaps of weights and means.",
    )


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
    law, tilt = _law(100.0, 0.1, 20.0), _law(100.0, 0.1, 0.0)
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
