"""Claims SS-7 and SS-8: along which path, and how fast, a network leaves zero."""

from __future__ import annotations

import numpy as np

from traindyn.inference import Estimate, estimate_fraction
from traindyn.ledger import Control, Part, Size, Test
from traindyn.runs import Context
from traindyn.saddle_to_saddle.claims.escape_runs import (
    CLOSE,
    SIZE,
    WIDE,
    WIDTH,
    farthest,
    horizon,
    last_slope,
    run_escapes,
    slope_sizes,
)
from traindyn.saddle_to_saddle.claims.registry import registry
from traindyn.saddle_to_saddle.experiments.costs import SquaredError
from traindyn.saddle_to_saddle.experiments.escape import Escape, climb, escape
from traindyn.saddle_to_saddle.experiments.flow import flow, singular_value_reaches
from traindyn.saddle_to_saddle.experiments.networks import LinearNetwork
from traindyn.saddle_to_saddle.experiments.targets import random_target
from traindyn.saddle_to_saddle.results.escape import EscapeRun
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
    starts = context.choose(ci=6, laptop=12, paper=48)
    runs = [
        run_escapes(depth, CLOSE, starts, context.numpy_generator(f"depth {depth}"))
        for depth in (2, 3, 4, 5)
    ]
    apart = [
        run_escapes(run.depth, WIDE, 3, context.numpy_generator(f"apart, depth {run.depth}"))
        for run in runs
    ]
    large = _large_start(context)
    parts = [
        Part(
            f"Exponent in α of the distance to the path of width one, L = {run.depth}",
            angle_exponent(*CLOSE[:2]),
            last_slope(run, run.distances),
            Test(
                "slope",
                0.002,
                "the third direction adds a relative α^(2(s₂ − s₃)/s₁) and the residue inside the "
                "layers α^(2s₂/s₁), both below 1e-5 here, times a prefactor of order one hundred",
            ),
            [Control("s₂/s₁ = 1/3 in place of 2/3", last_slope(changed, changed.distances))],
            asymptotic=True,
            sizes=slope_sizes(run, run.distances),
        )
        for run, changed in zip(runs, apart, strict=True)
    ]
    conserved = "WᵀW of a layer minus WWᵀ of the one below is conserved: of order α² = 1e-20"
    parts += [
        Part(
            "Misalignment of neighboring layers at the smallest scale, the worst of L = 2 to 5",
            0.0,
            Estimate(max(run.misalignment for run in runs)),
            Test("threshold", 1e-13, f"{conserved}, so rounding is left"),
            [Control("a start of order one", Estimate(large.misalignment))],
        ),
        Part(
            "Largest over smallest norm of a layer, minus one, at the smallest scale",
            0.0,
            Estimate(max(run.norm_spread for run in runs)),
            Test("threshold", 1e-13, f"{conserved}, so rounding is left"),
            [Control("a start of order one", Estimate(large.norm_spread))],
        ),
        Part(
            "Second over first singular value of a layer at the smallest scale, the worst of three "
            "layers and more",
            0.0,
            Estimate(max(float(run.layer_ratios[-1].max()) for run in runs if run.depth > 2)),
            Test(
                "threshold",
                1e-7,
                "no second path inside the layers: of order α = 1e-10, times two random amplitudes",
            ),
            [Control("a start of order one", Estimate(large.layer_ratio))],
        ),
        _reaches_best_direction(context),
        *(_in_time(context, run.depth) for run in runs),
    ]
    return runs, parts


def _in_time(context: Context, depth: int) -> Part:
    """The path of width one is followed in time too, up to where its mode is learned."""
    generator = context.numpy_generator(f"in time, depth {depth}")
    target = random_target(WIDE, SIZE, generator)
    network, cost = LinearNetwork(SIZE, SIZE, WIDTH, depth), SquaredError(target)
    directions = network.random(1.0, generator, 3)
    begin, half, learned = levels = np.array([0.05, 0.5, 0.95]) * WIDE[0]
    expected = np.array([mode_time(depth, WIDE[0], begin, end) for end in levels[1:]])
    ratios = {}
    for scale in (3e-2, 1e-2, 1e-4, 1e-8):
        times = []
        for direction in directions:
            out = escape(network, cost, scale * direction, begin, horizon(depth, WIDE[0], scale))
            path = flow(
                network,
                cost,
                out.theta,
                10 * expected[-1],
                relative_tolerance=1e-11,
                events=(singular_value_reaches(1, half), singular_value_reaches(1, learned)),
                stop_at_last_event=True,
            )
            times.append(path.event_times)
        ratios[scale] = farthest(np.array(times) / expected, 1.0)
    control, *small = ratios.items()
    return Part(
        "Times from a twentieth of s₁ to a half and to 95 % over those of the path of width one, "
        f"the farthest of three starts, L = {depth}",
        1.0,
        small[-1][1],
        Test(
            "equality",
            1e-6,
            "what has not grown along is a share α^(1 − s₂/s₁) = 5e-6 of the weights, or α inside "
            "the layers, and enters squared, times the squares of two random tilts",
        ),
        [Control(f"α = {control[0]:g}", control[1])],
        asymptotic=True,
        sizes=[Size(scale, ratio) for scale, ratio in small],
    )


def _large_start(context: Context) -> Escape:
    """A network trained from a start of order one."""
    generator = context.numpy_generator("large start")
    target = random_target(WIDE, SIZE, generator)
    network = LinearNetwork(SIZE, SIZE, WIDTH, 3)
    path = flow(network, SquaredError(target), network.random(0.5, generator), 20.0)
    return Escape(network, path.theta[-1], 20.0)


def _reaches_best_direction(context: Context) -> Part:
    starts = context.choose(ci=400, laptop=1000, paper=10_000)
    generator = context.numpy_generator("directions")
    target = random_target(WIDE, SIZE, generator)
    hits = early = trials = 0
    for depth in (2, 3, 4, 5):
        for width in (1, 2, 4, 10):
            network = LinearNetwork(SIZE, SIZE, width, depth)
            theta = climb(network, target, network.random(1.0, generator, starts), 3)
            best = largest_slope(depth, WIDE[0]) * (1 - 1e-6)
            early += int(((network.product(theta) * target).sum(axis=(1, 2)) > best).sum())
            theta = climb(network, target, theta, 800)
            hits += int(((network.product(theta) * target).sum(axis=(1, 2)) > best).sum())
            trials += starts
    return Part(
        "Fraction of random starts that reach the fastest direction, L = 2 to 5, widths 1 to 10",
        1.0,
        estimate_fraction(hits, trials),
        Test("threshold", 0.01, "one in a hundred; the recalled theorem has 1/2", "above"),
        [Control("after three sweeps", estimate_fraction(early, trials))],
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
    parts = []
    for depth in (2, 3, 4, 5):
        generator = context.numpy_generator(f"depth {depth}")
        target = random_target(WIDE, SIZE, generator)
        network, cost = LinearNetwork(SIZE, SIZE, WIDTH, depth), SquaredError(target)
        direction = network.random(1.0, generator)
        direction /= np.linalg.norm(direction)

        ratios = {}
        for start in (2e-3, 2e-4, 2e-5):
            found = escape(
                network,
                cost,
                start * direction,
                (0.02 / depth**0.5) ** depth,  # a balanced network of norm 0.02
                horizon(depth, WIDE[0], start / 2),
            )
            ratios[start] = _relative_speed(network, cost, found.theta)
        predicted = escape_speed(depth, WIDE[0])
        parts.append(
            Part(
                f"Growth of the norm over its power L − 1 at norm 0.02, L = {depth}",
                predicted,
                Estimate(ratios[2e-5]),
                Test(
                    "equality",
                    0.01 * predicted,
                    "1 %: what has not grown along is a share (0.001)^(1 − s₂/s₁) = 0.01 of the "
                    "parameters, and enters squared",
                ),
                [
                    Control(
                        "at the random start",
                        Estimate(_relative_speed(network, cost, 0.02 * direction)),
                    )
                ],
                asymptotic=True,
                sizes=[Size(start, Estimate(value)) for start, value in ratios.items()],
            )
        )
    return None, parts


def _relative_speed(network: LinearNetwork, cost: SquaredError, theta: np.ndarray) -> float:
    """Growth of the norm over its power L − 1."""
    gradient = network.gradient(theta, cost.gradient(network.product(theta)))
    return -float(gradient @ theta) / float(np.linalg.norm(theta)) ** network.depth
