"""Claims SS-15 to SS-18 and SS-21: matrix completion from small and large starts."""

from __future__ import annotations

import numpy as np

from traindyn.inference import Estimate
from traindyn.ledger import Context, Control, Part, Size, Test
from traindyn.saddle_to_saddle.claims.registry import registry
from traindyn.saddle_to_saddle.experiments.completion import (
    draw_completion,
    fit_rank,
    load_instance,
    smallest_nuclear_norm,
)
from traindyn.saddle_to_saddle.experiments.costs import SquaredError
from traindyn.saddle_to_saddle.experiments.descent import descend, logarithmic_steps
from traindyn.saddle_to_saddle.experiments.flow import Path, flow, singular_value_reaches
from traindyn.saddle_to_saddle.experiments.greedy import Stage, greedy_path
from traindyn.saddle_to_saddle.experiments.networks import LinearNetwork, width_scale
from traindyn.saddle_to_saddle.experiments.plateaus import find_plateaus, rank_of
from traindyn.saddle_to_saddle.results.completion import (
    BranchRun,
    CompletionRun,
    GreedyRun,
    RecoveryRun,
)
from traindyn.saddle_to_saddle.theory.escape import angle_exponent
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
    record = logarithmic_steps(steps, 50)
    start = network.random(width_scale(width, gamma), generator)
    path = Path(network, cost, rate * record, descend(network, cost, start, rate, record))
    a = path.a
    hidden = cost.hidden_power
    basis, _ = np.linalg.qr(np.array([stage.a.ravel() for stage in stages[:2]]).T)
    found = find_plateaus(path, scale=8.0)
    distances = [
        _relative(a[p.index], stages[p.rank - 1].a) for p in found if 0 < p.rank <= len(stages)
    ]
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
        distances,
    )


def _relative(one: np.ndarray, other: np.ndarray) -> float:
    """Relative distance of two matrices."""
    return float(np.linalg.norm(one - other) / np.linalg.norm(other))


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
            "Loss of the plateaus over that of the greedy stages: largest distance from 1",
            0.0,
            Estimate(
                max(
                    (abs(p.loss / stages[p.rank - 1].loss - 1) for p in between),
                    default=1.0,
                )
            ),
            Test("equality", 0.01, "of order σ√w = 0.1 to the power two", side="below"),
            [
                Control(
                    "the next stage instead",
                    Estimate(abs(between[0].loss / stages[1].loss - 1) if between else 1.0),
                )
            ],
        ),
        Part(
            "Relative distance of the matrices on the plateaus from the greedy stages, the largest",
            0.0,
            Estimate(max(run.stage_distance, default=1.0)),
            Test("equality", 0.01, "of order σ√w = 0.1 to the power two", side="below"),
            [
                Control(
                    "between the two stages",
                    Estimate(_relative(stages[0].a, stages[1].a)),
                )
            ],
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
    widths = context.choose(ci=(32, 64, 100), laptop=(32, 64, 128), paper=(32, 64, 128, 256))
    steps = {0.75: 1500, 1.0: 3000, 2.0: 24_000}
    runs = {
        (gamma, width): run_descent(
            cost,
            width,
            gamma,
            count,
            stages,
            context.numpy_generator(f"gamma {gamma}, width {width}"),
        )
        for gamma, count in steps.items()
        for width in (widths if gamma == 2.0 else widths[-1:])
    }
    last = widths[-1]
    count = {g: sum(p.rank > 0 for p in runs[g, last].plateaus) for g in steps}
    error = {g: float(runs[g, last].test[-1]) for g in steps}
    spare = [
        float(runs[2.0, w].singular_values[-1, 3] / runs[2.0, w].singular_values[-1, 0])
        for w in widths
    ]
    lazy_spare = runs[0.75, last].singular_values[-1]
    parts = [
        Part(
            "Plateaus on the way at γ = 2",
            2.0,
            Estimate(float(count[2.0])),
            Test("exact", 0.5, "an integer"),
            [
                Control("γ = 1", Estimate(float(count[1.0]))),
                Control("γ = 0.75", Estimate(float(count[0.75]))),
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
    return [runs[0.75, last], runs[1.0, last], *(runs[2.0, w] for w in widths)], parts


@registry.claim(
    17,
    source="abstract: the algorithm approximates the limit; the rate is derived here",
    basis="stated",
    statement=(
        "The flow comes as close to the union of the greedy paths as one likes: the largest "
        "distance falls as α^{1−s₂/s₁}."
    ),
)
def greedy_limit(context: Context) -> tuple[GreedyRun, list[Part]]:
    """SS-17."""
    cost = load_instance("limit")
    depth = 3
    stages = greedy_path(cost, depth, 2, epsilon=1e-3)
    s = stages[0].singular_values
    exponent = angle_exponent(float(s[0]), float(s[1]))
    lines = [stage.path.a.reshape(len(stage.path.times), -1)[::2] for stage in stages]
    network = LinearNetwork(6, 6, 8, depth)
    starts = context.choose(ci=6, laptop=12, paper=48)
    directions = network.random(1.0, context.numpy_generator("starts"), starts)
    scales = np.array([1e-1, 1e-3, 1e-5])
    end = 0.9 * float(np.linalg.svd(stages[1].a, compute_uv=False)[1])
    distances = [
        float(np.mean([_to_greedy(cost, network, scale * d, end, lines) for d in directions]))
        for scale in scales
    ]
    run = GreedyRun(scales, np.array(distances), exponent)
    local = np.diff(np.log(run.distances)) / np.diff(np.log(scales))
    coarse = greedy_path(cost, depth, 2, epsilon=1e-2)
    return run, [
        Part(
            "Exponent of the largest distance in α, mean over starts, from 1e-3 to 1e-5",
            exponent,
            Estimate(float(local[-1])),
            Test(
                "slope",
                0.08,
                "the third direction adds α^((s₂ − s₃)/s₁), a tenth at these scales; the chords "
                "of the recorded paths 1e-4 of the target",
            ),
            [Control("exponent 1, that of the start", Estimate(1.0))],
        ),
        Part(
            "Largest distance from the greedy paths, α = 1e-5, over the norm of the target",
            0.0,
            Estimate(float(run.distances[-1] / np.linalg.norm(cost.target))),
            Test("threshold", 0.05, "one twentieth"),
            [Control("α = 0.1", Estimate(float(run.distances[0] / np.linalg.norm(cost.target))))],
            asymptotic=True,
            sizes=[
                Size(float(a), Estimate(float(d / np.linalg.norm(cost.target))))
                for a, d in zip(scales, run.distances, strict=True)
            ],
        ),
        Part(
            "Loss of the first greedy stage with new weights of 0.01 over that with 0.001",
            1.0,
            Estimate(coarse[0].loss / stages[0].loss),
            Test("equality", 1e-5, "the stage ends at the same critical point"),
            [Control("the second stage", Estimate(stages[1].loss / stages[0].loss))],
        ),
    ]


def _to_greedy(
    cost: SquaredError,
    network: LinearNetwork,
    start: np.ndarray,
    end: float,
    lines: list[np.ndarray],
) -> float:
    """Largest distance of the flow from the greedy paths, until the second mode is learned."""
    scale = float(start.std())
    path = flow(
        network,
        cost,
        start,
        20 / scale,
        method="LSODA",
        absolute_tolerance=1e-12 * scale,
        events=(singular_value_reaches(2, end),),
        stop_at_last_event=True,
    )
    points = path.a.reshape(len(path.times), -1)[::5]
    return float(np.min([_to_line(points, line) for line in lines], axis=0).max())


def _to_line(points: np.ndarray, line: np.ndarray) -> np.ndarray:
    """Distance of every point to the nearest point of a polygonal line."""
    begin, step = line[:-1], np.diff(line, axis=0)
    length = np.maximum((step**2).sum(axis=1), 1e-300)
    along = np.clip(((points[:, None] - begin) * step).sum(axis=-1) / length, 0, 1)
    nearest = begin + along[..., None] * step
    return np.asarray(np.linalg.norm(points[:, None] - nearest, axis=-1).min(axis=1))


@registry.claim(
    18,
    source="abstract: the greedy algorithm; the example is ours",
    basis="extension",
    statement=(
        "The flow visits the greedy saddle even where a better matrix of the same rank exists, but "
        "only from starts that are small enough; from larger ones it branches."
    ),
)
def branching(context: Context) -> tuple[BranchRun, list[Part]]:
    """SS-18."""
    cost = load_instance("branching")
    depth = 3
    greedy = greedy_path(cost, depth, 2, epsilon=1e-2)[1].loss
    best = float(cost.value(fit_rank(cost, 2, context.numpy_generator("least squares"))))
    network = LinearNetwork(SIZE, SIZE, 6, depth)
    starts = context.choose(ci=6, laptop=10, paper=40)
    directions = network.random(1.0, context.numpy_generator("directions"), starts)
    scales = np.array([1e-2, 3e-3, 1e-4, 1e-6])
    losses = np.array(
        [[_second_plateau(cost, network, scale * d) for d in directions] for scale in scales]
    )
    run = BranchRun(scales, losses, greedy, best)
    many = context.choose(ci=30, laptop=60, paper=400)
    larger = network.random(scales[0], context.numpy_generator("larger starts"), many)
    ends = np.array([_second_plateau(cost, network, start) for start in larger])
    hits = int((np.abs(ends - best) < 0.02 * best).sum())
    tiny = int((np.abs(losses[-1] - best) < 0.02 * best).sum())
    return run, [
        Part(
            "Loss of the second plateau from α = 1e-6 over that of the greedy stage, worst start",
            1.0,
            Estimate(_worst(losses[-1] / greedy)),
            Test("equality", 0.01, "1 %; the best matrix of rank two lies 16 % lower"),
            [Control("the best matrix of rank two", Estimate(best / greedy))],
        ),
        Part(
            f"Starts among {many} that visit the best matrix instead at α = 0.01",
            1.0,
            Estimate(float(hits)),
            Test("threshold", 0.5, "one is enough: that some do", side="above"),
            [Control("α = 1e-6, the starts above", Estimate(float(tiny)))],
        ),
    ]


def _worst(ratios: np.ndarray) -> float:
    return float(ratios[np.argmax(np.abs(np.nan_to_num(ratios, nan=9.0) - 1))])


def _second_plateau(cost: SquaredError, network: LinearNetwork, start: np.ndarray) -> float:
    """Loss of the last plateau before the third direction is learned; NaN without one."""
    scale = float(start.std())
    path = flow(
        network,
        cost,
        start,
        8 / scale,
        method="LSODA",
        relative_tolerance=1e-7,
        absolute_tolerance=1e-10 * scale,
        events=(singular_value_reaches(3, 0.3),),
        stop_at_last_event=True,
    )
    rests = [p.loss for p in find_plateaus(path, scale=8.0) if p.rank == 2]
    return rests[-1] if rests else float("nan")


@registry.claim(
    21,
    source="abstract: low-rank solutions; the comparison is ours",
    basis="extension",
    statement=(
        "From a small start deep networks recover matrices of low rank from fewer entries than the "
        "smallest nuclear norm; from a large start they recover nothing."
    ),
)
def recovery(context: Context) -> tuple[RecoveryRun, list[Part]]:
    """SS-21."""
    shares = np.array([0.4, 0.5, 0.6, 0.7])
    problems = context.choose(ci=5, laptop=9, paper=25)
    names = ("small start", "γ = 1", "lazy", "nuclear norm")
    errors: dict[str, list[float]] = {name: [] for name in names}
    ranks, lazy_ranks = [], []
    for share in shares:
        generator = context.numpy_generator(f"share {share}")
        rows = []
        for _ in range(problems):
            cost = draw_completion((2.0, 1.0), SIZE, round(100 * share), generator)
            rows.append(_recover(cost, generator))
        medians = np.median(np.array(rows), axis=0)
        for name, value in zip(names, medians, strict=False):
            errors[name].append(float(value))
        ranks.append(float(medians[-2]))
        lazy_ranks.append(float(medians[-1]))
    run = RecoveryRun(shares, {name: np.array(v) for name, v in errors.items()}, np.array(ranks))
    few = draw_completion((3.0, 2.0, 1.0), 6, 26, context.numpy_generator("too few"))
    too_few = _small_start(few)
    hidden = few.hidden_power
    insufficient = float(np.sqrt(few.hidden_error(too_few) / hidden))
    half = int(np.argmin(abs(shares - 0.5)))
    parts = [
        Part(
            "Relative error on hidden entries from half of them, small start, median over problems",
            0.0,
            Estimate(run.errors["small start"][half]),
            Test("threshold", 0.05, "5 %, where predicting zero errs by 100 %"),
            [
                Control("smallest nuclear norm", Estimate(run.errors["nuclear norm"][half])),
                Control("γ = 1", Estimate(run.errors["γ = 1"][half])),
                Control("lazy", Estimate(run.errors["lazy"][half])),
            ],
        ),
        Part(
            "Rank of the solution from a small start, from half the entries or more",
            2.0,
            Estimate(float(max(run.ranks[half:], key=lambda r: abs(r - 2)))),
            Test("exact", 0.5, "an integer"),
            [Control("lazy", Estimate(min(lazy_ranks[half:])))],
        ),
        Part(
            "Large starts fail up to seven tenths of the entries: smallest error at γ = 1 or lazy",
            1.0,
            Estimate(float(min(run.errors["γ = 1"].min(), run.errors["lazy"].min()))),
            Test("threshold", 0.5, "half the error of predicting zero", side="above"),
            [Control("small start", Estimate(float(run.errors["small start"][-1])))],
        ),
        Part(
            "Too few entries, 26 for the 27 degrees of freedom of a 6 × 6 matrix of rank 3: error",
            1.0,
            Estimate(insufficient),
            Test("threshold", 0.5, "no method can know; a small start does not either", "above"),
            [Control("enough entries", Estimate(float(run.errors["small start"][-1])))],
        ),
    ]
    return run, parts


def _small_start(cost: SquaredError) -> np.ndarray:
    network = LinearNetwork(cost.shape[1], cost.shape[0], SIZE, 3)
    start = network.random(3e-3, np.random.default_rng(1))
    path = flow(network, cost, start, 2e4, method="LSODA", relative_tolerance=1e-6)
    return path.a[-1]


def _recover(cost: SquaredError, generator: np.random.Generator) -> tuple[float, ...]:
    """Relative errors of four methods on hidden entries, ranks from a small and a lazy start."""
    hidden = cost.hidden_power

    def error(a: np.ndarray) -> float:
        return float(np.sqrt(cost.hidden_error(a) / hidden))

    found = _small_start(cost)
    large: list[np.ndarray] = []
    for gamma, width in ((1.0, 20), (0.75, 60)):
        network = LinearNetwork(SIZE, SIZE, width, 3)
        rate = 0.7 / max(3 * width ** (2 * (1 - gamma)), largest_curvature(3, 3.0))
        start = network.random(width_scale(width, gamma), generator)
        theta = descend(network, cost, start, rate, np.array([0, 2000]))[-1]
        large.append(network.product(theta))
    return (
        error(found),
        *(error(a) for a in large),
        error(smallest_nuclear_norm(cost)),
        *(float(rank_of(a, 2.0)) for a in (found, large[-1])),
    )
