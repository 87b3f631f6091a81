r"""The first escape of an infinitely wide network, as that of a narrow one with a fixed start.

With weights of variance :math:`\sigma^2 = w^{-\gamma}` every layer has the size
:math:`\varepsilon = \sigma\sqrt w = w^{(1-\gamma)/2}`. Divide it out. The vectors
:math:`p = W_1 v_1` and :math:`q = W_L^\top u_1` become orthogonal unit vectors, and the layers
between become free circular operators: on words of letters each adds its own letter or removes that
of its transpose. Only words that can be reached from p and q matter, and long ones are reached
late, so that a few letters give many digits of the limit. The other singular pairs of the gradient
act on directions orthogonal to these, up to :math:`1/w` in the time.
"""

from __future__ import annotations

from itertools import accumulate, pairwise

import numpy as np
from scipy.integrate import solve_ivp

from traindyn.saddle_to_saddle.theory.escape import escape_time

Array = np.ndarray


def wide_start(depth: int, letters: int) -> list[Array]:
    r"""Layers that move as those of an infinitely wide random start do, for one singular pair.

    Hidden space :math:`h` is spanned by words. The empty words are p in the first space and q in
    the last. Layer :math:`l` maps a word :math:`x` of the space before it to :math:`a_l x`, and
    :math:`b_l x` to :math:`x`; its transpose maps :math:`x` to :math:`b_l x`, and :math:`a_l x`
    to :math:`x`.

    Args:
        depth: Number of layers, at least 3.
        letters: Longest word, at least 1.

    Returns:
        ``W_1, ..., W_L``, with one input and one output.

    Raises:
        ValueError: If an argument leaves its range.

    Source: D. Voiculescu, K. Dykema and A. Nica, *Free Random Variables* (1992), for circular
    operators on Fock space as limits of random matrices.

    >>> [w.tolist() for w in wide_start(3, 1)]  # words p, b q and q, a p
    [[[1.0], [0.0]], [[0.0, 1.0], [1.0, 0.0]], [[1.0, 0.0]]]
    """
    if depth < 3:
        raise ValueError(f"depth must be at least 3, got {depth}")
    if letters < 1:
        raise ValueError(f"letters must be at least 1, got {letters}")
    sizes = [0] * depth
    links: list[tuple[int, int, int]] = []  # middle layer, place after, before

    def new(space: int) -> tuple[int, int]:
        sizes[space] += 1
        return space, sizes[space] - 1

    words = [new(1), new(depth - 1)]
    for _ in range(letters):
        longer = []
        for space, place in words:
            if space < depth - 1:
                word = new(space + 1)
                links.append((space - 1, word[1], place))
                longer.append(word)
            if space > 1:
                word = new(space - 1)
                links.append((space - 2, place, word[1]))
                longer.append(word)
        words = longer
    middle = [np.zeros((after, before)) for before, after in pairwise(sizes[1:])]
    for layer, after, before in links:
        middle[layer][after, before] = 1.0
    return [np.eye(sizes[1], 1), *middle, np.eye(1, sizes[-1])]


def wide_escape_constant(depth: int, letters: int = 9) -> float:
    r"""The constant :math:`c_L` in the escape time of a wide network.

    .. math:: t \to \frac{c_L}{(L-2)\,s_1}\, w^{(\gamma-1)(L-2)/2}

    up to what :func:`~traindyn.saddle_to_saddle.theory.modes.blow_up_lead` adds. It is the time of
    blow-up of :func:`wide_start` under the growth of one singular pair with :math:`s_1 = 1`, found
    in the clock :math:`d\tau = \lVert\theta\rVert^{L-2} dt`, in which it grows exponentially.

    Args:
        depth: Number of layers, at least 3.
        letters: Longest word; the default leaves an error of 1e-6 up to four layers.

    Raises:
        ValueError: If an argument leaves its range.

    Source: derived here.

    >>> round(wide_escape_constant(4, letters=1) * 2 / np.pi, 6)  # c = 1 + c², a tangent
    1.0
    >>> round(wide_escape_constant(3), 4)
    1.168
    """
    start = wide_start(depth, letters)
    shapes = [w.shape for w in start]
    ends = np.cumsum([w.size for w in start])

    def velocity(_: float, state: Array) -> Array:
        layers = [
            part.reshape(shape)
            for part, shape in zip(np.split(state[:-1], ends[:-1]), shapes, strict=True)
        ]
        before = [np.eye(1), *accumulate(layers, lambda f, w: w @ f)][:-1]
        after = [np.eye(1), *accumulate(layers[::-1], lambda b, w: b @ w)][-2::-1]
        growth = [np.outer(b, f) for b, f in zip(after, before, strict=True)]
        pace = np.linalg.norm(state[:-1]) ** (2 - depth)
        return pace * np.concatenate([*(g.ravel() for g in growth), [1.0]])

    def far(_: float, state: Array) -> float:
        return float(np.linalg.norm(state[:-1]) - 1e6)

    far.terminal = True  # type: ignore[attr-defined]
    begin = np.concatenate([*(w.ravel() for w in start), [0.0]])
    end = solve_ivp(velocity, (0, np.inf), begin, "DOP853", rtol=1e-10, atol=1e-12, events=far).y[
        :, -1
    ]
    rest = escape_time(depth, 1.0, float(np.linalg.norm(end[:-1])), np.inf)
    return float((depth - 2) * (end[-1] + rest))
