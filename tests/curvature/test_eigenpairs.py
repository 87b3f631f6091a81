"""Top eigenpairs against dense solvers, and the check of their residuals."""

import numpy as np
import pytest
from scipy.sparse.linalg import LinearOperator, aslinearoperator

from traindyn.curvature import NotConvergedError, count_outliers, top_eigenpairs


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
        np.testing.assert_allclose(matrix @ vectors, vectors * values, atol=1e-10)


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


def test_outliers_lie_above_the_edge_and_its_scatter():
    values = np.array([1.0, 1.04, 1.06, 3.0])
    assert count_outliers(values, 1.0) == 2
    assert count_outliers(values, 1.0, margin=0.0) == 3
    assert count_outliers(7 * values, 7.0) == 2


def test_bad_input_is_refused(unchecked):
    with pytest.raises(ValueError, match="count must lie in"):
        top_eigenpairs(np.eye(3), 4)
    with pytest.raises(ValueError, match="matrix must be square"):
        top_eigenpairs(np.ones((2, 3)), 1)
    with pytest.raises(ValueError, match="edge must be positive"):
        count_outliers(np.ones(2), 0.0)
    with pytest.raises(ValueError, match="margin must be"):
        count_outliers(np.ones(2), 1.0, -0.1)
