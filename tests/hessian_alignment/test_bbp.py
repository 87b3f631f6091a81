"""Outliers of weighted Gram matrices against closed forms and drawn matrices."""

import numpy as np
import pytest
from scipy import stats

from traindyn.hessian_alignment.theory.bbp import (
    block_spectrum,
    critical_precision,
    initial_outlier,
    resolved,
)
from traindyn.hessian_alignment.theory.projection import normal_rule, project
from traindyn.random_matrices import Weights, spiked, weighted_edge


def trained(k=3, d=300, seed=0):
    """Weights like those of a trained network, and orthonormal means."""
    g = np.random.default_rng(seed)
    means = np.linalg.qr(g.standard_normal((d, k)))[0].T
    x = 2 * means - 0.6 * means.sum(axis=0) + 0.5 * g.standard_normal((k, d)) / d**0.5
    return x, means


def draw(means, precision, samples, seed=1):
    g = np.random.default_rng(seed)
    labels = g.integers(len(means), size=samples)
    noise = g.standard_normal((samples, means.shape[1])) / precision**0.5
    return means[labels] + noise, labels


def softmax(logits):
    p = np.exp(logits - logits.max(axis=1, keepdims=True))
    return p / p.sum(axis=1, keepdims=True)


def test_equal_weights_give_the_closed_form():
    means = np.eye(3, 20)
    seen = project(np.zeros((3, 20)), means, 6.0)
    for aspect in (0.1, 0.5, 3.0):
        found = block_spectrum(seen, np.ones(len(seen.points)), aspect)
        value, cosine = spiked(2.0, aspect)
        np.testing.assert_allclose(6 * found.edge, (1 + aspect**0.5) ** 2, rtol=1e-9)
        np.testing.assert_allclose(6 * found.outliers, value, rtol=1e-9)
        captured = (means @ found.vectors) ** 2  # equal outliers: only their sum has a meaning
        np.testing.assert_allclose(captured.sum() / 3, cosine, rtol=1e-6)


def test_below_the_threshold_there_is_none():
    k, alpha = 3, 4.0
    critical = critical_precision(k, alpha)
    for factor, number in ((0.95, 0), (1.05, k)):
        seen = project(np.zeros((k, 20)), np.eye(k, 20), factor * critical)
        found = block_spectrum(seen, np.ones(len(seen.points)), 1 / alpha)
        assert len(found.outliers) == number
        assert (initial_outlier(factor * critical, k, 1 / alpha)[1] > 0) == (number > 0)


def test_weights_of_several_sizes_have_the_edge_of_the_general_law():
    seen = project(np.zeros((2, 8)), 1e-9 * np.eye(2, 8), 1.0)
    w = np.where(seen.labels == 0, 1.0, 5.0)
    found = block_spectrum(seen, w, 0.3)
    law = Weights(np.array([1.0, 5.0]), np.array([0.5, 0.5]))
    np.testing.assert_allclose(found.edge, weighted_edge(0.3, law), rtol=1e-9)


@pytest.mark.parametrize("matrix", ["hessian", "gradient"])
def test_a_drawn_block_has_the_predicted_outliers_and_vectors(matrix):
    (x, means), precision, aspect = trained(), 20.0, 1 / 20
    samples = round(300 / aspect)
    inputs, labels = draw(means, precision, samples)
    p = softmax(inputs @ x.T)[:, 0]
    w = p * (1 - p) if matrix == "hessian" else (p - (labels == 0)) ** 2
    values, vectors = np.linalg.eigh((inputs * w[:, None]).T @ inputs / samples)
    seen = project(x, means, precision)
    law = seen.hessian_weights(0) if matrix == "hessian" else seen.gradient_weights(0)
    law = resolved(law, seen.shares, samples)
    found = block_spectrum(seen, law, aspect)
    assert len(found.outliers) >= 1
    # one draw: class sizes scatter by 1/√2000, eigenvalues by twice that, 5 %; a fixed seed
    np.testing.assert_allclose(values[-1], found.outliers[0], rtol=0.15)
    # another seed misses 0.02 in less than one case of a hundred
    cosine = (vectors[:, -1] @ means[0]) ** 2
    assert cosine == pytest.approx(found.squared_cosine(0, means[0]), abs=0.03)
    assert values[-1 - len(found.outliers)] == pytest.approx(found.edge, rel=0.1)


def test_only_scalar_products_matter():
    x, means = trained(d=40)
    turn = np.linalg.qr(np.random.default_rng(3).standard_normal((40, 40)))[0]
    spectra = []
    for a, b in ((x, means), (x @ turn, means @ turn)):
        seen = project(a, b, 10.0)
        spectra.append(block_spectrum(seen, seen.hessian_weights(1), 0.2))
    np.testing.assert_allclose(spectra[0].outliers, spectra[1].outliers, rtol=1e-6)
    np.testing.assert_allclose(spectra[0].edge, spectra[1].edge, rtol=1e-9)


def test_a_scaled_weight_scales_the_spectrum():
    x, means = trained(d=40)
    seen = project(x, means, 10.0)
    w = seen.hessian_weights(0)
    one, three = block_spectrum(seen, w, 0.2), block_spectrum(seen, 3 * w, 0.2)
    np.testing.assert_allclose(three.outliers, 3 * one.outliers, rtol=1e-9)
    np.testing.assert_allclose(np.abs(three.vectors), np.abs(one.vectors), atol=1e-6)


def test_correlated_weights_matter():
    x, means = trained(d=40)
    seen = project(x, means, 20.0)
    w = seen.hessian_weights(0)
    exact, naive = (block_spectrum(seen, w, 0.2, correlated=c) for c in (True, False))
    assert abs(naive.outliers[0] / exact.outliers[0] - 1) > 0.1
    np.testing.assert_allclose(naive.edge, exact.edge)
    same = [block_spectrum(seen, np.ones_like(w), 0.2, correlated=c) for c in (True, False)]
    np.testing.assert_allclose(same[0].outliers, same[1].outliers)


def test_rare_weights_are_lowered_to_what_a_sample_holds():
    w = np.array([1.0, 2.0, 50.0])
    shares = np.array([0.5, 0.49, 0.01])
    np.testing.assert_array_equal(resolved(w, shares, 50), [1.0, 2.0, 2.0])
    np.testing.assert_array_equal(resolved(w, shares, 1000), w)


def test_the_projection_has_the_moments_of_the_mixture():
    x, means = trained(k=3, d=30)
    seen = project(x, means, 5.0)
    assert seen.shares.sum() == pytest.approx(1.0)
    second = seen.basis.T @ (means.T @ means / 3 + np.eye(30) / 5) @ seen.basis
    np.testing.assert_allclose(seen.second_moment(np.ones(len(seen.points))), second, atol=1e-10)
    inputs, labels = draw(means, 5.0, 200_000)
    p = softmax(inputs @ x.T)[:, 0]
    # means of 200,000 numbers of spread 0.1 and 0.3: five standard errors are 0.001 and 0.003
    assert seen.mean(seen.hessian_weights(0)) == pytest.approx(np.mean(p * (1 - p)), abs=0.001)
    assert seen.mean(seen.gradient_weights(0)) == pytest.approx(
        np.mean((p - (labels == 0)) ** 2), abs=0.003
    )


def test_a_second_moment_is_the_sum_over_all_points():
    x, means = trained(k=3, d=30)
    seen = project(x, means, 5.0)
    weights = seen.gradient_weights(1)
    terms = zip(seen.shares * weights, seen.points, strict=True)
    slow = sum(share * np.outer(a, a) for share, a in terms)
    slow = slow + seen.mean(weights) * seen.unseen
    np.testing.assert_allclose(seen.second_moment(weights), slow, rtol=0, atol=1e-14)
    ones = np.ones_like(weights)
    np.testing.assert_allclose(seen.second_moment(ones), seen.covariance(), rtol=0, atol=1e-14)


def test_the_rule_for_many_variables_is_close_to_a_normal_law():
    points, weights = normal_rule(9)
    assert weights.sum() == pytest.approx(1.0)
    for column in points.T:
        assert stats.kstest(column, "norm").statistic < 0.005
    np.testing.assert_allclose(points.T @ points / len(points), np.eye(9), atol=0.02)


def test_bad_input_is_refused(unchecked):
    seen = project(np.zeros((2, 8)), np.eye(2, 8), 1.0)
    with pytest.raises(ValueError, match="aspect must be positive"):
        block_spectrum(seen, np.ones(len(seen.points)), 0.0)
    with pytest.raises(ValueError, match="classes must be"):
        critical_precision(1, 2.0)
    with pytest.raises(ValueError, match="samples_per_dimension must be"):
        critical_precision(2, 0.0)
    with pytest.raises(ValueError, match="precision must be positive"):
        initial_outlier(0.0, 2, 1.0)
    with pytest.raises(ValueError, match="precision must be positive"):
        project(np.zeros((2, 8)), np.eye(2, 8), 0.0)
    with pytest.raises(ValueError, match="2k <= d"):
        project(np.zeros((2, 3)), np.eye(2, 3), 1.0)
    with pytest.raises(ValueError, match="samples must be at least 1"):
        resolved(np.ones(1), np.ones(1), 0)
