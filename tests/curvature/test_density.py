"""Lanczos quadrature against known spectra."""

import numpy as np
import pytest
from scipy import sparse
from scipy.sparse.linalg import LinearOperator, aslinearoperator

from traindyn.curvature import SpectralDensity, lanczos_quadrature


def wishart(n, aspect=0.25, seed=1):
    x = np.random.default_rng(seed).standard_normal((round(n / aspect), n))
    return x.T @ x / len(x)


def quadrature(matrix, steps=20, probes=16, seed=0):
    return lanczos_quadrature(matrix, steps, probes, np.random.default_rng(seed))


def test_a_rule_is_exact_for_polynomials_up_to_its_degree():
    matrix = wishart(30)
    found = quadrature(matrix, steps=4)
    generator = np.random.default_rng(0)
    v = generator.standard_normal((16, 30))
    v /= np.linalg.norm(v, axis=1, keepdims=True)
    for power in range(8):
        exact = np.einsum("pi,ij,pj->p", v, np.linalg.matrix_power(matrix, power), v)
        each = (found.weights * found.nodes**power).sum(axis=1)
        np.testing.assert_allclose(each, exact, rtol=1e-11)
    eighth = np.einsum("pi,ij,pj->p", v, np.linalg.matrix_power(matrix, 8), v)
    assert (np.abs((found.weights * found.nodes**8).sum(axis=1) / eighth - 1) > 1e-6).all()


def test_few_distinct_eigenvalues_exhaust_the_space():
    found = quadrature(np.diag([1.0] * 5 + [4.0] * 15), steps=6)
    np.testing.assert_allclose(found.weights.sum(axis=1), 1.0)
    share, error = found.cdf(np.array([0.5, 2.0, 5.0]))
    assert share[0] < 1e-12
    assert share[2] == pytest.approx(1.0)
    # a fixed seed; another would miss 5 standard errors about once in 5,000 (15 degrees of freedom)
    assert abs(share[1] - 0.25) < 5 * error[1]


def test_errors_cover_the_truth():
    matrix = wishart(200)
    values = np.linalg.eigvalsh(matrix)
    found = quadrature(matrix, steps=40, probes=40)
    # fixed seed; 5 standard errors are exceeded about once in 80,000 (39 degrees of freedom)
    low, high = found.trace().interval(5.0)
    assert low < values.sum() < high
    low, high = found.expect(np.log).interval(5.0)
    assert low < np.log(values).mean() < high
    points = np.linspace(0.4, 2.2, 19)
    share, error = found.cdf(points)
    node = 1 / 40  # weight of a node
    assert (np.abs(share - (values[:, None] <= points).mean(axis=0)) < 5 * error + node).all()


def test_the_density_is_normalized_and_smooth():
    found = quadrature(wishart(200))
    points = np.linspace(-1, 4, 2001)
    density, error = found.density(points, 0.1)
    assert density.sum() * 0.0025 == pytest.approx(1.0, abs=1e-9)
    assert (error < 0.3).all()


def test_the_standard_error_falls_as_the_root_of_the_number_of_directions():
    matrix = wishart(100)
    few, many = (quadrature(matrix, probes=p).trace().stderr for p in (50, 800))
    # the error of either error is 1/√(2·50) = 10 %; the ratio is off by 0.5 in 4 about never
    assert few / many == pytest.approx(4.0, rel=0.5)


def test_operators_and_arrays_agree():
    matrix = wishart(50)
    one, other = quadrature(matrix), quadrature(aslinearoperator(matrix))
    np.testing.assert_allclose(one.nodes, other.nodes)


def test_top_nodes_are_the_top_eigenvalues():
    matrix = np.diag(np.concatenate([np.linspace(0, 1, 99), [3.0]]))
    found = quadrature(matrix, steps=25)
    np.testing.assert_allclose(found.nodes[:, -1], 3.0, rtol=1e-12)


def test_bad_input_is_refused(unchecked):
    with pytest.raises(ValueError, match="steps must lie in"):
        quadrature(np.eye(3), steps=4)
    with pytest.raises(ValueError, match="probes must be"):
        quadrature(np.eye(3), steps=1, probes=1)
    with pytest.raises(ValueError, match="width must be"):
        quadrature(np.eye(3), steps=1).density(np.zeros(1), 0.0)


@pytest.mark.parametrize("scale", [1e-160, 1e160])
def test_a_scaled_matrix_has_scaled_nodes(scale):
    one, other = quadrature(wishart(30)), quadrature(scale * wishart(30))
    np.testing.assert_allclose(other.nodes / scale, one.nodes, rtol=1e-10, atol=1e-12)
    assert other.trace().value / scale == pytest.approx(one.trace().value)
    assert other.trace().stderr / scale == pytest.approx(one.trace().stderr)
    points = np.linspace(0, 3, 4)
    scaled = np.multiply(other.density(scale * points, scale), scale)
    np.testing.assert_allclose(scaled, one.density(points, 1.0), rtol=1e-9)


def test_nodes_of_an_exhausted_space_lie_within_the_spectrum():
    found = quadrature(np.diag([1.0, 1.0, 3.0]), steps=3)
    assert found.nodes.min() > 0.9
    assert found.expect(np.log).value > 0  # a node at 0 of no weight would give no number


def test_zeros_have_nodes_at_zero():
    found = quadrature(np.zeros((4, 4)), steps=3)
    np.testing.assert_array_equal(found.nodes, 0)
    np.testing.assert_allclose(found.weights.sum(axis=1), 1)


@pytest.mark.parametrize(
    ("matrix", "message"),
    [
        (np.triu(wishart(5)), "matrix must be symmetric"),
        (sparse.csr_array(np.triu(wishart(5))), "matrix must be symmetric"),
        (aslinearoperator(np.triu(wishart(5))), "is the matrix symmetric"),
        (wishart(5) + 1j * np.triu(wishart(5), 1), "matrix must hold real numbers"),
        (LinearOperator((5, 5), matvec=lambda v: v * np.nan, dtype=float), "real and finite"),
    ],
)
def test_operators_that_are_not_symmetric_are_refused(matrix, message, unchecked):
    with pytest.raises(ValueError, match=message):
        quadrature(matrix, steps=1)


def test_rules_and_questions_are_checked(unchecked):
    rules = np.zeros((2, 1)), np.ones((2, 1))
    for nodes, weights, size, message in [
        (rules[0], rules[1][:1], 3, "must have one shape"),
        (rules[0][:1], rules[1][:1], 3, "at least 2 probes"),
        (rules[0], 2 * rules[1], 3, "weights must be at least 0 and sum to 1"),
        (rules[0] * np.nan, rules[1], 3, "nodes must be finite"),
        (*rules, 0, "size must be at least 1"),
    ]:
        with pytest.raises(ValueError, match=message):
            SpectralDensity(nodes, weights, size)
    found = SpectralDensity(*rules, 3)
    assert found.expect(lambda nodes: 2.0).value == 2.0
    for function in (3, np.log, lambda nodes: nodes[0], lambda nodes: 1j * nodes):
        with pytest.raises(ValueError, match="function"):
            found.expect(function)
    for points, width in (([np.nan], 1.0), ([0.0], np.nan), ([0.0], "x"), ([[0.0]], 1.0)):
        with pytest.raises(ValueError, match=r"points|width"):
            found.density(points, width)
    with pytest.raises(ValueError, match="points must be finite"):
        found.cdf([np.inf])


@pytest.mark.parametrize("bad", [0, -1, 2.0, np.nan, None, True, "2"])
def test_counts_and_generator_are_checked(bad, unchecked):
    with pytest.raises(ValueError, match="steps must"):
        quadrature(np.eye(3), steps=bad)
    with pytest.raises(ValueError, match="probes must"):
        quadrature(np.eye(3), steps=1, probes=bad)
    with pytest.raises(ValueError, match="generator must"):
        lanczos_quadrature(np.eye(3), 1, 2, bad)
