"""Parts of claim AN-6 on anisotropic inputs: variance and flatness are unrelated, not equal."""

from __future__ import annotations

import numpy as np
from scipy import stats

from traindyn.anisotropic_noise.claims.common import UNEVEN, directions, draw_problem, flatness_run
from traindyn.anisotropic_noise.claims.spectra import over_problems
from traindyn.anisotropic_noise.experiments.minima import rotation
from traindyn.anisotropic_noise.results.anisotropy import UnevenRun
from traindyn.anisotropic_noise.theory.covariance import solve_lyapunov
from traindyn.anisotropic_noise.theory.directions import curvature_spread
from traindyn.anisotropic_noise.theory.regression import RegressionNoise
from traindyn.ledger import Control, Part, Size, Test
from traindyn.runs import Context

INPUTS = 50


def uneven_inputs(context: Context) -> tuple[UnevenRun, list[Part]]:
    """What is left of the claim when the variances of the inputs span two decades."""
    inputs = np.geomspace(*UNEVEN, INPUTS)
    law = curvature_spread(inputs)
    rotations = context.numpy_generator("random directions")

    def statistics(noise: RegressionNoise) -> tuple[float, ...]:
        hessian = noise.hessian
        variances, along = directions(solve_lyapunov(hessian, noise.covariance), hessian)
        white_variances, white_along = directions(np.linalg.inv(hessian), hessian)
        axes = rotation(INPUTS, rotations)
        return (
            stats.spearmanr(variances, -along).statistic,  # a flat direction has little curvature
            stats.spearmanr(white_variances, -white_along).statistic,
            along.var() / law,
            np.einsum("in,ij,jn->n", axes, hessian, axes).var() / law,
        )

    draws = context.choose(ci=300, laptop=600, paper=2400)
    found = {
        aspect: over_problems(context, "uneven", INPUTS, aspect, draws, statistics, uneven=True)
        for aspect in (0.4, 0.1, 0.025)
    }
    few = found[0.025]
    result = UnevenRun(
        flatness_run(
            draw_problem(40 * INPUTS, INPUTS, context.numpy_generator("uneven shown"), uneven=True)
        ),
        np.array(list(found)),
        [values[2].scaled(law) for values in found.values()],
        [values[3].scaled(law) for values in found.values()],
        (law, 2 / (INPUTS + 2) * float(inputs.var())),
    )
    return result, [
        Part(
            "Inputs with variances from 0.1 to 10: rank correlation of flatness with variance, "
            "c = 0.025, N = 50",
            0.0,
            few[0],
            Test("equality", 0.16, "of order √c, the next order; isotropic noise has 1"),
            [Control("isotropic noise", few[1])],
        ),
        Part(
            "The same inputs: variance of the curvatures along principal directions, over that "
            "of eigenvectors of the random matrix that couples similar curvatures",
            1.0,
            few[2],
            Test("equality", 0.2, "corrections of order √(1/N) = 0.14, with a margin of a half"),
            [Control("random directions", few[3])],
            asymptotic=True,
            sizes=[Size(aspect, values[2]) for aspect, values in found.items()],
            note="The principal directions differ in curvature more than random directions do: "
            "the loss is isotropic only if the inputs are.",
        ),
    ]
