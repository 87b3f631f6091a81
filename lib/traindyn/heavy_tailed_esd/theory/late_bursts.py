r"""When Adam, having fitted every label, becomes unstable again.

After interpolation the gradient vanishes and the mean square v decays as :math:`\beta_2^t`, so
the effective learning rate :math:`\eta/(\sqrt v + \epsilon)` grows until the minimum is unstable.
With a large :math:`\epsilon` it never does.
"""

from __future__ import annotations

import math

import numpy as np
from jaxtyping import Float


def stable_epsilon(learning_rate: float, sharpness: float, beta1: float = 0.9) -> float:
    r"""Smallest ε with which a minimum stays stable under Adam however long it rests.

    Frozen, the preconditioner of Adam is one number, and gradient descent with averaged gradients
    is stable for :math:`(\eta/\epsilon)\,\lambda < 2(1+\beta_1)/(1-\beta_1)`:

    .. math:: \epsilon > \eta\,\lambda\,\frac{1-\beta_1}{2(1+\beta_1)} .

    Args:
        learning_rate: η, positive.
        sharpness: Largest eigenvalue λ of the Hessian of the loss at the minimum, positive.
        beta1: Memory of the gradient, in [0, 1).

    Raises:
        ValueError: If an argument leaves its range.

    Source: J. Cohen et al., arXiv 2207.14484, sec. 2, for the stability limit.

    >>> round(stable_epsilon(0.1, 38.0), 12)
    0.1
    >>> stable_epsilon(0.1, 2.0, beta1=0.0)  # gradient descent: 2 over the rate 0.1/0.1
    0.1
    """
    if not (0 < learning_rate < math.inf and 0 < sharpness < math.inf):
        raise ValueError(
            f"learning_rate and sharpness must be positive, got {learning_rate} and {sharpness}"
        )
    if not 0 <= beta1 < 1:
        raise ValueError(f"beta1 must lie in [0, 1), got {beta1}")
    return learning_rate * sharpness * (1 - beta1) / (2 * (1 + beta1))


def mean_square(
    losses: Float[np.ndarray, "runs steps"], beta2: float
) -> Float[np.ndarray, "runs steps"]:
    r"""Adam's mean square after every step, in units of the squared gradient per loss.

    Near a minimum of mean squared error the squared gradient is in proportion to the loss, so that
    :math:`\hat v_t = (1 - \beta_2) \sum_{s \le t} \beta_2^{t-s} L_s / (1 - \beta_2^t)`.

    Args:
        losses: Loss before every step, one row per run.
        beta2: Memory β₂ of the mean square, in [0, 1).

    Raises:
        ValueError: If ``beta2`` leaves its range.

    >>> mean_square(np.array([[4.0, 0.0, 0.0]]), 0.5).round(3)
    array([[4.   , 1.333, 0.571]])
    """
    if not 0 <= beta2 < 1:
        raise ValueError(f"beta2 must lie in [0, 1), got {beta2}")
    found, average = np.empty_like(losses), np.zeros(len(losses))
    for step, loss in enumerate(losses.T):
        average = beta2 * average + (1 - beta2) * loss
        found[:, step] = average / (1 - beta2 ** (step + 1))
    return found


def forgetting_time(
    first: Float[np.ndarray, " runs"], last: Float[np.ndarray, " runs"], beta2: float
) -> Float[np.ndarray, " runs"]:
    r"""Steps in which a mean square without new gradients falls from one value to another.

    .. math:: \log(v_{first}/v_{last}) / \log(1/\beta_2) .

    Args:
        first: Mean squares at the begin, positive.
        last: Mean squares at the end, positive.
        beta2: Memory β₂ of the mean square, in (0, 1).

    Raises:
        ValueError: If an argument leaves its range.

    >>> forgetting_time(np.array([4.0]), np.array([1.0]), 0.5)
    array([2.])
    """
    if not 0 < beta2 < 1:
        raise ValueError(f"beta2 must lie in (0, 1), got {beta2}")
    if not ((first > 0).all() and (last > 0).all()):
        raise ValueError(f"first and last must be positive, got {first.min()} and {last.min()}")
    return np.log(first / last) / -np.log(beta2)
