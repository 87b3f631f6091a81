"""Study of two layers with four outputs: both layers, by the linear theory and simulated."""

from __future__ import annotations

import numpy as np

from traindyn.anisotropic_noise.experiments.curvature import matrices_of_loss, rank
from traindyn.anisotropic_noise.experiments.data import draw_pool
from traindyn.anisotropic_noise.experiments.networks import Networks
from traindyn.anisotropic_noise.results.second_layer import (
    FourOutputs,
    LayerMoments,
    ZeroModes,
)
from traindyn.anisotropic_noise.studies.networks import (
    LABEL_NOISE,
    RECORDS_PER_TIME,
    STARTS,
    Frozen,
    draw_ensemble,
)
from traindyn.anisotropic_noise.theory.two_layers import TwoLayerNoise, second_layer_variances
from traindyn.runs import Context, study

NETWORKS = {"ci": 240, "laptop": 400, "paper": 3600}
ALONE, ALONE_TIMES = 0.4, 12.0
"""Share of the networks with a frozen layer, and the length of their runs in 1/η."""

FIRST_VALUES, SECOND_VALUES = np.geomspace(0.3, 2.0, 8), np.geomspace(0.5, 1.5, 4)
INPUTS, SAMPLES, FEW = 12, 16_000, 120
THEORY_NETWORKS, RANKED, RANDOM = 48, 3, 8
"""Networks of the linear theory, each with samples of its own, of automatic differentiation, and
random directions of each."""


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
        """From the minimum, and from the first step on: the relaxation itself is measured."""
        few = draw_ensemble(
            FIRST_VALUES,
            SECOND_VALUES,
            INPUTS,
            round(ALONE * count),
            context.numpy_generator(f"{frozen} frozen"),
        )
        generator = context.numpy_generator(f"{frozen} frozen, from below")
        return few.moments(0.0, generator, burn=0.0, times=ALONE_TIMES, frozen=frozen)

    generator = context.numpy_generator("samples of the linear theory")
    pools = [
        draw_pool(SAMPLES, INPUTS, len(SECOND_VALUES), LABEL_NOISE, generator)
        for _ in range(THEORY_NETWORKS)
    ]
    minima = {
        samples: [
            _minimum(ensemble.networks, i, x[:samples], residuals[:samples])
            for i, (x, residuals) in enumerate(pools)
        ]
        for samples in (SAMPLES, FEW)
    }
    many, few = (
        np.array([_gap(ensemble.networks, i, noise) for i, noise in enumerate(of)])
        for of in minima.values()
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
        learning_rate=ensemble.learning_rate,
        alone_steps=np.arange(
            1,
            round(ALONE_TIMES / ensemble.learning_rate) + 1,
            round(1 / (RECORDS_PER_TIME * ensemble.learning_rate)),
        ),
        zero_modes=_zero_modes(minima[FEW][:RANKED], context.numpy_generator("directions")),
    )


def _minimum(
    networks: Networks, network: int, x: np.ndarray, residuals: np.ndarray
) -> TwoLayerNoise:
    """A network at the minimum of some of the samples."""
    residuals = residuals - x @ np.linalg.solve(x.T @ x, x.T @ residuals)
    first, second = networks.first[network], networks.second[network]
    return TwoLayerNoise(x, x @ (second @ first).T - residuals, first, second)


def _zero_modes(minima: list[TwoLayerNoise], generator: np.random.Generator) -> ZeroModes:
    """Ranks of Hessian and noise, and the noise on the zero modes, by differentiation."""
    ranks: list[int] = []
    leaks: list[float] = []
    at_random: list[float] = []
    for minimum in minima:
        found = matrices_of_loss(minimum.x, minimum.y, minimum.first, minimum.second)
        ranks += [rank(found.hessian), rank(found.noise)]
        flat = np.linalg.eigh(found.hessian)[1][:, : len(found.hessian) - ranks[-2]]
        random = np.linalg.qr(generator.standard_normal((RANDOM, *flat.shape)))[0]
        for kept, directions in ((leaks, flat[None]), (at_random, random)):
            leak = np.abs(directions.mT @ found.noise @ directions).max(axis=(1, 2))
            kept.extend(leak / np.abs(found.noise).max())
    return ZeroModes(np.array(ranks), np.array(leaks), np.array(at_random))


def _gap(networks: Networks, network: int, noise: TwoLayerNoise) -> float:
    """Mean squared relative distance of the linear theory from its limit, in the second layer."""
    c = noise.second_layer(noise.covariance(1e-3, 1)) / noise.temperature(1e-3, 1)
    axes = np.kron(networks.outputs[network], networks.left[network])
    found = np.einsum("in,ij,jn->n", axes, c, axes)
    target = second_layer_variances(networks.first_values, networks.second_values).ravel()
    return float(np.mean((found / target - 1) ** 2))
