"""What d dimensions and M samples lack of a block of the limit of SGD, relative to it."""

from __future__ import annotations

import numpy as np

from traindyn.hessian_alignment.studies.limits import weights_at
from traindyn.hessian_alignment.studies.softmax import ASPECT, HORIZON, TEST_SIZE, Setting
from traindyn.hessian_alignment.theory.finite_size import (
    below_edge,
    outlier_scatter,
    tilt_noise,
)
from traindyn.hessian_alignment.theory.projection import Projection, project
from traindyn.hessian_alignment.theory.separated_classes import Matrix
from traindyn.random_matrices import Weights, weighted_edge

Array = np.ndarray


def _seen(setting: Setting, matrix: Matrix, time: float) -> tuple[Projection, Array]:
    """The mixture seen from the limit's weights, and the weights of its samples."""
    x = weights_at(setting, time)
    seen = project(x, np.eye(*x.shape), setting.precision)
    return seen, seen.hessian_weights(0) if matrix == "hessian" else seen.gradient_weights(0)


FINITE_EDGE = (
    "of d dimensions d − 2k lie outside of weights and means, and their bulk ends by the law of "
    "Tracy and Widom, whose mean lies below the edge: both are predicted, up to 1/d; and noise"
)


def edge_deficit(
    setting: Setting, matrix: Matrix, time: float = HORIZON[-1], aspect: float = ASPECT
) -> float:
    """Mean of the largest eigenvalue of the bulk over an edge, less one.

    The bulk is that of the d − 2k dimensions outside of the span of weights and means, and ends by
    the law of Tracy and Widom.

    Args:
        setting: What is run.
        matrix: Which matrix.
        time: Steps times learning rate.
        aspect: Dimensions per test sample for which the edge is taken.
    """
    seen, weights = _seen(setting, matrix, time)
    law, outside = Weights(weights, seen.shares), setting.dimension - 2 * setting.classes
    own = outside / setting.dimension * ASPECT
    end = weighted_edge(own, law) * (1 + below_edge(law, own, outside))
    return end / weighted_edge(aspect, law) - 1


def scatter(setting: Setting, matrix: Matrix, time: float = HORIZON[-1]) -> float:
    """Relative scatter of one of the k − 1 equal outliers around their mean."""
    seen, weights = _seen(setting, matrix, time)
    return outlier_scatter(seen, weights, round(TEST_SIZE * setting.dimension))


def noise_of_tilts(setting: Setting, matrix: Matrix, time: float) -> tuple[float, float]:
    """What the sample adds to the sum of tilts in the mean, and the scatter of one; relative."""
    seen, weights = _seen(setting, matrix, time)
    return tilt_noise(seen, weights, round(TEST_SIZE * setting.dimension))
