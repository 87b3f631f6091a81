r"""Curvature along the principal directions of the weights when inputs are not isotropic.

For few weights per sample :math:`C/T - 1` is, in the eigenbasis of the Hessian, a symmetric random
matrix whose entries have variances in proportion to :math:`4h_ih_j/(h_i + h_j)^2`: directions
couple if their curvatures are similar. Its eigenvectors are the principal directions. They know
that band, and are not random directions.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

Array = np.ndarray


def curvature_spread(
    curvatures: Float[Array, " N"], levels: int = 41, resolution: float = 1e-3
) -> float:
    r"""Variance of the curvature :math:`u^\top H u` over principal directions u, for small c.

    With :math:`s_{ij} = 4h_ih_j / N(h_i + h_j)^2` let :math:`m_i(E)` solve
    :math:`-1/m_i = E + i0 + \sum_j s_{ij}m_j`. An eigenvector at level E has the mean profile
    :math:`p_i = \operatorname{Im} m_i / \sum_j \operatorname{Im} m_j`, so the mean curvature
    :math:`\bar h = \sum_i p_ih_i`. Around it the curvature of a single eigenvector scatters with
    the variance

    .. math:: \frac{\operatorname{Re} a^\top \bigl[(1 - |m|^2 s)^{-1}|m|^2 - (1 - m^2 s)^{-1}m^2
        \bigr] a}{\bigl(\sum_i \operatorname{Im} m_i\bigr)^2}, \qquad a = h - \bar h ,

    twice the mean square of :math:`u^\top H u'` for neighbors :math:`u, u'` of one level, which
    the mean of :math:`\operatorname{tr}[\operatorname{Im}G\,a\operatorname{Im}G\,a]` for the
    resolvent G gives. The result is the variance of the mean curvature over the levels plus the
    mean of the scatter, times :math:`N/(N + 2)` for vectors of length one. For nearly equal
    curvatures it becomes :math:`2/(N + 2)` times their variance, that of random directions.

    Args:
        curvatures: Eigenvalues of the Hessian, positive.
        levels: Number of levels E between -2 and 2, which hold the spectrum.
        resolution: Imaginary part of E.

    Raises:
        ValueError: If a curvature is not positive, or there are fewer than 2 levels.

    >>> h = np.linspace(0.99, 1.01, 20)
    >>> bool(np.isclose(curvature_spread(h), 2 / 22 * h.var(), rtol=0.01))
    True
    """
    if not (curvatures > 0).all():
        raise ValueError(f"curvatures must be positive, got {curvatures.min()}")
    if levels < 2:
        raise ValueError(f"levels must be at least 2, got {levels}")
    h, size = curvatures, len(curvatures)
    s = 4 * h[:, None] * h / (h[:, None] + h) ** 2 / size
    m = _resolvent(s, np.linspace(-2, 2, levels) + 1j * resolution)
    total = m.imag.sum(axis=1)
    mean = m.imag @ h / total
    a = h - mean[:, None]

    def response(weight: Array) -> Array:
        solved = np.linalg.solve(np.eye(size) - weight[:, :, None] * s, (weight * a)[:, :, None])
        return np.asarray((a * solved[:, :, 0]).sum(axis=1).real)

    scatter = (response(np.abs(m) ** 2) - response(m**2)) / total**2
    scatter *= size / (size + 2)
    share = total / total.sum()
    return float(share @ ((mean - share @ mean) ** 2 + scatter))


def _resolvent(s: Array, energies: Array) -> Array:
    """Diagonal of the mean resolvent, energies by directions, by damped iteration."""
    m = np.full((len(energies), len(s)), 1j)
    for _ in range(20_000):
        # two real products: numpy would turn s into a complex matrix at each step
        pulled = m.real @ s + 1j * (m.imag @ s)
        change = -1 / (energies[:, None] + pulled) - m
        m += change / 2
        if np.abs(change).max() < 1e-8:
            return m
    raise ValueError("resolution must be larger: the iteration does not settle")
