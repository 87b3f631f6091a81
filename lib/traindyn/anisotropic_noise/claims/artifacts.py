"""Claim AN-16: short windows and epochs fake an inverse relation in one layer."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from traindyn.anisotropic_noise.claims.common import stationary_start
from traindyn.anisotropic_noise.claims.registry import registry
from traindyn.anisotropic_noise.claims.settings import LABEL_NOISE, draw_setting
from traindyn.anisotropic_noise.experiments.data import draw_regression
from traindyn.anisotropic_noise.experiments.minima import around, second_layer
from traindyn.anisotropic_noise.experiments.one_layer import run_sgd
from traindyn.anisotropic_noise.experiments.sampling import Sampling
from traindyn.anisotropic_noise.experiments.two_layers import run_two_layers
from traindyn.anisotropic_noise.results.drift import WindowRun
from traindyn.anisotropic_noise.theory.covariance import exact_covariance
from traindyn.anisotropic_noise.theory.flatness import flatness, window_variance
from traindyn.anisotropic_noise.theory.regression import RegressionNoise
from traindyn.inference import Estimate, estimate_by_bootstrap
from traindyn.ledger import Control, Part, Test
from traindyn.runs import Context

RATE, BATCH, SAMPLES = 0.02, 10, 4000
SPREAD = np.geomspace(0.002, 2.0, 20)
"""Variances of the inputs, three decades: the curvatures of one layer."""

FLATTEST = 6
"""Directions over which exponents are fitted: there a window of 4,000 steps is short."""

TWO_RATE = 2e-3
"""Learning rate of two layers with batches of one."""


def window_variances(path: Iterator[np.ndarray], every: int) -> np.ndarray:
    """Variance of every replica and axis around its own mean over the window."""
    kept = np.array([d.copy() for step, d in enumerate(path) if step % every == 0])
    return np.asarray(kept.var(axis=0))


def exponent(variances: np.ndarray, width: np.ndarray) -> float:
    """Exponent d log V / d log F over the flattest directions; V averaged over replicas."""
    flattest = np.argsort(width)[-FLATTEST:]
    mean = variances.mean(axis=0)[flattest]
    return float(np.polyfit(np.log(width[flattest]), np.log(mean), 1)[0])


def _one_layer(
    context: Context, noise: RegressionNoise, window: int, sampling: Sampling
) -> np.ndarray:
    """Window variances of one layer along the eigenvectors of the Hessian, over T."""
    generator = context.numpy_generator(f"one layer, {window} steps, {sampling}")
    _, axes = np.linalg.eigh(noise.hessian)
    replicas = context.choose(ci=128, laptop=192, paper=768)
    if window < 10_000:
        replicas *= 6  # about one independent sample per replica
    c = exact_covariance(noise, RATE, BATCH)
    start = stationary_start(noise, c, replicas, generator)
    if sampling == "epochs":
        start[...] = noise.minimum  # epochs forget the start as slowly as they fluctuate little
    path = run_sgd(noise.x, noise.y, start, RATE, BATCH, window, generator, sampling=sampling)
    along = ((w - noise.minimum) @ axes for w in path)
    return window_variances(along, max(1, window // 2000)) / noise.temperature(RATE, BATCH)


@registry.claim(
    16,
    source="beyond the abstract",
    basis="extension",
    statement=(
        "A window that is short against the relaxation, or sampling in epochs, fakes an inverse "
        "relation with exponent 2 in one layer; that of two layers survives both changes."
    ),
)
def artifacts(context: Context) -> tuple[WindowRun, list[Part]]:
    """AN-16."""
    generator = context.numpy_generator("problem")
    x, y = draw_regression(SAMPLES, len(SPREAD), generator, spread=SPREAD)
    noise = RegressionNoise(x, y[:, 0])
    h = np.linalg.eigvalsh(noise.hessian)
    width = flatness(h, noise.residual_variance / 2)
    short, long = 4000, context.choose(ci=48_000, laptop=64_000, paper=256_000)
    one = {
        "short window": _one_layer(context, noise, short, "replacement"),
        "long window": _one_layer(context, noise, long, "replacement"),
        "epochs": _one_layer(context, noise, long, "epochs"),
    }
    theory = {
        "short window": window_variance(RATE * h * short),
        "long window": window_variance(RATE * h * long),
    }
    resampler = context.numpy_generator("bootstrap")

    def estimate(variances: np.ndarray, along: np.ndarray) -> Estimate:
        return estimate_by_bootstrap(variances, lambda v: exponent(v, along), resampler)

    slopes = {name: estimate(v, width) for name, v in one.items()}
    predicted = {name: exponent(v[None], width) for name, v in theory.items()}
    two, two_width = _two_layers(context)
    two_slopes = {name: estimate(v, two_width) for name, v in two.items()}

    def change(after: Estimate, before: Estimate) -> Estimate:
        freedom = min(after.degrees_of_freedom, before.degrees_of_freedom)
        error = float(np.hypot(after.stderr, before.stderr))
        return Estimate(after.value - before.value, error, after.n, "1", freedom)

    result = WindowRun(
        {
            "one layer": {n: (width / width.min(), v.mean(axis=0)) for n, v in one.items()},
            "two layers": {
                n: (two_width / two_width.min(), v.mean(axis=0)) for n, v in two.items()
            },
        },
        theory,
    )
    window_effect = change(slopes["long window"], slopes["short window"])
    epoch_effect = change(slopes["epochs"], slopes["long window"])
    parts = [
        Part(
            f"One layer, window of {short:,} steps: exponent d log V / d log F of the six flattest "
            "directions",
            predicted["short window"],
            slopes["short window"],
            Test("slope", 0.4, "a fifth of the exponent 2, the smallest effect that matters"),
            [Control("the long window", slopes["long window"])],
        ),
        Part(
            f"One layer, window of {long:,} steps: exponent",
            predicted["long window"],
            slopes["long window"],
            Test("slope", 0.5, "half the difference between the two windows"),
            [Control("exponent in the short window", slopes["short window"])],
        ),
        Part(
            "One layer in epochs, the long window: exponent far from that with replacement",
            -0.5,
            epoch_effect,
            Test("threshold", 0.1, "a quarter of the exponent 2", side="below"),
            [
                Control(
                    "two layers",
                    change(two_slopes["epochs"], two_slopes["long window"]),
                )
            ],
        ),
        Part(
            "Two layers, flattest directions: change of the exponent from a short to a long window",
            0.0,
            change(two_slopes["long window"], two_slopes["short window"]),
            Test("equality", 0.4, "a fifth of the exponent 2"),
            [Control("one layer", window_effect)],
        ),
        Part(
            "Two layers: change of the exponent from replacement to epochs",
            0.0,
            change(two_slopes["epochs"], two_slopes["long window"]),
            Test("equality", 0.4, "as above"),
            [Control("one layer", epoch_effect)],
        ),
    ]
    return result, parts


def _two_layers(context: Context) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Window variances of the second layer along the modes of the first, and flatness."""
    setting = draw_setting(
        SAMPLES,
        context.numpy_generator("two layers"),
        learning_rate=TWO_RATE,
        batch_size=1,
        noise=LABEL_NOISE,
    )
    left, a = setting.modes()
    noise = setting.noise
    covariance = noise.covariance(TWO_RATE, 1)
    width = flatness(a**2, noise.residual_variance / 2)
    replicas = context.choose(ci=64, laptop=96, paper=384)
    long = context.choose(ci=16_000, laptop=32_000, paper=128_000)
    found = {}
    settings: tuple[tuple[str, int, Sampling], ...] = (
        ("short window", long // 4, "replacement"),
        ("long window", long, "replacement"),
        ("epochs", long, "epochs"),
    )
    for name, window, sampling in settings:
        generator = context.numpy_generator(f"two layers, {name}")
        path = run_two_layers(
            noise.x,
            noise.y,
            *around(noise.first, noise.second, covariance, replicas, generator),
            TWO_RATE,
            1,
            window,
            generator,
            sampling=sampling,
        )
        along = second_layer(path, noise.second, left)
        found[name] = window_variances(along, window // 1000) / setting.temperature
    return found, width
