"""Claims AN-13 and AN-15: the quasi-stationary state drifts, and a window shows the drift."""

from __future__ import annotations

import numpy as np

from traindyn.anisotropic_noise.claims.registry import registry
from traindyn.anisotropic_noise.claims.valley import BATCH, RATE, Valley, draw_valley, ratio_of
from traindyn.anisotropic_noise.experiments.two_layers import run_two_layers
from traindyn.anisotropic_noise.results.drift import DriftRun
from traindyn.anisotropic_noise.theory.drift import drift_of_balance
from traindyn.anisotropic_noise.theory.flatness import window_variance
from traindyn.inference import Estimate, estimate_mean
from traindyn.ledger import Control, Part, Test
from traindyn.runs import Context


def _drift_over_prediction(
    problem: Valley, replicas: int, steps: int, generator: np.random.Generator, unit: float
) -> Estimate:
    """Change of Q, projected on the one that the drift adds up to, over the latter.

    The prediction is scaled by ``unit`` over the problem's own residual variance.
    """
    every = 20
    path = run_two_layers(
        problem.x, problem.y, *problem.start(replicas), RATE, BATCH, steps, generator
    )
    balances, drifts = [], []
    for step, (first, second) in enumerate(path):
        if step % every == 0:
            balances.append(first @ first.mT - second.mT @ second)
            drifts.append(drift_of_balance(first, second, unit, RATE, BATCH))
    added = every * np.sum(drifts[:-1], axis=0)
    change = balances[-1] - balances[0]
    mean = added.mean(axis=0)
    return ratio_of((change * mean).sum(axis=(1, 2)), (added * mean).sum(axis=(1, 2)))


@registry.claim(
    13,
    source="abstract: a quasi-stationary state; its life time is derived here",
    basis="stated",
    statement=(
        "The state in which the inverse relation holds is quasi-stationary: noise moves the layers "
        "along the valley of minima at the rate η²s²/S, and hidden modes that the map does not "
        "need decay."
    ),
)
def slow_drift(context: Context) -> tuple[DriftRun, list[Part]]:
    """AN-13."""
    generator = context.numpy_generator("problem")
    free = np.geomspace(0.3, 1.5, 4)
    problem = draw_valley(10, np.ones(1), free, 1.0, generator)
    replicas = context.choose(ci=128, laptop=256, paper=1024)
    steps = round(3 / problem.decay)
    window, windows = 3000, np.array([1.0, 2.0, 2.9]) / problem.decay
    records: list[tuple[float, np.ndarray, np.ndarray]] = []
    late: list[np.ndarray] = []
    variances, predicted = [], []
    kept: list[tuple[np.ndarray, np.ndarray]] = []
    path = run_two_layers(
        problem.x, problem.y, *problem.start(replicas), RATE, BATCH, steps, generator
    )
    for step, (first, second) in enumerate(path):
        if step % (steps // 60) == 0:
            a = np.linalg.svd(first, compute_uv=False) ** 2
            b = np.linalg.svd(second, compute_uv=False) ** 2
            records.append((step * problem.decay, a.mean(axis=0), b.mean(axis=0)))
            late.append(np.log(a[:, 1:]))
        if any(begin <= step < begin + window for begin in windows) and step % 10 == 0:
            kept.append((first.copy(), second.copy()))
        if len(kept) == window // 10:
            found, expected = _window(kept)
            variances.append(found)
            predicted.append(expected)
            kept = []
    times = np.array([t for t, _, _ in records])
    logs = np.array(late)
    one, two = int(np.argmin(abs(times - 1.5))), len(times) - 1
    span = times[two] - times[one]
    rates = (logs[one] - logs[two])[:, -1] / span
    needed = np.array([np.log(a[0]) for _, a, _ in records])
    quiet = draw_valley(10, np.ones(1), free, 0.01, context.numpy_generator("quiet problem"))
    unit = problem.residual_variance
    short = round(0.3 / problem.decay)
    result = DriftRun(
        times,
        np.array([a for _, a, _ in records]),
        np.array([b for _, _, b in records]),
        np.array([v.mean(axis=0) for v in variances]),
        np.array([p.mean(axis=0) for p in predicted]),
    )
    shapes = _shape(variances[1], predicted[1])
    return result, [
        Part(
            "Change of the imbalance over the sum of its predicted drift",
            1.0,
            _drift_over_prediction(
                problem, replicas, short, context.numpy_generator("drift"), unit
            ),
            Test("equality", 0.15, "twice η tr H / S = 0.07, the error of frozen noise"),
            [
                Control(
                    "a hundredth of the label noise",
                    _drift_over_prediction(
                        quiet, replicas, short, context.numpy_generator("quiet"), unit
                    ),
                )
            ],
        ),
        Part(
            "Decay rate of the weakest hidden mode over η² s² m / S, late",
            1.0,
            estimate_mean(rates),
            Test("equality", 0.15, "twice η tr H / S = 0.07"),
            [
                Control(
                    "the mode that the map needs",
                    Estimate(float(-(needed[two] - needed[one]) / span)),
                )
            ],
        ),
        Part(
            "After two decay times: variances of the modes in a window over a²/(a² + b²) at that "
            "time, mean of the decaying modes over the first",
            1.0,
            shapes,
            Test(
                "equality",
                0.2,
                "a fifth; the variances themselves have fallen to less than half",
            ),
            [Control("the window one decay time earlier", _shape(variances[0], predicted[1]))],
        ),
    ]


def _window(kept: list[tuple[np.ndarray, np.ndarray]]) -> tuple[np.ndarray, np.ndarray]:
    """Variances of the second layer in a window along the modes of the first, and prediction."""
    first = np.mean([f for f, _ in kept], axis=0)
    second = np.array([s for _, s in kept])
    left, a, _ = np.linalg.svd(first, full_matrices=False)
    along = np.einsum("trmk,rki->trmi", second - second.mean(axis=0), left)[:, :, 0]
    b = np.linalg.norm(second.mean(axis=0)[:, 0], axis=-1)[:, None]
    seen = window_variance(RATE * (a**2 + b**2) * 10 * len(kept))
    return (along**2).mean(axis=0), a**2 / (a**2 + b**2) * seen


def _shape(found: np.ndarray, expected: np.ndarray) -> Estimate:
    """Variances of the later modes over the expected ones, relative to the same of the first."""
    shares = found / expected
    return ratio_of(shares[:, 1:].mean(axis=1), shares[:, 0])


@registry.claim(
    15,
    source="beyond the abstract; compare the first principal component of Feng and Tu",
    basis="extension",
    statement=(
        "With strong label noise the first principal component of a window is not a fluctuation "
        "but the drift: it points along the second layer itself."
    ),
)
def drift_component(context: Context) -> tuple[None, list[Part]]:
    """AN-15."""
    replicas = context.choose(ci=24, laptop=48, paper=192)
    found = {noise: _components(context, noise, replicas) for noise in (0.3, 0.003)}
    cosine, ratio, without, whole = found[0.3]
    quiet_cosine, quiet_ratio, _, _ = found[0.003]
    return None, [
        Part(
            "Cosine between the first principal component and the second layer, label noise 0.3",
            1.0,
            cosine,
            Test("threshold", 0.1, "an angle of 25 degrees", side="above"),
            [Control("label noise 0.003", quiet_cosine)],
        ),
        Part(
            "Variance of the first over that of the second component",
            6.0,
            ratio,
            Test("threshold", 1.0, "a factor of five", side="above"),
            [Control("label noise 0.003", quiet_ratio)],
        ),
        Part(
            "Correlation of log variance and log flatness over the other components",
            -1.0,
            without,
            Test("threshold", 0.15, "a straight line explains 0.72 of log variance", side="below"),
            [Control("with the first component", whole)],
        ),
    ]


def _components(context: Context, noise: float, replicas: int) -> tuple[Estimate, ...]:
    """Means: cosine of PC1 with W₂, PC1 over PC2, correlation without and with PC1."""
    generator = context.numpy_generator(f"noise {noise}")
    problem = draw_valley(20, np.ones(1), np.geomspace(0.15, 2, 9), noise, generator)
    rate, steps = 0.01, 12_000
    path = run_two_layers(problem.x, problem.y, *problem.start(replicas), rate, 4, steps, generator)
    kept, hidden = [], []
    for step, (first, second) in enumerate(path):
        if step % 20 == 0:
            kept.append(second[:, 0].copy())
            hidden.append(first.copy())
    features = np.mean(hidden, axis=0)
    curvature = features @ features.mT
    mean = np.mean(kept, axis=0)
    centered = np.array(kept) - mean
    covariance = np.einsum("tri,trj->rij", centered, centered)
    values, axes = np.linalg.eigh(covariance)
    cosine = np.abs(np.einsum("ri,ri->r", axes[:, :, -1], mean)) / np.linalg.norm(mean, axis=1)
    along = np.einsum("rik,rij,rjk->rk", axes, curvature, axes)
    pairs = np.log(values), -np.log(along)
    without, whole = (
        np.array([np.corrcoef(v[:count], f[:count])[0, 1] for v, f in zip(*pairs, strict=True)])
        for count in (-1, None)
    )
    return (
        estimate_mean(cosine),
        estimate_mean(values[:, -1] / values[:, -2]),
        estimate_mean(without),
        estimate_mean(whole),
    )
