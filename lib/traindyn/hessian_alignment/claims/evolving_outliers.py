"""Claim HA-17: the outliers of the second layer change from one to four."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from traindyn.hessian_alignment.claims.common import over, replica_mean, row
from traindyn.hessian_alignment.claims.registry import registry
from traindyn.hessian_alignment.claims.xor import NAMES
from traindyn.hessian_alignment.studies.softmax import base, spectra, trained
from traindyn.hessian_alignment.studies.xor import (
    MATRICES,
    TEST_SIZE,
    TIMES,
    Matrix,
    XorSetting,
    last_inside,
    layers,
    network,
)
from traindyn.hessian_alignment.studies.xor_start import lead_values, start_values
from traindyn.hessian_alignment.theory.xor import corner_eigenvalues, initial_lead
from traindyn.hessian_alignment.theory.xor_finite import corner_blocks
from traindyn.inference import Estimate
from traindyn.ledger import (
    Part,
    at_least,
    at_most,
    other_system,
    same_run,
    within,
    wrong_prediction,
    wrong_theory,
)
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
    parts = [
        *_start_parts(context, setting),
        _four(context, setting),
        *(_corner_part(context, strong, matrix) for matrix in MATRICES),
        _one_layer(context, setting),
    ]
    return None, parts


def _start_parts(context: Context, setting: XorSetting) -> list[Part]:
    """One eigenvalue stands out at the start, and the others belong together."""
    noisy = replace(network(context, 10.0), dimension=800)
    untrained = start_values(context, noisy)
    trained_values = layers(context, setting, "hessian").second
    tanh = _ratio(lead_values(context, 800, 10.0, "tanh"), 1, 2)
    aligned = lead_values(context, 800, 10.0, replicas=64, along=True)
    expected = initial_lead(setting.neurons)
    spread = (setting.neurons / (TEST_SIZE * noisy.dimension)) ** 0.5
    found = _lead(lead_values(context, 10_000, 100.0))
    return [
        row(
            "XOR, second layer: first over second eigenvalue of the Hessian at the start, λ = 10, "
            "d = 800",
            _ratio(untrained, 1, 2),
            at_least(
                expected**0.5,
                "half way, on a scale of ratios, from one to what positive activations give",
                "neighbor",
            ),
            [
                other_system("tanh, no positive activations", tanh),
                same_run("after training", _ratio(trained_values, 1, 2)),
            ],
            compares="algebra",
            replicates="networks",
        ),
        row(
            "XOR, second layer: first over the mean of the other eigenvalues of the Hessian at the "
            "start, λ = 100, d = 10,000: 1 + K/(π − 1)",
            found,
            within(0.5, "half of the one, the share of the first eigenvalue itself", "neighbor"),
            [
                wrong_prediction("K/(π − 1) without the one", expected - 1),
                wrong_prediction("1 + K/π", 1 + setting.neurons / math.pi),
                other_system("tanh", _lead(lead_values(context, 10_000, 100.0, "tanh"))),
            ],
            prediction=expected,
            compares="algebra",
            replicates="networks",
            basis="derived",
        ),
        row(
            "XOR, second layer: second over fifth eigenvalue of the Hessian at the start, λ = 10, "
            "d = 800: they belong together",
            _ratio(untrained, 2, 5),
            at_most(
                ((1 + spread) / (1 - spread)) ** 2,
                "from edge to edge of the bulk of a sample of M for K equal eigenvalues",
                "size",
            ),
            [other_system("first weights along the means", _ratio(aligned, 2, 5))],
            compares="algebra",
            replicates="networks",
            basis="derived",
            note="The first weights must be nearly orthogonal to the means: d ≫ λ.",
        ),
    ]


def _four(context: Context, setting: XorSetting) -> Part:
    """Four eigenvalues stand out in the end."""
    free = layers(context, replace(setting, decay=0.0), "hessian").second
    first_values = layers(context, setting, "hessian", 0).second
    return row(
        "XOR, second layer: fourth over fifth eigenvalue of the Hessian at t = 80",
        _ratio(layers(context, setting, "hessian").second, 4, 5),
        at_least(
            math.exp(2 * setting.decay * TIMES[-1]),
            "what answers to no corner shrinks as exp(−2βt) at least, by the regularizer alone",
            "next order",
        ),
        [
            other_system("no regularizer", _ratio(free, 4, 5)),
            same_run("at the start", _ratio(first_values, 4, 5)),
        ],
    )


def _corner_part(context: Context, strong: XorSetting, matrix: Matrix) -> Part:
    """Size of the four eigenvalues."""

    def mean(index: int = -1) -> Estimate:
        return replica_mean(layers(context, strong, matrix, index).second[:, :4])

    finite = corner_blocks(strong.decay, strong.precision)
    blocks = {"hessian": finite.hessian, "gradient": finite.gradient}
    laws = dict(zip(MATRICES, corner_eigenvalues(strong.decay), strict=True))
    return row(
        "XOR, second layer: mean of the four eigenvalues over that of a captured corner at finite "
        f"λ, λ = 1000; {NAMES[matrix]}",
        over(mean(), blocks[matrix]),
        within(0.01, "steps 1/d = 0.005 and noise outside of the plane, 1/λ", "size"),
        [
            wrong_theory("the limit of large λ", over(mean(), laws[matrix])),
            same_run("at the start", over(mean(0), blocks[matrix])),
        ],
        prediction=1.0,
        basis="derived",
    )


def _one_layer(context: Context, setting: XorSetting) -> Part:
    """Softmax regression keeps its space, the second layer does not."""
    start = spectra(context, base(context), "hessian", index=0)
    kept = start.overlaps(trained(context, base(context)).last)
    return row(
        "One layer for contrast: overlap of trained weights with the eigenspace of the start, "
        "λ = 100",
        replica_mean(kept),
        at_least(0.99, "one minus the size 1/λ of the theorem", "paper"),
        [other_system("second layer of XOR", replica_mean(last_inside(context, setting, 0)))],
        basis="derived",
    )
