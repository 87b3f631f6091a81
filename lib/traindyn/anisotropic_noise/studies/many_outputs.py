"""Study of two layers with four outputs: both layers, by the linear theory and simulated."""

from __future__ import annotations

import numpy as np

from traindyn.anisotropic_noise.experiments.networks import Networks
from traindyn.anisotropic_noise.results.second_layer import FourOutputs, LayerMoments
from traindyn.anisotropic_noise.studies.networks import STARTS, Frozen, draw_ensemble
from traindyn.anisotropic_noise.theory.two_layers import TwoLayerNoise, second_layer_variances
from traindyn.runs import Context, study

NETWORKS = {"ci": 300, "laptop": 900, "paper": 3600}
ALONE = 0.4
"""Share of the networks with a frozen layer."""

FIRST_VALUES, SECOND_VALUES = np.geomspace(0.3, 2.0, 8), np.geomspace(0.5, 1.5, 4)
INPUTS, SAMPLES, FEW = 12, 16_000, 120
THEORY_NETWORKS = 12


@study(stream="AN-8")
def four_outputs(context: Context) -> FourOutputs:
    """Variances of every pair of singular vectors against T a²/(a² + b²) and T b²/(a² + b²)."""
    count = context.choose(**NETWORKS)
    ensemble = draw_ensemble(
        FIRST_VALUES,
        SECOND_VALUES,
        INPUTS,
        count,
        context.numpy_generator("networks of four outputs"),
        samples=SAMPLES,
    )
    both = {
        name: ensemble.moments(start, context.numpy_generator(f"both, from {name}"))
        for name, start in STARTS.items()
    }

    def alone(frozen: Frozen) -> LayerMoments:
        few = draw_ensemble(
            FIRST_VALUES,
            SECOND_VALUES,
            INPUTS,
            round(ALONE * count),
            context.numpy_generator(f"{frozen} frozen"),
        )
        generator = context.numpy_generator(f"{frozen} frozen, from below")
        return few.moments(0.0, generator, burn=24.0, times=30.0, frozen=frozen)

    many, few = (
        np.array(
            [
                _gap(ensemble.networks, network, ensemble.x[:samples], ensemble.residuals[:samples])
                for network in range(THEORY_NETWORKS)
            ]
        )
        for samples in (SAMPLES, FEW)
    )
    return FourOutputs(
        first_values=FIRST_VALUES,
        second_values=SECOND_VALUES,
        error=ensemble.error,
        both=both,
        first_alone=alone("second").first,
        second_alone=alone("first").second,
        many=many,
        few=few,
    )


def _gap(networks: Networks, network: int, x: np.ndarray, residuals: np.ndarray) -> float:
    """Mean squared relative distance of the linear theory from its limit, in the second layer."""
    residuals = residuals - x @ np.linalg.lstsq(x, residuals, rcond=None)[0]
    first, second = networks.first[network], networks.second[network]
    noise = TwoLayerNoise(x, x @ (second @ first).T - residuals, first, second)
    c = noise.second_layer(noise.covariance(1e-3, 1)) / noise.temperature(1e-3, 1)
    axes = np.kron(networks.outputs[network], networks.left[network])
    found = np.einsum("in,ij,jn->n", axes, c, axes)
    target = second_layer_variances(networks.first_values, networks.second_values).ravel()
    return float(np.mean((found / target - 1) ** 2))
