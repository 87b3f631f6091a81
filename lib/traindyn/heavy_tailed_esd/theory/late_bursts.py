r"""When Adam, having fitted every label, becomes unstable again.

After interpolation the gradient vanishes and the mean square v decays as :math:`\beta_2^t`, so
the effective learning rate :math:`\eta/(\sqrt v + \epsilon)` grows until the minimum is unstable.
With a large :math:`\epsilon` it never does.
"""

from __future__ import annotations

import math


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
