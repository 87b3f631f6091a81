r"""How a small start is left: a network follows its shortest path from the images to the logits.

Near the origin the logits of a network are a sum over paths, and one with L layers of weights is of
order :math:`\alpha^L` for a start of scale :math:`\alpha`. With L = 2 it grows like
:math:`e^{s t}`; with more it waits a time of order :math:`\alpha^{-(L-2)}`.
Source: the law of the first escape, as in the chapter on saddles, after arXiv 2106.15933.
"""

from __future__ import annotations

import math

import numpy as np
from jaxtyping import Float, Int

from traindyn.diagnose.weights import ranks
from traindyn.system.arguments import real_array, real_number, whole_number

Array = np.ndarray


def moment_of_rows(images: Float[Array, "n 64"], labels: Int[Array, " n"]) -> tuple[float, float]:
    r"""Rate s at which the transformer leaves the origin, and the rank of what it then learns.

    Its shortest path goes from a row of eight pixels through embedding, mean over rows and head: a
    linear network of two layers on the mean row :math:`\bar x`. So s is the largest singular value
    of :math:`\mathrm{Cov}(y, \bar x)`, with y one for the class of the image and zero for others:
    the bias of the head learns the shares of the classes before anything else moves.

    Args:
        images: Pixels row by row.
        labels: Digits from 0 to 9.

    Returns:
        The rate, and the effective rank of that matrix (``traindyn.diagnose.weights.ranks``):
        what would be seen if all its directions were learned at once.

    Raises:
        ValueError: If the images are not finite rows of 64 pixels, one per label.

    >>> pixels = np.zeros((2, 64))
    >>> pixels[0] = 1.0
    >>> [round(x, 6) for x in moment_of_rows(pixels, np.array([0, 1]))]  # |(¼, -¼)| |(1, ..., 1)|
    [1.0, 1.0]
    """
    return _moment(_checked(images, labels).reshape(-1, 8, 8).mean(axis=1), labels)


def moment_of_images(images: Float[Array, "n 64"], labels: Int[Array, " n"]) -> tuple[float, float]:
    """The same of a linear network of two layers that sees whole images.

    Args:
        images: Pixels row by row.
        labels: Digits from 0 to 9.

    Returns:
        Rate and effective rank.

    Raises:
        ValueError: If the images are not finite rows of 64 pixels, one per label.
    """
    return _moment(_checked(images, labels), labels)


def _checked(images: Array, labels: Array) -> Array:
    images = real_array("images", images, 2)
    if images.shape[1] != 64 or np.shape(labels) != (len(images),):
        raise ValueError(
            f"images must be rows of 64 pixels, one per label, got shapes {images.shape} and "
            f"{np.shape(labels)}"
        )
    return images


def _moment(inputs: Array, labels: Array) -> tuple[float, float]:
    classes = np.eye(10)[np.asarray(labels)]
    moment = (classes - classes.mean(axis=0)).T @ (inputs - inputs.mean(axis=0)) / len(inputs)
    values = np.linalg.svd(moment, compute_uv=False)
    return float(values[0]), ranks(values**2)[1]


def steps_per_factor(rate: float, learning_rate: float) -> float:
    r"""Steps by which two layers leave later if their start shrinks by a factor e.

    A step multiplies both layers by :math:`1 + \eta s`, so it is :math:`1/\log(1 + \eta s)`.

    Args:
        rate: :math:`s > 0`.
        learning_rate: :math:`\eta > 0`.

    Raises:
        ValueError: If an argument leaves its range.

    >>> round(steps_per_factor(1.0, math.e - 1), 12)
    1.0
    """
    rate = real_number("rate", rate, "(0, inf)")
    return 1 / math.log1p(rate * real_number("learning_rate", learning_rate, "(0, inf)"))


def waiting_ratio(layers: int, shrunk: float) -> float:
    r"""How many times longer the wait is if the start shrinks, for a path of three layers or more.

    Args:
        layers: Layers L of the shortest path, at least 3.
        shrunk: Smaller over larger scale, in (0, 1).

    Raises:
        ValueError: If an argument leaves its range.

    >>> waiting_ratio(3, 0.5), waiting_ratio(4, 0.5)
    (2.0, 4.0)
    """
    whole_number("layers", layers, 3)
    return float(real_number("shrunk", shrunk, "(0, 1)") ** (2 - layers))
