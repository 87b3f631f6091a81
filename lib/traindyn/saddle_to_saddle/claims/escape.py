"""Claims SS-7 and SS-8: along which path, and how fast, a network leaves zero."""

from __future__ import annotations

import numpy as np

from traindyn.inference import estimate_fraction, exact
from traindyn.ledger import Size
from traindyn.ledger.legacy import Control, Part, Test
from traindyn.runs import Context
from traindyn.saddle_to_saddle.claims.registry import registry
from traindyn.saddle_to_saddle.claims.slopes import farthest, last_slope, slope_sizes
from traindyn.saddle_to_saddle.results.escape import (
    DirectionCounts,
    EscapeRun,
    LayerShape,
    LearningTimes,
    SpeedRun,
)
from traindyn.saddle_to_saddle.studies.escape import (
    escape_speeds,
    escapes,
    escapes_far_apart,
    large_start,
    learning_times,
    reached_directions,
)
from traindyn.saddle_to_saddle.studies.escape_runs import CLOSE, DEPTHS, WIDE
from traindyn.saddle_to_saddle.theory.escape import angle_exponent, escape_speed
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
    runs = [escapes(context, depth) for depth in DEPTHS]
    return runs, [
        *(_distance(run, escapes_far_apart(context, run.depth)) for run in runs),
        *_shape(runs, large_start(context)),
        _direction(reached_directions(context)),
        *(_in_time(learning_times(context, depth)) for depth in DEPTHS),
    ]


def _distance(run: EscapeRun, apart: EscapeRun) -> Part:
    """How the distance to the path of width one vanishes with the scale of the start."""
    return Part(
        f"Exponent in α of the distance to the path of width one, L = {run.depth}",
        angle_exponent(*CLOSE[:2]),
        last_slope(run, run.distances),
        Test(
            "slope",
            0.002,
            "the third direction adds a relative α^(2(s₂ − s₃)/s₁) and the residue inside the "
            "layers α^(2s₂/s₁), both below 1e-5 here, times a prefactor of order one hundred",
        ),
        [Control("s₂/s₁ = 1/3 in place of 2/3", last_slope(apart, apart.distances))],
        asymptotic=True,
        sizes=slope_sizes(run, run.distances),
    )


def _shape(runs: list[EscapeRun], large: LayerShape) -> list[Part]:
    """How little is left, at the smallest scale, of what the path of width one does not have."""
    conserved = "WᵀW of a layer minus WWᵀ of the one below is conserved: of order α² = 1e-20"
    return [
        Part(
            "Misalignment of neighboring layers at the smallest scale, the worst of L = 2 to 5",
            0.0,
            exact(max(run.misalignment for run in runs)),
            Test("threshold", 1e-13, f"{conserved}, so rounding is left"),
            [Control("a start of order one", exact(large.misalignment))],
        ),
        Part(
            "Largest over smallest norm of a layer, minus one, at the smallest scale",
            0.0,
            exact(max(run.norm_spread for run in runs)),
            Test("threshold", 1e-13, f"{conserved}, so rounding is left"),
            [Control("a start of order one", exact(large.norm_spread))],
        ),
        Part(
            "Second over first singular value of a layer at the smallest scale, the worst of three "
            "layers and more",
            0.0,
            exact(max(float(run.layer_ratios[-1].max()) for run in runs if run.depth > 2)),
            Test(
                "threshold",
                1e-7,
                "no second path inside the layers: of order α = 1e-10, times two random amplitudes",
            ),
            [Control("a start of order one", exact(large.layer_ratio))],
        ),
    ]


def _direction(counts: DirectionCounts) -> Part:
    return Part(
        "Fraction of random starts that reach the fastest direction, L = 2 to 5, widths 1 to 10",
        1.0,
        estimate_fraction(counts.reached, counts.trials),
        Test("threshold", 0.01, "one in a hundred; the recalled theorem has 1/2", "above"),
        [Control("after three sweeps", estimate_fraction(counts.early, counts.trials))],
    )


def _in_time(run: LearningTimes) -> Part:
    """The path of width one is followed in time too, up to where its mode is learned."""
    begin, *ends = run.levels
    expected = np.array([mode_time(run.depth, WIDE[0], begin, end) for end in ends])
    control, *small = [
        Size(float(scale), farthest(times / expected, 1.0))
        for scale, times in zip(run.scales, run.times, strict=True)
    ]
    return Part(
        "Times from a twentieth of s₁ to a half and to 95 % over those of the path of width one, "
        f"the farthest of three starts, L = {run.depth}",
        1.0,
        small[-1].measurement,
        Test(
            "equality",
            1e-6,
            "what has not grown along is a share α^(1 − s₂/s₁) = 5e-6 of the weights, or α inside "
            "the layers, and enters squared, times the squares of two random tilts",
        ),
        [Control(f"α = {control.size:g}", control.measurement)],
        asymptotic=True,
        sizes=small,
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
    sizes = [
        Size(float(start), exact(float(speed)))
        for start, speed in zip(run.starts, run.speeds, strict=True)
    ]
    return Part(
        f"Growth of the norm over its power L − 1 at norm 0.02, L = {run.depth}",
        predicted,
        sizes[-1].measurement,
        Test(
            "equality",
            0.01 * predicted,
            "1 %: what has not grown along is a share (0.001)^(1 − s₂/s₁) = 0.01 of the "
            "parameters, and enters squared",
        ),
        [Control("at the random start", exact(run.at_random))],
        asymptotic=True,
        sizes=sizes,
    )
