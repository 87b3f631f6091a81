"""Blocks at the start of training, and the edge that the very samples of a block set."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from traindyn.hessian_alignment.experiments.blocks import Matrix, block_spectra, block_weights
from traindyn.hessian_alignment.experiments.runs import Setting, simulate
from traindyn.hessian_alignment.studies.softmax import ASPECT, TEST_SIZE, samples_name, trained
from traindyn.random_matrices import Weights, weighted_edge
from traindyn.runs import Context, study

Array = np.ndarray


@study(stream="HA-5")
def start_values(context: Context, setting: Setting) -> Float[Array, "replicas classes top"]:
    """Top eigenvalues of the Hessian's blocks of untrained weights."""
    d = setting.dimension
    generator = context.torch_generator(f"start {d}")
    run = simulate(setting, [0.0], generator)
    found = block_spectra(run.last, run.mixture, TEST_SIZE * d, generator, matrices=("hessian",))
    return found["hessian"].values


@study(stream="HA-1")
def sample_edges(
    context: Context, setting: Setting, matrix: Matrix
) -> Float[Array, "replicas classes"]:
    """Edge of the bulk of every block for the weights of the very samples in it."""
    run = trained(context, setting)
    generator = context.torch_generator(samples_name(setting))
    samples = round(TEST_SIZE * setting.dimension)
    weights = block_weights(run.last, run.mixture, samples, generator, matrix)
    edges = [[weighted_edge(ASPECT, Weights.sample(w)) for w in row] for row in weights]
    return np.array(edges) / setting.precision
