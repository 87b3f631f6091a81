"""Claims SS-7 to SS-10: along which path, how fast and how straight a network leaves zero."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from traindyn.inference import Estimate, estimate_fraction
from traindyn.ledger import Context, Control, Part, Size, Test
from traindyn.saddle_to_saddle.claims.registry import registry
from traindyn.saddle_to_saddle.experiments.costs import SquaredError
from traindyn.saddle_to_saddle.experiments.descent import descend
from traindyn.saddle_to_saddle.experiments.escape import Escape, climb, escape
from traindyn.saddle_to_saddle.experiments.flow import flow
from traindyn.saddle_to_saddle.experiments.networks import LinearNetwork, width_scale
from traindyn.saddle_to_saddle.experiments.targets import random_target
from traindyn.saddle_to_saddle.results.escape import EscapeRun, WidthRun
from traindyn.saddle_to_saddle.theory.escape import (
    angle_exponent,
    discrete_time_unit,
    escape_speed,
    escape_time,
    largest_slope,
    rank_one_exponent,
)

SIZE, WIDTH = 4, 6
WIDE = (3.0, 1.0, 0.5)
"""Singular values far apart: the ratio s₂/s₁ is 1/3."""

CLOSE = (3.0, 2.0, 1.0)
"""Singular values closer together: the ratio is 2/3."""

SCALES = {
    2: np.geomspace(1e-2, 1e-8, 7),
    3: np.geomspace(1e-2, 1e-7, 6),
    4: np.geomspace(1e-2, 1e-4, 5),
    5: np.geomspace(1e-2, 1e-3, 4),
}
"""Scales of the start. An adaptive solver crosses a long plateau in a few steps, up to times of
about 1e9: beyond, the escape itself falls below the spacing of numbers."""


def horizon(depth: int, s1: float, scale: float) -> float:
    """A time by which a start of this scale has escaped: ten times that of the best direction."""
    return 10 * escape_time(depth, s1, scale, 1.0) + 20 / s1


def run_escapes(
    depth: int, values: Sequence[float], starts: int, generator: np.random.Generator
) -> EscapeRun:
    """Escapes from several directions at every scale."""
    target = random_target(values, SIZE, generator)
    u, _, vt = np.linalg.svd(target)
    network, cost = LinearNetwork(SIZE, SIZE, WIDTH, depth), SquaredError(target)
    scales = SCALES[depth]
    directions = network.random(1.0, generator, starts)
    found: list[list[Escape]] = [
        [
            escape(network, cost, scale * d, values[0] / 2, horizon(depth, values[0], scale))
            for d in directions
        ]
        for scale in scales
    ]

    def table(measure) -> np.ndarray:  # type: ignore[no-untyped-def]
        return np.array([[measure(e) for e in row] for row in found])

    return EscapeRun(
        depth,
        scales,
        table(lambda e: e.time),
        table(lambda e: max(e.angles(u[:, 0], vt[0]))),
        table(lambda e: e.layer_ratio),
        table(lambda e: e.distance_to_path(u[:, 0], vt[0])),
        values[1] / values[0],
        max(e.misalignment for e in found[-1]),
        max(e.norm_spread for e in found[-1]),
    )


def _farthest(slopes: np.ndarray, predicted: float) -> float:
    """The slope farthest from a prediction."""
    return float(slopes[np.argmax(np.abs(slopes - predicted))])


def _median_sizes(run: EscapeRun, values: np.ndarray) -> list[Size]:
    slopes = np.median(run.slopes(values), axis=1)
    return [Size(float(s), Estimate(float(v))) for s, v in zip(run.scales[1:], slopes, strict=True)]


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
        for depth in SCALES
    ]
    large = _large_start(context)
    exponent = angle_exponent(*CLOSE[:2])
    parts = [
        Part(
            f"Exponent in α of the distance to the path of width one, L = {run.depth}",
            exponent,
            Estimate(float(np.median(run.slopes(run.distances)[-1]))),
            Test(
                "slope",
                0.1,
                "the layers' own residue of order α adds a relative α^(s₂/s₁) = 0.002 with a "
                "prefactor of order ten"
                if run.depth > 2
                else "of order α^(s₂/s₁), with a wide margin",
            ),
            [Control("exponent of the residue inside a layer, L ≥ 3", Estimate(large[1]))]
            if run.depth > 2
            else [Control("the start itself, exponent 1", Estimate(1.0))],
            asymptotic=run.depth > 2,
            sizes=_median_sizes(run, run.distances) if run.depth > 2 else [],
        )
        for run in runs
        if run.depth < 5
    ]
    parts += [
        Part(
            "Misalignment of neighboring layers at the smallest scale, the worst of L = 2 to 5",
            0.0,
            Estimate(max(run.misalignment for run in runs)),
            Test("threshold", 1e-6, "of order α², at most 1e-10, times the number of starts"),
            [Control("a start of order one", Estimate(large[0].misalignment))],
        ),
        Part(
            "Largest over smallest norm of a layer, minus one, at the smallest scale",
            0.0,
            Estimate(max(run.norm_spread for run in runs)),
            Test("threshold", 1e-4, "differences of squared norms are conserved: of order α²"),
            [Control("a start of order one", Estimate(large[0].norm_spread))],
        ),
        _reaches_best_direction(context),
    ]
    return runs, parts


def _large_start(context: Context) -> tuple[Escape, float]:
    """A network trained from a start of order one; the exponent of the residue in a layer."""
    generator = context.numpy_generator("large start")
    target = random_target(WIDE, SIZE, generator)
    network = LinearNetwork(SIZE, SIZE, WIDTH, 3)
    path = flow(network, SquaredError(target), network.random(0.5, generator), 20.0)
    run = run_escapes(3, WIDE, 2, context.numpy_generator("residue"))
    slope = float(np.median(run.slopes(run.layer_ratios)[-1]))
    return Escape(network, path.theta[-1], 20.0), slope


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
            norm = float(np.linalg.norm(found.theta))
            gradient = network.gradient(found.theta, cost.gradient(found.a))
            ratios[start] = -float(gradient @ found.theta) / norm**depth
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
                        "without the factor L^(−(L−2)/2)"
                        if depth > 2
                        else "the second singular value",
                        Estimate(
                            ratios[2e-5] * depth ** ((depth - 2) / 2)
                            if depth > 2
                            else ratios[2e-5] * WIDE[1] / WIDE[0]
                        ),
                    )
                ],
                asymptotic=True,
                sizes=[Size(start, Estimate(value)) for start, value in ratios.items()],
            )
        )
    return None, parts


@registry.claim(
    9,
    source="recalled form; the width form is derived here",
    basis="attributed",
    statement=(
        "The time to leave the origin is log(1/α)/s₁ for two layers and of order α^{−(L−2)} for "
        "more; in terms of the width it is of order w^{(γ−1)(L−2)/2}."
    ),
)
def times(context: Context) -> tuple[tuple[list[EscapeRun], list[WidthRun]], list[Part]]:
    """SS-9."""
    starts = context.choose(ci=4, laptop=8, paper=32)
    runs = [
        run_escapes(depth, WIDE, starts, context.numpy_generator(f"depth {depth}"))
        for depth in SCALES
    ]
    two, *deep = runs
    unit = np.diff(two.times, axis=0) / -np.diff(np.log(two.scales))[:, None]
    parts = [
        Part(
            "Two layers: time per factor e of the start, the farthest of all starts",
            1 / WIDE[0],
            Estimate(_farthest(unit[-1], 1 / WIDE[0])),
            Test("slope", 1e-4, "of order α^(2 − 2 s₂/s₁) from the other directions"),
            [Control("rate of the second singular value", Estimate(1 / WIDE[1]))],
        ),
        _descent_part(context),
    ]
    for run in deep:
        power = 2.0 - run.depth
        slopes = run.slopes(run.times)
        parts.append(
            Part(
                f"Exponent of the time in α, L = {run.depth}, the farthest of all starts",
                power,
                Estimate(_farthest(slopes[-1], power)),
                Test("slope", 0.01, "the rest of the path lasts a share α^(L−2) of the plateau"),
                [Control("that of one layer more", Estimate(_farthest(slopes[-1], power) - 1))],
                asymptotic=True,
                sizes=_median_sizes(run, run.times),
            )
        )
    widths = _over_widths(context)
    for run_w in widths:
        predicted = (run_w.gamma - 1) * (run_w.depth - 2) / 2
        slope = np.polyfit(np.log(run_w.widths), np.log(run_w.times), 1)[0]
        parts.append(
            Part(
                f"Exponent of the time in the width, L = {run_w.depth}, γ = {run_w.gamma:g}",
                predicted,
                Estimate(float(slope)),
                Test(
                    "slope",
                    0.15,
                    "the constant settles as √(n/w), from 0.5 to 0.18: 0.3 over log 8",
                ),
                [
                    Control(
                        "amplitude σ instead of σ√w",
                        Estimate(run_w.gamma * (run_w.depth - 2) / 2),
                    )
                ],
            )
        )
    return (runs, widths), parts


def _descent_part(context: Context) -> Part:
    """Gradient descent with a coarse rate has its own time unit."""
    rate = 0.05
    generator = context.numpy_generator("descent")
    target = random_target(WIDE, SIZE, generator)
    network, cost = LinearNetwork(SIZE, SIZE, WIDTH, 2), SquaredError(target)
    direction = network.random(1.0, generator)
    scales = np.array([1e-8, 1e-16])
    record = np.arange(500)
    paths = [descend(network, cost, s * direction, rate, record) for s in scales]
    values = [np.linalg.norm(network.product(path), 2, (1, 2)) for path in paths]
    half = [
        float(
            np.interp(
                np.log(WIDE[0] / 2),
                np.log(v[: int(np.argmax(v > 2)) + 1]),
                rate * record[: int(np.argmax(v > 2)) + 1],
            )
        )
        for v in values
    ]
    found = (half[1] - half[0]) / float(np.log(scales[0] / scales[1]))
    return Part(
        "Two layers, gradient descent at η = 0.05: time per factor e of the start",
        discrete_time_unit(WIDE[0], rate),
        Estimate(found),
        Test("slope", 1e-3, "interpolation within a step of 0.05 over 18 factors e"),
        [Control("gradient flow", Estimate(1 / WIDE[0]))],
    )


def _over_widths(context: Context) -> list[WidthRun]:
    found = []
    widths = np.array([16, 32, 64, 128])
    starts = context.choose(ci=7, laptop=11, paper=45)
    for depth, gamma in ((3, 2.0), (3, 1.5), (4, 2.0)):
        medians = []
        for width in widths:
            generator = context.numpy_generator(f"width {width}, depth {depth}, gamma {gamma}")
            target = random_target(WIDE, SIZE, generator)
            network = LinearNetwork(SIZE, SIZE, int(width), depth)
            sigma = width_scale(int(width), gamma)
            times = [
                escape(
                    network,
                    SquaredError(target),
                    network.random(sigma, generator),
                    WIDE[0] / 2,
                    horizon(depth, WIDE[0], sigma),
                ).time
                for _ in range(starts)
            ]
            medians.append(float(np.median(times)))
        found.append(WidthRun(depth, gamma, widths.astype(float), np.array(medians)))
    return found


@registry.claim(
    10,
    source="derived here",
    basis="derived",
    statement=(
        "At every depth the angle to the right direction goes as α^{1−s₂/s₁}; the layers "
        "themselves become rank one faster, as α, once there are three."
    ),
)
def alignment(context: Context) -> tuple[list[EscapeRun], list[Part]]:
    """SS-10."""
    starts = context.choose(ci=5, laptop=9, paper=33)
    runs, parts = [], []
    for values in (WIDE, CLOSE):
        exponent = angle_exponent(*values[:2])
        for depth in (2, 3, 4):
            run = run_escapes(
                depth, values, starts, context.numpy_generator(f"depth {depth}, {values}")
            )
            runs.append(run)
            angle = float(np.median(run.slopes(run.angles)[-1]))
            ratio = float(np.median(run.slopes(run.layer_ratios)[-1]))
            inner = rank_one_exponent(depth, *values[:2])
            other = rank_one_exponent(2 if depth > 2 else 3, *values[:2])
            text = f"s₂/s₁ = {values[1] / values[0]:.2g}, L = {depth}"
            parts += [
                Part(
                    f"Exponent of the angle in α, {text}",
                    exponent,
                    Estimate(angle),
                    Test(
                        "slope",
                        0.04,
                        "the third singular value adds α^((s₂ − s₃)/s₁), the last decade at most "
                        "0.1 of that",
                    ),
                    [Control("exponent 1, that of the start", Estimate(1.0))],
                    asymptotic=True,
                    sizes=_median_sizes(run, run.angles),
                ),
                Part(
                    f"Exponent of the second over the first singular value of a layer, {text}",
                    inner,
                    Estimate(ratio),
                    Test("slope", 0.02, "of order α^(1 − s₂/s₁) in the last decade"),
                    [Control("the exponent of the other depths", Estimate(other))],
                ),
            ]
    return runs, parts
