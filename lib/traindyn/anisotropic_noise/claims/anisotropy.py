"""Claims AN-5 and AN-6: weights fluctuate unevenly along directions of equal curvature."""

from __future__ import annotations

import numpy as np

from traindyn.anisotropic_noise.claims.registry import registry
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
    KURTOSIS,
    flatness_of_directions,
    shown_flatness,
    simulated_spread,
    spread_of_variances,
)
from traindyn.anisotropic_noise.studies.uneven_inputs import uneven_inputs
from traindyn.ledger import Size
from traindyn.ledger.legacy import Control, Part, Test
from traindyn.runs import Context


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
    found: dict[str, dict[float, SpreadMeans]] = {
        law: spread_of_variances(context, law) for law in KURTOSIS
    }
    gaussian, rademacher, laplace = found.values()
    result = AnisotropyRun(
        np.array(list(gaussian)),
        {law: [means.spread for means in by.values()] for law, by in found.items()},
        {law: np.array([means.law for means in by.values()]) for law, by in found.items()},
    )
    why = "half the way to the nearest of the controls, 0.27; corrections are of order 4/N = 0.04"
    return result, [
        *(
            Part(
                f"Variance of the eigenvalues of C/T over its law 2cg, at c = {aspect:g}, N = 100",
                1.0,
                gaussian[aspect].over["gaussian"],
                Test("equality", 0.15, why),
                [Control("labels with noise ±1", rademacher[aspect].over["gaussian"])],
            )
            for aspect in (0.5, 0.25, 0.1)
        ),
        Part(
            "The same with label noise ±1, over the law (κ − 1)cg for the kurtosis κ of the "
            "residuals, c = 0.1",
            1.0,
            rademacher[0.1].over["rademacher"],
            Test("equality", 0.15, why),
            [Control("Gaussian labels", gaussian[0.1].over["rademacher"])],
        ),
        _many_samples(gaussian),
        _simulated(simulated_spread(context)),
        Part(
            "The same with Laplace labels, over their own law, c = 0.1",
            1.0,
            laplace[0.1].over["laplace"],
            Test("equality", 0.2, "less than half the way to the control, 0.45"),
            [Control("Gaussian labels", gaussian[0.1].over["laplace"])],
        ),
    ]


def _many_samples(gaussian: dict[float, SpreadMeans]) -> Part:
    return Part(
        "Few weights per sample: variance of the eigenvalues of C/T at c = 0.025",
        0.0,
        gaussian[0.025].spread,
        Test(
            "threshold",
            0.1,
            "a spread of a third of T, side by side with 0.9 T at c = 0.5",
            "below",
        ),
        [Control("c = 0.5", gaussian[0.5].spread)],
        asymptotic=True,
        sizes=[Size(aspect, means.spread) for aspect, means in gaussian.items()],
    )


def _simulated(run: SpreadSimulation) -> Part:
    return Part(
        "Simulated SGD at N = 50, P = 100: squared relative distance of the covariance from "
        "the exact one, whose largest variance is some twenty times its smallest",
        0.0,
        run.sgd,
        Test(
            "equality",
            0.05**2,
            "a twelfth of the distance 0.6 from equal variances",
            side="below",
        ),
        [Control("Gaussian noise proportional to the Hessian", run.like_hessian)],
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
    half, tenth = run.half, run.tenth
    return [
        Part(
            "Slope of log flatness over log variance, c = 0.5",
            0.0,
            half.slope,
            Test("slope", 0.05, "a tenth of the slope 1/2 of isotropic noise"),
            [Control("isotropic noise", half.white_slope)],
        ),
        Part(
            "The same at c = 0.1",
            0.0,
            tenth.slope,
            Test("slope", 0.05, "a tenth of the slope 1/2 of isotropic noise"),
            [Control("isotropic noise", tenth.white_slope)],
        ),
        Part(
            "Largest over smallest flatness along principal directions, c = 0.5",
            1.0,
            half.flatness_range,
            Test(
                "threshold",
                1.0,
                "a factor of two; the variances differ by a factor above ten",
                side="below",
            ),
            [Control("isotropic noise", half.white_flatness_range)],
        ),
        Part(
            "Largest over smallest variance along the same directions",
            20.0,
            half.variance_range,
            Test("threshold", 10.0, "a factor of ten", side="above"),
            [Control("five times as many samples, c = 0.1", tenth.variance_range)],
        ),
        Part(
            "Spread of the curvatures along principal directions, over that of random "
            "directions, √(2/N) times the spread of the Hessian",
            1.0,
            tenth.curvature_spread,
            Test("equality", 0.2, "of order 1/√N = 0.1, twice"),
            [Control("isotropic noise", tenth.white_curvature_spread)],
        ),
    ]
