"""Claims AN-5 and AN-6: weights fluctuate unevenly along directions of equal curvature."""

from __future__ import annotations

import numpy as np

from traindyn.anisotropic_noise.claims.parts import algebraic
from traindyn.anisotropic_noise.claims.registry import registry
from traindyn.anisotropic_noise.claims.shares import share
from traindyn.anisotropic_noise.claims.uneven_inputs import parts_on_uneven_inputs
from traindyn.anisotropic_noise.results.anisotropy import (
    FlatnessRun,
    FlatnessRuns,
    SpreadMeans,
    SpreadSimulation,
    UnevenRun,
)
from traindyn.anisotropic_noise.results.spectra import AnisotropyRun
from traindyn.anisotropic_noise.studies.anisotropy import (
    INPUTS,
    KURTOSIS,
    flatness_of_directions,
    shown_flatness,
    simulated_spread,
    spread_of_variances,
)
from traindyn.anisotropic_noise.studies.uneven_inputs import uneven_inputs
from traindyn.anisotropic_noise.theory.balance import mean_pair_weight, residual_kurtosis
from traindyn.inference import exact
from traindyn.ledger import (
    Part,
    Size,
    at_least,
    at_most,
    other_system,
    same_run,
    within,
    within_noise,
    wrong_prediction,
    wrong_theory,
)
from traindyn.random_matrices import MarchenkoPastur
from traindyn.runs import Context

Found = dict[str, dict[float, SpreadMeans]]
"""Means over problems by law of the labels and ratio c."""

PROBLEMS = "drawn problems"


@registry.claim(
    5,
    source="abstract; the law of the spread is derived here",
    basis="stated",
    statement=(
        "With P of the order of N the weights fluctuate by different amounts in different "
        "directions; with many more samples than weights all directions have the variance T."
    ),
)
def anisotropy(context: Context) -> tuple[AnisotropyRun, list[Part]]:
    """AN-5."""
    found: Found = {law: spread_of_variances(context, law) for law in KURTOSIS}
    result = AnisotropyRun(
        np.array(list(found["gaussian"])),
        {law: [means.spread for means in by.values()] for law, by in found.items()},
        {law: np.array([means.law for means in by.values()]) for law, by in found.items()},
    )
    return result, [
        *_gaussian_labels(found),
        _signs(found),
        _many_samples(found["gaussian"]),
        _simulated(simulated_spread(context)),
        _long_tails(found),
    ]


def _pair_weight(aspect: float) -> float:
    """The mean pair weight g of curvatures with the law of Marchenko and Pastur."""
    return mean_pair_weight(MarchenkoPastur(aspect).quantile((np.arange(200) + 0.5) / 200))


def _gaussian_labels(found: Found) -> list[Part]:
    """The law 2cg of Gaussian labels at three ratios."""
    without = 1 / _pair_weight(0.5)
    rule = within(
        abs(without - 1) / 2,
        f"half the way to the law 2c without the mean pair weight g, {without:.2f} at c = 0.5",
        "neighbor",
    )
    return [
        algebraic(
            "One layer, N = 100, Gaussian labels: variance of the eigenvalues of C/T over its law "
            f"2cg, c = {aspect:g}",
            found["gaussian"][aspect].over["gaussian"],
            rule,
            [
                wrong_prediction("the kurtosis in place of the kurtosis minus one", 1.5),
                *([wrong_prediction("without g", without)] if aspect == 0.5 else []),
                other_system("labels with noise ±1", found["rademacher"][aspect].over["gaussian"]),
            ],
            prediction=1.0,
            basis="derived",
        )
        for aspect in (0.5, 0.25, 0.1)
    ]


def _signs(found: Found) -> Part:
    aspect = 0.1
    return algebraic(
        "One layer, N = 100, labels with noise ±1: variance of the eigenvalues of C/T over the law "
        "(κ − 1)cg for the kurtosis κ of the residuals, c = 0.1",
        found["rademacher"][aspect].over["rademacher"],
        within(
            (1 - aspect) / 2,
            "half the way to a kurtosis that goes with 1 − c in place of its square, 2 − c",
            "neighbor",
        ),
        [
            wrong_prediction("1 − c in place of its square in the kurtosis", 2 - aspect),
            wrong_theory("a fixed kurtosis of 3", found["rademacher"][aspect].over["gaussian"]),
            other_system("Gaussian labels", found["gaussian"][aspect].over["rademacher"]),
        ],
        prediction=1.0,
        basis="derived",
    )


def _long_tails(found: Found) -> Part:
    measured = found["laplace"][0.1]
    fixed = 2 / (residual_kurtosis(KURTOSIS["laplace"], 0.1) - 1)
    return algebraic(
        "One layer, N = 100, Laplace labels: variance of the eigenvalues of C/T over the law "
        "(κ − 1)cg for the kurtosis κ of the residuals, c = 0.1",
        measured.over["laplace"],
        within(
            (1 - fixed) / 2,
            f"half the way to what a fixed kurtosis of 3 would give, {fixed:.2f}",
            "neighbor",
        ),
        [
            wrong_prediction("a fixed kurtosis of 3", fixed),
            other_system("Gaussian labels", found["gaussian"][0.1].over["laplace"]),
        ],
        prediction=1.0,
        basis="derived",
    )


def _many_samples(gaussian: dict[float, SpreadMeans]) -> Part:
    few = min(gaussian)
    limit = 0.1 * _pair_weight(0.1)
    return algebraic(
        "One layer with many samples per weight: variance of the eigenvalues of C/T at c = 0.025",
        gaussian[few].spread,
        at_most(
            limit,
            "half of what the law gives at c = 0.1: a fourth is predicted, a half if it fell as √c",
            "neighbor",
        ),
        [
            wrong_theory(
                "unevenness that falls as √c", gaussian[0.5].spread.scaled((few / 0.5) ** 0.5)
            ),
            same_run("c = 0.5", gaussian[0.5].spread),
        ],
        asymptotic=True,
        sizes=[Size(aspect, means.spread) for aspect, means in gaussian.items()],
        toward=0.0,
    )


def _simulated(run: SpreadSimulation) -> Part:
    found = share(run.sgd)
    return Part(
        "SGD of one layer at N = 20, P = 40, started from both sides of its stationary state: "
        "share of what sets the exact covariance apart from equal variances T",
        found,
        within_noise(found, "the recursion is exact, from any start and for every problem"),
        [
            wrong_prediction("equal variances", 0.0),
            other_system("Gaussian noise proportional to the Hessian", share(run.like_hessian)),
        ],
        compares="simulation",
        replicates=PROBLEMS,
        prediction=1.0,
        seen=True,
    )


@registry.claim(
    6,
    source="abstract; the spread of curvatures, and what other inputs leave, is derived here",
    basis="stated",
    statement=(
        "In one layer with isotropic inputs the loss is effectively isotropic: the directions in "
        "which the weights fluctuate most and least are equally flat. With other inputs they are "
        "not equally flat, but flatness and variance stay uncorrelated."
    ),
)
def effective_isotropy(context: Context) -> tuple[tuple[FlatnessRun, UnevenRun], list[Part]]:
    """AN-6."""
    run, uneven = flatness_of_directions(context), uneven_inputs(context)
    return (shown_flatness(context), uneven.shown), [
        *_isotropic_inputs(run),
        *parts_on_uneven_inputs(uneven),
    ]


def _isotropic_inputs(run: FlatnessRuns) -> list[Part]:
    return [
        *(
            algebraic(
                "One layer with isotropic inputs: slope of log flatness over log variance along "
                f"the principal directions of the weights, c = {aspect:g}",
                means.slope,
                within(
                    0.25,
                    "half the way to the slopes 1/2 of isotropic noise and −1/2 of an inverse "
                    "relation of exponent 2",
                    "neighbor",
                ),
                [
                    wrong_prediction("an inverse relation of exponent 2", -0.5),
                    other_system("isotropic noise", means.white_slope),
                ],
                prediction=0.0,
            )
            for aspect, means in ((0.5, run.half), (0.1, run.tenth))
        ),
        *_ranges(run),
    ]


def _ranges(run: FlatnessRuns) -> list[Part]:
    """Ranges of flatness and variance, and the spread of the curvatures."""
    half, tenth = run.half, run.tenth
    edges = MarchenkoPastur(0.5)
    return [
        algebraic(
            "One layer with isotropic inputs: largest over smallest flatness along the principal "
            "directions of the weights, c = 0.5",
            half.flatness_range,
            at_most(
                (edges.high / edges.low) ** 0.25,
                "half the way, on a log axis, from one to what isotropic noise has, whose "
                "directions have the curvatures of the Hessian",
                "neighbor",
            ),
            [other_system("isotropic noise", half.white_flatness_range)],
        ),
        algebraic(
            "One layer with isotropic inputs: largest over smallest variance along the principal "
            "directions of the weights, over the square of the same for the flatness, c = 0.5",
            half.excess_range,
            at_least(1.0, "what a variance in proportion to 1/h has", "sign"),
            [
                other_system(
                    "noise proportional to the Hessian: all variances are T", half.even_range
                )
            ],
        ),
        algebraic(
            "One layer with isotropic inputs: spread of the curvatures along principal directions "
            "over that of random directions, √(2/N) times the spread of the Hessian, c = 0.1",
            tenth.curvature_spread,
            within(
                (1 - 0.5**0.5) / 2, "half the way to √(1/N) in place of √(2/N), 0.71", "neighbor"
            ),
            [
                wrong_prediction("√(1/N) in place of √(2/N)", 0.5**0.5),
                other_system("isotropic noise, along eigenvectors", exact((INPUTS / 2) ** 0.5)),
            ],
            prediction=1.0,
            basis="derived",
        ),
    ]
