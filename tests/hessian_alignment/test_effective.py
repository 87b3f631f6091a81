"""The limit of SGD, overlaps of runs, and the population block, against slow references."""

import numpy as np
import pytest
import torch

from traindyn.hessian_alignment.experiments.mixtures import Mixture, orthonormal_means
from traindyn.hessian_alignment.experiments.overlaps import (
    block_density,
    block_values,
    span_moments,
    train_from,
)
from traindyn.hessian_alignment.theory.effective_dynamics import effective_drift, effective_path
from traindyn.hessian_alignment.theory.population import hessian_population
from traindyn.hessian_alignment.theory.projection import project


def state(k=3, seed=0):
    g = np.random.default_rng(seed)
    a = g.standard_normal((k, k))
    return g.standard_normal((k, k)), a @ a.T / k


def drift_by_sampling(m, r, precision, decay, constant, samples=400_000):
    """Means over drawn samples of what one step does, divided by the time it takes."""
    g = np.random.default_rng(7)
    k = len(m)
    m_drift, r_drift = -decay * m, -2 * decay * r
    root = np.linalg.cholesky(r)
    for label in range(k):
        z, rest = g.standard_normal((2, samples, k)) / precision**0.5
        signal = z + np.eye(k)[label]
        seen = rest @ root.T  # scalar products of the noise with the rests of the weights
        logits = signal @ m.T + seen
        p = np.exp(logits - logits.max(axis=1, keepdims=True))
        residual = p / p.sum(axis=1, keepdims=True) - np.eye(k)[label]
        m_drift -= residual.T @ signal / samples / k
        pull = residual.T @ seen / samples / k
        r_drift += constant / precision * residual.T @ residual / samples / k - pull - pull.T
    return m_drift, r_drift


@pytest.mark.parametrize("constant", [0.0, 1.0, 4.0])
def test_the_drift_is_the_mean_step(constant):
    m, r = state()
    for found, slow in zip(
        effective_drift(m, r, 3.0, 0.1, constant),
        drift_by_sampling(m, r, 3.0, 0.1, constant),
        strict=True,
    ):
        # spread below 1.5 per sample, 400,000 samples per class: five standard errors are 0.01
        np.testing.assert_allclose(found, slow, atol=0.01)


def test_the_corrector_is_what_the_step_constant_adds():
    m, r = state()
    plain, one, three = (effective_drift(m, r, 3.0, 0.1, c) for c in (0.0, 1.0, 3.0))
    np.testing.assert_array_equal(one[0], plain[0])
    np.testing.assert_allclose(three[1] - plain[1], 3 * (one[1] - plain[1]), atol=1e-14)
    assert np.linalg.eigvalsh(one[1] - plain[1]).min() > -1e-12


def test_a_permutation_of_the_classes_permutes_the_path():
    m, r = state()
    order = [2, 0, 1]
    times = np.array([0.0, 1.0, 4.0])
    one, other = (
        effective_path(a, b, 5.0, 0.05, 1.0, times)
        for a, b in ((m, r), (m[np.ix_(order, order)], r[np.ix_(order, order)]))
    )
    for path, permuted in zip(one, other, strict=True):
        np.testing.assert_allclose(permuted, path[:, order][:, :, order], atol=1e-5)


def test_the_path_follows_its_drift():
    m, r = state()
    step = 1e-4
    path_m, path_r = effective_path(m, r, 5.0, 0.05, 1.0, np.array([0.0, step]))
    drift_m, drift_r = effective_drift(m, r, 5.0, 0.05, 1.0)
    np.testing.assert_allclose((path_m[1] - m) / step, drift_m, atol=1e-3)
    np.testing.assert_allclose((path_r[1] - r) / step, drift_r, atol=1e-3)


def test_runs_follow_the_limit():
    m0, r0 = np.array([[0.2, -0.1], [0.1, 0.3]]), np.array([[0.5, 0.1], [0.1, 0.4]])
    found = train_from(m0, r0, 400, 5.0, 0.05, 5.0, 64, torch.Generator().manual_seed(0))
    x, means = found.weights.numpy(), found.mixture.means.numpy()
    along = x @ means.T
    rests = x - along @ means
    m, r = (path[-1] for path in effective_path(m0, r0, 5.0, 0.05, 1.0, np.array([0.0, 5.0])))
    # one run scatters by about d^(-1/2) = 0.05, the mean by 0.006; bias is of order 1/d
    np.testing.assert_allclose(along.mean(axis=0), m, atol=0.03)
    gram = (rests @ rests.swapaxes(1, 2)).mean(axis=0)
    np.testing.assert_allclose(gram, r, atol=0.02)
    _, plain = effective_path(m0, r0, 5.0, 0.05, 0.0, np.array([0.0, 5.0]))
    assert abs(plain[-1] - gram).max() > 0.05


def test_training_starts_from_the_given_overlaps():
    m, r = np.array([[0.2, -0.1], [0.1, 0.3]]), np.array([[0.5, 0.1], [0.1, 0.4]])
    found = train_from(m, r, 10, 5.0, 0.0, 0.0, 2, torch.Generator().manual_seed(0))
    x, means = found.weights[1].numpy(), found.mixture.means.numpy()
    np.testing.assert_allclose(x @ means.T, m, atol=1e-12)
    np.testing.assert_allclose(x @ x.T - m @ m.T, r, atol=1e-12)


def trained(k=3, d=12):
    means = orthonormal_means(k, d, torch.Generator().manual_seed(0))
    noise = torch.randn(k, d, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    return 1.5 * means + 0.4 * noise, means


def test_population_block_is_the_second_moment_of_the_projection():
    weights, means = trained()
    for precision, tolerance in ((5.0, 1e-3), (50.0, 1e-8)):
        x, mu = weights.numpy(), means.numpy()
        seen = project(x, mu, precision)
        found = hessian_population(seen, x, mu, 1)
        slow = np.linalg.eigvalsh(seen.second_moment(seen.hessian_weights(1)))[::-1]
        both = np.concatenate([found.outliers, found.minibulk])
        np.testing.assert_allclose(both, slow, rtol=tolerance)
        # a common shift of all weights changes nothing, so one of the minibulk is the bulk
        assert np.abs(found.minibulk / found.bulk - 1).min() < 1e-9


def test_sampled_moments_are_those_of_full_samples():
    weights, means = trained()
    mixture = Mixture(means, 5.0)
    seconds, firsts = span_moments(weights, mixture, 0, 8, 30_000, torch.Generator().manual_seed(2))
    values = np.linalg.eigvalsh(seconds.mean(axis=0))
    found = hessian_population(
        project(weights.numpy(), means.numpy(), 5.0), weights.numpy(), means.numpy(), 0
    )
    predicted = np.sort(np.concatenate([found.outliers, found.minibulk]))
    # 240,000 samples with relative spread of order one: five standard errors are 0.01
    np.testing.assert_allclose(values, predicted, rtol=0.01)
    np.testing.assert_allclose(firsts.mean() / 5.0, found.bulk, rtol=0.01)
    full = block_values(weights, mixture, 200_000, torch.Generator().manual_seed(3))
    assert full.shape == (12,)
    # all samples in full: the other eigenvalues lie at the bulk, 2√(d/M) = 0.015 around it
    np.testing.assert_allclose(full[:3], found.outliers, rtol=0.03)
    np.testing.assert_allclose(full[3:], found.bulk, rtol=0.1)


def test_bad_input_is_refused(unchecked):
    m, r = state()
    for arguments, message in (
        ((0.0, 0.1, 1.0, np.ones(1)), "precision must be positive"),
        ((1.0, -0.1, 1.0, np.ones(1)), "decay and step_constant"),
        ((1.0, 0.1, 1.0, np.array([1.0, 1.0])), "times must rise"),
    ):
        with pytest.raises(ValueError, match=message):
            effective_path(m, r, *arguments)
    weights, means = trained()
    with pytest.raises(ValueError, match="noise must be 'gaussian'"):
        span_moments(weights, Mixture(means, 1.0, noise="rademacher"), 0, 1, 10, torch.Generator())


def test_density_has_the_moments_and_the_top_of_the_spectrum():
    """Two draws of 40,000 samples; 5 % is ten times the scatter of one of them."""
    means = orthonormal_means(3, 12, torch.Generator().manual_seed(0))
    mixture = Mixture(means, 4.0)
    weights = 2 * means + 0.1
    generator = torch.Generator().manual_seed(1)
    values = block_values(weights, mixture, 40_000, generator)
    density = block_density(weights, mixture, 40_000, generator, steps=12, probes=400)
    assert density.nodes.max() == pytest.approx(values[0], rel=0.05)
    for power in (1, 2):
        found = density.expect(lambda h, power=power: h**power)
        expected = (values**power).mean()
        assert abs(found.value - expected) < 0.05 * expected + 5 * found.stderr
