"""Claims SS-15 and SS-16: matrix completion by descent, from small and large starts."""

from __future__ import annotations

import numpy as np

from traindyn.inference import Estimate
from traindyn.ledger import Control, Part, Size, Test
from traindyn.runs import Context
from traindyn.saddle_to_saddle.claims.registry import registry
from traindyn.saddle_to_saddle.experiments.completion import (
    load_instance,
)
from traindyn.saddle_to_saddle.experiments.costs import SquaredError
from traindyn.saddle_to_saddle.experiments.descent import descend, logarithmic_steps
from traindyn.saddle_to_saddle.experiments.flow import Path
from traindyn.saddle_to_saddle.experiments.greedy import Stage, greedy_path
from traindyn.saddle_to_saddle.experiments.networks import LinearNetwork, width_scale
from traindyn.saddle_to_saddle.experiments.plateaus import find_plateaus
from traindyn.saddle_to_saddle.results.completion import (
    CompletionRun,
)
from traindyn.saddle_to_saddle.theory.saddles import largest_curvature

SIZE, DEPTH = 10, 4


def _rate(width: int, gamma: float, top: float) -> float:
    """A stable learning rate: 0.7 over the largest curvature, at the start or once learned."""
    lazy = DEPTH * width ** ((1 - gamma) * (DEPTH - 1))
    return 0.7 / max(lazy, largest_curvature(DEPTH, top))


def run_descent(
    cost: SquaredError,
    width: int,
    gamma: float,
    steps: int,
    stages: list[Stage],
    generator: np.random.Generator,
) -> CompletionRun:
    """Gradient descent of a deep net on the observed entries, with all that the figures need."""
    network = LinearNetwork(SIZE, SIZE, width, DEPTH)
    rate = _rate(width, gamma, 8.0)
    record = logarithmic_steps(steps, 50 if width < 500 else 20)  # gigabytes of parameters
    start = network.random(width_scale(width, gamma), generator)
    path = Path(network, cost, rate * record, descend(network, cost, start, rate, record))
    a = path.a
    hidden = cost.hidden_power
    basis, _ = np.linalg.qr(np.array([stage.a.ravel() for stage in stages[:2]]).T)
    found = find_plateaus(path, scale=8.0)
    away = [np.linalg.norm(a - stage.a, axis=(1, 2)) for stage in stages[:2]]
    closest = [int(np.argmin(distance)) for distance in away]
    return CompletionRun(
        gamma,
        width,
        record,
        path.loss,
        cost.hidden_error(a) / hidden,
        path.singular_values,
        found,
        np.array([float(cost.value(0 * a[0])), *(stage.loss for stage in stages)]),
        a.reshape(len(a), -1) @ basis,
        np.array([stage.a.ravel() @ basis for stage in stages]),
        np.array(
            [d[i] / np.linalg.norm(s.a) for d, i, s in zip(away, closest, stages, strict=False)]
        ),
        np.array([path.loss[i] / s.loss for i, s in zip(closest, stages, strict=False)]),
    )


@registry.claim(
    15,
    source="abstract, matrix completion; all parameters ours",
    basis="stated",
    statement=(
        "Deep matrix completion from a small start rests at the saddles of the greedy algorithm, "
        "of ranks 1 and 2, and then finds the hidden entries of a target of rank 3."
    ),
)
def completion(context: Context) -> tuple[CompletionRun, list[Part]]:
    """SS-15."""
    cost = load_instance("three_saddles")
    stages = greedy_path(cost, DEPTH, 3, epsilon=0.05)
    steps = context.choose(ci=24_000, laptop=24_000, paper=100_000)
    run = run_descent(cost, 100, 2.0, steps, stages, context.numpy_generator("start"))
    large = run_descent(cost, 100, 1.0, 3000, stages, context.numpy_generator("large start"))
    short = run_descent(cost, 100, 2.0, 1000, stages, context.numpy_generator("start"))
    between = [p for p in run.plateaus if p.rank > 0]
    parts = [
        Part(
            "Number of plateaus between the origin and the end",
            2.0,
            Estimate(float(len(between))),
            Test("exact", 0.5, "an integer"),
            [Control("γ = 1", Estimate(float(sum(p.rank > 0 for p in large.plateaus))))],
        ),
        Part(
            "Loss over that of a greedy stage where the path is closest to it, the farther of two",
            1.0,
            Estimate(max(run.stage_loss, key=lambda ratio: abs(ratio - 1))),
            Test("equality", 0.01, "of order σ√w = 0.1 to the power two"),
            [Control("γ = 1", Estimate(max(large.stage_loss, key=lambda ratio: abs(ratio - 1))))],
        ),
        Part(
            "Relative distance of the path from the matrices of two greedy stages, the larger",
            0.0,
            Estimate(float(run.stage_distance.max())),
            Test("equality", 0.01, "of order σ√w = 0.1 to the power two", side="below"),
            [Control("γ = 1", Estimate(float(large.stage_distance.max())))],
        ),
        Part(
            "Error on the hidden entries at the end, over that of predicting zero",
            0.0,
            Estimate(float(run.test[-1])),
            Test("threshold", 1e-4, "a hundredth in the entries"),
            [
                Control("γ = 1", Estimate(float(large.test[-1]))),
                Control("stopped on the first plateau", Estimate(float(short.test[-1]))),
            ],
        ),
    ]
    return run, parts


@registry.claim(
    16,
    source="recalled figure with three regimes; all parameters ours",
    basis="attributed",
    statement=(
        "Lazy networks (γ < 1) fit the observed entries and nothing else; from γ = 2 the same "
        "networks find a solution of low rank, the sparser the wider."
    ),
)
def regimes(context: Context) -> tuple[list[CompletionRun], list[Part]]:
    """SS-16."""
    cost = load_instance("three_saddles")
    stages = greedy_path(cost, DEPTH, 3, epsilon=0.05)
    widths = context.choose(ci=(32, 64, 100), laptop=(32, 64, 128), paper=(32, 128, 400, 1000))
    cases = [
        (gamma, width, steps)
        for width in widths
        # a small start of four layers waits for a time in proportion to the width
        for gamma, steps in ((0.75, 1500), (1.0, 3000), (2.0, max(24_000, 190 * width)))
    ]
    runs = {
        (gamma, width): run_descent(
            cost,
            width,
            gamma,
            steps,
            stages,
            context.numpy_generator(f"gamma {gamma}, width {width}"),
        )
        for gamma, width, steps in cases
    }
    last = widths[-1]
    count = {case: sum(p.rank > 0 for p in run.plateaus) for case, run in runs.items()}
    error = {gamma: float(runs[gamma, last].test[-1]) for gamma in (0.75, 1.0, 2.0)}
    spare = [
        float(runs[2.0, w].singular_values[-1, 3] / runs[2.0, w].singular_values[-1, 0])
        for w in widths
    ]
    lazy_spare = runs[0.75, last].singular_values[-1]
    parts = [
        Part(
            "Plateaus on the way at γ = 2, the width farthest from the prediction",
            2.0,
            Estimate(float(max((count[2.0, w] for w in widths), key=lambda c: abs(c - 2)))),
            Test("exact", 0.5, "an integer"),
            [
                Control("γ = 1", Estimate(float(count[1.0, last]))),
                Control("γ = 0.75", Estimate(float(count[0.75, last]))),
            ],
        ),
        Part(
            "Error on hidden entries at γ = 0.75 over that at γ = 2, decimal logarithm",
            5.0,
            Estimate(float(np.log10(error[0.75] / error[2.0]))),
            Test("threshold", 2.0, "a factor of 1000 at least", side="above"),
            [Control("γ = 0.75 over γ = 1", Estimate(float(np.log10(error[0.75] / error[1.0]))))],
        ),
        Part(
            "Lazy network: error on hidden entries over that of predicting zero",
            1.0,
            Estimate(error[0.75]),
            Test("threshold", 0.5, "half the error of knowing nothing", side="above"),
            [Control("γ = 2", Estimate(error[2.0]))],
        ),
        Part(
            "Fourth over first singular value of the solution at γ = 2, the largest width",
            0.0,
            Estimate(spare[-1]),
            Test("threshold", 1e-2, "1 %, the rank threshold of this chapter"),
            [Control("γ = 0.75", Estimate(float(lazy_spare[3] / lazy_spare[0])))],
            asymptotic=True,
            sizes=[Size(w, Estimate(s)) for w, s in zip(widths, spare, strict=True)],
        ),
    ]
    return list(runs.values()), parts
