r"""The XOR network: fixed points as λ grows, the odds of each, and what its Hessian shows.

Four corners :math:`\pm\mu` (label 1) and :math:`\pm\nu` (label 0), each with probability 1/4. A
neuron of a trained network answers to one corner, with :math:`|v_i| = |W_i|`; all neurons of a
captured corner together give it the logit :math:`\pm C_\beta`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from jaxtyping import Float
from scipy import special

Array = np.ndarray
CRITICAL_DECAY = 1 / 8
"""Regularizer above which the weights vanish: growth from zero has the rate 1/8 - β."""


def captured_logit(decay: float) -> float:
    r"""Logit :math:`C_\beta = \log\frac{1 - 4\beta}{4\beta}` of a captured corner.

    There the pull of the regularizer, :math:`\beta`, balances a quarter of the residual.

    Args:
        decay: :math:`\beta` in (0, 1/8).

    Raises:
        ValueError: If ``decay`` leaves its range.

    >>> round(captured_logit(0.05), 6)  # log 4
    1.386294
    """
    if not 0 < decay < CRITICAL_DECAY:
        raise ValueError(f"decay must lie in (0, {CRITICAL_DECAY}), got {decay}")
    return math.log((1 - 4 * decay) / (4 * decay))


def corner_eigenvalues(decay: float) -> tuple[float, float]:
    r"""Eigenvalue per captured corner of Hessian and gradient matrix of the second layer.

    .. math:: \tfrac14\, 4\beta(1 - 4\beta)\, C_\beta, \qquad \tfrac14 (4\beta)^2 C_\beta

    >>> hessian, gradient = corner_eigenvalues(0.1)
    >>> round(hessian, 4), round(gradient, 4)
    (0.0243, 0.0162)
    """
    c, b = captured_logit(decay), 4 * decay
    return b * (1 - b) * c / 4, b**2 * c / 4


def corner_probabilities(neurons: int) -> Float[Array, " four"]:
    r"""Probability that 1, 2, 3, 4 corners are captured.

    A neuron takes the corner that the signs of its first weights tell, each with probability 1/4,
    so that :math:`P(j) = \frac{S(K, j)\,4!}{(4-j)!\,4^K}` with Stirling numbers of the second kind.

    Args:
        neurons: Number of neurons K, at least 1.

    Raises:
        ValueError: If there is no neuron.

    >>> corner_probabilities(4) * 256
    array([  4.,  84., 144.,  24.])
    """
    if neurons < 1:
        raise ValueError(f"neurons must be at least 1, got {neurons}")
    return np.array(
        [
            special.stirling2(neurons, j, exact=True) * special.perm(4, j, exact=True) / 4**neurons
            for j in range(1, 5)
        ],
        dtype=float,
    )


def plane_tilt(rate: float, decay: float, precision: float, aspect: float) -> float:
    r"""Root mean square sine between the top two eigenvectors of a first-layer block and the plane.

    The block of a neuron is a mean over the samples of which a quarter shows each mean, with
    weights w that depend on the logit z of the sample. Its outliers tilt by

    .. math:: \sin^2 = \frac{4\gamma}{\lambda}\, \frac{\mathbb{E}w^2}{(\mathbb{E}w)^2},
        \qquad \frac{\mathbb{E}w^2}{(\mathbb{E}w)^2} = e^{\operatorname{var}\log w},
        \qquad \operatorname{var} z = \frac{C^2}{\lambda}\Bigl(2 - \frac2\pi\Bigr),

    where :math:`z = C(|X\cdot\mu| - |X\cdot\nu|)` up to the sign.

    Args:
        rate: :math:`|d\log w/dz|` at a captured corner with the residual :math:`r = 4\beta`:
            :math:`1 - 2r` for the Hessian, :math:`2(1 - r)` for the gradient matrix.
        decay: :math:`\beta` in (0, 1/8).
        precision: :math:`\lambda`, positive.
        aspect: Inputs per test sample :math:`\gamma`.

    >>> round(plane_tilt(0.0, 0.05, 100.0, 1 / 4), 12)
    0.1
    """
    variance = rate**2 * captured_logit(decay) ** 2 / precision * (2 - 2 / math.pi)
    return math.sqrt(4 * aspect / precision * math.exp(variance))


def accuracy(captured: Sequence[bool], decay: float) -> float:
    r"""Accuracy of a network that captured some corners only, as λ grows.

    A captured corner is classified correctly. At another corner c only the neurons of the
    captured corners e orthogonal to it can be active, by chance, and they vote for the wrong
    label. Let a be the probability that this happens to one of them, at most one at a time; with
    all neurons silent the logit is zero, which is correct every second time:

    .. math:: \tfrac12 (1 - n a), \qquad a = \tfrac12 \text{ or } \frac{8\beta}{1 + 8\beta},

    with n such corners e. Training moves :math:`W_e \cdot c` until its pushes cancel: those by c,
    of the residual 1/2, and by -c. If -c is not captured, they are equal by symmetry. If it is,
    its residual is :math:`4\beta`, and :math:`a/2 = 4\beta (1 - a)`.

    Args:
        captured: Whether each of :math:`\mu, -\mu, \nu, -\nu` is captured.
        decay: :math:`\beta` in (0, 1/8).

    Raises:
        ValueError: If ``captured`` has not four entries or ``decay`` leaves its range.

    >>> accuracy([True] * 4, 0.05), accuracy([True, True, False, False], 0.05)
    (1.0, 0.5)
    """
    if len(captured) != 4:
        raise ValueError(f"captured must have 4 entries, got {len(captured)}")
    if not 0 < decay < CRITICAL_DECAY:
        raise ValueError(f"decay must lie in (0, {CRITICAL_DECAY}), got {decay}")
    total = 0.0
    for corner, taken in enumerate(captured):
        if taken:
            total += 1
            continue
        pair = 2 * (corner // 2)  # the corner and its opposite
        across = sum(captured) - sum(captured[pair : pair + 2])
        opposite = captured[pair + 1 - corner % 2]
        active = 8 * decay / (1 + 8 * decay) if opposite else 1 / 2
        total += (1 - across * active) / 2
    return total / 4


def initial_lead(neurons: int) -> float:
    r"""First over other eigenvalues of the second layer's Hessian at the start.

    It holds for :math:`d \gg \lambda`, where the first weights are nearly orthogonal to the means.

    Activations are positive: their second moment is :math:`\frac{1}{2\lambda}[(1 - \frac1\pi) I +
    \frac1\pi 11^\top]`.

    >>> round(initial_lead(20), 2)
    10.34
    """
    return 1 + neurons / (math.pi - 1)
