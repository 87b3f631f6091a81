"""Claims HT-5 and HT-6: the threshold of the spike and its position."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from traindyn.heavy_tailed_esd.claims.estimates import midway
from traindyn.heavy_tailed_esd.claims.parts import simulated
from traindyn.heavy_tailed_esd.claims.predictions import (
    independent,
    own_position,
    prediction,
    visible_rate,
)
from traindyn.heavy_tailed_esd.claims.registry import registry
from traindyn.heavy_tailed_esd.results.first_step import (
    OptimizerName,
    OptimizerStep,
    Positions,
    StepSpikes,
)
from traindyn.heavy_tailed_esd.studies.first_steps import (
    ABOVE,
    ASPECT,
    BELOW,
    COSINES,
    FAR,
    MULTIPLES,
    PAIRED,
    VISIBLE,
    cosines_of_steps,
    largest_steps,
    paired_spikes,
    paper_steps,
    prediction_of,
    seconds_at_rate_one,
    strengths,
)
from traindyn.heavy_tailed_esd.theory.bulk import top_law
from traindyn.heavy_tailed_esd.theory.one_step import TWO_OVER_PI, FirstStep
from traindyn.heavy_tailed_esd.theory.spike import (
    critical_length,
    critical_strength,
    spike_length,
    spike_overlap,
    spike_position,
)
from traindyn.inference import Estimate, estimate_mean, exact, ratio_of_means
from traindyn.ledger import (
    Part,
    at_most,
    other_system,
    same_run,
    within,
    wrong_prediction,
    wrong_theory,
)
from traindyn.runs import Context

Steps = dict[OptimizerName, OptimizerStep]

NAMES: tuple[tuple[OptimizerName, str], ...] = (("gd", "gradient descent"), ("adam", "Adam"))


def _rate_part(label: str, step: OptimizerStep, foreign: OptimizerStep) -> Part:
    """The measured rate of a visible spike over its prediction."""
    naive = independent(step).rate_at(VISIBLE) / visible_rate(step)

    def rate(found: OptimizerStep) -> Estimate:
        return estimate_mean(found.threshold / visible_rate(found))

    return simulated(
        f"Rate at which one step of {label} lifts the largest eigenvalue 10 % above the edge, over "
        f"its prediction, d = {step.inputs:,}, n = {step.samples_per_input}d",
        rate(step),
        within(midway(1.0, naive), "half of what undoing the start adds to the rate", "neighbor"),
        [
            wrong_prediction("a step that is independent of the start", naive),
            other_system("the same step added to other weights", rate(foreign)),
        ],
        prediction=1.0,
    )


@registry.claim(
    5,
    source="derived here from the setting of the paper",
    basis="derived",
    statement=(
        "The spike appears at a sharp learning rate: at the length 1 + √γ of the weights along the "
        "step, which first shrinks the weights, then grows. One eigenvalue leaves, no other."
    ),
)
def threshold(context: Context) -> tuple[Steps, list[Part]]:
    """HT-5."""
    found, more, paper = largest_steps(context), largest_steps(context, 8), paper_steps(context)
    foreign, foreign_more = (largest_steps(context, n, "foreign") for n in (2, 8))
    return found, [
        *_inside(context, found, foreign_more),
        _rate_part("gradient descent", found["gd"], foreign["gd"]),
        _rate_part("gradient descent", more["gd"], foreign_more["gd"]),
        _rate_part("Adam", found["adam"], foreign["adam"]),
        *(_rate_part(label, paper[name], foreign[name]) for name, label in NAMES),
        _undone(context),
        _begins(),
    ]


def _begins() -> Part:
    """The closed form of the threshold, from the overlap that the other parts and HT-7 measure."""
    found, rival = [], []
    for name, _ in NAMES:
        theory = prediction_of(name, COSINES[0], 2)
        shrinking, beside, aspect = theory.shrinking, theory.beside, theory.aspect

        def seen(t: float, b: float = shrinking, k: float = beside, c: float = aspect) -> bool:
            return bool(spike_overlap(spike_length(t, b), c, k * t) > 0)

        begins = _first(seen)
        found.append(critical_strength(shrinking, beside, aspect) / begins)
        rival.append(critical_strength(0.0, 0.0, aspect) / begins)
    own = _first(lambda length: bool(spike_overlap(1 + length, ASPECT) > 0))
    found.append(critical_length(ASPECT) / (1 + own))
    return Part(
        "Closed forms of the critical strength, of gradient descent and of Adam, and of the "
        "critical length, over where the squared overlap of spike and step begins: the farthest "
        "from 1",
        exact(max(found, key=lambda ratio: abs(ratio - 1))),
        within(1e-9, "rounding of a bisection", "rounding"),
        [wrong_prediction("a step that undoes nothing", min(1 / ratio for ratio in rival))],
        prediction=1.0,
        compares="algebra",
        basis="derived",
    )


def _first(seen: Callable[[float], bool]) -> float:
    """The smallest number below 100 from which on something is seen."""
    low, high = 0.0, 100.0
    while (middle := (low + high) / 2) not in (low, high):
        low, high = (low, middle) if seen(middle) else (middle, high)
    return high


def _inside(context: Context, found: Steps, foreign_more: Steps) -> list[Part]:
    """What stays inside the bulk: everything below the threshold, all but one above it."""
    steps, inputs = [*found.values()], found["gd"].inputs
    edge, hidden = prediction(steps[0]).edge, round(ASPECT * inputs)
    center, scale = top_law(hidden, inputs)
    inside = at_most(
        1 + scale / center, "one scale of the law of Tracy and Widom above the edge", "size"
    )

    def over_edge(values: list[np.ndarray]) -> Estimate:
        return estimate_mean(np.mean(values, axis=0) / edge)

    filled = seconds_at_rate_one(context) / (inputs * edge)
    first = over_edge([s.top[:, ABOVE] for s in steps])
    return [
        simulated(
            "Largest eigenvalue over the edge after one step to 0.8 of the critical length, mean "
            "of both optimizers",
            over_edge([s.top[:, BELOW] for s in steps]),
            inside,
            [
                other_system(
                    "a step of gradient descent at n = 8d, added to other weights: nothing shrinks",
                    over_edge([foreign_more["gd"].top[:, BELOW]]),
                ),
                same_run("1.5 of the critical length", first),
            ],
        ),
        simulated(
            "Second largest eigenvalue over the edge after one step to 1.5 of the critical length, "
            "mean of both optimizers",
            over_edge([s.second for s in steps]),
            inside,
            [
                other_system(
                    "a step of Adam at rate 1: its signs fill the bulk", estimate_mean(filled)
                ),
                same_run("the largest eigenvalue", first),
            ],
        ),
    ]


def _undone(context: Context) -> Part:
    """How much of the start signs undo, against the gradient itself."""
    theory, found = FirstStep(0.5, ASPECT), cosines_of_steps(context)
    predicted = theory.adam_shrinking / theory.gd_shrinking
    blurred = math.sqrt(TWO_OVER_PI)
    return simulated(
        "Cosine with which the first step of Adam undoes the start over that of gradient descent, "
        f"d = {COSINES[0]}, n = 2d",
        ratio_of_means(found["adam"].undone, found["gd"].undone),
        within(
            blurred * (1 - theory.sign_cosine) / 2,
            "half of what the cosine of the signs and the pull of the residuals takes away",
            "neighbor",
        ),
        [
            wrong_prediction("without the cosine of signs and pull", blurred),
            wrong_prediction("without the cosine of the head and its signs", theory.sign_cosine),
        ],
        prediction=predicted,
    )


@registry.claim(
    6,
    source="derived here from the setting of the paper",
    basis="derived",
    statement=(
        "The spike lands where a random matrix with one long direction has its largest "
        "eigenvalue, dℓ(1 + γ/(ℓ − 1)); that of Adam a little higher, since its step undoes the "
        "whole head and runs along the signs of it alone."
    ),
)
def position(context: Context) -> tuple[Positions, list[Part]]:
    """HT-6."""
    found, paper = largest_steps(context), paper_steps(context)
    long = largest_steps(context, system="long")

    def part(label: str, step: OptimizerStep, column: int) -> Part:
        return position_part(
            f"Relative error of the position of the spike, {label}, {MULTIPLES[column]:g} critical "
            f"lengths, d = {step.inputs:,}",
            step,
            long[step.optimizer],
            column,
        )

    length = np.linspace(critical_length(ASPECT), 11, 200)
    return Positions(found, length, np.asarray(spike_position(length, ASPECT))), [
        part(label, steps[name], column)
        for steps, columns in ((found, (ABOVE, FAR)), (paper, (ABOVE,)))
        for name, label in NAMES
        for column in columns
    ] + [_higher(context)]


def _higher(context: Context) -> Part:
    """What the head holds beside its signs lifts the spike of Adam; noise of the bulk cancels."""
    found, (inputs, samples_per_input, _) = paired_spikes(context), PAIRED
    theories = {name: prediction_of(name, inputs, samples_per_input) for name in found}
    lifts = {name: theory.beside * strengths(theory)[ABOVE] for name, theory in theories.items()}

    def apart(step: StepSpikes, lift: float) -> np.ndarray:
        return step.top / np.asarray(spike_position(step.length, ASPECT, lift)) - 1

    one, other = found["adam"], apart(found["gd"], lifts["gd"])
    length = MULTIPLES[ABOVE] * critical_length(ASPECT)
    places = [float(spike_position(length, ASPECT, lift)) for lift in (lifts["adam"], 0.0)]
    return simulated(
        "Relative error of the position of the spike at 1.5 critical lengths, that of Adam less "
        f"that of gradient descent on the same problem, d = {inputs}, n = {samples_per_input}d",
        estimate_mean(apart(one, lifts["adam"]) - other),
        within(
            (places[0] / places[1] - 1) / 2,
            "half of what the head beside its signs adds",
            "neighbor",
        ),
        [
            wrong_theory("nothing beside the signs", estimate_mean(apart(one, 0.0) - other)),
            wrong_theory(
                "a part beside the signs twice as large",
                estimate_mean(apart(one, 2**0.5 * lifts["adam"]) - other),
            ),
        ],
        prediction=0.0,
    )


def position_part(statement: str, step: OptimizerStep, long: OptimizerStep, column: int) -> Part:
    """The measured place of the spike against that of its measured length."""

    def error(measured: OptimizerStep) -> Estimate:
        return estimate_mean(measured.top[:, column] / own_position(measured)[:, column] - 1)

    length = MULTIPLES[column] * critical_length(ASPECT)
    place = length * (1 + ASPECT / (length - 1))
    top, own = step.top[:, column], step.length[:, column]
    if column == ABOVE:
        bound, wrong = place / (length + ASPECT) - 1, top / (own + ASPECT) - 1
        neighbor = "a push of the bulk of γ/ℓ for γ/(ℓ − 1)"
    else:
        bound, wrong = place / length - 1, top / own - 1
        neighbor = "no push of the bulk"
    return simulated(
        statement,
        error(step),
        within(
            max(bound / 2, 1e-6),
            f"half of the distance to {neighbor}",
            "neighbor",
        ),
        [
            wrong_theory(neighbor, estimate_mean(wrong)),
            other_system("the same step added to weights three times as long", error(long)),
        ],
        prediction=0.0,
    )
