"""Top eigenpairs against dense solvers, and the check of their residuals."""

import numpy as np
import pytest
import torch
from scipy import sparse
from scipy.sparse.linalg import LinearOperator, aslinearoperator

from traindyn.curvature import NotConvergedError, top_eigenpairs


def symmetric(n, seed=0):
    a = np.random.default_rng(seed).standard_normal((n, n))
    return (a + a.T) / 2


@pytest.mark.parametrize("n", [2, 15, 200])
@pytest.mark.parametrize("wrap", [np.asarray, aslinearoperator])
def test_values_are_those_of_a_dense_solver(n, wrap):
    matrix = symmetric(n)
    for count in {1, min(10, n)}:
        values, vectors = top_eigenpairs(wrap(matrix), count)
        np.testing.assert_allclose(values, np.linalg.eigvalsh(matrix)[::-1][:count], rtol=1e-11)
        np.testing.assert_allclose(vectors.T @ vectors, np.eye(count), atol=1e-12)
        residuals = np.linalg.norm(matrix @ vectors - vectors * values, axis=0)
        assert residuals.max() <= 1e-8 * values[0]


def test_a_scaled_matrix_has_scaled_values():
    matrix = aslinearoperator(symmetric(100))
    scaled = top_eigenpairs(3 * matrix, 4)
    np.testing.assert_allclose(scaled.values, 3 * top_eigenpairs(matrix, 4).values, rtol=1e-12)


def test_values_of_a_repeated_eigenvalue_are_all_found():
    matrix = aslinearoperator(np.diag([2.0] * 3 + [1.0] * 97))
    np.testing.assert_allclose(top_eigenpairs(matrix, 3).values, 2.0, rtol=1e-12)


def test_too_few_products_are_an_error_not_an_answer():
    with pytest.raises(NotConvergedError, match="Lanczos gave up"):
        top_eigenpairs(aslinearoperator(symmetric(2000)), 10, max_products=30)


def test_an_operator_that_is_not_symmetric_is_found_out():
    shear = symmetric(100)
    shear[0, 1] += 50
    with pytest.raises(NotConvergedError, match="is the matrix symmetric"):
        top_eigenpairs(aslinearoperator(shear), 3)
    broken = LinearOperator((100, 100), matvec=lambda v: np.full_like(v, np.nan), dtype=float)
    with pytest.raises(NotConvergedError):
        top_eigenpairs(broken, 3)


def test_bad_input_is_refused(unchecked):
    with pytest.raises(ValueError, match="count must lie in"):
        top_eigenpairs(np.eye(3), 4)
    with pytest.raises(ValueError, match="matrix must be square"):
        top_eigenpairs(np.ones((2, 3)), 1)


class Foreign:
    """An operator of another package."""

    def __init__(self, matrix):
        self.matrix = matrix

    def to_scipy(self):
        return aslinearoperator(self.matrix)


WRAPS = [
    aslinearoperator,
    Foreign,
    sparse.csr_array,
    sparse.coo_matrix,
    sparse.dia_array,
    torch.tensor,
    np.asfortranarray,
    np.ndarray.tolist,
    lambda matrix: matrix[::-1, ::-1].copy()[::-1, ::-1],
]


@pytest.mark.parametrize("wrap", WRAPS)
@pytest.mark.parametrize("scale", [1.0, 1e-160, 1e160])
def test_matrices_of_any_kind_and_scale(wrap, scale, unchecked):
    matrix = symmetric(60)
    values, vectors = top_eigenpairs(wrap(scale * matrix), 3)
    np.testing.assert_allclose(values / scale, np.linalg.eigvalsh(matrix)[::-1][:3], rtol=1e-11)
    np.testing.assert_allclose(matrix @ vectors, vectors * (values / scale), atol=1e-10)


@pytest.mark.parametrize("wrap", [np.asarray, aslinearoperator, sparse.csr_array])
def test_single_precision_is_asked_for_single_accuracy(wrap):
    matrix = symmetric(60).astype(np.float32)
    values, vectors = top_eigenpairs(wrap(matrix), 3)
    assert values.dtype == vectors.dtype == np.float32
    np.testing.assert_allclose(values, np.linalg.eigvalsh(matrix)[::-1][:3], rtol=1e-4)
    with pytest.raises(NotConvergedError, match="largest residual"):
        top_eigenpairs(wrap(matrix), 3, tolerance=1e-12)


@pytest.mark.parametrize("wrap", [np.asarray, aslinearoperator, sparse.csr_array])
@pytest.mark.parametrize("n", [5, 100])
def test_zeros_are_eigenvalues(wrap, n):
    found = top_eigenpairs(wrap(np.zeros((n, n))), 2)
    np.testing.assert_array_equal(found.values, [0, 0])
    np.testing.assert_array_equal(found.vectors.T @ found.vectors, np.eye(2))
    basis = np.linalg.qr(symmetric(n))[0][:, :3]
    for matrix in (basis @ basis.T, -basis @ basis.T):
        exact = np.linalg.eigvalsh(matrix)[::-1][: n - 3]
        found = top_eigenpairs(wrap(matrix), min(n - 3, 8)).values
        np.testing.assert_allclose(found, exact[: len(found)], atol=1e-12)


def test_a_matrix_of_integers_has_the_values_of_its_numbers(unchecked):
    matrix = np.diag(np.arange(50))
    for wrap in (np.asarray, aslinearoperator, sparse.csr_array):
        np.testing.assert_allclose(top_eigenpairs(wrap(matrix), 2).values, [49, 48])


@pytest.mark.parametrize(
    ("matrix", "message"),
    [
        (np.array([[5.0, 1.0], [0.0, 1.0]]), "matrix must be symmetric"),
        (sparse.csr_array(np.triu(symmetric(50))), "matrix must be symmetric"),
        (aslinearoperator(np.array([[5.0, 1.0], [0.0, 1.0]])), "is the matrix symmetric"),
        (np.eye(3) * 1j, "matrix must hold real numbers, got dtype complex128"),
        (sparse.csr_array(np.eye(3) * 1j), "matrix must be real, got csr_array of complex128"),
        (aslinearoperator(np.eye(3) * 1j), "matrix must be real"),
        (np.full((3, 3), np.nan), "matrix must be finite"),
        (sparse.csr_array(np.full((3, 3), np.nan)), "matrix must be finite"),
        (sparse.csr_array(np.ones((2, 3))), "matrix must be square"),
        (np.ma.masked_array(np.eye(3), mask=np.eye(3)), "masked"),
        (np.zeros((0, 0)), "matrix must hold at least 1"),
        ("matrix", "matrix must hold real numbers"),
        (torch.eye(3).to_sparse(), "matrix must hold real numbers"),
    ],
)
def test_what_is_no_symmetric_matrix_is_refused(matrix, message, unchecked):
    with pytest.raises(ValueError, match=message):
        top_eigenpairs(matrix, 1)


def test_an_operator_must_give_real_and_finite_products():
    for factor in (1j, np.nan):
        broken = LinearOperator((50, 50), matvec=lambda v, f=factor: f * v, dtype=float)
        with pytest.raises(NotConvergedError, match="must be real and finite"):
            top_eigenpairs(broken, 1)


@pytest.mark.parametrize("bad", [0, -1, 2.0, np.nan, None, True, "2", [1]])
def test_counts_must_be_whole_numbers(bad, unchecked):
    with pytest.raises(ValueError, match="count must"):
        top_eigenpairs(symmetric(50), bad)
    with pytest.raises(ValueError, match="max_products must"):
        top_eigenpairs(symmetric(50), 1, max_products=bad)


def test_tolerance_and_generator_are_checked(unchecked):
    for bad in (0.0, -1.0, np.nan, "x"):
        with pytest.raises(ValueError, match="tolerance must be positive"):
            top_eigenpairs(symmetric(50), 1, tolerance=bad)
    for bad in (0, np.random, torch.Generator()):
        with pytest.raises(ValueError, match=r"generator must be a numpy.random.Generator"):
            top_eigenpairs(symmetric(50), 1, bad)
    assert top_eigenpairs(aslinearoperator(symmetric(50)), 1, max_products=10**15).values.size == 1
