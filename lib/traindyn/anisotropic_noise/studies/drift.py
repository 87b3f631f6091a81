"""Studies of the slow drift along the valley of minima, and of what a window shows of it."""

from __future__ import annotations

import numpy as np

from traindyn.anisotropic_noise.experiments.two_layers import run_two_layers
from traindyn.anisotropic_noise.results.drift import ComponentRun, DriftRates, DriftRun, SlowDrift
from traindyn.anisotropic_noise.studies.valley import BATCH, RATE, Valley, draw_valley, ratio_of
from traindyn.anisotropic_noise.theory.drift import drift_of_balance
from traindyn.anisotropic_noise.theory.flatness import window_variance
from traindyn.inference import Estimate, estimate_mean
from traindyn.runs import Context, study

REPLICAS = {"ci": 128, "laptop": 256, "paper": 1024}
COMPONENT_REPLICAS = {"ci": 24, "laptop": 48, "paper": 192}
INPUTS = 10
FREE = np.geomspace(0.3, 1.5, 4)
QUIET = 0.01
"""Label noise of the control."""

TIMES, WINDOW_TIMES, WINDOW = 3, (1.0, 2.0, 2.9), 3000
"""Decay times of the run and at the begin of windows, and steps of a window."""


def _problem(context: Context) -> tuple[Valley, np.random.Generator]:
    generator = context.numpy_generator("problem")
    return draw_valley(INPUTS, np.ones(1), FREE, 1.0, generator), generator


@study(stream="AN-13")
def slow_drift(context: Context) -> SlowDrift:
    """Singular values along a long run, and the variances in windows of it."""
    problem, generator = _problem(context)
    steps = round(TIMES / problem.decay)
    begins = [time / problem.decay for time in WINDOW_TIMES]
    times, firsts, seconds, logs = [], [], [], []
    windows, kept = [], []
    start = problem.start(context.choose(**REPLICAS))
    path = run_two_layers(problem.x, problem.y, *start, RATE, BATCH, steps, generator)
    for step, (first, second) in enumerate(path):
        if step % (steps // 60) == 0:
            a = np.linalg.svd(first, compute_uv=False) ** 2
            b = np.linalg.svd(second, compute_uv=False) ** 2
            times.append(step * problem.decay)
            firsts.append(a.mean(axis=0))
            seconds.append(b.mean(axis=0))
            logs.append(np.log(a[:, 1:]))
        if any(begin <= step < begin + WINDOW for begin in begins) and step % 10 == 0:
            kept.append((first.copy(), second.copy()))
        if len(kept) == WINDOW // 10:
            windows.append(_window(kept))
            kept = []
    one, two = int(np.argmin(abs(np.array(times) - 1.5))), len(times) - 1
    span = times[two] - times[one]
    needed = [np.log(a[0]) for a in firsts]
    (early, _), (late, expected) = windows[:2]
    return SlowDrift(
        DriftRun(
            np.array(times),
            np.array(firsts),
            np.array(seconds),
            np.array([found.mean(axis=0) for found, _ in windows]),
            np.array([predicted.mean(axis=0) for _, predicted in windows]),
        ),
        decay=estimate_mean((logs[one] - logs[two])[:, -1] / span),
        decay_of_needed=float(-(needed[two] - needed[one]) / span),
        shape=_shape(late, expected),
        earlier_shape=_shape(early, expected),
    )


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


@study(stream="AN-13")
def drift_rates(context: Context) -> DriftRates:
    """Change of the imbalance over the drift that theory adds up, with a control."""
    problem, _ = _problem(context)
    quiet = draw_valley(INPUTS, np.ones(1), FREE, QUIET, context.numpy_generator("quiet problem"))
    replicas, unit = context.choose(**REPLICAS), problem.residual_variance
    steps = round(0.3 / problem.decay)
    return DriftRates(
        *(
            _drift_over_prediction(valley, replicas, steps, context.numpy_generator(name), unit)
            for valley, name in ((problem, "drift"), (quiet, "quiet"))
        )
    )


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


@study(stream="AN-15")
def drift_components(context: Context, noise: float) -> ComponentRun:
    """Principal components of the second layer in a window, at a label noise."""
    generator = context.numpy_generator(f"noise {noise}")
    problem = draw_valley(20, np.ones(1), np.geomspace(0.15, 2, 9), noise, generator)
    rate, steps = 0.01, 12_000
    start = problem.start(context.choose(**COMPONENT_REPLICAS))
    path = run_two_layers(problem.x, problem.y, *start, rate, 4, steps, generator)
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
    return ComponentRun(
        cosine=estimate_mean(cosine),
        ratio=estimate_mean(values[:, -1] / values[:, -2]),
        correlation=estimate_mean(without),
        correlation_with_first=estimate_mean(whole),
    )
