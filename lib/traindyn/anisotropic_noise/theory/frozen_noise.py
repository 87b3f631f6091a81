"""What the linear theory leaves out: noise that grows with the deviation of the weights."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

Array = np.ndarray


def frozen_noise_error(
    hessians: Float[Array, "P d d"], learning_rate: float, batch_size: int
) -> float:
    r"""Relative error of a covariance whose noise does not grow: :math:`\eta\,\mathrm{tr} H/(2S)`.

    Away from the minimum the residuals have the variance :math:`\sigma^2 + \mathrm{tr}\,HC`, not
    :math:`\sigma^2`, and :math:`C \approx (\eta\sigma^2/2S)\,1` on all that the loss sees. The
    mean over problems.

    Args:
        hessians: The Hessian H of every problem.
        learning_rate: Learning rate η.
        batch_size: Batch size S.

    >>> frozen_noise_error(2 * np.eye(2)[None], 0.1, 5)
    0.04
    """
    traces = np.trace(hessians, axis1=1, axis2=2)
    return float(traces.mean()) * learning_rate / (2 * batch_size)


def shift_of_share(
    error: float, wrong: Float[Array, "P ..."], right: Float[Array, "P ..."]
) -> float:
    r"""The farthest that a relative error of the right prediction can shift a share of it.

    The share :math:`\langle f - w, r - w\rangle/\lVert r - w\rVert^2` of a measurement
    :math:`f = (1 + \epsilon)\,r` differs from 1 by
    :math:`\epsilon\langle r, r - w\rangle/\lVert r - w\rVert^2`, at most
    :math:`\epsilon\,\lVert r\rVert/\lVert r - w\rVert` by Cauchy and Schwarz.

    Args:
        error: The relative error ε.
        wrong: The prediction w of the wrong theory, per problem.
        right: The prediction r of the right one.

    >>> shift_of_share(0.01, np.array([[0.0]]), np.array([[2.0]]))
    0.01
    """
    return error * float(np.linalg.norm(right) / np.linalg.norm(right - wrong))
