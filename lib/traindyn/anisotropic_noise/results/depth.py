"""Two layers without a current, any depth, and a bottleneck."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from traindyn.anisotropic_noise.results.covariance import Shares

__all__ = ["BottleneckLayers", "BottleneckRun", "CommutatorRun", "CurrentAndRelation"]
__all__ += ["DeepRun", "DepthGap"]


@dataclass(frozen=True)
class CommutatorRun:
    """Two layers at fewer and fewer weights per sample, one array over problems per ratio.

    Args:
        aspects: Ratios c = n/P.
        commutators: Size of the commutator of Hessian and covariance over the anticommutator.
        gaps: Mean squared distance of V/T from the inverse relation.
        frozen_gaps: The same with the first layer frozen.
        uneven: Size of the commutator for labels that are noisier where inputs are large.
    """

    aspects: np.ndarray
    commutators: list[np.ndarray]
    gaps: list[np.ndarray]
    frozen_gaps: list[np.ndarray]
    uneven: list[np.ndarray]


@dataclass(frozen=True)
class CurrentAndRelation:
    """The current of two layers and the distance from the inverse relation, for the figure.

    Args:
        aspects: Ratios c = n/P.
        commutators: Size of the commutator over the anticommutator, mean over problems.
        gaps: Root mean squared distance of V/T from the inverse relation.
    """

    aspects: np.ndarray
    commutators: np.ndarray
    gaps: np.ndarray


@dataclass(frozen=True)
class DepthGap:
    """Largest distance of the law of any depth from the projector.

    Args:
        balanced: For balanced layers, which the law is about.
        uneven: For layers with other shares of the singular values.
    """

    balanced: float
    uneven: float


@dataclass(frozen=True)
class DeepRun:
    """SGD of balanced networks of some depth.

    Args:
        singular_values: Singular values of the product of all layers.
        depth: Number of layers.
        error: η tr H / S.
        variances: Variances over T in the singular bases, networks by layers by outputs by inputs,
            by the side that runs start from.
    """

    singular_values: np.ndarray
    depth: int
    error: float
    variances: dict[str, np.ndarray]


@dataclass(frozen=True)
class BottleneckLayers:
    """How far simulated covariances have gone from T everywhere to the linear theory, by layer.

    Args:
        first: Of the first layer, per problem.
        second: Of the second layer.
        shifts: How far the error η tr H / 2S of the linear theory can shift the share of a layer.
    """

    first: Shares
    second: Shares
    shifts: dict[str, float]


@dataclass(frozen=True)
class BottleneckRun:
    """Minima with fewer hidden units than outputs.

    Args:
        ranks: Rank of the Hessian of every problem.
        wide_rank: Rank with more hidden units than outputs.
        leaks: Largest entry of the noise on the zero modes of the Hessian, over that of the noise.
        random_leaks: The same on random directions.
        misfits: Relative distance of the theory's Hessian from that of the loss, and of the Hessian
            without what the misfit adds, per problem.
        to_theory: Simulated SGD, on the way from T on all that the map depends on.
    """

    ranks: np.ndarray
    wide_rank: int
    leaks: np.ndarray
    random_leaks: np.ndarray
    misfits: np.ndarray
    to_theory: BottleneckLayers
