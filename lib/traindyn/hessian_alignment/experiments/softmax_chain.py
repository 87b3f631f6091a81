r"""One-pass SGD of softmax regression through its overlaps, exactly and at a cost free of d.

The loss sees the weights through :math:`m = x\mu^\top` and the Gram matrix R of their rests outside
the orthonormal means. A step needs the products :math:`u \sim N(0, R/\lambda)` of these rests with
the noise, and the squared norm of the noise outside the means. So m and R have the law of SGD in d
dimensions, for normal noise.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float
from scipy import special

from traindyn.hessian_alignment.experiments import gram

Array = np.ndarray
BLOCK = 256
"""Steps whose random numbers are drawn together; it changes the stream of numbers."""


def softmax_chain(
    m: Float[Array, "k k"],
    rest: Float[Array, "k k"],
    dimension: int,
    precision: float,
    decay: float,
    step_constant: float,
    times: Sequence[float],
    replicas: int,
    generator: np.random.Generator,
) -> tuple[Float[Array, "times replicas k k"], Float[Array, "times replicas k k"]]:
    r"""Overlaps m and R of many runs from one start.

    .. math:: m \leftarrow (1 - \delta\beta)\, m - \delta\, r\, (X\mu^\top), \qquad r = \pi - e_y

    and R by :func:`~traindyn.hessian_alignment.experiments.gram.step`, with
    :math:`\delta = c_\delta/d`.

    Args:
        m: Overlaps of weights and means at the start.
        rest: R at the start.
        dimension: d, above 2k.
        precision: :math:`\lambda`.
        decay: :math:`\beta`.
        step_constant: :math:`c_\delta`.
        times: Rising times of the records; a unit takes :math:`1/\delta` steps.
        replicas: Independent runs.
        generator: Source of randomness.

    Raises:
        ValueError: If d has no room for weights and means.
    """
    k = len(m)
    if dimension <= 2 * k:
        raise ValueError(f"dimension must be above {2 * k}, got {dimension}")
    rate, noise = step_constant / dimension, precision**-0.5
    shrink = 1 - rate * decay
    wanted = [round(time / rate) for time in times]
    state = np.repeat(np.asarray(m, float)[..., None], replicas, axis=2)
    r = np.repeat(np.asarray(rest, float)[..., None], replicas, axis=2)
    kept = [(state.copy(), r.copy())] if wanted[0] == 0 else []
    labels = np.eye(k)
    for number in range(wanted[-1]):
        place = number % BLOCK
        if place == 0:
            classes = generator.integers(k, size=(BLOCK, replicas))
            draws = noise * generator.standard_normal((BLOCK, 2, k, replicas))
            beyond = noise**2 * generator.chisquare(dimension - 2 * k, (BLOCK, replicas))
        y = labels[:, classes[place]]
        x, along = y + draws[place, 0], draws[place, 1]
        u = (gram.triangular(r) * along).sum(axis=1)
        residual = special.softmax((state * x).sum(axis=1) + u, axis=0) - y
        squares = (along**2).sum(axis=0) + beyond[place]
        state *= shrink
        state -= rate * residual[:, None] * x
        gram.step(r, rate * residual, u, squares, shrink)
        if number + 1 in wanted:
            kept.append((state.copy(), r.copy()))
    found = [np.moveaxis(np.array(part), -1, 1) for part in zip(*kept, strict=True)]
    return found[0], found[1]
