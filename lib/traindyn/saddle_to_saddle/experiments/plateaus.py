"""Where a path rests: plateaus of the loss as local minima of the gradient's norm."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from scipy.signal import find_peaks

from traindyn.saddle_to_saddle.experiments.flow import Path

Array = np.ndarray


@dataclass(frozen=True)
class Plateau:
    """A rest of a path.

    Args:
        index: Place in the record of the path.
        loss: Cost there.
        gradient_norm: Norm of the gradient there.
        rank: Rank of A there, see :func:`rank_of`.
    """

    index: int
    loss: float
    gradient_norm: float
    rank: int


def rank_of(a: Float[Array, "out in"], scale: float, relative: float = 0.01) -> int:
    """Number of learned directions: singular values above a share of the largest.

    Waiting directions are of the size of the start to the power of the depth, far below one
    percent. While no direction is learned such a share means nothing, so the rank is 0 as long as
    the largest singular value is below 5 % of ``scale``.

    Args:
        a: The matrix.
        scale: Operator norm of the target.
        relative: Share of the largest singular value that counts.

    >>> rank_of(np.diag([2.0, 1.0, 1e-6]), 2.0), rank_of(1e-9 * np.eye(3), 2.0)
    (2, 0)
    """
    values = np.linalg.svd(a, compute_uv=False)
    return 0 if values[0] < 0.05 * scale else int((values > relative * values[0]).sum())


def find_plateaus(
    path: Path, scale: float, prominence: float = 0.4, smallest_loss: float = 1e-6
) -> list[Plateau]:
    """Local minima of the norm of the gradient along a path, in decades.

    The start counts as a minimum where the norm grows from there. A path that has reached a loss
    of ``smallest_loss`` times that of the start has arrived and rests no more.

    Args:
        path: The path; its record should be about evenly spaced in the logarithm of time.
        scale: Operator norm of the target, for the rank.
        prominence: Depth of a minimum in decades of the norm, 0.3 to 0.5: ripples stay below,
            and the plateaus of a start that is small enough are deeper than one decade.
        smallest_loss: Share of the first loss below which the path has arrived.
    """
    loss = path.loss
    norms = path.gradient_norm
    stop = int(np.argmax(loss < smallest_loss * loss[0])) or len(loss)
    depth = -np.log10(norms[:stop])
    # a wall before the start, so that a minimum at the very first record is found
    found, _ = find_peaks(np.concatenate([[depth.min() - 1], depth]), prominence=prominence)
    return [
        Plateau(
            int(i - 1),
            float(loss[i - 1]),
            float(norms[i - 1]),
            rank_of(path.network.product(path.theta[i - 1]), scale),
        )
        for i in found
    ]
