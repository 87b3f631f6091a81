"""Claim HA-4: the error of alignment is of order 1/λ, with known constants."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from traindyn.hessian_alignment.claims.alignment import next_orders
from traindyn.hessian_alignment.claims.common import over, replica_mean, row
from traindyn.hessian_alignment.claims.registry import registry
from traindyn.hessian_alignment.results.noise_floor import FloorRun
from traindyn.hessian_alignment.studies.chains import squared_rest
from traindyn.hessian_alignment.studies.limits import limit, outside, weights_at
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
    TEST_SIZE,
    Setting,
    base,
    outside_means,
    overlaps,
)
from traindyn.hessian_alignment.theory.limit_blocks import limit_block
from traindyn.hessian_alignment.theory.separated_classes import (
    floor_squared,
    misalignment,
    noise_floor,
)
from traindyn.inference import Estimate, combination, estimate_mean, exact, log_slope, ratio
from traindyn.ledger import (
    Part,
    Size,
    other_system,
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
        np.array([law_of_error(value, decay) for value in grid]),
        np.array([noise_floor(4, value, decay, 1.0, HORIZON[-1]) for value in grid]),
    )
    return result, [
        *_error_parts(context, settings, found),
        *_floor_parts(context),
        _equilibrium(context),
        _in_limit({value: settings[value] for value in PRECISIONS[2:]}, found),
    ]


def law_of_error(precision: float, decay: float, step: float = 1.0) -> float:
    """Noise floor plus tilt, one minus the overlap with the Hessian's space at the end."""
    return misalignment(4, precision, decay, step, ASPECT, "hessian", HORIZON[-1])


def _error_parts(
    context: Context, settings: dict[float, Setting], found: dict[float, Estimate]
) -> list[Part]:
    """The overlap over λ against its exponent and its law."""
    strong, decay = PRECISIONS[2:], settings[1.0].decay
    early = {value: errors(context, settings[value], SHORT) for value in strong}
    floor = noise_floor(4, 1000.0, decay, 1.0, HORIZON[-1])
    law = law_of_error(1000.0, decay)
    limits = {value: 1 - limit(settings[value], "hessian").overlap for value in strong}
    slope, last = log_slope(strong, [found[value] for value in strong]), over(found[1000.0], law)
    return [
        row(
            "Slope of log(1 − overlap) of weights and Hessian's space over log λ, from 20 to 1000: "
            "−1, with the next orders that the limit of SGD has there",
            slope,
            within_noise(slope, "the limit holds at any λ: noise is left"),
            [
                wrong_prediction("an error of order λ^(−1/2), as of a sine", -0.5),
                other_system(
                    "training stopped at t = 10, where the start is left",
                    log_slope(strong, list(early.values())),
                ),
            ],
            prediction=log_slope(strong, [exact(value) for value in limits.values()]).value,
        ),
        row(
            "One minus the overlap of weights and Hessian's space over noise floor plus tilt, as "
            "λ grows to 1000",
            last,
            within_noise(
                last,
                "the next orders k/λ and k/d of the two leading terms; and noise",
                next_orders(settings[1000.0]),
            ),
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
            sizes=[Size(v, over(found[v], law_of_error(v, decay))) for v in (10.0, 20.0, 1000.0)],
        ),
    ]


def _in_limit(settings: dict[float, Setting], found: dict[float, Estimate]) -> Part:
    """The error against the limit of SGD, all next orders included."""

    def mean(predicted: dict[float, float]) -> Estimate:
        ratios = [over(found[value], law) for value, law in predicted.items()]
        return combination([1 / len(ratios)] * len(ratios), ratios)

    def error(setting: Setting, precision: float) -> float:
        weights = weights_at(replace(setting, precision=precision), HORIZON[-1])
        aspect = outside(setting) / TEST_SIZE
        return 1 - limit_block(weights, setting.precision, aspect, "hessian").overlap

    measured = mean({value: error(setting, value) for value, setting in settings.items()})
    floor = {v: noise_floor(4, v, s.decay, s.step, HORIZON[-1]) for v, s in settings.items()}
    return row(
        "One minus the overlap of weights and Hessian's space over that of the limit of SGD, mean "
        "over λ = 20, 100, 1000",
        measured,
        within_noise(measured, "the limit holds at any λ: noise is left"),
        [
            wrong_theory(
                "half of the noise in the logits",
                mean({value: error(setting, 2 * value) for value, setting in settings.items()}),
            ),
            wrong_theory("noise floor without the tilt", mean(floor)),
        ],
        prediction=1.0,
    )


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
                within_noise(over(squared, law), "finite steps, 1/d, and noise", 1 / DIMENSION),
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
