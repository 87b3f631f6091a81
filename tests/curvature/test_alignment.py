"""Overlaps and distances of subspaces against projections."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse.linalg import aslinearoperator

from traindyn.curvature import (
    NotConvergedError,
    alignment,
    overlap,
    spectral_gap,
    subspace_distance,
)


def projection(basis):
    return basis @ np.linalg.pinv(basis)


@given(st.integers(0, 10**6), st.integers(1, 4))
def test_overlap_and_distance_match_projections(seed, k):
    g = np.random.default_rng(seed)
    v, one, other = g.standard_normal(6), g.standard_normal((6, k)), g.standard_normal((6, k))
    slow = np.linalg.norm(projection(one) @ v) / np.linalg.norm(v)
    assert overlap(v, one) == pytest.approx(slow, abs=1e-12)
    slow = np.linalg.norm(projection(one) - projection(other), 2)
    assert subspace_distance(one, other) == pytest.approx(slow, abs=1e-9)


@given(st.integers(0, 10**6))
def test_neither_depends_on_the_basis_the_scale_or_a_rotation(seed):
    g = np.random.default_rng(seed)
    v, one, other = g.standard_normal(5), g.standard_normal((5, 2)), g.standard_normal((5, 2))
    mixed = one @ (np.eye(2) + 0.2 * g.standard_normal((2, 2)))
    turn, _ = np.linalg.qr(g.standard_normal((5, 5)))
    assert overlap(-3 * turn @ v, turn @ mixed) == pytest.approx(overlap(v, one), abs=1e-9)
    distance = subspace_distance(one, other)
    assert subspace_distance(turn @ mixed, turn @ other) == pytest.approx(distance, abs=1e-7)
    assert subspace_distance(other, one) == pytest.approx(distance, abs=1e-9)


def test_a_random_vector_has_the_stated_overlap():
    g = np.random.default_rng(0)
    n, k = 50, 8
    found = alignment(np.ones(n), np.diag(np.arange(n, 0.0, -1)), k)
    squares = [overlap(g.standard_normal(n), found.vectors) ** 2 for _ in range(400)]
    # squares scatter by 0.05 each; 5 standard errors of the mean are 0.0125
    assert np.mean(squares) == pytest.approx(found.random**2, abs=0.0125)


def test_alignment_reports_the_gap():
    matrix = np.diag([8.0, 4.0, 1.0, 0.5])
    v = np.array([1.0, 1.0, 1.0, 1.0])
    for wrapped in (matrix, aslinearoperator(matrix)):
        found = alignment(v, wrapped, 2)
        assert found.overlap == pytest.approx(np.sqrt(0.5))
        assert found.gap == pytest.approx(4.0)
        np.testing.assert_allclose(found.values, [8.0, 4.0, 1.0])
    assert alignment(v, np.diag([1.0, 0.0, 0.0, 0.0]), 1).gap == np.inf


def test_bad_input_is_refused(unchecked):
    with pytest.raises(ValueError, match="vector must have a positive norm"):
        overlap(np.zeros(2), np.eye(2))
    with pytest.raises(ValueError, match="basis must be"):
        overlap(np.ones(2), np.eye(3))
    with pytest.raises(ValueError, match="subspaces must have one shape"):
        subspace_distance(np.eye(3)[:, :1], np.eye(3)[:, :2])
    with pytest.raises(ValueError, match="count must lie in"):
        alignment(np.ones(3), np.eye(3), 3)


LINE = np.array([[1.0, 1.0], [0.0, 0.0], [0.0, 0.0]])


@pytest.mark.parametrize(
    ("basis", "message"),
    [
        (LINE, "must have independent columns"),
        (LINE + 1e-12 * np.eye(3)[:, :2], "must have independent columns"),
        (np.zeros((3, 1)), "must have independent columns"),
        (np.ones((3, 4)), r"must be \(3, k\) with k at most 3"),
        (np.full((3, 1), np.nan), "must be finite"),
        (np.ones((3, 1)) * 1j, "must hold real numbers"),
        (np.ones((3, 0)), "must hold at least 1"),
        (None, "must hold real numbers"),
    ],
)
def test_a_basis_must_span_what_it_says(basis, message, unchecked):
    with pytest.raises(ValueError, match=f"basis {message}"):
        overlap(np.array([0.0, 1.0, 1.0]), basis)
    with pytest.raises(ValueError, match=message):
        subspace_distance(basis, np.eye(3)[:, :2] if basis is LINE else basis)


@pytest.mark.parametrize("scale", [1e-160, 1e160])
def test_lengths_of_any_size_cancel(scale):
    basis = np.array([[scale, 1.0], [0.0, 1.0], [0.0, 0.0]])
    assert overlap(scale * np.array([3.0, 0.0, 4.0]), basis) == pytest.approx(0.6)
    assert subspace_distance(basis, np.eye(3)[:, [0, 2]]) == pytest.approx(1.0)


def test_integers_tensors_and_any_layout_are_taken(unchecked):
    basis = np.array([[2, 0], [0, 1], [0, 0]])
    for same in (basis, basis.tolist(), torch.tensor(basis), np.asfortranarray(basis)):
        assert overlap([3, 0, 4], same) == pytest.approx(0.6)


@pytest.mark.parametrize(
    ("values", "count"),
    [
        ([1.0, -1.0, -1.000001, -4.0], 2),
        ([5.0, 1e-17, -1e-17, -1e-17], 2),
        ([5.0, 1e-17, -1e-17, -2.0], 2),
        ([1e-17, -1e-17, -4.0], 1),
        ([0.0, 0.0, 0.0], 1),
    ],
)
def test_the_gap_is_no_number_where_values_are_not_positive(values, count):
    for wrap in (np.asarray, aslinearoperator):
        assert np.isnan(alignment(np.ones(len(values)), wrap(np.diag(values)), count).gap)


def test_the_gap_is_one_for_equal_values():
    assert alignment(np.ones(3), np.diag([2.0, 1.0, 1.0]), 2).gap == pytest.approx(1.0)


def test_single_precision_needs_no_tolerance():
    matrix = aslinearoperator(np.diag(np.arange(60, dtype=np.float32)))
    found = alignment(np.ones(60, dtype=np.float32), matrix, 2)
    assert found.overlap == pytest.approx(np.sqrt(2 / 60), abs=1e-4)
    assert found.gap == pytest.approx(58 / 57, rel=1e-4)
    with pytest.raises(NotConvergedError, match="largest residual"):
        alignment(np.ones(60, dtype=np.float32), matrix, 2, tolerance=1e-12)


def test_the_vector_must_fit_the_matrix(unchecked):
    with pytest.raises(ValueError, match="vector must have the length 3, got 2"):
        alignment(np.ones(2), np.eye(3), 1)


@pytest.mark.parametrize(
    ("top", "below", "gap"),
    [(3.0, 2.0, 1.5), (3.0, 1e-16, np.inf), (3.0, -1.0, np.inf), (1e-16, 0.0, np.nan)],
)
def test_a_gap_knows_rounding(top, below, gap):
    told = spectral_gap(top, below, 9, np.dtype(float), 5.0)
    np.testing.assert_equal(told, gap)
