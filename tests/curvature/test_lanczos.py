"""The search for eigenpairs of an operator: few products, true residuals, all copies it can see."""

import numpy as np
import pytest
from scipy.sparse.linalg import LinearOperator, aslinearoperator, eigsh

from traindyn.curvature import NotConvergedError, lanczos, pairs_with_residuals
from traindyn.curvature.operators import symmetric_matrix


class Counted:
    """An operator that counts its products."""

    def __init__(self, matrix):
        self.matrix, self.products = matrix, 0

    def operator(self):
        def apply(vector):
            self.products += 1
            return self.matrix @ vector

        return LinearOperator(self.matrix.shape, matvec=apply, dtype=self.matrix.dtype)


def wigner(n):
    a = np.random.default_rng(0).standard_normal((n, n))
    return (a + a.T) / 2


def spiked(n):
    """Ten outliers of a bulk, as a trained network has them."""
    g = np.random.default_rng(1)
    basis = np.linalg.qr(g.standard_normal((n, n)))[0]
    return basis @ np.diag(np.r_[np.geomspace(50, 2, 10), g.uniform(-0.1, 1, n - 10)]) @ basis.T


def chain(n):
    """Differences of second order: a spectrum that is dense at its ends."""
    return 2 * np.eye(n) - np.eye(n, k=1) - np.eye(n, k=-1)


MATRICES = {"wigner": wigner(600), "spiked": spiked(600), "chain": chain(300)}


@pytest.mark.parametrize("name", MATRICES)
@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float64, 1e-6), (np.float32, 1e-4)])
def test_no_more_products_than_arpack_at_the_same_tolerance(name, dtype, tolerance):
    ours, theirs = (Counted(MATRICES[name].astype(dtype)) for _ in range(2))
    found = pairs_with_residuals(ours.operator(), 10, tolerance=tolerance, copies=False)
    start = np.random.default_rng(0).standard_normal(len(MATRICES[name]))
    eigsh(theirs.operator(), 10, which="LA", tol=tolerance, v0=start)
    assert ours.products <= theirs.products + 2  # two tell whether it is symmetric
    exact = np.linalg.eigvalsh(MATRICES[name])[::-1]
    np.testing.assert_allclose(found.values, exact[:10], rtol=tolerance)


@pytest.mark.parametrize("name", MATRICES)
@pytest.mark.parametrize("memory", [lanczos.MEMORY, 1])
def test_residuals_are_those_of_the_pairs_after_restarts_too(name, memory, monkeypatch):
    monkeypatch.setattr(lanczos, "MEMORY", memory)
    counted = Counted(MATRICES[name])
    found = pairs_with_residuals(counted.operator(), 10, tolerance=1e-6)
    if memory == 1 and name != "spiked":
        assert counted.products > 42  # more than fit beside each other: it restarted
    error = MATRICES[name] @ found.vectors - found.vectors * found.values
    np.testing.assert_allclose(found.residuals, np.linalg.norm(error, axis=0), atol=1e-12)
    assert (found.residuals <= 1e-6 * found.values).all()
    np.testing.assert_allclose(found.vectors.T @ found.vectors, np.eye(10), atol=1e-12)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize(
    "values",
    [
        np.repeat([3.0, 2.0, 1.0], [4, 5, 191]),
        np.repeat([2.0, 0.0], [3, 197]),
        np.repeat([0.0, -1.0], [197, 3]),
        np.repeat([-1.0, -2.0], [20, 180]),
        np.full(200, 5.0),
    ],
)
def test_all_copies_are_found_where_a_start_reaches_few_directions(values, dtype):
    basis = np.linalg.qr(wigner(200))[0]
    matrix = (basis @ np.diag(values) @ basis.T).astype(dtype)
    found = pairs_with_residuals(aslinearoperator((matrix + matrix.T) / 2), 8)
    np.testing.assert_allclose(
        found.values, values[:8], atol=1e-10 if dtype == np.float64 else 1e-4
    )


def test_it_stops_where_rounding_forbids_more():
    counted = Counted(spiked(400).astype(np.float32))
    with pytest.raises(ArithmeticError, match="largest residual"):
        pairs_with_residuals(counted.operator(), 10, tolerance=1e-10)
    assert counted.products < 200


def test_the_search_sees_the_matrix_divided_by_its_scale():
    a = symmetric_matrix(aslinearoperator(1e6 * spiked(100)))
    found, _ = lanczos.largest_pairs(a, 3, np.random.default_rng(0), 1e-8, 100)
    np.testing.assert_allclose(
        found.values * a.scale, [50e6, 1e6 * 50 * 25 ** (-1 / 9), 1e6 * 50 * 25 ** (-2 / 9)]
    )
    with pytest.raises(NotConvergedError, match="gave up on 3 eigenpairs after 5 products"):
        lanczos.largest_pairs(a, 3, np.random.default_rng(0), 1e-8, 5)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_copies_are_found_where_a_start_reaches_many_directions(seed, dtype):
    """The Hessian of a last layer with the squared error: each eigenvalue once per output."""
    x = np.random.default_rng(9).standard_normal((60, 25))
    matrix = np.kron(x.T @ x / 60, np.eye(10)).astype(dtype)
    exact = np.linalg.eigvalsh(matrix)[::-1]
    for count in (3, 11):
        found = pairs_with_residuals(aslinearoperator(matrix), count, np.random.default_rng(seed))
        np.testing.assert_allclose(found.values, exact[:count], rtol=1e-4)


@pytest.mark.parametrize("seed", range(4))
def test_rounding_does_not_hide_that_a_start_is_exhausted(seed):
    basis = np.linalg.qr(wigner(120))[0]
    matrix = basis @ np.diag(np.repeat([3.0, 2.0, 1.0], [2, 50, 68])) @ basis.T
    found = pairs_with_residuals(
        aslinearoperator((matrix + matrix.T) / 2), 5, np.random.default_rng(seed)
    )
    np.testing.assert_allclose(found.values, [3, 3, 2, 2, 2])


def test_a_search_for_copies_takes_the_products_it_says():
    with_copies, without = (Counted(spiked(400)) for _ in range(2))
    pairs_with_residuals(with_copies.operator(), 10)
    pairs_with_residuals(without.operator(), 10, copies=False)
    assert 0 <= with_copies.products - without.products - lanczos.products_to_see(400) <= 4
