"""How far a mean of matrices lies from a prediction, without the noise of the mean itself."""

from __future__ import annotations

import math

import numpy as np
from jaxtyping import Float

from traindyn.inference import Estimate

Array = np.ndarray


def relative_distance_squared(
    replicas: Float[Array, "R ..."], prediction: Float[Array, "..."]
) -> Estimate:
    r"""Squared distance of the mean from a prediction, in units of the prediction's squared norm.

    With :math:`D_r` the difference of replica r from the prediction, the average of
    :math:`\langle D_r, D_s\rangle` over pairs :math:`r \ne s` is an unbiased estimate of
    :math:`\lVert \mathbb{E}D \rVert^2`; the plain :math:`\lVert\bar D\rVert^2` is too large by
    the noise of the mean. The standard error is that of the jackknife.

    Args:
        replicas: Independent measurements of an array.
        prediction: What their mean should be; not zero.

    Raises:
        ValueError: If there are fewer than 3 replicas, the shapes differ or the prediction is 0.

    >>> round(relative_distance_squared(np.full((4, 2), 1.5), np.ones(2)).value, 12)
    0.25
    """
    n = len(replicas)
    if n < 3:
        raise ValueError(f"replicas must be at least 3, got {n}")
    if replicas.shape[1:] != prediction.shape:
        raise ValueError(f"prediction must have shape {replicas.shape[1:]}, got {prediction.shape}")
    scale = float(np.sum(prediction**2))
    if not scale > 0:
        raise ValueError("prediction must not be zero")
    d = (replicas - prediction).reshape(n, -1) / math.sqrt(scale)
    total = d.sum(axis=0)
    squares = (d**2).sum(axis=1)
    pairs = total @ total - squares.sum()
    without = (pairs - 2 * (d @ total - squares)) / ((n - 1) * (n - 2))
    error = math.sqrt((n - 1) / n * float(np.sum((without - without.mean()) ** 2)))
    return Estimate(float(pairs / (n * (n - 1))), error, n, degrees_of_freedom=n - 1.0)


def pair_distances(
    runs: Float[Array, "P R ..."], predictions: Float[Array, "P ..."]
) -> Float[Array, " P"]:
    r"""Per problem, the squared relative distance of :func:`relative_distance_squared`.

    Unbiased from two runs of a problem on, so that its mean over problems needs no more.

    Args:
        runs: Independent runs of every problem.
        predictions: What the mean of a problem's runs should be; not zero.

    Raises:
        ValueError: If there are fewer than 2 runs.

    >>> pair_distances(np.full((1, 2, 2), 1.5), np.ones((1, 2)))
    array([0.25])
    """
    count = runs.shape[1]
    if count < 2:
        raise ValueError(f"runs must be at least 2 of every problem, got {count}")
    d = (runs - predictions[:, None]).reshape(len(runs), count, -1)
    pairs = (d.sum(axis=1) ** 2).sum(axis=1) - (d**2).sum(axis=(1, 2))
    return pairs / (count * (count - 1)) / (predictions**2).reshape(len(runs), -1).sum(axis=1)


def shares(
    found: Float[Array, "P ..."], wrong: Float[Array, "P ..."], right: Float[Array, "P ..."]
) -> tuple[Float[Array, " P"], Float[Array, " P"]]:
    r"""How far a measurement has gone from a wrong prediction to the right one.

    Numerator and denominator of
    :math:`\langle f - w, r - w\rangle / \lVert r - w \rVert^2` per problem: 1 if the right one
    holds, 0 if the wrong one does.

    >>> shares(np.array([[1.0]]), np.array([[0.0]]), np.array([[2.0]]))
    (array([2.]), array([4.]))
    """
    count = len(found)
    gap = (right - wrong).reshape(count, -1)
    return ((found - wrong).reshape(count, -1) * gap).sum(axis=1), (gap**2).sum(axis=1)
