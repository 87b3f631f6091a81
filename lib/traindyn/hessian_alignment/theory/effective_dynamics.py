r"""The limit of one-pass SGD for softmax regression on a mixture with orthonormal means.

One step with a sample :math:`X = \mu_l + Z/\sqrt\lambda` of class l is
:math:`x \leftarrow (1 - \delta\beta)\,x - \delta\,(\pi - e_l) X^\top`, with
:math:`\delta = c_\delta/d`. The logits are a function of

.. math:: m_{ab} = x^a \cdot \mu_b , \qquad R_{ab} = x^a_\perp \cdot x^b_\perp

(:math:`\perp`: orthogonal to all means) and of normal variables: under class l they are
:math:`N(m_{\cdot l}, (m m^\top + R)/\lambda)`. So m and R move by themselves. Write
:math:`J_l = \mathbb{E}_l[\mathrm{diag}(\pi) - \pi\pi^\top]`, the derivative of :math:`\pi` by the
logits.

*Drift of m.* The step changes m by :math:`-\delta(\pi - e_l)(X \cdot \mu)^\top`, and
:math:`X\cdot\mu_b = 1[b = l] + Z\cdot\mu_b/\sqrt\lambda`. Integration by parts over Z gives
:math:`\mathbb{E}_l[\pi\,(Z \cdot \mu)^\top]/\sqrt\lambda = J_l\,m/\lambda`, hence

.. math::

    \dot m = -\beta m - \sum_l p_l \bigl(\mathbb{E}_l[\pi - e_l]\,e_l^\top + J_l m/\lambda\bigr).

*Drift of R.* The same with :math:`x_\perp` for :math:`\mu`, on either side:
:math:`-2\beta R - \sum_l p_l (J_l R + R J_l)/\lambda`.

*Corrector.* The square of a step adds
:math:`\delta^2 (\pi - e_l)(\pi - e_l)^\top |Z_\perp|^2/\lambda` to R. The norm is
:math:`d - k + O(\sqrt d)`, so that per unit of time, in :math:`1/\delta` steps, it adds

.. math:: \frac{c_\delta}{\lambda} \sum_l p_l\,\mathbb{E}_l[(\pi - e_l)(\pi - e_l)^\top] ,

which does not vanish as d grows: :math:`\delta \propto 1/d` is the critical step size. The square
of a step also moves m, by :math:`\delta^2 O(1)`; that does vanish. What remains is the noise of m,
of order :math:`\sqrt\delta`.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float
from scipy import integrate, special

from traindyn.hessian_alignment.theory.projection import normal_rule

Array = np.ndarray


def effective_drift(
    m: Float[Array, "k k"],
    r: Float[Array, "k k"],
    precision: float,
    decay: float,
    step_constant: float,
) -> tuple[Float[Array, "k k"], Float[Array, "k k"]]:
    r"""Time derivatives of m and R, for equally likely classes.

    Args:
        m: Overlaps of weights and means.
        r: Overlaps of the rests of the weights, a positive matrix.
        precision: :math:`\lambda > 0`.
        decay: :math:`\beta`.
        step_constant: :math:`c_\delta`; 0 leaves the corrector out.

    >>> drift, _ = effective_drift(np.zeros((2, 2)), np.zeros((2, 2)), 5.0, 0.0, 1.0)
    >>> drift  # (e_l - 1/2)/2 at the start
    array([[ 0.25, -0.25],
           [-0.25,  0.25]])
    """
    k = len(m)
    nodes, shares = normal_rule(k - 1)
    # softmax sees differences to the first logit only
    differences = np.concatenate([np.full((k - 1, 1), -1.0), np.eye(k - 1)], axis=1)
    covariance = differences @ (m @ m.T + r) @ differences.T / precision
    values, axes = np.linalg.eigh(covariance)
    noise = nodes @ (axes * np.sqrt(np.maximum(values, 0.0))).T
    logits = np.zeros((k, len(nodes), k))
    logits[..., 1:] = (differences @ m).T[:, None] + noise
    p = special.softmax(logits, axis=-1)
    residual = p - np.eye(k)[:, None]
    mean_residual = np.einsum("lna,n->al", residual, shares) / k
    outer = np.einsum("lna,lnb,n->ab", p, p, shares) / k
    j = np.diag(np.einsum("lna,n->a", p, shares) / k) - outer
    square = np.einsum("lna,lnb,n->ab", residual, residual, shares) / k
    m_drift = -decay * m - mean_residual - j @ m / precision
    r_drift = -2 * decay * r - (j @ r + r @ j - step_constant * square) / precision
    return m_drift, r_drift


def effective_path(
    m: Float[Array, "k k"],
    r: Float[Array, "k k"],
    precision: float,
    decay: float,
    step_constant: float,
    times: Float[Array, " n"],
) -> tuple[Float[Array, "n k k"], Float[Array, "n k k"]]:
    r"""Solution of the limiting equations from a start, see :func:`effective_drift`.

    Args:
        m: Overlaps of weights and means at time 0.
        r: Overlaps of the rests of the weights at time 0.
        precision: :math:`\lambda > 0`.
        decay: :math:`\beta \ge 0`.
        step_constant: :math:`c_\delta \ge 0`; 0 leaves the corrector out.
        times: Rising, not negative.

    Raises:
        ValueError: If an argument leaves its range or the times do not rise.

    >>> _, r = effective_path(np.eye(2), np.eye(2), 1e9, 0.5, 0.0, np.array([0.0, 1.0]))
    >>> round(float(r[1, 0, 0] * np.e), 5)  # no noise: R decays as e^(-2 beta t)
    1.0
    """
    if not precision > 0:
        raise ValueError(f"precision must be positive, got {precision}")
    if not (decay >= 0 and step_constant >= 0):
        raise ValueError(
            f"decay and step_constant must be at least 0, got {decay} and {step_constant}"
        )
    if times[0] < 0 or (np.diff(times) <= 0).any():
        raise ValueError(f"times must rise from at least 0, got {times}")
    k = len(m)

    def drift(_: float, state: Array) -> Array:
        m, r = state.reshape(2, k, k)
        found = effective_drift(m, r, precision, decay, step_constant)
        return np.stack(found).reshape(-1)

    solved = integrate.solve_ivp(
        drift,
        (0.0, max(float(times[-1]), 1e-12)),
        np.stack([m, r]).reshape(-1),
        t_eval=times,
        rtol=1e-7,
        atol=1e-9,
    )
    states = solved.y.T.reshape(len(times), 2, k, k)
    return states[:, 0], states[:, 1]
