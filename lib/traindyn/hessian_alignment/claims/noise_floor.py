"""Claims HA-4 and HA-14: the error is of order 1/λ and linear in the step, with known constants."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from traindyn.hessian_alignment.claims.common import (
    ASPECT,
    HORIZON,
    base,
    log_slope,
    overlaps,
    replica_mean,
    spectra,
    trained,
)
from traindyn.hessian_alignment.claims.registry import registry
from traindyn.hessian_alignment.experiments.blocks import mean_overlaps, sines
from traindyn.hessian_alignment.experiments.mixtures import probabilities
from traindyn.hessian_alignment.experiments.runs import Setting, Trajectory
from traindyn.hessian_alignment.results.noise_floor import FloorRun, StepRun
from traindyn.hessian_alignment.theory.separated_classes import (
    floor_squared,
    misalignment,
    noise_floor,
)
from traindyn.inference import Estimate
from traindyn.ledger import Control, Part, Size, Test
from traindyn.runs import Context

PRECISIONS = (1.0, 10.0, 20.0, 100.0, 1000.0)
SHORT = (0.0, 10.0)


def _moments(run: Trajectory, context: Context) -> tuple[float, float]:
    """Means of (π - y)² and π(1 - π) over classes and test samples."""
    generator = context.torch_generator(f"moments {run.setting}")
    replicas = len(run.last)
    labels, inputs = run.mixture.draw((replicas, 1000), generator)
    pi = probabilities(run.last, inputs)
    right = pi.gather(2, labels.unsqueeze(2)).squeeze(2)
    residual = (pi**2).sum(dim=2) - 2 * right + 1
    k = run.setting.classes
    return float(residual.mean()) / k, float((pi * (1 - pi)).mean())


def floor_ratio(run: Trajectory, context: Context, step: float) -> Estimate:
    """Squared weights outside the means, over the law at the measured residuals.

    The k directions of the means are not counted: of d, d - k remain.
    """
    setting, means = run.setting, run.mixture.means
    residual, curvature = _moments(run, context)
    law = floor_squared(
        residual, curvature, setting.classes, setting.precision, setting.decay, step
    )
    rest = float(np.exp(-2 * setting.decay * run.times[-1]))
    share = 1 - setting.classes / setting.dimension
    outside = run.last - (run.last @ means.T) @ means
    squared = (outside**2).sum(dim=2).numpy()
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
    strong = PRECISIONS[2:]
    settings = {value: base(context, value) for value in PRECISIONS}
    found = {value: errors(context, settings[value]) for value in PRECISIONS}
    early = [errors(context, settings[value], SHORT) for value in strong]
    larger = trained(context, replace(settings[100.0], step=4.0))
    k, decay = 4, settings[1.0].decay

    def law(value: float) -> float:
        return misalignment(k, value, decay, 1.0, ASPECT, "hessian", HORIZON[-1])

    floors = {
        value: floor_ratio(trained(context, setting), context, 1.0)
        for value, setting in settings.items()
    }
    parts = [
        Part(
            "Slope of log(1 − overlap) over log λ, from 20 to 1000",
            -1.0,
            log_slope(strong, [found[value] for value in strong]),
            Test(
                "slope",
                0.1,
                "a next order k/λ = 0.2 at the smallest λ over the range log 50, twice",
            ),
            [Control("horizon 10 instead of 50", log_slope(strong, early))],
        ),
        Part(
            "One minus the overlap, over noise floor plus tilt, as λ grows to 100",
            1.0,
            found[100.0].scaled(1 / law(100.0)),
            Test("equality", 0.1, "next orders in k/λ = 0.04 and 1/√d = 0.07"),
            [Control("horizon 10", errors(context, settings[100.0], SHORT).scaled(1 / law(100.0)))],
            asymptotic=True,
            sizes=[Size(v, found[v].scaled(1 / law(v))) for v in (10.0, 20.0, 100.0)],
        ),
        *(
            Part(
                f"Squared weights outside the means over the law of the noise floor, λ = {value:g}",
                1.0,
                floors[value],
                Test("equality", 0.1, "finite steps c/d, and 1/√d = 0.07 of one instance"),
                [Control("learning rate four times larger", floor_ratio(larger, context, 1.0))],
                note=note,
            )
            for value, note in (
                (1.0, "Weights of different classes have opposite noise: a factor k/(k − 1)."),
                (100.0, ""),
                (1000.0, ""),
            )
        ),
    ]
    grid = np.geomspace(PRECISIONS[0], PRECISIONS[-1], 60)
    result = FloorRun(
        np.array(PRECISIONS),
        list(found.values()),
        [replica_mean(1 - overlaps(context, setting, "gradient")) for setting in settings.values()],
        [
            replica_mean(1 - mean_overlaps(run.last, run.mixture.means))
            for run in (trained(context, setting) for setting in settings.values())
        ],
        grid,
        np.array([law(value) for value in grid]),
        np.array([noise_floor(k, value, decay, 1.0, HORIZON[-1]) for value in grid]),
    )
    return result, parts


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
    steps = (1.0, 4.0, 20.0)
    settings = {step: replace(base(context), step=step) for step in steps}
    outside = [
        replica_mean(1 - mean_overlaps(run.last, run.mixture.means))
        for run in (trained(context, setting) for setting in settings.values())
    ]
    tilted = [
        replica_mean(
            (
                sines(spectra(context, s, "hessian").cosines(trained(context, s).mixture.means))
                ** 2
            ).sum(axis=-1)
        )
        for s in settings.values()
    ]
    dimensions = (100, 200, 400)

    def over_dimension(rate: float | None) -> list[Estimate]:
        found = []
        for d in dimensions:
            step = 5.0 if rate is None else rate * d
            run = trained(context, replace(base(context), dimension=d, step=step))
            found.append(replica_mean(1 - mean_overlaps(run.last, run.mixture.means)))
        return found

    fixed, scaled = over_dimension(0.05), over_dimension(None)
    losses = {
        value: replica_mean(
            overlaps(context, base(context, value), "hessian")
            - overlaps(context, replace(base(context, value), step=20.0), "hessian")
        )
        for value in (10.0, 1000.0)
    }
    law = misalignment(4, 100.0, 0.1, 20.0, ASPECT, "hessian", HORIZON[-1])
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
    return StepRun(np.array(steps), outside, np.array(dimensions), fixed, scaled), parts
