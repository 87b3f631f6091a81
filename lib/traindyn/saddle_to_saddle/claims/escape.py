"""Claims SS-7 and SS-8: along which path, and how fast, a network leaves zero."""

from __future__ import annotations

import numpy as np

from traindyn.inference import Estimate, estimate_fraction, estimate_mean, largest
from traindyn.ledger import (
    Part,
    Size,
    at_most,
    other_system,
    same_run,
    within,
    within_noise,
    wrong_prediction,
)
from traindyn.runs import Context
from traindyn.saddle_to_saddle.claims.parts import simulated
from traindyn.saddle_to_saddle.claims.registry import registry
from traindyn.saddle_to_saddle.claims.slopes import last_slope, rare, slope_sizes
from traindyn.saddle_to_saddle.results.escape import (
    DirectionCounts,
    EscapeRun,
    LayerShape,
    LearningTimes,
    SpeedRun,
)
from traindyn.saddle_to_saddle.studies.escape import (
    SPEED_NORM,
    escape_speeds,
    large_starts,
    learning_times,
    reached_directions,
)
from traindyn.saddle_to_saddle.studies.escape_runs import CLOSE, DEPTHS, WIDE
from traindyn.saddle_to_saddle.studies.tilt import tilts
from traindyn.saddle_to_saddle.theory.escape import angle_exponent, escape_speed, largest_slope
from traindyn.saddle_to_saddle.theory.modes import mode_time


@registry.claim(
    7,
    source="abstract: the path between the first two saddles, as we recall its theorem",
    basis="attributed",
    statement=(
        "From a small start the flow leaves the origin along the path of a balanced network of "
        "width one in the direction of the largest singular value of −∇C(0)."
    ),
)
def rank_one_path(context: Context) -> tuple[list[EscapeRun], list[Part]]:
    """SS-7."""
    runs = [tilts(context, depth, CLOSE) for depth in DEPTHS]
    return runs, [
        *map(_distance, runs),
        *_shape(runs, large_starts(context)),
        _direction(reached_directions(context)),
        *(_in_time(learning_times(context, depth)) for depth in DEPTHS),
    ]


def _distance(run: EscapeRun) -> Part:
    """How the distance to the path of width one vanishes with the scale of the start."""
    return simulated(
        "Exponent in α of the distance to the path of width one when half of s₁ is learned, from "
        f"α = 1e-8 to 1e-10, median over starts, s₂/s₁ = 2/3, L = {run.depth}",
        last_slope(run, run.distances),
        rare(run),
        [
            wrong_prediction("ratio of squares: 1 − (s₂/s₁)²", 1 - run.ratio**2),
            wrong_prediction("as the residue inside deep layers: 1", 1.0),
        ],
        prediction=angle_exponent(*CLOSE[:2]),
        basis="derived",
        sizes=slope_sizes(run, run.distances),
    )


def _shape(runs: list[EscapeRun], large: LayerShape) -> list[Part]:
    """How little is left, at the smallest scale, of what the path of width one does not have."""
    conserved = (
        "WᵀW of a layer minus WWᵀ of the one below is conserved: of order α² = 1e-20, so that "
        "rounding is left, and from rare starts the error of the solver"
    )
    scale = float(runs[0].scales[-1])
    rounding = float(np.finfo(float).eps)

    def digits(found: np.ndarray) -> Estimate:
        """Mean decimal logarithm, not below rounding, which no rare start decides."""
        return estimate_mean(np.log10(np.maximum(found, rounding)))

    def short_of_one(ratios: np.ndarray) -> Estimate:
        """One minus the exponent: the mean of logarithms does not hang on the largest start."""
        return estimate_mean(1 - np.log(ratios) / np.log(scale))

    return [
        simulated(
            "Decimal logarithm of one minus the cosine between what a layer writes and the next "
            "reads, the worst pair, α = 1e-10, largest mean of L = 2 to 5",
            largest([digits(run.misalignment) for run in runs]),
            at_most(-13.0, conserved, "rounding"),
            [other_system("starts of order one", digits(large.misalignment))],
        ),
        simulated(
            "Decimal logarithm of largest over smallest norm of a layer minus one, α = 1e-10, "
            "largest mean of L = 2 to 5",
            largest([digits(run.norm_spread) for run in runs]),
            at_most(-13.0, conserved, "rounding"),
            [other_system("starts of order one", digits(large.norm_spread))],
        ),
        simulated(
            "One minus the exponent p of second over first singular value of a layer, taken as α^p "
            "at α = 1e-10, largest mean of L = 3 to 5",
            largest([short_of_one(run.layer_ratios[-1]) for run in runs if run.depth > 2]),
            at_most(
                runs[0].ratio / 2,
                "half way from 0, for there is no second path inside more than two layers, to the "
                "s₂/s₁ of two",
                "neighbor",
            ),
            [
                other_system("two layers", short_of_one(runs[0].layer_ratios[-1])),
                other_system("starts of order one", short_of_one(large.layer_ratio)),
            ],
        ),
    ]


def _direction(counts: DirectionCounts) -> Part:
    reached = estimate_fraction(counts.reached, counts.trials)
    return simulated(
        "Fraction of random starts that ascend to the fastest direction out of the origin, "
        "L = 2 to 5, widths 1 to 10",
        reached,
        within_noise(reached, "all but a set of measure zero should"),
        [
            wrong_prediction("the half that the theorem promises, as we recall it", 0.5),
            other_system(
                "the last layer frozen", estimate_fraction(counts.frozen, counts.frozen_trials)
            ),
            same_run("after three sweeps", estimate_fraction(counts.early, counts.trials)),
        ],
        prediction=1.0,
        basis="extension",
    )


def _in_time(run: LearningTimes) -> Part:
    """The path of width one is followed in time too, up to where its mode is learned."""
    begin, *ends = run.levels.tolist()
    expected = np.array([mode_time(run.depth, WIDE[0], begin, end) for end in ends])
    lag = run.times[..., -1] / expected[-1]
    rival = mode_time(run.depth + 1, WIDE[0], begin, ends[-1]) / expected[-1]
    sizes = [estimate_mean(row) for row in lag]
    return simulated(
        "Time from a twentieth of s₁ to 95 % of it, over that of the path of width one, "
        f"α = 1e-8, L = {run.depth}",
        sizes[-1],
        within(
            1e-6,
            "what has not grown along is a share α^(1 − s₂/s₁) = 5e-6 of the weights, or α inside "
            "the layers, and enters squared, times the squares of two random tilts",
            "next order",
        ),
        [wrong_prediction("the path of one layer more", rival)],
        prediction=1.0,
        basis="derived",
        sizes=[Size(float(s), size) for s, size in zip(run.scales, sizes, strict=True)],
    )


@registry.claim(
    8,
    source="recalled form; the constant is derived here",
    basis="attributed",
    statement=(
        "On the way out the norm of the parameters grows as s₁ L^{−(L−2)/2} times its power L − 1."
    ),
)
def speed(context: Context) -> tuple[None, list[Part]]:
    """SS-8."""
    return None, [_speed(escape_speeds(context, depth)) for depth in DEPTHS]


def _speed(run: SpeedRun) -> Part:
    predicted = escape_speed(run.depth, WIDE[0])
    found = zip(run.starts.tolist(), run.speeds, strict=True)
    sizes = [Size(start, estimate_mean(speeds)) for start, speeds in found]
    share = (run.starts[-1] / SPEED_NORM) ** (1 - WIDE[1] / WIDE[0])
    return simulated(
        "Growth rate of the norm of the parameters over its power L − 1, at norm 0.02 from norm "
        f"2e-5, s₁ = 3, L = {run.depth}",
        sizes[-1].measurement,
        within(
            float(share) * predicted,
            "what has not grown along is a share 0.001^(1 − s₂/s₁) = 0.01 of the parameters, and "
            "enters squared",
            "next order",
        ),
        [
            wrong_prediction("Euler's factor L left out", largest_slope(run.depth, WIDE[0])),
            other_system("random parameters of norm 0.02", estimate_mean(run.at_random)),
        ],
        prediction=predicted,
        basis="derived",
        sizes=sizes,
    )
