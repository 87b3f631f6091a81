"""The digits data of scikit-learn, as all chapters load it; each scales the pixels its own way."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int
from sklearn.datasets import load_digits

from traindyn.system.arguments import whole_number


class Digits(NamedTuple):
    """Handwritten digits; both arrays are read-only."""

    images: Float[np.ndarray, "n 64"]
    """Pixels of 8 × 8 images row by row, whole numbers from 0 to 16."""
    labels: Int[np.ndarray, " n"]
    """The digit that each image shows."""


def handwritten_digits(classes: int = 10) -> Digits:
    """Images of the first classes of the digits data, in the order of the file.

    Args:
        classes: How many digits, counted from 0, in [2, 10]; all ten have 1,797 images.

    Raises:
        ValueError: If ``classes`` leaves its range.

    Source: E. Alpaydin and C. Kaynak, Optical recognition of handwritten digits (1998), test set.

    >>> images, labels = handwritten_digits(2)
    >>> images.shape, labels[:4].tolist()
    ((360, 64), [0, 1, 0, 1])
    """
    return _read(whole_number("classes", classes, 2, 10))


@cache
def _read(classes: int) -> Digits:
    found = Digits(*load_digits(n_class=classes, return_X_y=True))
    for array in found:
        array.setflags(write=False)
    return found
