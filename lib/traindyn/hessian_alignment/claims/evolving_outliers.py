"""Claim HA-17: the outliers of the second layer change from one to four."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from traindyn.hessian_alignment.claims.common import replica_mean
from traindyn.hessian_alignment.claims.registry import registry
from traindyn.hessian_alignment.claims.xor import NAMES
from traindyn.hessian_alignment.studies.softmax import base, spectra, trained
from traindyn.hessian_alignment.studies.xor import (
    MATRICES,
    Matrix,
    XorSetting,
    last_inside,
    layers,
    network,
)
from traindyn.hessian_alignment.studies.xor_start import lead_values, start_values
from traindyn.hessian_alignment.theory.xor import corner_eigenvalues, initial_lead
from traindyn.inference import Estimate
from traindyn.ledger.legacy import Control, Part, Test
from traindyn.runs import Context

Array = np.ndarray


def _ratio(values: Array, one: int, other: int) -> Estimate:
    """One eigenvalue over another, counted from 1."""
    return replica_mean(values[:, one - 1] / values[:, other - 1])


def _lead(values: Array) -> Estimate:
    """The first eigenvalue over the mean of the others."""
    return replica_mean(values[:, 0] / values[:, 1:].mean(axis=1))


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
    trained_values = layers(context, setting, "hessian").second
    first_values = layers(context, setting, "hessian", 0).second
    four = Part(
        "Fourth over fifth eigenvalue at t = 80",
        100.0,
        _ratio(trained_values, 4, 5),
        Test("threshold", 50.0, "the rest must be of another order of magnitude", "above"),
        [Control("at the start", _ratio(first_values, 4, 5))],
    )
    parts = [
        *_start_parts(context, setting, strong, trained_values),
        four,
        *_corner_parts(context, strong),
        _one_layer(context, setting),
    ]
    return None, parts


def _start_parts(
    context: Context, setting: XorSetting, strong: XorSetting, trained_values: Array
) -> list[Part]:
    """One eigenvalue stands out at the start, and the others belong together."""
    untrained = start_values(context, replace(network(context, 10.0), dimension=800))
    expected = initial_lead(setting.neurons)
    return [
        Part(
            "First over second eigenvalue at the start, λ = 10, d = 800",
            5.0,
            _ratio(untrained, 1, 2),
            Test("threshold", 1.0, "four: one direction stands out", "above"),
            [
                Control("after training", _ratio(trained_values, 1, 2)),
                Control(
                    "tanh, no positive activations",
                    _ratio(lead_values(context, 800, 10.0, "tanh"), 1, 2),
                ),
            ],
        ),
        Part(
            "First over the mean of the other eigenvalues at the start, λ = 100, d = 10,000",
            expected,
            _lead(lead_values(context, 10_000, 100.0)),
            Test("equality", 0.04 * expected, "the means add λ/d = 1 %; four times that"),
            [
                Control(
                    "λ = 1000 > d",
                    _lead(lead_values(context, setting.dimension, 1000.0, replicas=64)),
                ),
                Control("tanh", _lead(lead_values(context, 10_000, 100.0, "tanh"))),
            ],
        ),
        Part(
            "Second over fifth eigenvalue at the start, λ = 10, d = 800",
            1.0,
            _ratio(untrained, 2, 5),
            Test("threshold", 1.0, "two: the others belong together", "below"),
            [Control("λ = 1000 > d", _ratio(start_values(context, strong), 2, 5))],
            note="The first weights must be nearly orthogonal to the means: d ≫ λ.",
        ),
    ]


def _corner_parts(context: Context, strong: XorSetting) -> list[Part]:
    """Size of the four eigenvalues."""

    def over_law(matrix: Matrix, value: float, index: int = -1) -> Estimate:
        return replica_mean(layers(context, strong, matrix, index).second[:, :4]).scaled(1 / value)

    return [
        Part(
            f"Mean of the four eigenvalues over that of a captured corner, λ = 1000; "
            f"{NAMES[matrix]}",
            1.0,
            over_law(matrix, value),
            Test("equality", 0.1, "next order in λ^(-1/2) = 0.03 and in the step"),
            [Control("at the start", over_law(matrix, value, 0))],
        )
        for matrix, value in zip(MATRICES, corner_eigenvalues(strong.decay), strict=True)
    ]


def _one_layer(context: Context, setting: XorSetting) -> Part:
    """Softmax regression keeps its space, the second layer does not."""
    start = spectra(context, base(context), "hessian", index=0)
    kept = start.overlaps(trained(context, base(context)).last)
    return Part(
        "One layer for contrast: overlap of trained weights with the eigenspace of the start",
        1.0,
        replica_mean(kept),
        Test("threshold", 0.01, "the size 1/λ for λ = 100", "above"),
        [Control("second layer of XOR", replica_mean(last_inside(context, setting, 0)))],
    )
