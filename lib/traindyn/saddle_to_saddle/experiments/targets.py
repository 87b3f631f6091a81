"""Targets with given singular values in random directions."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float
from scipy.stats import ortho_group

Array = np.ndarray


def random_target(
    singular_values: Sequence[float], size: int, generator: np.random.Generator
) -> Float[Array, "size size"]:
    r"""A square matrix :math:`U \operatorname{diag}(s) V^\top`, U and V of Haar's measure.

    Args:
        singular_values: At most ``size`` values, largest first; the others are zero.
        size: Rows and columns.
        generator: Source of U and V.

    Raises:
        ValueError: If there are more values than rows, or they do not fall.
    """
    s = np.asarray(singular_values, dtype=float)
    if not 1 <= len(s) <= size:
        raise ValueError(f"singular_values must be 1 to {size} numbers, got {len(s)}")
    if (s < 0).any() or (np.diff(s) > 0).any():
        raise ValueError(f"singular_values must fall and be at least 0, got {s}")
    u, v = (ortho_group.rvs(size, random_state=generator) for _ in range(2))
    return (u[:, : len(s)] * s) @ v[:, : len(s)].T
