"""Claims HA-15 to HA-17: layers of the XOR network and their eigenspaces."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache

import numpy as np

from traindyn.hessian_alignment.claims.common import base, replica_mean, spectra, trained
from traindyn.hessian_alignment.claims.registry import registry
from traindyn.hessian_alignment.experiments.xor import (
    MATRICES,
    LayerSpectra,
    Matrix,
    XorSetting,
    XorState,
    layer_spectra,
    random_network,
    train_xor,
)
from traindyn.hessian_alignment.experiments.xor_chain import (
    rectified,
    run_chain,
)
from traindyn.hessian_alignment.experiments.xor_chain import second_layer as second_layer_of
from traindyn.hessian_alignment.results.xor import XorLayers
from traindyn.hessian_alignment.theory.xor import corner_eigenvalues, initial_lead
from traindyn.inference import Estimate
from traindyn.ledger import Context, Control, Part, Size, Test

Array = np.ndarray
TIMES = (0.0, 5.0, 15.0, 30.0, 80.0)
TEST_SIZE = 8
NAMES = {"hessian": "Hessian", "gradient": "gradients"}


def network(context: Context, precision: float = 30.0, decay: float = 0.05) -> XorSetting:
    """Enough neurons that all four corners are captured, in all but one run in 2,000."""
    d = context.choose(ci=200, laptop=250, paper=500)
    return XorSetting(32, d, precision, decay, replicas=16)


def states(context: Context, setting: XorSetting) -> list[XorState]:
    """A run of the network that the claims share: its stream is that of HA-15."""
    return _states(replace(context, claim="HA-15"), setting)


@cache
def _states(context: Context, setting: XorSetting) -> list[XorState]:
    return train_xor(setting, TIMES, context.torch_generator(f"{setting}"))


def layers(context: Context, setting: XorSetting, matrix: Matrix, index: int = -1) -> LayerSpectra:
    """Spectra of a shared run."""
    return _layers(replace(context, claim="HA-15"), setting, matrix, index % len(TIMES))


@cache
def _layers(context: Context, setting: XorSetting, matrix: Matrix, index: int) -> LayerSpectra:
    state = _states(context, setting)[index]
    generator = context.torch_generator(f"test {setting} {index}")
    samples = TEST_SIZE * setting.dimension
    return layer_spectra(state, setting.precision, samples, generator, matrix)


def at_start(context: Context, setting: XorSetting, few: int = 0) -> LayerSpectra:
    """The Hessian of untrained networks."""
    generator = context.torch_generator(f"start {setting}")
    state = random_network(setting, generator)
    samples = TEST_SIZE * setting.dimension
    return layer_spectra(state, setting.precision, samples, generator, "hessian", few)


@registry.claim(
    15,
    source="theorem 4.1, as its reviews quote it; constants derived here",
    basis="stated",
    statement=(
        "XOR, first layer: the incoming weights of a neuron lie in the span of the top two "
        "eigenvectors of their block, of Hessian and gradient matrix, and that is the plane of "
        "the means."
    ),
)
def first_layer(context: Context) -> tuple[XorLayers, list[Part]]:
    """HA-15."""
    setting = network(context)
    shuffled, free = replace(setting, labels="shuffled"), network(context, decay=0.0)
    strong = network(context, 1000.0)
    tilt = (4 / TEST_SIZE / setting.precision) ** 0.5
    noisy = at_start(context, network(context, 1.0), few=5)
    residual = 4 * setting.decay

    def overlap(case: XorSetting, matrix: Matrix, index: int = -1) -> Estimate:
        return replica_mean(layers(context, case, matrix, index).first_overlap)

    parts = [
        Part(
            f"Overlap of incoming weights with two eigenvectors, λ = 30, t = 80; {NAMES[matrix]}",
            1.0,
            overlap(setting, matrix),
            Test("threshold", 1 / setting.precision, "the size 1/λ: a sine of λ^(-1/2)", "above"),
            [
                Control("labels shuffled", overlap(shuffled, matrix)),
                Control("no regularizer", overlap(free, matrix)),
                Control("at the start", overlap(setting, matrix, 0)),
            ],
            asymptotic=True,
            sizes=[Size(v, overlap(network(context, v), matrix)) for v in (10.0, 30.0, 1000.0)],
        )
        for matrix in MATRICES
    ]
    parts += [
        Part(
            "Distance of the Hessian's eigenspace from the plane of the means, λ = 30",
            tilt,
            replica_mean(layers(context, setting, "hessian").first_plane),
            Test(
                "threshold",
                tilt * 2 * (2 / setting.dimension) ** 0.5 + tilt / 10,
                "the larger of two angles exceeds the tilt by 1 + √(2/d), twice; k/λ",
                "below",
            ),
            [Control("λ = 1, no outliers", replica_mean(noisy.first_plane))],
        ),
        Part(
            "Mean of the two outliers of the Hessian, over v² s(1 − s)/4 at a captured corner, "
            "λ = 1000",
            1.0,
            replica_mean(layers(context, strong, "hessian").first[..., :2]).scaled(
                4 / (residual * (1 - residual))
            ),
            Test("equality", 0.1, "next order in λ^(-1/2) = 0.03 and in the step, three times"),
            [
                Control(
                    "at the start",
                    replica_mean(layers(context, strong, "hessian", 0).first[..., :2]).scaled(
                        4 / (residual * (1 - residual))
                    ),
                )
            ],
        ),
    ]
    shown = [layers(context, setting, "hessian", i) for i in range(len(TIMES))]
    result = XorLayers(
        np.array(TIMES),
        {matrix: [overlap(setting, matrix, i) for i in range(len(TIMES))] for matrix in MATRICES},
        [replica_mean(s.second_overlap) for s in shown],
        np.array([s.second[:, :6].mean(axis=0) for s in shown]),
        (2 / setting.dimension) ** 0.5,
        (4 / setting.neurons) ** 0.5,
        corner_eigenvalues(setting.decay)[0],
    )
    return result, parts


@registry.claim(
    16,
    source="abstract: alignment per layer; constants derived here",
    basis="stated",
    statement=(
        "XOR, second layer: the outgoing weights lie in the span of the top four eigenvectors of "
        "their block; this space is not that of the start."
    ),
)
def second_layer(context: Context) -> tuple[None, list[Part]]:
    """HA-16."""
    setting = network(context)
    v = states(context, setting)[-1].second.numpy()

    def missing(matrix: Matrix, index: int = -1) -> Estimate:
        return replica_mean(1 - layers(context, setting, matrix, index).second_overlap)

    def inside(index: int) -> Estimate:
        basis = layers(context, setting, "hessian", index).second_vectors
        parts = np.linalg.norm(np.einsum("rka,rk->ra", basis, v), axis=1)
        return replica_mean(parts / np.linalg.norm(v, axis=1))

    parts = [
        Part(
            f"One minus the overlap of v with four of 32 eigenvectors, t = 80; {NAMES[matrix]}",
            0.0,
            missing(matrix),
            Test("threshold", 1e-3, "an angle of 1/22, below that of a plot's line", "below"),
            [Control("at the start", missing(matrix, 0))],
            note="With four neurons the overlap is one by definition: use more.",
        )
        for matrix in MATRICES
    ]
    parts.append(
        Part(
            "Overlap of the trained v with the top four eigenvectors of the start",
            0.0,
            inside(0),
            Test("threshold", 0.6, "near the (4/32)^½ = 0.35 of a random vector", "below"),
            [Control("with those of the end", inside(-1))],
        )
    )
    return None, parts


@registry.claim(
    17,
    source="abstract: the eigenspace of the last layer evolves; constants derived here",
    basis="stated",
    statement=(
        "The outliers of the second layer change from one at the start, where activations are "
        "positive, to four, one for each corner; those of one layer keep their space."
    ),
)
def evolving_outliers(context: Context) -> tuple[None, list[Part]]:
    """HA-17."""
    setting, strong = network(context), network(context, 1000.0)
    untrained = at_start(context, replace(network(context, 10.0), dimension=800)).second
    sharp = at_start(context, strong).second
    trained_values = layers(context, setting, "hessian").second
    first_values = layers(context, setting, "hessian", 0).second

    def start_values(
        dimension: int, precision: float, activation: Callable[[Array], Array] = rectified
    ) -> Array:
        start_only = replace(setting, dimension=dimension, precision=precision)
        generator = context.numpy_generator(f"lead {start_only}")
        start = run_chain(start_only, [0.0], generator)[0]
        layer = second_layer_of(start, precision, 4000, generator, activation)
        return layer.values["hessian"]

    signed = start_values(800, 10.0, np.tanh)

    def ratio(values: np.ndarray, one: int, other: int) -> Estimate:
        return replica_mean(values[:, one - 1] / values[:, other - 1])

    def lead(values: Array) -> Estimate:
        return replica_mean(values[:, 0] / values[:, 1:].mean(axis=1))

    one_layer = base(context)
    kept = spectra(context, one_layer, "hessian", index=0).overlaps(
        trained(context, one_layer).last
    )
    basis = layers(context, setting, "hessian", 0).second_vectors
    v = states(context, setting)[-1].second.numpy()
    rotated = np.linalg.norm(np.einsum("rka,rk->ra", basis, v), axis=1) / np.linalg.norm(v, axis=1)
    parts = [
        Part(
            "First over second eigenvalue at the start, λ = 10, d = 800",
            5.0,
            ratio(untrained, 1, 2),
            Test("threshold", 1.0, "four: one direction stands out", "above"),
            [
                Control("after training", ratio(trained_values, 1, 2)),
                Control("tanh, no positive activations", ratio(signed, 1, 2)),
            ],
        ),
        Part(
            "First over the mean of the other eigenvalues at the start, λ = 100, d = 10,000",
            initial_lead(setting.neurons),
            lead(start_values(10_000, 100.0)),
            Test(
                "equality",
                0.04 * initial_lead(setting.neurons),
                "the means add λ/d = 1 %; four times that",
            ),
            [
                Control("λ = 1000 > d", lead(start_values(setting.dimension, 1000.0))),
                Control("tanh", lead(start_values(10_000, 100.0, np.tanh))),
            ],
        ),
        Part(
            "Second over fifth eigenvalue at the start, λ = 10, d = 800",
            1.0,
            ratio(untrained, 2, 5),
            Test("threshold", 1.0, "two: the others belong together", "below"),
            [Control("λ = 1000 > d", ratio(sharp, 2, 5))],
            note="The first weights must be nearly orthogonal to the means: d ≫ λ.",
        ),
        Part(
            "Fourth over fifth eigenvalue at t = 80",
            100.0,
            ratio(trained_values, 4, 5),
            Test("threshold", 50.0, "the rest must be of another order of magnitude", "above"),
            [Control("at the start", ratio(first_values, 4, 5))],
        ),
        *(
            Part(
                f"Mean of the four eigenvalues over that of a captured corner, λ = 1000; "
                f"{NAMES[matrix]}",
                1.0,
                replica_mean(layers(context, strong, matrix).second[:, :4]).scaled(1 / value),
                Test("equality", 0.1, "next order in λ^(-1/2) = 0.03 and in the step"),
                [
                    Control(
                        "at the start",
                        replica_mean(layers(context, strong, matrix, 0).second[:, :4]).scaled(
                            1 / value
                        ),
                    )
                ],
            )
            for matrix, value in zip(MATRICES, corner_eigenvalues(strong.decay), strict=True)
        ),
        Part(
            "One layer for contrast: overlap of trained weights with the eigenspace of the start",
            1.0,
            replica_mean(kept),
            Test("threshold", 0.01, "the size 1/λ for λ = 100", "above"),
            [Control("second layer of XOR", replica_mean(rotated))],
        ),
    ]
    return None, parts
