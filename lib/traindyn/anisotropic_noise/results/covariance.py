"""Covariance and mean loss of SGD against two theories."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from traindyn.inference import Estimate

__all__ = [
    "CovarianceRun",
    "Distances",
    "ExactCurves",
    "GeneralNoise",
    "LossRun",
    "MeanLosses",
    "MixedMoments",
    "NoiseDistances",
    "Shares",
    "TheoryErrors",
]


@dataclass(frozen=True)
class Shares:
    """How far measurements have gone from a wrong prediction to the right one, per problem.

    Args:
        gone: Products of measured and predicted differences from the wrong prediction.
        whole: Squares of the predicted difference.
    """

    gone: np.ndarray
    whole: np.ndarray


@dataclass(frozen=True)
class Distances:
    """Squared distances of simulated covariances in units of the exact one, per problem.

    Args:
        right: From the theory that should hold.
        wrong: From another.
    """

    right: np.ndarray
    wrong: np.ndarray


@dataclass(frozen=True)
class TheoryErrors:
    """Distances of theories from the exact recursion in units of it, per problem.

    Args:
        frozen: The theory with the noise of the minimum.
        state_dependent: The stochastic equation with noise that depends on the state.
        uncentered: The same with the second moment of a gradient for its covariance.
        square: Size of what the stochastic equation leaves out, the square of a mean step.
    """

    frozen: np.ndarray
    state_dependent: np.ndarray
    uncentered: np.ndarray
    square: np.ndarray


@dataclass(frozen=True)
class CovarianceRun:
    """Distances between covariances over the learning rate, per problem.

    Args:
        simulated_at: η tr H of the simulations in batches of one.
        simulated: Distances from the exact recursion and from the theory with frozen noise.
        followed: Share of what sets the exact recursion apart from frozen noise, largest step.
        in_fours: Distances in batches of four from their recursion and from frozen noise.
        centered: Share of what centers the noise, in batches of four.
        step_sizes: η tr H of the curves.
        errors: Errors of the theories there.
        large_batch: Errors in large batches.
    """

    simulated_at: np.ndarray
    simulated: list[Distances]
    followed: Shares
    in_fours: Distances
    centered: Shares
    step_sizes: np.ndarray
    errors: list[TheoryErrors]
    large_batch: TheoryErrors


@dataclass(frozen=True)
class MixedMoments:
    """Share of the moment that residuals and inputs of one batch make together."""

    together: Shares


@dataclass(frozen=True)
class ExactCurves:
    """Distances between covariances over the learning rate, for the figure.

    Args:
        step_sizes: η tr H of the curves.
        frozen: Relative distance of the theory with frozen noise from the exact recursion.
        state_dependent: That of the stochastic equation with noise that depends on the state.
        simulated_at: η tr H of the simulations.
        to_exact: Squared relative distance of simulated SGD from the exact recursion.
        to_frozen: That from the theory with frozen noise.
    """

    step_sizes: np.ndarray
    frozen: np.ndarray
    state_dependent: np.ndarray
    simulated_at: np.ndarray
    to_exact: list[Estimate]
    to_frozen: list[Estimate]


@dataclass(frozen=True)
class LossRun:
    """Mean loss above the minimum over η tr D / 4S, per problem.

    Args:
        step_sizes: η tr H of the curve.
        curve: The exact recursion there, mean over problems.
        simulated_at: η tr H of the simulations.
        simulated: What they measured.
        exact: The exact recursion from the same starts.
        fixed: Gaussian noise that is frozen at the minimum, at the largest step.
        frozen: The theory with frozen noise.
    """

    step_sizes: np.ndarray
    curve: np.ndarray
    simulated_at: np.ndarray
    simulated: list[np.ndarray]
    exact: list[np.ndarray]
    fixed: np.ndarray
    frozen: np.ndarray


@dataclass(frozen=True)
class MeanLosses:
    """Mean loss over η tr D / 4S, for the figure.

    Args:
        step_sizes: η tr H of the curve.
        exact: The exact recursion.
        simulated_at: η tr H of the simulations.
        simulated: What they measured.
    """

    step_sizes: np.ndarray
    exact: np.ndarray
    simulated_at: np.ndarray
    simulated: list[Estimate]


@dataclass(frozen=True)
class NoiseDistances:
    """Squared relative distances of the noise from laws of Gaussian inputs, means over problems.

    Args:
        law: From 2L(w)H plus the product of the gradient with itself.
        without_product: From 2L(w)H.
        uncentered: From 2L(w)H plus twice that product, the second moment of a gradient.
        halved: From L(w)H plus the product.
    """

    law: Estimate
    without_product: Estimate
    uncentered: Estimate
    halved: Estimate


@dataclass(frozen=True)
class GeneralNoise:
    """The noise of drawn problems.

    Args:
        away: At random weights.
        minimum: At the minimum.
        signs: At the random weights, for inputs of either sign and fixed size.
        sampled_away: What the number of samples leaves of the first distance at random weights,
            by theory, mean over the drawn weights.
        sampled_minimum: The same at the minimum.
    """

    away: NoiseDistances
    minimum: NoiseDistances
    signs: NoiseDistances
    sampled_away: float
    sampled_minimum: float
