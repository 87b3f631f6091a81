"""Claims AN-12, AN-17, AN-18: what coupling does without a current, at depth, in a bottleneck."""

from __future__ import annotations

import numpy as np

from traindyn.anisotropic_noise.claims.registry import registry
from traindyn.anisotropic_noise.results.depth import BottleneckRun, CommutatorRun, DepthGap
from traindyn.anisotropic_noise.studies.depth import (
    NARROW,
    NARROW_INPUTS,
    NARROW_OUTPUTS,
    bottleneck,
    deep_projectors,
    without_current,
)
from traindyn.inference import Estimate, exact
from traindyn.ledger import Size
from traindyn.ledger.legacy import Control, Part, Test
from traindyn.runs import Context


@registry.claim(
    12,
    source="beyond the abstract, which names broken detailed balance as the cause",
    basis="extension",
    statement=(
        "The inverse relation of two layers is not the effect of broken detailed balance: with "
        "many samples the current vanishes as √c while the relation stays."
    ),
)
def relation_without_current(context: Context) -> tuple[CommutatorRun, list[Part]]:
    """AN-12."""
    run = without_current(context)

    def slope(sizes: np.ndarray) -> Estimate:
        return exact(float(np.polyfit(np.log(run.aspects[2:]), np.log(sizes[2:]), 1)[0]))

    def sizes(values: np.ndarray) -> list[Size]:
        return [Size(float(c), exact(float(v))) for c, v in zip(run.aspects, values, strict=True)]

    return run, [
        Part(
            "Size of the commutator of Hessian and covariance over that of the anticommutator, "
            "c = n/P = 0.0001",
            0.0,
            exact(float(run.commutators[-1])),
            Test("threshold", 0.02, "a fiftieth; it falls as √c = 0.01"),
            [Control("c = 0.5", exact(float(run.commutators[0])))],
            asymptotic=True,
            sizes=sizes(run.commutators),
        ),
        Part(
            "Exponent with which it falls with c",
            0.5,
            slope(run.commutators),
            Test(
                "slope",
                0.1,
                "a fifth of the exponent; the next order is √c = 0.1 at the first of three sizes",
            ),
            [Control("labels that are noisier where inputs are large", slope(run.uneven))],
        ),
        Part(
            "Distance of V/T from the inverse relation at the same c",
            0.0,
            exact(float(run.gaps[-1])),
            Test("equality", 0.02, "of order √c = 0.01"),
            [Control("first layer frozen", exact(float(run.frozen_gaps[-1])))],
            asymptotic=True,
            sizes=sizes(run.gaps),
        ),
    ]


@registry.claim(
    17,
    source="beyond the abstract, which stops at two layers",
    basis="extension",
    statement=(
        "In a balanced, aligned network of any depth the variances of layer l are T q_l/Σq with "
        "q_l = s_j^(2 − 2l/L) · s_i^(2(l − 1)/L)."
    ),
)
def any_depth(context: Context) -> tuple[dict[int, DepthGap], list[Part]]:
    """AN-17."""
    run = deep_projectors(context)
    return run, [
        Part(
            f"Largest distance from the projector on the range of the Jacobian, L = {depth}",
            0.0,
            exact(gap.balanced),
            Test("exact", 1e-11, "rounding of a pseudo-inverse of condition below 100"),
            [Control("layers that are not balanced", exact(gap.uneven))],
        )
        for depth, gap in run.items()
    ]


@registry.claim(
    18,
    source="beyond the abstract",
    basis="extension",
    statement=(
        "With fewer hidden units than outputs the minimum is reduced-rank regression: the Hessian "
        "has rank k(m + n − k), noise does not reach its k² zero modes, and the linear theory "
        "holds on the rest."
    ),
)
def bottleneck_theory(context: Context) -> tuple[BottleneckRun, list[Part]]:
    """AN-18."""
    run = bottleneck(context)
    pairs = {
        "second": (run.to_theory.second, run.without_misfit.second),
        "first": (run.to_theory.first, run.without_misfit.first),
    }
    return run, [
        Part(
            "Rank of the Hessian",
            float(NARROW * (NARROW_OUTPUTS + NARROW_INPUTS - NARROW)),
            exact(float(run.rank)),
            Test("exact", 0.5, "an integer"),
            [Control("ten hidden units and one output", exact(float(run.wide_rank)))],
        ),
        Part(
            "Noise on the zero modes of the Hessian, over its largest entry",
            0.0,
            exact(run.leak),
            Test("exact", 1e-12, "rounding"),
            [Control("as many random directions", exact(run.random_leak))],
        ),
        *(
            Part(
                f"Simulated SGD: squared relative distance of the covariance of the {name} layer "
                "from the linear theory",
                0.0,
                measured,
                Test(
                    "equality",
                    0.06**2,
                    "four times η tr H / S = 0.015, the error of the linear theory",
                    side="below",
                ),
                [Control("labels that two hidden units fit", without)],
            )
            for name, (measured, without) in pairs.items()
        ),
    ]
