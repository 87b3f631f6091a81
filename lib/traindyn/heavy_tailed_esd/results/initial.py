"""The spectrum of random weights, and the first gradient at them, over drawn problems."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from traindyn.heavy_tailed_esd.experiments.optimizers import OptimizerName

Array = np.ndarray


@dataclass(frozen=True)
class MatrixStatistics:
    """Spectra of drawn matrices of one size and kind, one entry per matrix.

    Args:
        distance: Kolmogorov-Smirnov distance from the law of Marchenko and Pastur.
        top: Largest eigenvalue, centered and scaled as for the law of Tracy and Widom.
        bottom: Smallest one, likewise, on a logarithmic scale.
    """

    distance: Float[Array, " matrices"]
    top: Float[Array, " matrices"]
    bottom: Float[Array, " matrices"]


@dataclass(frozen=True)
class InitialSpectra:
    """Matrices of normal entries at every size, and other ones.

    Args:
        normal: By number d of inputs.
        scaled: Entries too large by 5 %.
        longer: Matrices longer by a quarter.
        student: Entries with heavy tails, of Student's law.
    """

    normal: dict[int, MatrixStatistics]
    scaled: MatrixStatistics
    longer: MatrixStatistics
    student: MatrixStatistics


@dataclass(frozen=True)
class RankOne:
    """The first gradient and its predicted part of rank one, one entry per problem.

    Args:
        norm: Spectral norm of the gradient over the predicted one.
        spectral: Spectral norm of the remainder over that of the gradient.
        frobenius: Its Frobenius norm over that of the gradient.
    """

    norm: Float[Array, " problems"]
    spectral: Float[Array, " problems"]
    frobenius: Float[Array, " problems"]


@dataclass(frozen=True)
class SignUpdate:
    """Adam's first update at learning rate 1, one entry per problem.

    Args:
        length: Frobenius norm over √(hd).
        uncorrected: The same without bias correction.
        wide: The same with ε = 0.001.
        norm: Spectral norm over √(hd) and its predicted share of that.
        second: Second singular value over the first.
        signs: Overlap of its left vector with the signs of the head.
        head: And with the head.
        gradient_signs: Overlap of the gradient's left vector with the signs of the head.
        gradient_head: And with the head.
    """

    length: Float[Array, " problems"]
    uncorrected: Float[Array, " problems"]
    wide: Float[Array, " problems"]
    norm: Float[Array, " problems"]
    second: Float[Array, " problems"]
    signs: Float[Array, " problems"]
    head: Float[Array, " problems"]
    gradient_signs: Float[Array, " problems"]
    gradient_head: Float[Array, " problems"]


@dataclass(frozen=True)
class InitialRun:
    """Spectra without and with one step, for the first picture.

    Args:
        inputs: Number d of inputs.
        hidden: Number h of hidden units.
        start: Eigenvalues of the start.
        stepped: By optimizer, eigenvalues after one step.
        spike: By optimizer, the predicted largest eigenvalue.
    """

    inputs: int
    hidden: int
    start: Float[Array, " inputs"]
    stepped: dict[OptimizerName, Float[Array, " inputs"]]
    spike: dict[OptimizerName, float]
