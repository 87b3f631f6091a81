"""Two layers without a current, any depth, and a bottleneck."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from traindyn.inference import Estimate

__all__ = ["BottleneckLayers", "BottleneckRun", "CommutatorRun", "DepthGap"]


@dataclass(frozen=True)
class CommutatorRun:
    """Two layers at fewer and fewer weights per sample.

    Args:
        aspects: Ratios c = n/P.
        commutators: Size of the commutator of Hessian and covariance over the anticommutator.
        gaps: Largest distance of V/T from the inverse relation.
        frozen_gaps: The same with the first layer frozen.
        uneven: Size of the commutator for labels that are noisier where inputs are large.
    """

    aspects: np.ndarray
    commutators: np.ndarray
    gaps: np.ndarray
    frozen_gaps: np.ndarray
    uneven: np.ndarray


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
class BottleneckLayers:
    """Squared relative distance of a simulated covariance from the linear theory, by layer."""

    first: Estimate
    second: Estimate


@dataclass(frozen=True)
class BottleneckRun:
    """A minimum with fewer hidden units than outputs.

    Args:
        rank: Rank of the Hessian.
        wide_rank: Rank with more hidden units than outputs.
        leak: Largest entry of the noise on the zero modes of the Hessian, over that of the noise.
        random_leak: The same on random directions.
        to_theory: Distances of simulated SGD.
        without_misfit: Distances with labels that the network can fit.
    """

    rank: int
    wide_rank: int
    leak: float
    random_leak: float
    to_theory: BottleneckLayers
    without_misfit: BottleneckLayers
