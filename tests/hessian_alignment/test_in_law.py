"""Draws in law, without samples in d dimensions: against the plain way, draw for draw or in law."""

import numpy as np
import pytest
import torch

from traindyn.curvature import top_eigenpairs, weighted_gram
from traindyn.hessian_alignment.experiments.gram import step, triangular
from traindyn.hessian_alignment.experiments.mixtures import Mixture, orthonormal_means, train
from traindyn.hessian_alignment.experiments.softmax_chain import softmax_chain
from traindyn.hessian_alignment.experiments.starts import (
    start_spectra,
    updated_eigenpairs,
    wishart_eigenvalues,
)
from traindyn.hessian_alignment.theory.bbp import initial_outlier


def test_spectra_at_the_start_follow_the_transition():
    found = start_spectra(3, 100, 12.0, 1000, 40, np.random.default_rng(0))
    value, cosine = initial_outlier(12.0, 3, 0.1)
    # one draw scatters by √(2k/M) = 8 %, the mean over 120 outliers by 1 %
    assert found.values[:, :3].mean() == pytest.approx(value, rel=0.05)
    assert found.squared_cosines.mean() == pytest.approx(cosine, abs=0.02)
    assert (np.diff(found.values, axis=1) <= 0).all()
    with pytest.raises(ValueError, match="must exceed 3"):
        start_spectra(3, 3, 12.0, 1000, 1, np.random.default_rng(0))


def test_spectra_at_the_start_have_the_law_of_samples():
    k, d, precision, samples, draws = 3, 20, 4.0, 60, 400
    generator = torch.Generator().manual_seed(0)
    means = orthonormal_means(k, d, generator)
    weight = np.full(samples, (1 - 1 / k) / k)
    plain = []
    for _ in range(draws):
        _, inputs = Mixture(means, precision).draw((samples,), generator)
        pairs = top_eigenpairs(weighted_gram(inputs.numpy(), weight), k + 1)
        cosine = ((means.numpy() @ pairs.vectors[:, :k]) ** 2).sum() / k
        plain.append([*pairs.values, cosine])
    found = start_spectra(k, d, precision, samples, draws, np.random.default_rng(0))
    fast = np.column_stack([found.values, found.squared_cosines])
    error = np.hypot(np.std(plain, axis=0), fast.std(axis=0)) / draws**0.5
    # five means, each beyond four errors once in 16,000 times
    assert (np.abs(np.mean(plain, axis=0) - fast.mean(axis=0)) < 4 * error).all()
    np.testing.assert_allclose(np.std(plain, axis=0), fast.std(axis=0), rtol=0.25)


def test_eigenpairs_of_a_diagonal_with_few_rows_are_those_of_the_matrix():
    generator = np.random.default_rng(1)
    diagonal = np.sort(5 * generator.random((3, 12)))[:, ::-1].copy()
    rows = 2 * generator.standard_normal((3, 4, 12))
    values, vectors = updated_eigenpairs(diagonal, rows, 5)
    for d, w, e, v in zip(diagonal, rows, values, vectors, strict=True):
        plain, directions = np.linalg.eigh(np.diag(d) + w.T @ w)
        np.testing.assert_allclose(e, plain[:-6:-1], rtol=1e-12)
        np.testing.assert_allclose(np.abs((directions[:, :-6:-1] * v).sum(axis=0)), 1)


@pytest.mark.parametrize(("rows", "columns"), [(6, 3), (3, 6)])
def test_eigenvalues_of_a_bidiagonal_matrix_have_the_moments_of_a_normal_one(rows, columns):
    generator = np.random.default_rng(2)
    found = np.array([wishart_eigenvalues(rows, columns, generator) for _ in range(4000)])
    # E tr A = NM and E tr A² = NM(N + M + 1); one draw scatters by 80 %
    assert found.sum(axis=1).mean() == pytest.approx(18, rel=0.03)
    assert (found**2).sum(axis=1).mean() == pytest.approx(180, rel=0.06)
    assert (found[:, min(rows, columns) :] == 0).all()


def test_a_gram_matrix_moves_as_its_vectors_do():
    generator = np.random.default_rng(3)
    x, z, c = (generator.standard_normal(shape) for shape in ((3, 7), 7, 3))
    gram = (x @ x.T)[..., None].copy()
    step(gram, c[:, None], (x @ z)[:, None], np.array([z @ z]), 0.9)
    moved = 0.9 * x - np.outer(c, z)
    np.testing.assert_allclose(gram[..., 0], moved @ moved.T)


def test_the_chain_has_the_law_of_sgd():
    k, d, precision, decay, replicas = 2, 12, 4.0, 0.1, 4000
    m, rest = np.array([[0.2, -0.1], [0.1, 0.3]]), np.array([[0.5, 0.1], [0.1, 0.4]])
    generator = torch.Generator().manual_seed(0)
    means = torch.eye(k, d, dtype=torch.float64)
    lower = triangular(rest[..., None])[..., 0]
    start = torch.zeros(replicas, k, d, dtype=torch.float64)
    start[:, :, :k], start[:, :, k : 2 * k] = torch.tensor(m), torch.tensor(lower)
    samples = Mixture(means, precision).stream(replicas, 24, generator)
    x = train(start, samples, 2.0 / d, decay, [24])[0]
    rests = x[:, :, k:] @ x[:, :, k:].mT
    direct = np.concatenate([x[:, :, :k].numpy(), rests.numpy()], axis=2).reshape(replicas, -1)
    found = softmax_chain(
        m, rest, d, precision, decay, 2.0, [0.0, 4.0], replicas, np.random.default_rng(0)
    )
    assert (found[0][0] == m).all()
    assert (found[1][0] == rest).all()
    chain = np.concatenate([part[1] for part in found], axis=2).reshape(replicas, -1)
    error = np.hypot(direct.std(axis=0), chain.std(axis=0)) / replicas**0.5
    # eight means, each beyond four errors once in 16,000 times
    assert (np.abs(direct.mean(axis=0) - chain.mean(axis=0)) < 4 * error).all()
    np.testing.assert_allclose(direct.std(axis=0), chain.std(axis=0), rtol=0.1)
    with pytest.raises(ValueError, match="dimension must be above 4, got 4"):
        softmax_chain(m, rest, 4, 1.0, 0.1, 1.0, [1.0], 2, np.random.default_rng(0))
