"""Properties of eigenpairs, spectra, overlaps and alignment in ``traindyn.curvature``."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import torch
from comparing import arrays, normal, plain, seeds, within
from harness import Property
from hypothesis import strategies as st
from scipy import sparse
from scipy.sparse.linalg import aslinearoperator
from strategies import any_count, any_number

from traindyn import curvature
from traindyn.curvature import operators

# overlaps, exactly in fractions


def fractions(basis):
    return [[Fraction(x) for x in row] for row in plain(basis).tolist()]


def projection(basis):
    """B (BᵀB)⁻¹ Bᵀ by elimination; nan if the columns are dependent."""
    b = fractions(basis)
    n, k = len(b), len(b[0])
    rows = [
        [sum(b[i][p] * b[i][q] for i in range(n)) for q in range(k)] + [b[i][p] for i in range(n)]
        for p in range(k)
    ]
    for p in range(k):
        pivot = next((r for r in range(p, k) if rows[r][p]), None)
        if pivot is None:
            return None
        rows[p], rows[pivot] = rows[pivot], rows[p]
        rows[p] = [x / rows[p][p] for x in rows[p]]
        for r in range(k):
            if r != p:
                rows[r] = [x - rows[r][p] * y for x, y in zip(rows[r], rows[p], strict=True)]
    return [[sum(b[i][p] * rows[p][k + j] for p in range(k)) for j in range(n)] for i in range(n)]


def slow_overlap(vector, basis):
    p, v = projection(basis), [Fraction(x) for x in plain(vector).tolist()]
    if p is None:
        return math.nan
    inside = sum(v[i] * p[i][j] * v[j] for i in range(len(v)) for j in range(len(v)))
    return math.sqrt(inside / sum(x * x for x in v))


def slow_distance(one, other):
    p, q = projection(one), projection(other)
    if p is None or q is None:
        return math.nan
    difference = [
        [float(x - y) for x, y in zip(r, s, strict=True)] for r, s in zip(p, q, strict=True)
    ]
    return np.linalg.norm(np.array(difference), 2)


sizes = st.tuples(st.integers(1, 4), st.integers(1, 4)).filter(lambda nk: nk[1] <= nk[0])

OVERLAPS = {
    "alignment.overlap": Property(
        curvature.overlap,
        slow_overlap,
        st.tuples(seeds, sizes).map(lambda s: (normal(s[0], s[1][0]), normal(s[0] + 1, *s[1]))),
        sizes.flatmap(lambda s: st.tuples(arrays(s[:1]), arrays(s)))
        | st.tuples(arrays(3), arrays((3, 2))),
        within(0, 1e-6),
    ),
    "alignment.subspace_distance": Property(
        curvature.subspace_distance,
        slow_distance,
        st.tuples(seeds, sizes).map(lambda s: (normal(s[0], *s[1]), normal(s[0] + 1, *s[1]))),
        sizes.flatmap(lambda s: st.tuples(arrays(s), arrays(s)))
        | st.tuples(arrays((3, 2)), arrays((3, 2))),
        within(0, 1e-6),
    ),
}

# symmetric matrices in any shape


def symmetric(seed, n, rank, scale=1.0):
    x = normal(seed, n, n)
    signs = np.where(np.arange(n) < rank, np.sign(x[0]), 0)
    return scale * (x * signs) @ x.T / n


class Foreign:
    """An operator of another package."""

    def __init__(self, matrix):
        self.matrix = matrix

    def to_scipy(self):
        return aslinearoperator(self.matrix)


WRAPS = [np.asarray, aslinearoperator, sparse.csr_array, sparse.coo_matrix, Foreign, torch.tensor]
SPOILS = ["nothing", "nothing", "asymmetric", "nan", "complex", "rectangular", "integer", "single"]


@st.composite
def matrices(draw, largest=30):
    """A plain symmetric matrix and what a user makes of it, perhaps spoiled."""
    n = draw(st.integers(1, largest))
    scale = draw(st.sampled_from([1.0, 1.0, 1e-160, 1e160, 0.0, 1e-300, 1e-12]))
    matrix = symmetric(draw(seeds), n, draw(st.sampled_from([n, n, n // 2, 1, 0])), scale)
    matrix = (matrix + matrix.T) / 2
    spoil = draw(st.sampled_from(SPOILS))
    if spoil == "asymmetric":
        matrix[0, -1] += 0.5 * (1 + np.abs(matrix).max())
    if spoil == "nan":
        matrix[-1, 0] = matrix[0, -1] = draw(st.sampled_from([np.nan, np.inf]))
    if spoil == "integer":
        matrix = np.round(np.clip(matrix, -9, 9)).astype(int)
    if spoil == "single":
        matrix = matrix.astype(np.float32)
    wrapped = matrix[:-1] if spoil == "rectangular" else matrix
    wrapped = wrapped + 1j * np.triu(matrix, 1) if spoil == "complex" else wrapped
    return matrix, draw(st.sampled_from(WRAPS))(wrapped)


def norm_of(matrix):
    largest = np.abs(matrix).max(initial=0.0)
    return largest * np.linalg.norm(matrix / largest, 2) if largest else 0.0


def true_values(matrix):
    """Eigenvalues over the norm, falling, and the norm; nan if the matrix is not symmetric."""
    matrix = np.array(matrix, dtype=float)
    if not np.isfinite(matrix).all() or not np.allclose(matrix, matrix.T, rtol=1e-3, atol=0):
        return np.full(len(matrix), math.nan), 1.0
    norm = norm_of(matrix) or 1.0
    return np.linalg.eigvalsh(matrix / norm)[::-1], norm


def pairs(matrices_, count, seed, tolerance):
    matrix, wrapped = matrices_
    generator = None if seed is None else np.random.default_rng(seed)
    values, vectors = curvature.top_eigenpairs(wrapped, count, generator, tolerance)
    _, norm = true_values(matrix)
    values, vectors = values.astype(float) / norm, vectors.astype(float)
    residuals = np.abs((matrix / norm) @ vectors - vectors * values).max()
    return [*values, residuals, np.abs(vectors.T @ vectors - np.eye(len(values))).max()]


def measured_pairs(matrices_, count, seed, tolerance):
    matrix, wrapped = matrices_
    generator = None if seed is None else np.random.default_rng(seed)
    found = curvature.pairs_with_residuals(wrapped, count, generator, tolerance)
    _, norm = true_values(matrix)
    values, vectors = found.values.astype(float) / norm, found.vectors.astype(float)
    true = np.linalg.norm((matrix / norm) @ vectors - vectors * values, axis=0)
    wrong = np.abs(found.residuals.astype(float) / norm - true).max()
    return [*values, wrong, np.abs(vectors.T @ vectors - np.eye(len(values))).max()]


def slow_pairs(matrices_, count, seed, tolerance):
    return [*true_values(matrices_[0])[0][: int(count)], 0.0, 0.0]


def aligned(vector, matrices_, count):
    matrix, wrapped = matrices_
    found = curvature.alignment(vector, wrapped, count)
    return [found.overlap, found.gap, found.random, *found.values / true_values(matrix)[1]]


def slow_aligned(vector, matrices_, count):
    matrix, _ = matrices_
    count = int(count)
    values, norm = true_values(matrix)
    vectors = np.linalg.eigh(np.array(matrix, dtype=float) / norm)[1][:, ::-1][:, :count]
    v = plain(vector)
    top, below = values[count - 1 : count + 1]
    gap = (top / below if below > 1e-3 else math.inf) if top > 1e-3 else math.nan
    cosine = np.linalg.norm(vectors.T @ (v / np.abs(v).max())) / np.linalg.norm(v / np.abs(v).max())
    return [cosine, gap, math.sqrt(count / len(v)), *values[: count + 1]]


def same_alignment(actual, expected):
    """The overlap where the space is defined, the gap where values are far from rounding."""
    (cosine, gap, *rest), (true_cosine, true_gap, *true_rest) = actual, expected
    top, below = true_rest[-2:]
    near_zero = 0 < abs(top) < 1e-3 or 0 < abs(below) < 1e-3
    if not within(0, 2e-4)(rest, true_rest):
        return False
    if top - below < 1e-3:
        return near_zero or not gap > 2
    fine = abs(cosine - true_cosine) < 1e-2
    return fine and (near_zero or np.allclose(gap, true_gap, rtol=0.5, equal_nan=True))


def moments(matrices_, steps, probes, seed):
    matrix, wrapped = matrices_
    found = curvature.lanczos_quadrature(wrapped, steps, probes, np.random.default_rng(seed))
    nodes = found.nodes / true_values(matrix)[1]
    powers = range(min(2 * int(steps), 4))
    return [(found.weights * nodes**p).sum(axis=1) for p in powers]


def slow_moments(matrices_, steps, probes, seed):
    matrix = np.array(matrices_[0], dtype=float)
    values, norm = true_values(matrix)
    v = np.random.default_rng(seed).standard_normal((int(probes), len(matrix)))
    v /= np.linalg.norm(v, axis=1, keepdims=True)
    if np.isnan(values).any():
        return math.nan
    powers = range(min(2 * int(steps), 4))
    return [
        np.einsum("pi,ij,pj->p", v, np.linalg.matrix_power(matrix / norm, p), v) for p in powers
    ]


def plain_symmetric(seed, n):
    matrix = symmetric(seed, n, n)
    return (matrix + matrix.T) / 2, aslinearoperator((matrix + matrix.T) / 2)


small = st.integers(2, 48)
counts = st.one_of(st.integers(1, 3), any_count())

symmetric_matrices = (
    st.tuples(seeds, small).map(lambda s: (plain_symmetric(*s), 1 + s[0] % s[1], s[0], None)),
    st.tuples(matrices(), counts, st.none() | seeds, st.none() | any_number()).map(
        lambda s: (*s[:3], min(s[3], 1e-4) if isinstance(s[3], float) else s[3])
    ),
)

SPECTRA = {
    "eigenpairs.top_eigenpairs": Property(pairs, slow_pairs, *symmetric_matrices, within(0, 2e-4)),
    "eigenpairs.pairs_with_residuals": Property(
        measured_pairs, slow_pairs, *symmetric_matrices, within(0, 2e-4)
    ),
    "alignment.alignment": Property(
        aligned,
        slow_aligned,
        st.tuples(seeds, small).map(
            lambda s: (normal(s[0], s[1]), plain_symmetric(*s), 1 + s[0] % (s[1] - 1))
        ),
        matrices(24).flatmap(lambda m: st.tuples(arrays((len(m[0]),)), st.just(m), counts)),
        same_alignment,
    ),
    "density.lanczos_quadrature": Property(
        moments,
        slow_moments,
        st.tuples(seeds, small).map(lambda s: (plain_symmetric(*s), 1 + s[0] % s[1], 3, s[0])),
        st.tuples(matrices(12), counts, counts, seeds),
        within(0, 2e-3),
    ),
    "operators.symmetric_matrix": Property(
        lambda m: (a := operators.symmetric_matrix(m[1])) @ np.eye(a.size) * a.scale,
        lambda m: m[0] if np.isfinite(true_values(m[0])[0]).all() else math.nan,
        st.tuples(st.tuples(seeds, small).map(lambda s: plain_symmetric(*s))),
        st.tuples(matrices()),
        within(1e-6),
    ),
    "operators.SymmetricMatrix.dense": Property(
        lambda m: (a := operators.symmetric_matrix(m[1])).dense() * a.scale,
        lambda m: m[0] if np.isfinite(true_values(m[0])[0]).all() else math.nan,
        st.tuples(st.tuples(seeds, small).map(lambda s: plain_symmetric(*s))),
        st.tuples(matrices()),
        within(1e-6),
    ),
}

TABLE = {f"traindyn.curvature.{name}": tried for name, tried in (OVERLAPS | SPECTRA).items()}
TABLE["traindyn.curvature.operators.power_of_two"] = Property(
    lambda size: float(operators.power_of_two(size)),
    lambda size: 2.0 ** math.floor(math.log2(size)),
    st.tuples(st.integers(1, 10**9).map(float)),
    st.tuples(st.sampled_from([1e-300, 1e-160, 0.75, 4.0, 1e160, 1.5e308])),
)
