"""Studies of the spectra of Hessian and noise, and of the part of the noise that is balanced."""

from __future__ import annotations

import numpy as np

from traindyn.anisotropic_noise.experiments.data import NoiseLaw
from traindyn.anisotropic_noise.results.spectra import (
    BalanceMeans,
    BalanceRun,
    LawGaps,
    LawMeans,
    LawRun,
    Spectra,
)
from traindyn.anisotropic_noise.studies.problems import (
    draw_problem,
    over_problems,
    relative_noise,
    spread,
)
from traindyn.anisotropic_noise.theory.balance import balanced_part
from traindyn.anisotropic_noise.theory.covariance import solve_lyapunov
from traindyn.anisotropic_noise.theory.regression import RegressionNoise
from traindyn.anisotropic_noise.theory.spectra import first_power_law, noise_law
from traindyn.inference import estimate_mean
from traindyn.random_matrices import MarchenkoPastur
from traindyn.runs import Context, study

LAW_DRAWS = {"ci": 80, "laptop": 100, "paper": 640}
BALANCE_DRAWS = {"ci": 60, "laptop": 80, "paper": 400}
ASPECTS = (0.5, 0.25, 0.1)
BALANCE_ASPECTS = (0.5, 0.25, 0.1, 0.05)
INPUTS = 100
BALANCE_INPUTS = 120
SHOWN_INPUTS, SHOWN_PROBLEMS = 200, 6


def ks_distance(below: np.ndarray) -> float:
    """Kolmogorov distance of a sample from a law, by the probabilities below its sorted values.

    >>> ks_distance(np.array([0.5, 0.9]))
    0.5
    """
    steps = np.arange(len(below) + 1) / len(below)
    return float(max((steps[1:] - below).max(), (below - steps[:-1]).max()))


def _against_laws(noise: RegressionNoise) -> dict[str, float]:
    aspect = noise.inputs / noise.samples
    hessian_law, law = MarchenkoPastur(aspect), noise_law(aspect)
    first_power = first_power_law(aspect)
    relative = relative_noise(noise)
    h, d = np.linalg.eigvalsh(noise.hessian), np.linalg.eigvalsh(relative)
    distance = np.linalg.norm(relative - noise.hessian)
    return {
        "noise": d.var() / (3 * aspect),
        "hessian": h.var() / (3 * aspect),
        "noise_to_law": ks_distance(law.cdf(d)),
        "noise_to_first_power": ks_distance(first_power.cdf(d)),
        "noise_to_hessian_law": ks_distance(hessian_law.cdf(d)),
        "hessian_to_law": ks_distance(hessian_law.cdf(h)),
        "share_of_law": share_of_law(np.searchsorted(d, law.points, "right") / len(d), aspect),
        "distance": float(distance / np.trace(noise.hessian) * np.sqrt(noise.samples / 2)),
    }


def share_of_law(found: np.ndarray, aspect: float) -> float:
    """How far a distribution has gone from the law of Marchenko and Pastur to that of the noise.

    Args:
        found: Distribution function at the points of the latter law.
        aspect: The ratio c of both laws.
    """
    law = noise_law(aspect)
    start = MarchenkoPastur(aspect).cdf(law.points)
    gap = (law.values - start) * np.gradient(law.points)
    return float((found - start) @ gap / ((law.values - start) @ gap))


@study(stream="AN-3")
def wrong_law(aspect: float) -> LawGaps:
    """How far the law of samples with weights |r| is from those of noise and Hessian."""
    law, wrong = noise_law(aspect), first_power_law(aspect)
    return LawGaps(
        to_noise=wrong.distance(law.cdf),
        to_hessian=wrong.distance(MarchenkoPastur(aspect).cdf),
        share=share_of_law(wrong.cdf(law.points), aspect),
    )


@study(stream="AN-3")
def against_laws(context: Context) -> LawRun:
    """Eigenvalues of Hessian and noise against their laws, over many problems."""
    draws = context.choose(**LAW_DRAWS)

    def means(
        name: str, inputs: int, aspect: float, draws: int, law: NoiseLaw = "gaussian"
    ) -> LawMeans:
        found = over_problems(context, name, inputs, aspect, draws, _against_laws, law)
        return LawMeans(**found)

    return LawRun(
        {aspect: means("problem", INPUTS, aspect, draws) for aspect in ASPECTS},
        {inputs: means("size", inputs, 0.5, draws * 50 // inputs) for inputs in (12, 25, 50)},
        means("equal", INPUTS, 0.1, draws, "rademacher"),
    )


@study(stream="AN-3")
def shown_spectra(context: Context) -> dict[float, Spectra]:
    """Eigenvalues of a few large problems by aspect ratio."""
    generator = context.numpy_generator("shown")
    shown = {}
    for aspect in (0.5, 0.1):
        samples = round(SHOWN_INPUTS / aspect)
        drawn = [draw_problem(samples, SHOWN_INPUTS, generator) for _ in range(SHOWN_PROBLEMS)]
        shown[aspect] = Spectra(
            np.concatenate([np.linalg.eigvalsh(p.hessian) for p in drawn]),
            np.concatenate([np.linalg.eigvalsh(relative_noise(p)) for p in drawn]),
        )
    return shown


def _of_balance(noise: RegressionNoise) -> dict[str, float]:
    relative = relative_noise(noise)
    aspect = noise.inputs / noise.samples
    balanced = balanced_part(noise.hessian, relative)
    h, full, part = spread(noise.hessian), spread(relative), spread(balanced)
    share = np.linalg.norm(relative - balanced) / np.linalg.norm(relative)
    cold = solve_lyapunov(noise.hessian, 2 * balanced)
    warm = solve_lyapunov(noise.hessian, 2 * relative)
    unit = 2 / np.sqrt(noise.samples)
    return {
        "hessian": h,
        "balanced": part,
        "full": full,
        "balanced_ratio": part / h,
        "full_ratio": full / h,
        "excess": (full - part) / (2 * aspect),
        "share": float(share / np.sqrt(2 * aspect / (1 + 3 * aspect))),
        "balanced_weights": np.sqrt(spread(cold)) / unit,
        "full_weights": np.sqrt(spread(warm)) / unit,
    }


def balanced_ratios(inputs: int, draws: int, generator: np.random.Generator) -> np.ndarray:
    """Variance of the balanced part's eigenvalues over the Hessian's, many problems of c = 0.5.

    The balanced part has the diagonal of the noise in the eigenbasis of the Hessian, and residuals
    do not depend on what labels follow.
    """
    samples = 2 * inputs
    x = generator.standard_normal((draws, samples, inputs))
    residuals = generator.standard_normal((draws, samples, 1))
    h, basis = np.linalg.eigh(x.mT @ x / samples)
    turned = x @ basis
    residuals -= turned @ (turned.mT @ residuals / samples / h[:, :, None])
    diagonal = (residuals**2 * turned**2).mean(axis=1) / (residuals**2).mean(axis=1)
    return np.asarray(diagonal.var(axis=1) / h.var(axis=1))


@study(stream="AN-4")
def balance(context: Context) -> BalanceRun:
    """Spectra of the noise and of its balanced part, over many problems."""
    draws = context.choose(**BALANCE_DRAWS)

    def means(name: str, inputs: int, aspect: float, draws: int) -> BalanceMeans:
        return BalanceMeans(**over_problems(context, name, inputs, aspect, draws, _of_balance))

    return BalanceRun(
        {
            aspect: means(
                "problem", BALANCE_INPUTS, aspect, 2 * draws if aspect == 0.5 else draws // 2
            )
            for aspect in BALANCE_ASPECTS
        },
        {
            n: estimate_mean(
                balanced_ratios(n, count * draws, context.numpy_generator(f"balance of {n}"))
            )
            for n, count in ((15, 60), (30, 30), (60, 4))
        },
    )
