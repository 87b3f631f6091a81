"""Claim HA-17: the outliers of the second layer change from one to four."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from traindyn.hessian_alignment.claims.common import base, replica_mean, spectra, trained
from traindyn.hessian_alignment.claims.registry import registry
from traindyn.hessian_alignment.claims.xor import NAMES, at_start, layers, network, states
from traindyn.hessian_alignment.experiments.xor import MATRICES
from traindyn.hessian_alignment.experiments.xor_chain import (
    rectified,
    run_chain,
    second_layer,
)
from traindyn.hessian_alignment.theory.xor import corner_eigenvalues, initial_lead
from traindyn.inference import Estimate
from traindyn.ledger import Control, Part, Test
from traindyn.runs import Context

Array = np.ndarray


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
        dimension: int,
        precision: float,
        activation: Callable[[Array], Array] = rectified,
        replicas: int = setting.replicas,
    ) -> Array:
        start_only = replace(setting, dimension=dimension, precision=precision, replicas=replicas)
        generator = context.numpy_generator(f"lead {start_only}")
        start = run_chain(start_only, [0.0], generator)[0]
        layer = second_layer(start, precision, 4000, generator, activation)
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
                Control("λ = 1000 > d", lead(start_values(setting.dimension, 1000.0, replicas=64))),
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
