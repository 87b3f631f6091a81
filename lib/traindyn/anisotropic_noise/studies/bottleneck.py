"""Study of two layers with fewer hidden units than outputs."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice

import numpy as np

from traindyn.anisotropic_noise.experiments.curvature import matrices_of_loss, rank
from traindyn.anisotropic_noise.experiments.data import draw_pool
from traindyn.anisotropic_noise.experiments.minima import around, both_layers, rotation
from traindyn.anisotropic_noise.experiments.one_layer import moments
from traindyn.anisotropic_noise.experiments.two_layers import run_two_layers
from traindyn.anisotropic_noise.results.covariance import Shares
from traindyn.anisotropic_noise.results.depth import BottleneckLayers, BottleneckRun
from traindyn.anisotropic_noise.results.estimators import shares
from traindyn.anisotropic_noise.studies.networks import STARTS
from traindyn.anisotropic_noise.studies.settings import draw_setting
from traindyn.anisotropic_noise.theory.depth import BottleneckNoise
from traindyn.anisotropic_noise.theory.frozen_noise import frozen_noise_error, shift_of_share
from traindyn.anisotropic_noise.theory.two_layers import jacobian
from traindyn.runs import Context, study

PROBLEMS = {"ci": 40, "laptop": 56, "paper": 320}
RUNS = 12
RATE, BATCH, BURN, TIMES = 4e-3, 8, 10, 20
INPUTS, HIDDEN, OUTPUTS, SAMPLES = 10, 2, 4, 2000
VALUES = np.array([1.5, 1.1, 0.7, 0.4])
"""Singular values of the map that labels follow; two hidden units learn the first two."""

DIFFERENTIATED = 8
"""Problems whose loss is differentiated by machine."""

SMALL = 1e-2
"""Residuals around the minimum, so that the slow drift (AN-13) stays small."""


@dataclass(frozen=True)
class Bottleneck:
    """A problem, its reduced-rank minimum and linear theory."""

    map: np.ndarray
    first: np.ndarray
    second: np.ndarray
    hessian: np.ndarray
    noise: np.ndarray
    covariance: np.ndarray
    even: np.ndarray


def draw_bottleneck(
    x: np.ndarray, residuals: np.ndarray, generator: np.random.Generator
) -> Bottleneck:
    """A map of full rank in random bases; labels keep a hundredth of what is missed of it."""
    left, right = rotation(OUTPUTS, generator), rotation(INPUTS, generator)[:OUTPUTS]
    whole = left * VALUES @ right
    first, second = BottleneckNoise(x, x @ whole.T + residuals / SMALL, HIDDEN).layers()
    kept = second @ first + SMALL * (whole - second @ first)
    minimum = BottleneckNoise(x, x @ kept.T + residuals, HIDDEN)
    first, second = minimum.layers()
    hessian, noise = minimum.matrices()
    missed = x @ (second @ first - kept).T - residuals
    j = jacobian(first, second)
    temperature = RATE * float(np.mean(missed**2)) / (2 * BATCH)
    even = temperature * np.linalg.pinv(j) @ j
    return Bottleneck(kept, first, second, hessian, noise, minimum.covariance(RATE, BATCH), even)


@study(stream="AN-18")
def bottleneck(context: Context) -> BottleneckRun:
    """Minima with fewer hidden units than outputs: their matrices, and SGD around them."""
    generator = context.numpy_generator("problems")
    x, residuals = draw_pool(SAMPLES, INPUTS, OUTPUTS, SMALL, generator)
    problems = [draw_bottleneck(x, residuals, generator) for _ in range(context.choose(**PROBLEMS))]
    ranks: list[int] = []
    leaks: list[float] = []
    at_random: list[float] = []
    for problem in problems:
        values, axes = np.linalg.eigh(problem.hessian)
        flat = axes[:, values < 1e-9 * values[-1]]
        random, _ = np.linalg.qr(generator.standard_normal(flat.shape))
        ranks.append(len(values) - flat.shape[1])
        for kept, directions in ((leaks, flat), (at_random, random)):
            leak = np.abs(directions.T @ problem.noise @ directions).max()
            kept.append(leak / np.abs(problem.noise).max())
    wide = draw_setting(2000, generator).noise
    return BottleneckRun(
        ranks=np.array(ranks),
        wide_rank=rank(wide.hessian),
        leaks=np.array(leaks),
        random_leaks=np.array(at_random),
        misfits=np.array([_misfit(x, residuals, generator) for _ in range(DIFFERENTIATED)]),
        to_theory=_simulated(problems, x, residuals, generator),
    )


def _misfit(
    x: np.ndarray, residuals: np.ndarray, generator: np.random.Generator
) -> tuple[float, ...]:
    """Relative distance of the theory's Hessian from the loss's, and without the misfit's term."""
    left, right = rotation(OUTPUTS, generator), rotation(INPUTS, generator)[:OUTPUTS]
    minimum = BottleneckNoise(x, x @ (left * VALUES @ right).T + residuals / SMALL, HIDDEN)
    found = matrices_of_loss(x, minimum.y, *minimum.layers())
    size, hessian = np.linalg.norm(found.hessian), minimum.matrices()[0]
    gaps = (np.linalg.norm(m - found.hessian) / size for m in (hessian, found.gauss_newton))
    return tuple(float(gap) for gap in gaps)


def _simulated(
    problems: list[Bottleneck],
    x: np.ndarray,
    residuals: np.ndarray,
    generator: np.random.Generator,
) -> BottleneckLayers:
    """Share of the way from T on all that the map depends on to the linear theory."""
    start = [
        around(p.first, p.second, side * p.covariance, RUNS // 2, generator)
        for p in problems
        for side in STARTS.values()
    ]
    firsts, seconds = (np.concatenate(layers) for layers in zip(*start, strict=True))
    centers = (
        np.repeat([p.first for p in problems], RUNS, axis=0),
        np.repeat([p.second for p in problems], RUNS, axis=0),
    )
    maps = np.repeat([p.map for p in problems], RUNS, axis=0)
    path = run_two_layers(
        x,
        residuals,
        firsts,
        seconds,
        RATE,
        BATCH,
        round(TIMES / RATE),
        generator,
        maps=maps,
    )
    sizes = problems[0].first.size, problems[0].second.size
    deviations = both_layers(
        islice(path, round(BURN / RATE), None), centers, (np.eye(sizes[0]), np.eye(sizes[1]))
    )
    found, _ = moments(deviations, np.zeros(sum(sizes)), every=round(0.2 / RATE))
    runs = found.reshape(len(problems), RUNS, sum(sizes), sum(sizes))
    blocks = slice(sizes[0]), slice(sizes[0], None)

    mean = runs.mean(axis=1)
    theory, even = (np.array([getattr(p, n) for p in problems]) for n in ("covariance", "even"))
    units = [_in_units_of(theory[:, b, b], mean[:, b, b], even[:, b, b]) for b in blocks]
    error = frozen_noise_error(np.array([p.hessian for p in problems]), RATE, BATCH)
    first, second = (Shares(*shares(*layer)) for layer in units)
    shifts = [shift_of_share(error, even_one, right) for _, even_one, right in units]
    return BottleneckLayers(first, second, {"first": shifts[0], "second": shifts[1]})


def _in_units_of(
    theory: np.ndarray, found: np.ndarray, even: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Measured, even and predicted covariances where the predicted one is the identity or 0."""
    values, axes = np.linalg.eigh(theory)
    kept = values > 1e-9 * values[:, -1:]
    root = axes * np.where(kept, np.abs(values), np.inf)[:, None, :] ** -0.5
    turned = [root.mT @ m @ root for m in (found, even, theory)]
    return turned[0], turned[1], turned[2]
