"""What the moving figure shows: blocks along runs on a mixture and on images."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

__all__ = ["Course", "Courses"]

Array = np.ndarray


@dataclass(frozen=True)
class Course:
    """Blocks of the Hessian along runs of one setting, means over classes and replicas.

    Args:
        precision: λ.
        values: Top eigenvalues of a block, falling, over the next after the k-th.
        inside: Overlap of the weights of a class with the top k eigenvectors.
        first: Size of their cosine with the first eigenvector.
    """

    precision: float
    values: Float[Array, "times top"]
    inside: Float[Array, " times"]
    first: Float[Array, " times"]


@dataclass(frozen=True)
class Courses:
    """The same training on two kinds of inputs.

    Args:
        classes: k.
        dimension: d.
        replicas: Runs per setting.
        times: Times of the snapshots.
        mixture: Means with isotropic noise, one course for each λ.
        images: Images of digits, their scatter scaled to the same λ.
    """

    classes: int
    dimension: int
    replicas: int
    times: Float[Array, " times"]
    mixture: tuple[Course, ...]
    images: tuple[Course, ...]
