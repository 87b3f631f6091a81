"""Claims AN-3 and AN-4: the noise is not the Hessian, and which part of it differs."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy import stats

from traindyn.anisotropic_noise.claims.common import draw_problem
from traindyn.anisotropic_noise.claims.registry import registry
from traindyn.anisotropic_noise.experiments.data import NoiseLaw
from traindyn.anisotropic_noise.results.spectra import SpectraRun, SplitRun
from traindyn.anisotropic_noise.theory.balance import balanced_part
from traindyn.anisotropic_noise.theory.covariance import solve_lyapunov
from traindyn.anisotropic_noise.theory.regression import RegressionNoise
from traindyn.anisotropic_noise.theory.spectra import squared_normal
from traindyn.inference import Estimate, estimate_mean
from traindyn.ledger import Control, Part, Size, Test
from traindyn.random_matrices import MarchenkoPastur, weighted_law
from traindyn.runs import Context

ASPECTS = (0.5, 0.25, 0.1)


def spread(matrix: np.ndarray) -> float:
    """Variance of the eigenvalues of a symmetric matrix."""
    return float(np.linalg.eigvalsh(matrix).var())


def over_problems(
    context: Context,
    name: str,
    inputs: int,
    aspect: float,
    draws: int,
    statistics: Callable[[RegressionNoise], tuple[float, ...]],
    law: NoiseLaw = "gaussian",
    *,
    uneven: bool = False,
) -> list[Estimate]:
    """Means of statistics over independently drawn problems."""
    generator = context.numpy_generator(f"{name} {inputs} {aspect}")
    samples = round(inputs / aspect)
    rows = [
        statistics(draw_problem(samples, inputs, generator, law, uneven=uneven))
        for _ in range(draws)
    ]
    return [estimate_mean(column) for column in np.array(rows).T]


def _relative_noise(noise: RegressionNoise) -> np.ndarray:
    return noise.covariance / noise.residual_variance


@registry.claim(
    3,
    source="abstract; the laws are derived here",
    basis="stated",
    statement=(
        "When the number of samples P is comparable with the number of weights N, the gradient "
        "noise has another spectrum than the Hessian: that of samples weighted with their squared "
        "residuals, three times as wide."
    ),
)
def noise_spectrum(context: Context) -> tuple[list[SpectraRun], list[Part]]:
    """AN-3."""
    draws = context.choose(ci=80, laptop=160, paper=640)
    laws = {
        aspect: (MarchenkoPastur(aspect), weighted_law(aspect, squared_normal()))
        for aspect in ASPECTS
    }

    def statistics(noise: RegressionNoise) -> tuple[float, ...]:
        aspect = noise.inputs / noise.samples
        hessian_law, noise_law = laws[aspect]
        relative = _relative_noise(noise)
        h, d = np.linalg.eigvalsh(noise.hessian), np.linalg.eigvalsh(relative)
        distance = np.linalg.norm(relative - noise.hessian)
        return (
            d.var() / (3 * aspect),
            h.var() / (3 * aspect),
            stats.kstest(d, noise_law.cdf).statistic,
            stats.kstest(d, hessian_law.cdf).statistic,
            stats.kstest(h, hessian_law.cdf).statistic,
            float(distance / np.trace(noise.hessian) * np.sqrt(noise.samples / 2)),
        )

    by_aspect = {
        aspect: over_problems(context, "problem", 100, aspect, draws, statistics)
        for aspect in ASPECTS
    }
    sizes = {
        inputs: over_problems(context, "size", inputs, 0.5, draws * 50 // inputs, statistics)
        for inputs in (12, 25, 50)
    }
    equal = over_problems(context, "equal", 100, 0.1, draws, statistics, law="rademacher")
    parts = [
        Part(
            "Variance of the eigenvalues of the noise over 3c, at c = N/P = 0.5 and N = 100",
            1.0,
            by_aspect[0.5][0],
            Test(
                "equality",
                0.2,
                "less than a third of the way to the variance c of the Hessian, 1/3",
            ),
            [Control("the Hessian", by_aspect[0.5][1])],
        ),
        *(
            Part(
                "Distance of the eigenvalues of the noise from the law of weighted samples, "
                f"c = {aspect:g}, N = 100",
                0.0,
                found[2],
                Test(
                    "ks",
                    0.07,
                    "the eigenvalues of one matrix keep within about log(N)/N = 0.046 of their "
                    "law; the two laws are 0.2 apart",
                    side="below",
                ),
                [Control("law of Marchenko and Pastur", found[3])],
                asymptotic=aspect == 0.5,
                sizes=[*(Size(n, s[2]) for n, s in sizes.items()), Size(100, found[2])]
                if aspect == 0.5
                else [],
            )
            for aspect, found in by_aspect.items()
        ),
        Part(
            "Distance of the eigenvalues of the Hessian from the law of Marchenko and Pastur, "
            "c = 0.5, N = 100",
            0.0,
            by_aspect[0.5][4],
            Test("ks", 0.07, "as for the noise", side="below"),
            [Control("eigenvalues of the noise", by_aspect[0.5][3])],
        ),
        Part(
            "Distance of noise and Hessian as matrices, |D/s² − H| over √(2/P) tr H, at c = 0.1",
            1.0,
            by_aspect[0.1][5],
            Test("equality", 0.1, "1/√N, the scatter of a single matrix"),
            [Control("labels with noise ±1, hence residuals of nearly equal size", equal[5])],
        ),
        *(
            Part(
                f"Variance of the eigenvalues of the noise over 3c, at c = {aspect:g}",
                1.0,
                by_aspect[aspect][0],
                Test("equality", 0.2, "as at c = 0.5"),
                [Control("the Hessian", by_aspect[aspect][1])],
            )
            for aspect in (0.25, 0.1)
        ),
    ]
    generator = context.numpy_generator("shown")
    shown = []
    for aspect in (0.5, 0.1):
        drawn = [draw_problem(round(200 / aspect), 200, generator) for _ in range(6)]
        shown.append(
            SpectraRun(
                aspect,
                np.concatenate([np.linalg.eigvalsh(p.hessian) for p in drawn]),
                np.concatenate([np.linalg.eigvalsh(_relative_noise(p)) for p in drawn]),
                *laws[aspect],
            )
        )
    return shown, parts


@registry.claim(
    4,
    source="abstract; the split is derived here",
    basis="stated",
    statement=(
        "The part of the noise that is compatible with detailed balance has the spectrum of the "
        "Hessian; all that differs sits in the part that breaks detailed balance."
    ),
)
def detailed_balance(context: Context) -> tuple[SplitRun, list[Part]]:
    """AN-4."""
    draws = context.choose(ci=40, laptop=100, paper=400)

    def statistics(noise: RegressionNoise) -> tuple[float, ...]:
        relative = _relative_noise(noise)
        aspect = noise.inputs / noise.samples
        balanced = balanced_part(noise.hessian, relative)
        h, full, part = spread(noise.hessian), spread(relative), spread(balanced)
        share = np.linalg.norm(relative - balanced) / np.linalg.norm(relative)
        cold = solve_lyapunov(noise.hessian, 2 * balanced)
        warm = solve_lyapunov(noise.hessian, 2 * relative)
        unit = 2 / np.sqrt(noise.samples)
        _, basis = np.linalg.eigh(noise.hessian)
        turned = (basis * np.linalg.eigvalsh(relative)) @ basis.T
        left = turned - balanced_part(noise.hessian, turned)
        return (
            h,
            part,
            full,
            part / h,
            full / h,
            (full - part) / (2 * aspect),
            float(share / np.sqrt(2 * aspect / (1 + 3 * aspect))),
            np.sqrt(spread(cold)) / unit,
            np.sqrt(spread(warm)) / unit,
            (spread(turned) - spread(turned - left)) / (2 * aspect),
            float(np.linalg.norm(left) / np.linalg.norm(turned)),
        )

    found = {
        aspect: over_problems(
            context, "problem", 120, aspect, 2 * draws if aspect == 0.5 else draws // 2, statistics
        )
        for aspect in (0.5, 0.25, 0.1, 0.05)
    }
    sizes = {
        inputs: over_problems(
            context, "size", inputs, 0.5, draws * (60 // inputs) ** 2 * 2, statistics
        )
        for inputs in (15, 30, 60)
    }
    half = found[0.5]
    finite = 4 * 1.5 / 120
    result = SplitRun(
        np.array(list(found)),
        [f[0] for f in found.values()],
        [f[1] for f in found.values()],
        [f[2] for f in found.values()],
    )
    parts = [
        Part(
            "Variance of the eigenvalues of the balanced part over that of the Hessian, c = 0.5",
            1.0,
            half[3],
            Test(
                "equality",
                2 * finite,
                "twice 4(1 + c)/N: sampling moves each diagonal entry by 2h/√P, and N = 120",
            ),
            [Control("the whole noise", half[4])],
            asymptotic=True,
            sizes=[*(Size(n, s[3]) for n, s in sizes.items()), Size(120, half[3])],
        ),
        Part(
            "Excess variance of the whole noise over its balanced part, in units of 2c",
            1.0,
            half[5],
            Test("equality", 0.2, "a fifth of the effect; one draw scatters by 0.14 at N = 120"),
            [Control("noise turned into the eigenbasis of the Hessian", half[9])],
        ),
        Part(
            "Size of the part that breaks balance, share of the noise over √(2c/(1 + 3c))",
            1.0,
            half[6],
            Test("equality", 0.1, "a tenth of the effect; corrections are of order 4/N = 0.03"),
            [Control("noise turned into the eigenbasis of the Hessian", half[10])],
        ),
        Part(
            "Weights driven by the balanced part alone: spread of C/T over 2/√P, its sampling "
            "error",
            1.0,
            half[7],
            Test("equality", 0.2, "the spread of N = 120 eigenvalues scatters by 1/√(2N) = 0.06"),
            [Control("the whole noise", half[8])],
        ),
    ]
    return result, parts
