"""Eigenvalues of population blocks in the span of weights and means, over the bulk."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float

from traindyn.hessian_alignment.experiments.gram import triangular
from traindyn.hessian_alignment.experiments.mixtures import Mixture
from traindyn.hessian_alignment.experiments.overlaps import span_moments
from traindyn.hessian_alignment.experiments.softmax_chain import softmax_chain
from traindyn.hessian_alignment.theory.population import hessian_population
from traindyn.hessian_alignment.theory.projection import project
from traindyn.runs import Context, study

Array = np.ndarray
CLASSES = 4
PRECISIONS = (5.0, 20.0, 100.0)
BATCH_SIZE = 20_000
HORIZON, DECAY, DIMENSION = 10.0, 0.05, 200


@dataclass(frozen=True)
class Spans:
    """Eigenvalues of one block over the bulk, of trained networks, falling.

    Args:
        measured: From samples.
        predicted: From the formula by parts.
    """

    measured: Float[Array, "networks s"]
    predicted: Float[Array, "networks s"]

    def farthest(self) -> Float[Array, " networks"]:
        """Measured distance of the minibulk from 1."""
        return np.asarray(np.abs(self.measured[:, CLASSES:] - 1).max(axis=1))


@study(stream="HA-22")
def spans(context: Context, precision: float, grown: float = 1.0) -> Spans:
    """Networks of four classes, trained in law; their weights may be made larger for a control.

    Args:
        context: Scale and seed.
        precision: λ.
        grown: Factor of the weights.
    """
    k, networks = CLASSES, context.choose(ci=44, laptop=44, paper=64)
    batches = context.choose(ci=6, laptop=6, paper=32)
    if precision == PRECISIONS[1]:
        batches *= 2  # the minibulk nears the bulk, the error stays
    runs = context.numpy_generator(f"networks {precision}")
    generator = context.torch_generator(f"samples {precision} {grown}")
    found = softmax_chain(
        np.zeros((k, k)),
        np.eye(k),
        DIMENSION,
        precision,
        DECAY,
        1.0,
        [HORIZON],
        networks,
        runs,
    )
    m, rest = (part[-1] for part in found)
    lower = np.moveaxis(triangular(np.moveaxis(rest, 0, -1)), -1, 0)
    means = np.eye(k, 2 * k)
    mixture = Mixture(torch.from_numpy(means), precision)
    measured, predicted = [], []
    for x in grown * np.concatenate([m, lower], axis=2):
        seconds, firsts = span_moments(
            torch.from_numpy(x), mixture, 0, batches, BATCH_SIZE, generator
        )
        values = np.linalg.eigvalsh(seconds.mean(axis=0))[::-1]
        measured.append(values / (firsts.mean() / precision))
        block = hessian_population(project(x, means, precision), x, means, 0)
        predicted.append(np.concatenate([block.outliers, block.minibulk]) / block.bulk)
    return Spans(np.array(measured), np.array(predicted))
