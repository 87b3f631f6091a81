"""Claims AN-3 and AN-4: the noise is not the Hessian, and which part of it differs."""

from __future__ import annotations

import numpy as np

from traindyn.anisotropic_noise.claims.registry import registry
from traindyn.anisotropic_noise.results.spectra import BalanceRun, LawRun, SpectraRun, SplitRun
from traindyn.anisotropic_noise.studies.spectra import against_laws, balance, shown_spectra
from traindyn.anisotropic_noise.theory.spectra import squared_normal
from traindyn.ledger import Size
from traindyn.ledger.legacy import Control, Part, Test
from traindyn.random_matrices import MarchenkoPastur, weighted_law
from traindyn.runs import Context


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
    run = against_laws(context)
    shown = [
        SpectraRun(
            aspect,
            found.hessian,
            found.noise,
            MarchenkoPastur(aspect),
            weighted_law(aspect, squared_normal()),
        )
        for aspect, found in shown_spectra(context).items()
    ]
    half, _, tenth = run.by_aspect.values()
    return shown, [
        Part(
            "Variance of the eigenvalues of the noise over 3c, at c = N/P = 0.5 and N = 100",
            1.0,
            half.noise,
            Test(
                "equality",
                0.2,
                "less than a third of the way to the variance c of the Hessian, 1/3",
            ),
            [Control("the Hessian", half.hessian)],
        ),
        *_laws(run),
        Part(
            "Distance of noise and Hessian as matrices, |D/s² − H| over √(2/P) tr H, at c = 0.1",
            1.0,
            tenth.distance,
            Test("equality", 0.1, "1/√N, the scatter of a single matrix"),
            [
                Control(
                    "labels with noise ±1, hence residuals of nearly equal size",
                    run.equal_residuals.distance,
                )
            ],
        ),
        *(
            Part(
                f"Variance of the eigenvalues of the noise over 3c, at c = {aspect:g}",
                1.0,
                run.by_aspect[aspect].noise,
                Test("equality", 0.2, "as at c = 0.5"),
                [Control("the Hessian", run.by_aspect[aspect].hessian)],
            )
            for aspect in (0.25, 0.1)
        ),
    ]


def _laws(run: LawRun) -> list[Part]:
    """Distances of the eigenvalues from their laws."""
    half = run.by_aspect[0.5]
    sizes = [Size(n, means.noise_to_law) for n, means in run.by_inputs.items()]
    return [
        *(
            Part(
                "Distance of the eigenvalues of the noise from the law of weighted samples, "
                f"c = {aspect:g}, N = 100",
                0.0,
                found.noise_to_law,
                Test(
                    "ks",
                    0.07,
                    "the eigenvalues of one matrix keep within about log(N)/N = 0.046 of their "
                    "law; the two laws are 0.2 apart",
                    side="below",
                ),
                [Control("law of Marchenko and Pastur", found.noise_to_hessian_law)],
                asymptotic=aspect == 0.5,
                sizes=[*sizes, Size(100, found.noise_to_law)] if aspect == 0.5 else [],
            )
            for aspect, found in run.by_aspect.items()
        ),
        Part(
            "Distance of the eigenvalues of the Hessian from the law of Marchenko and Pastur, "
            "c = 0.5, N = 100",
            0.0,
            half.hessian_to_law,
            Test("ks", 0.07, "as for the noise", side="below"),
            [Control("eigenvalues of the noise", half.noise_to_hessian_law)],
        ),
    ]


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
    run = balance(context)
    half = run.by_aspect[0.5]
    shown = SplitRun(
        np.array(list(run.by_aspect)),
        [means.hessian for means in run.by_aspect.values()],
        [means.balanced for means in run.by_aspect.values()],
        [means.full for means in run.by_aspect.values()],
    )
    return shown, [
        _spectrum_of_balanced_part(run),
        Part(
            "Excess variance of the whole noise over its balanced part, in units of 2c",
            1.0,
            half.excess,
            Test("equality", 0.2, "a fifth of the effect; one draw scatters by 0.14 at N = 120"),
            [Control("noise turned into the eigenbasis of the Hessian", half.turned_excess)],
        ),
        Part(
            "Size of the part that breaks balance, share of the noise over √(2c/(1 + 3c))",
            1.0,
            half.share,
            Test("equality", 0.1, "a tenth of the effect; corrections are of order 4/N = 0.03"),
            [Control("noise turned into the eigenbasis of the Hessian", half.turned_share)],
        ),
        Part(
            "Weights driven by the balanced part alone: spread of C/T over 2/√P, its sampling "
            "error",
            1.0,
            half.balanced_weights,
            Test("equality", 0.2, "the spread of N = 120 eigenvalues scatters by 1/√(2N) = 0.06"),
            [Control("the whole noise", half.full_weights)],
        ),
    ]


def _spectrum_of_balanced_part(run: BalanceRun) -> Part:
    half = run.by_aspect[0.5]
    return Part(
        "Variance of the eigenvalues of the balanced part over that of the Hessian, c = 0.5",
        1.0,
        half.balanced_ratio,
        Test(
            "equality",
            2 * 4 * 1.5 / 120,
            "twice 4(1 + c)/N: sampling moves each diagonal entry by 2h/√P, and N = 120",
        ),
        [Control("the whole noise", half.full_ratio)],
        asymptotic=True,
        sizes=[
            *(Size(n, means.balanced_ratio) for n, means in run.by_inputs.items()),
            Size(120, half.balanced_ratio),
        ],
    )
