"""Study of anisotropic inputs: variance, flatness and curvature along principal directions."""

from __future__ import annotations

import numpy as np
from scipy import stats

from traindyn.anisotropic_noise.experiments.minima import rotation
from traindyn.anisotropic_noise.results.anisotropy import UnevenInputs, UnevenMeans, UnevenRun
from traindyn.anisotropic_noise.studies.problems import (
    UNEVEN,
    directions,
    draw_problem,
    flatness_run,
    over_problems,
)
from traindyn.anisotropic_noise.theory.covariance import solve_lyapunov
from traindyn.anisotropic_noise.theory.directions import curvature_spread
from traindyn.anisotropic_noise.theory.regression import RegressionNoise
from traindyn.runs import Context, study

DRAWS = {"ci": 160, "laptop": 220, "paper": 2400}
INPUTS = 50
ASPECTS = (0.4, 0.1, 0.025)


@study(stream="AN-6")
def uneven_inputs(context: Context) -> UnevenInputs:
    """Means over problems whose inputs have variances that span two decades."""
    inputs = np.geomspace(*UNEVEN, INPUTS)
    law = curvature_spread(inputs)
    rotations = context.numpy_generator("random directions")

    def statistics(noise: RegressionNoise) -> dict[str, float]:
        hessian = noise.hessian
        variances, along = directions(solve_lyapunov(hessian, noise.covariance), hessian)
        axes = rotation(INPUTS, rotations)
        return {  # a flat direction has little curvature
            "correlation": stats.spearmanr(variances, -along).statistic,
            "principal": along.var() / law,
            "random": np.einsum("in,ij,jn->n", axes, hessian, axes).var() / law,
        }

    draws = context.choose(**DRAWS)
    found = {
        aspect: UnevenMeans(
            **over_problems(context, "uneven", INPUTS, aspect, draws, statistics, uneven=True)
        )
        for aspect in ASPECTS
    }
    generator = context.numpy_generator("uneven shown")
    shown = UnevenRun(
        flatness_run(draw_problem(40 * INPUTS, INPUTS, generator, uneven=True)),
        np.array(ASPECTS),
        [means.principal.scaled(law) for means in found.values()],
        [means.random.scaled(law) for means in found.values()],
        (law, 2 / (INPUTS + 2) * float(inputs.var())),
    )
    return UnevenInputs(shown, found)
