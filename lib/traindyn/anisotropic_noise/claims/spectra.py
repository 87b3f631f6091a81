"""Claims AN-3 and AN-4: the noise is not the Hessian, and which part of it differs."""

from __future__ import annotations

import numpy as np

from traindyn.anisotropic_noise.claims.parts import algebraic
from traindyn.anisotropic_noise.claims.registry import registry
from traindyn.anisotropic_noise.results.spectra import (
    BalanceMeans,
    BalanceRun,
    LawRun,
    SpectraRun,
    SplitRun,
)
from traindyn.anisotropic_noise.studies.spectra import (
    BALANCE_INPUTS,
    against_laws,
    balance,
    shown_spectra,
    wrong_law,
)
from traindyn.anisotropic_noise.theory.spectra import noise_law
from traindyn.inference import exact
from traindyn.ledger import (
    Part,
    Rule,
    Size,
    at_most,
    other_system,
    within,
    within_noise,
    wrong_prediction,
    wrong_theory,
)
from traindyn.random_matrices import MarchenkoPastur
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
            noise_law(aspect),
        )
        for aspect, found in shown_spectra(context).items()
    ]
    return shown, [
        _width(run, 0.5),
        *_laws(run),
        _matrix(run),
        _width(run, 0.25),
        _width(run, 0.1),
        _share_of_law(run),
    ]


def _share_of_law(run: LawRun) -> Part:
    """The shape of the spectrum, not its width alone."""
    found = run.by_aspect[0.5].share_of_law
    sizes = {**{n: means.share_of_law for n, means in run.by_inputs.items()}, 100: found}
    first_power = wrong_law(0.5).share
    return algebraic(
        "One layer, N = 100, c = 0.5: share of what sets the law of samples with weights χ² apart "
        "from that of Marchenko and Pastur which the distribution of the eigenvalues of D/s² shows",
        found,
        within_noise(found, "the law is that of many inputs, up to 1/N; and noise", 1 / 100),
        [
            wrong_prediction("weights |r| in place of r²", first_power),
            wrong_prediction("the law of Marchenko and Pastur", 0.0),
            other_system("labels with noise ±1, c = 0.1", run.equal_residuals.share_of_law),
        ],
        prediction=1.0,
        basis="derived",
        sizes=[Size(*pair) for pair in sizes.items()],
    )


def _width(run: LawRun, aspect: float) -> Part:
    means = run.by_aspect[aspect]
    return algebraic(
        f"One layer, N = 100, c = {aspect:g}: variance of the eigenvalues of D/s² over 3c",
        means.noise,
        within(1 / 6, "half the way to the kurtosis minus one, 2/3", "neighbor"),
        [
            wrong_prediction("the kurtosis minus one in place of the kurtosis", 2 / 3),
            other_system("the Hessian in place of the noise", means.hessian),
        ],
        prediction=1.0,
        basis="derived",
    )


def _matrix(run: LawRun) -> Part:
    return algebraic(
        "One layer, N = 100, c = 0.1: distance of noise and Hessian as matrices, |D/s² − H| over "
        "√(2/P) tr H",
        run.by_aspect[0.1].distance,
        within((1 - 0.5**0.5) / 2, "half the way to √(1/P) in place of √(2/P), 0.71", "neighbor"),
        [
            wrong_prediction("√(1/P) in place of √(2/P)", 0.5**0.5),
            other_system(
                "labels with noise ±1, hence residuals of nearly equal size",
                run.equal_residuals.distance,
            ),
        ],
        prediction=1.0,
        basis="derived",
    )


def _laws(run: LawRun) -> list[Part]:
    """Distances of the eigenvalues from their laws."""
    half = run.by_aspect[0.5]
    sizes = [Size(n, means.noise_to_law) for n, means in run.by_inputs.items()]
    gaps = {aspect: wrong_law(aspect) for aspect in run.by_aspect}
    return [
        *(
            algebraic(
                f"One layer, N = 100, c = {aspect:g}: Kolmogorov distance of the eigenvalues of "
                "D/s² from the law of samples with weights χ²",
                found.noise_to_law,
                _nearer(gaps[aspect].to_noise),
                [wrong_theory("the law of samples with weights |r|", found.noise_to_first_power)],
                basis="derived",
                asymptotic=aspect == 0.5,
                sizes=[*sizes, Size(100, found.noise_to_law)] if aspect == 0.5 else [],
                toward=0.0 if aspect == 0.5 else None,
            )
            for aspect, found in run.by_aspect.items()
        ),
        algebraic(
            "One layer, N = 100, c = 0.5: Kolmogorov distance of the eigenvalues of the Hessian "
            "from the law of Marchenko and Pastur",
            half.hessian_to_law,
            _nearer(gaps[0.5].to_hessian),
            [other_system("eigenvalues of the noise", half.noise_to_hessian_law)],
            basis="derived",
        ),
    ]


def _nearer(gap: float) -> Rule:
    """Accept what is nearer to a law than to the wrong one with weights |r|."""
    return at_most(gap / 2, "half the distance of the law of samples with weights |r|", "neighbor")


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
    return shown, [_spectrum_of_balanced_part(run), *_parts_that_break_it(half), _driven(half)]


def _parts_that_break_it(half: BalanceMeans) -> list[Part]:
    """The excess of the noise, and the size of what breaks detailed balance."""
    turned = "noise turned into the eigenbasis of the Hessian: all of it is balanced"
    return [
        algebraic(
            "One layer, N = 120, c = 0.5: excess variance of the eigenvalues of D/s² over those of "
            "its balanced part, in units of 2c",
            half.excess,
            within(0.25, "half the way to c in place of 2c", "neighbor"),
            [
                wrong_prediction("c in place of 2c", 0.5),
                other_system(turned, exact(0.0)),
            ],
            prediction=1.0,
            basis="derived",
        ),
        algebraic(
            "One layer, N = 120, c = 0.5: size of the part of the noise that breaks detailed "
            "balance, share of the whole over √(2c/(1 + 3c))",
            half.share,
            within(
                (1.25**0.5 - 1) / 2, "half the way to 1 + 2c in place of 1 + 3c, 1.12", "neighbor"
            ),
            [
                wrong_prediction("1 + 2c in place of 1 + 3c", 1.25**0.5),
                other_system(turned, exact(0.0)),
            ],
            prediction=1.0,
            basis="derived",
        ),
    ]


def _driven(half: BalanceMeans) -> Part:
    return algebraic(
        "One layer, N = 120, c = 0.5: weights driven by the balanced part of the noise alone, "
        "spread of the eigenvalues of C/T over 2/√P, its sampling error",
        half.balanced_weights,
        within((1 - 0.5**0.5) / 2, "half the way to √(2/P) in place of √(4/P), 0.71", "neighbor"),
        [
            wrong_prediction("√(2/P) in place of √(4/P)", 0.5**0.5),
            other_system("weights driven by the whole noise", half.full_weights),
        ],
        prediction=1.0,
        basis="derived",
    )


def _spectrum_of_balanced_part(run: BalanceRun) -> Part:
    half = run.by_aspect[0.5]
    by_size = {
        **run.by_inputs,
        BALANCE_INPUTS: half.balanced_ratio,
    }
    return algebraic(
        "One layer, N = 120, c = 0.5: variance of the eigenvalues of the balanced part of the "
        "noise over that of the Hessian",
        half.balanced_ratio,
        within(
            2 * 4 * 1.5 / BALANCE_INPUTS,
            "twice 4(1 + c)/N: sampling moves each diagonal entry by 2h/√P",
            "size",
        ),
        [other_system("the whole noise", half.full_ratio), wrong_prediction("1 + 2c", 2.0)],
        prediction=1.0,
        asymptotic=True,
        sizes=[Size(*pair) for pair in by_size.items()],
    )
