r"""The XOR network without noise: the flow that SGD follows as d, and then λ, tends to infinity.

Samples are the corners themselves, so that a neuron is its outgoing weight :math:`v_i` and the
projection :math:`m_i` of its incoming weights on the plane of :math:`\mu` and :math:`\nu`:

.. math:: \dot v_i = -\beta v_i - \tfrac14 \sum_c (s_c - y_c)(m_i\cdot c)_+, \qquad
          \dot m_i = -\beta m_i - \tfrac14 \sum_c (s_c - y_c)\, v_i\, 1[m_i\cdot c > 0]\, c .

All corners c push a neuron along the axes, and no push turns the sign of a component that grows:
a neuron ends at the corner that the signs of its first weights tell.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float
from scipy import special

Array = np.ndarray
CORNERS = np.array([[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0], [0.0, -1.0]])
LABELS = np.array([1.0, 1.0, 0.0, 0.0])


def flow(
    means: Float[Array, "... K 2"],
    second: Float[Array, "... K"],
    decay: float,
    times: Sequence[float],
    step: float = 0.01,
) -> tuple[Float[Array, "times ... K 2"], Float[Array, "times ... K"]]:
    r"""Projections and outgoing weights along the flow, by Euler's method.

    The right-hand side jumps where a component vanishes; there it slides within one step.

    Args:
        means: Projections :math:`m_i` at time zero.
        second: Outgoing weights :math:`v_i` at time zero.
        decay: :math:`\beta \ge 0`.
        times: Times in increasing order.
        step: Step of the method; errors are of its order.

    Raises:
        ValueError: If the step is not positive, the decay is negative or times do not increase.

    >>> m, v = flow(np.array([[0.1, 0.0]]), np.array([0.1]), 0.05, [400.0])
    >>> m[0].round(3), (v[0] ** 2).round(3)  # the corner μ with the logit log 4
    (array([[1.177, 0.   ]]), array([1.386]))
    """
    if not step > 0:
        raise ValueError(f"step must be positive, got {step}")
    if not decay >= 0:
        raise ValueError(f"decay must not be negative, got {decay}")
    if list(times) != sorted(set(times)) or not times or times[0] < 0:
        raise ValueError(f"times must be positive and increase, got {list(times)}")
    m, v = np.array(means, dtype=float), np.array(second, dtype=float)
    wanted = [round(time / step) for time in times]
    kept_m, kept_v = [], []
    for number in range(wanted[-1] + 1):
        if number in wanted:
            kept_m.append(m.copy())
            kept_v.append(v.copy())
        along = m @ CORNERS.T  # a neuron's product with every corner
        hidden = np.maximum(along, 0)
        logits = np.einsum("...k,...kc->...c", v, hidden)
        pull = (LABELS - special.expit(logits))[..., None, :] / 4
        push = ((along > 0) * pull) @ CORNERS * v[..., None]
        v = v + step * ((hidden * pull).sum(axis=-1) - decay * v)
        m = m + step * (push - decay * m)
    return np.array(kept_m), np.array(kept_v)
