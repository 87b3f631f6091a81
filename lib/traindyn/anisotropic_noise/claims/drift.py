"""Claims AN-13 to AN-15: the quasi-stationary state lives long, drifts, and ends elsewhere."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from traindyn.anisotropic_noise.claims.registry import registry
from traindyn.anisotropic_noise.experiments.data import draw_regression
from traindyn.anisotropic_noise.experiments.minima import two_layer_minimum
from traindyn.anisotropic_noise.experiments.two_layers import run_two_layers
from traindyn.anisotropic_noise.results.drift import DriftRun
from traindyn.anisotropic_noise.theory.drift import (
    decay_rate,
    drift_of_balance,
    stationary_values,
)
from traindyn.anisotropic_noise.theory.flatness import window_variance
from traindyn.anisotropic_noise.theory.two_layers import TwoLayerNoise, second_layer_variances
from traindyn.inference import Estimate, estimate_mean
from traindyn.ledger import Context, Control, Part, Test

RATE, BATCH = 0.02, 4


@dataclass(frozen=True)
class Problem:
    """Data, a minimum of two layers, and how it is trained."""

    x: np.ndarray
    y: np.ndarray
    first: np.ndarray
    second: np.ndarray

    @property
    def residual_variance(self) -> float:
        """Mean square of a residual per output."""
        return float(np.mean((self.x @ (self.second @ self.first).T - self.y) ** 2))

    @property
    def decay(self) -> float:
        """Rate per step at which unused modes decay."""
        return decay_rate(self.residual_variance, RATE, BATCH, self.y.shape[1])

    def start(self, replicas: int) -> tuple[np.ndarray, np.ndarray]:
        """Both layers at the minimum, once per replica."""
        return np.tile(self.first, (replicas, 1, 1)), np.tile(self.second, (replicas, 1, 1))


def draw_problem(
    inputs: int,
    second: np.ndarray,
    free: np.ndarray,
    noise: float,
    generator: np.random.Generator,
    samples: int = 4000,
) -> Problem:
    """A problem at a minimum with given singular values of the second layer and the free rows."""
    x, y = draw_regression(samples, inputs, generator, outputs=len(second), noise=noise)
    best = np.linalg.lstsq(x, y, rcond=None)[0].T
    hidden = len(second) + len(free)
    return Problem(x, y, *two_layer_minimum(best, hidden, second, free, generator))


def _ratio(one: np.ndarray, other: np.ndarray) -> Estimate:
    """Ratio of two means over replicas, with the error of their difference."""
    ratio = one.mean() / other.mean()
    error = (one - ratio * other).std(ddof=1) / np.sqrt(len(one)) / abs(other.mean())
    return Estimate(float(ratio), float(error), len(one), "1", len(one) - 1.0)


def _drift_over_prediction(
    problem: Problem, replicas: int, steps: int, generator: np.random.Generator, unit: float
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
    return _ratio((change * mean).sum(axis=(1, 2)), (added * mean).sum(axis=(1, 2)))


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
    problem = draw_problem(10, np.ones(1), free, 1.0, generator)
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
    quiet = draw_problem(10, np.ones(1), free, 0.01, context.numpy_generator("quiet problem"))
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
            [Control("singular values of the start", _shape(variances[1], _at_start(problem)))],
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
    return _ratio(shares[:, 1:].mean(axis=1), shares[:, 0])


def _at_start(problem: Problem) -> np.ndarray:
    a = np.linalg.svd(problem.first, compute_uv=False)
    b = np.linalg.svd(problem.second, compute_uv=False)
    return np.asarray(second_layer_variances(a, b))


@registry.claim(
    14,
    source="beyond the abstract; a law of balance for two layers",
    basis="extension",
    statement=(
        "With two or more outputs the drift ends where n W₂ᵀW₂ = m W₁W₁ᵀ: a² = s√(n/m) and "
        "b² = s√(m/n), whatever the start."
    ),
)
def end_of_drift(context: Context) -> tuple[DriftRun, list[Part]]:
    """AN-14."""
    inputs, outputs = 9, 3
    replicas = context.choose(ci=48, laptop=96, paper=384)
    free = np.array([0.8, 0.5])
    starts = {"first": np.array([0.5, 0.4, 0.3]), "second": np.array([2.5, 2.0, 1.6])}
    runs = {}
    for name, values in starts.items():
        # the same problem for both starts
        problem = draw_problem(inputs, values, free, 1.0, context.numpy_generator("problem"))
        generator = context.numpy_generator(f"SGD from the {name} start")
        steps = round(7 / problem.decay)
        start = problem.start(replicas)
        path = run_two_layers(problem.x, problem.y, *start, RATE, BATCH, steps, generator)
        records, late = [], []
        for step, (first, second) in enumerate(path):
            if step % (steps // 70) == 0:
                a = np.linalg.svd(first, compute_uv=False)[:, :outputs] ** 2
                b = np.linalg.svd(second, compute_uv=False) ** 2
                records.append((step * problem.decay, a.mean(axis=0), b.mean(axis=0)))
                if step * problem.decay > 6:
                    late.append((a, b, first.copy(), second.copy()))
        runs[name] = problem, records, late
    parts = []
    for name, (_, records, late) in runs.items():
        a = np.mean([entry[0] for entry in late], axis=0).sum(axis=1)
        b = np.mean([entry[1] for entry in late], axis=0).sum(axis=1)
        begin = records[0]
        parts.append(
            Part(
                f"Tr W₁W₁ᵀ over tr W₂ᵀW₂ of the three modes in use, from the {name} start",
                inputs / outputs,
                _ratio(a, b),
                Test("equality", 0.45, "n/m times 15 %, twice η tr H / S = 0.07"),
                [Control("at the start", Estimate(float(begin[1].sum() / begin[2].sum())))],
            )
        )
    problem, records, late = runs["first"]
    s = np.linalg.svd(problem.second @ problem.first, compute_uv=False)
    a2, b2 = stationary_values(s, inputs, outputs)
    found = np.mean([entry[0] for entry in late], axis=(0, 1))
    parts += [
        Part(
            "Squared singular values of the first layer over s√(n/m): largest distance from 1",
            0.0,
            Estimate(float(np.abs(found / a2 - 1).max())),
            Test(
                "equality",
                0.15,
                "twice η tr H / S = 0.07; the scatter of the mean over replicas and records is "
                "below 0.02",
                side="below",
            ),
            [
                Control(
                    "balance of gradient flow, a² = s", Estimate(float(np.abs(found / s - 1).max()))
                )
            ],
        ),
        Part(
            "Variances of the second layer from the linear theory at the end, over "
            "T n s_i/(n s_i + m s_j): largest distance from 1",
            0.0,
            Estimate(_end_variances(problem, late, a2, b2)),
            Test("equality", 0.2, "a fifth; equal balance is off by up to 2", side="below"),
            [
                Control(
                    "balance of gradient flow",
                    Estimate(_end_variances(problem, late, s, s)),
                )
            ],
        ),
    ]
    times = np.array([t for t, _, _ in records])
    result = DriftRun(
        times,
        np.array([a for _, a, _ in records]),
        np.array([b for _, _, b in records]),
        np.empty(0),
        np.concatenate([a2, b2]),
    )
    return result, parts


def _end_variances(
    problem: Problem,
    late: list[tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]],
    a2: np.ndarray,
    b2: np.ndarray,
) -> float:
    """Largest distance from 1 of the linear theory at the end over a²/(a² + b²), 16 replicas."""
    best = np.linalg.lstsq(problem.x, problem.y, rcond=None)[0].T
    predicted = second_layer_variances(np.sqrt(a2), np.sqrt(b2))
    rank = len(a2)
    shares = []
    for first, second in zip(late[-1][2][:16], late[-1][3][:16], strict=True):
        # a minimum nearby: the smallest change of the first layer that makes the map exact
        first = first + np.linalg.pinv(second) @ (best - second @ first)
        noise = TwoLayerNoise(problem.x, problem.y, first, second)
        c = noise.second_layer(noise.covariance(1e-3, 1)) / noise.temperature(1e-3, 1)
        axes = np.kron(np.linalg.svd(second)[0], np.linalg.svd(first)[0][:, :rank])
        found = np.einsum("pa,pq,qa->a", axes, c, axes).reshape(rank, rank)
        shares.append(found / predicted)
    return float(np.abs(np.mean(shares, axis=0) - 1).max())


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
    cosine, ratio = found[0.3]
    quiet_cosine, quiet_ratio = found[0.003]
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
    ]


def _components(context: Context, noise: float, replicas: int) -> tuple[Estimate, Estimate]:
    """Means over replicas: cosine of PC1 with the second layer, variance of PC1 over PC2."""
    generator = context.numpy_generator(f"noise {noise}")
    problem = draw_problem(20, np.ones(1), np.geomspace(0.15, 2, 9), noise, generator)
    rate, steps = 0.01, 12_000
    path = run_two_layers(problem.x, problem.y, *problem.start(replicas), rate, 4, steps, generator)
    kept = np.array([second[:, 0].copy() for t, (_, second) in enumerate(path) if t % 20 == 0])
    mean = kept.mean(axis=0)
    centered = kept - mean
    covariance = np.einsum("tri,trj->rij", centered, centered)
    values, axes = np.linalg.eigh(covariance)
    cosine = np.abs(np.einsum("ri,ri->r", axes[:, :, -1], mean)) / np.linalg.norm(mean, axis=1)
    return estimate_mean(cosine), estimate_mean(values[:, -1] / values[:, -2])
