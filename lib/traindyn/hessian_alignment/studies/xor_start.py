"""Spectra of untrained networks on XOR."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import numpy as np
from jaxtyping import Float

from traindyn.hessian_alignment.experiments.xor import (
    LayerSpectra,
    Matrix,
    XorSetting,
    layer_spectra,
    random_network,
)
from traindyn.hessian_alignment.experiments.xor_chain import rectified, run_chain, second_layer
from traindyn.hessian_alignment.studies.xor import TEST_SIZE, network
from traindyn.runs import Context, study

Array = np.ndarray
Activation = Literal["relu", "tanh"]
SAMPLES = 4000
"""Test samples per replica for the second layer alone."""


@study(stream="HA-15")
def noisy_start(context: Context, matrix: Matrix) -> LayerSpectra:
    """Both layers at λ = 1, where the plane of the means is lost in noise."""
    return _at_start(context, network(context, 1.0), 5, matrix)


@study(stream="HA-17")
def start_values(context: Context, setting: XorSetting) -> Float[Array, "replicas K"]:
    """Eigenvalues of the second layer's Hessian block, falling."""
    return _at_start(context, setting, 0, "hessian").second


def _at_start(context: Context, setting: XorSetting, few: int, matrix: Matrix) -> LayerSpectra:
    generator = context.torch_generator(f"start {setting}")
    state = random_network(setting, generator)
    samples = TEST_SIZE * setting.dimension
    return layer_spectra(state, setting.precision, samples, generator, matrix, few)


@study(stream="HA-17")
def lead_values(
    context: Context,
    dimension: int,
    precision: float,
    activation: Activation = "relu",
    replicas: int = 16,
    along: bool = False,
) -> Float[Array, "replicas K"]:
    """The same through the statistics of random weights alone, also for another activation.

    Args:
        context: Scale and seed.
        dimension: d.
        precision: λ.
        activation: Of the hidden units.
        replicas: Number of networks.
        along: Whether the weights' parts along the means are as large as their norm.
    """
    setting = replace(network(context), dimension=dimension, precision=precision, replicas=replicas)
    generator = context.numpy_generator(f"lead {setting}")
    start = run_chain(setting, [0.0], generator)[0]
    if along:
        start = replace(start, means=start.means * dimension**0.5)
    function = rectified if activation == "relu" else np.tanh
    return second_layer(start, precision, SAMPLES, generator, function).values["hessian"]
