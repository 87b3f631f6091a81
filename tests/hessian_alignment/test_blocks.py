"""Blocks, the whole matrix and projected training against slow versions."""

import numpy as np
import pytest
import torch

from traindyn.curvature import SoftmaxRegression
from traindyn.hessian_alignment.experiments.blocks import (
    block_spectra,
    block_weights,
    mean_overlaps,
    sines,
    spectra_on,
)
from traindyn.hessian_alignment.experiments.full_matrix import (
    captured,
    dense,
    full_spectra,
    gradients,
    loss_and_accuracy,
)
from traindyn.hessian_alignment.experiments.mixtures import (
    Mixture,
    orthonormal_means,
    random_start,
)
from traindyn.hessian_alignment.experiments.other_training import Recorder, train_projected

D, K, N = 7, 3, 40


def source(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.fixture
def case():
    mixture = Mixture(orthonormal_means(K, D, source()), 5.0)
    return mixture, 3 * random_start(2, K, D, source(1))


def hessian_of(x, labels, inputs):
    """Hessian and per-sample gradients by automatic differentiation."""

    def loss(flat, inputs=inputs, labels=labels):
        logits = inputs @ flat.reshape(K, D).T
        return torch.nn.functional.cross_entropy(logits, labels)

    flat = x.reshape(-1)
    hessian = torch.autograd.functional.hessian(loss, flat)
    gradients = torch.stack(
        [
            torch.autograd.functional.jacobian(
                lambda f, i=i: loss(f, inputs[i : i + 1], labels[i : i + 1]), flat
            )
            for i in range(len(labels))
        ]
    )
    return hessian.numpy(), gradients.numpy()


def test_spectra_are_those_of_autograd(case):
    mixture, x = case
    found = block_spectra(
        x, mixture, N, source(2), decay=0.3, matrices=("hessian", "gradient", "regularized")
    )
    generator = source(2)
    for r in range(2):
        labels, inputs = mixture.draw((N,), generator)
        hessian, single = hessian_of(x[r], labels, inputs)
        regularized = single + 0.3 * x[r].reshape(-1).numpy()
        wholes = {
            "hessian": hessian,
            "gradient": single.T @ single / N,
            "regularized": regularized.T @ regularized / N,
        }
        for name, whole in wholes.items():
            for c in range(K):
                part = slice(c * D, (c + 1) * D)
                values, vectors = np.linalg.eigh(whole[part, part])
                np.testing.assert_allclose(
                    found[name].values[r, c], values[::-1][: K + 1], atol=1e-12
                )
                weights = x[r, c].numpy()
                inside = np.linalg.norm(vectors[:, -K:].T @ weights) / np.linalg.norm(weights)
                np.testing.assert_allclose(found[name].overlaps(x)[r, c], inside, atol=1e-8)


def test_weights_of_the_same_samples_give_the_trace(case):
    mixture, x = case
    for matrix in ("hessian", "gradient"):
        weights = block_weights(x, mixture, N, source(2), matrix)
        values = block_spectra(x, mixture, N, source(2), matrices=(matrix,), extra=D - K)
        generator = source(2)
        for r in range(2):
            _, inputs = mixture.draw((N,), generator)
            trace = weights[r] @ (inputs**2).sum(1).numpy() / N
            np.testing.assert_allclose(values[matrix].values[r].sum(axis=1), trace)


def test_gaps_and_cosines(case):
    mixture, x = case
    found = block_spectra(x, mixture, N, source(2), matrices=("hessian",))["hessian"]
    np.testing.assert_allclose(found.gaps, found.values[..., K - 1] / found.values[..., K])
    whole = found.cosines(torch.eye(D, dtype=torch.float64))
    np.testing.assert_allclose(whole, found.vectors)


def test_sines_of_rotated_planes():
    angle = 0.3
    cosines = np.array([[1.0, 0.0], [0.0, np.cos(angle)]])
    np.testing.assert_allclose(sines(cosines), [np.sin(angle), 0.0], atol=1e-7)


def test_overlap_with_the_means(case):
    mixture, _ = case
    x = mixture.means.expand(2, K, D)
    np.testing.assert_allclose(mean_overlaps(x, mixture.means), 1.0)


def test_the_whole_matrix_is_that_of_autograd(case):
    mixture, x = case
    labels, inputs = mixture.draw((N,), source(2))
    model = SoftmaxRegression(x[0].numpy(), inputs.numpy(), labels.numpy())
    hessian, single = hessian_of(x[0], labels, inputs)
    np.testing.assert_allclose(dense(model, "hessian"), hessian, atol=1e-13)
    np.testing.assert_allclose(dense(model, "gradient"), single.T @ single / N, atol=1e-13)
    found = full_spectra(x[:1], mixture, N, source(2))
    np.testing.assert_allclose(found.hessian[0], np.linalg.eigvalsh(hessian)[::-1], atol=1e-13)
    assert (np.abs(found.hessian) < 1e-12).sum() == D
    assert found.diagonal.sum() == pytest.approx(found.hessian.sum())


def test_gradients_are_those_of_autograd(case):
    mixture, x = case
    labels, inputs = mixture.draw((N,), source(2))
    hessian, single = hessian_of(x[0], labels, inputs)
    found = gradients(x[:1], mixture, N, source(2), few=5)
    vectors = np.linalg.eigh(hessian)[1][:, : -K * (K - 1) - 1 : -1]
    cosines = np.abs((vectors * found.hessian_vectors[0]).sum(axis=0))
    np.testing.assert_allclose(cosines, 1.0, atol=1e-9)
    shares = captured(single[None, :5].swapaxes(1, 2), vectors[None, :, :K])
    np.testing.assert_allclose(found.single_shares, shares, atol=1e-9)
    np.testing.assert_allclose(found.mean_gradient[0, :, 0], single.mean(0), atol=1e-13)


def test_captured_share_of_a_basis_and_its_complement():
    vectors = np.random.default_rng(0).normal(size=(2, 6, 3))
    frames = np.linalg.qr(np.random.default_rng(1).normal(size=(2, 6, 6)))[0]
    total = captured(vectors, frames[..., :2]) + captured(vectors, frames[..., 2:])
    np.testing.assert_allclose(total, 1.0)


def test_loss_at_zero_weights(case):
    mixture, x = case
    loss, _ = loss_and_accuracy(torch.zeros_like(x), mixture, 50, source())
    torch.testing.assert_close(loss, torch.full_like(loss, float(np.log(K))))


def test_steps_of_both_parts_add_up():
    """From one start and one sample, the two projected steps add up to the step of SGD."""
    mixture = Mixture(orthonormal_means(K, D, source()), 5.0)
    start = random_start(2, K, D, source(1))
    moves = [
        train_projected(start, mixture, 1.0, 1.0, kept, source(2), N) - start
        for kept in ("dominant", "bulk")
    ]
    generator = source(2)
    block_spectra(start, mixture, N, generator, matrices=("hessian",))
    ((labels, inputs),) = mixture.stream(2, 1, generator)
    pi = torch.softmax(torch.einsum("rcd,rd->rc", start, inputs[0]), dim=1)
    residual = pi - torch.nn.functional.one_hot(labels[0], K)
    full = -torch.einsum("rc,rd->rcd", residual, inputs[0])
    torch.testing.assert_close(moves[0] + moves[1], full, rtol=0, atol=1e-12)


def test_the_recorder_keeps_the_last_samples():
    mixture = Mixture(orthonormal_means(K, D, source()), 5.0)
    blocks = list(mixture.stream(2, 30, source(1), block=7))
    recorder = Recorder(blocks, 10)
    assert [len(b[0]) for b in recorder] == [len(b[0]) for b in blocks]
    inputs = torch.cat([b[1] for b in blocks])[-10:]
    for r, (_, kept) in enumerate(recorder.sets()):
        assert torch.equal(kept, inputs[:, r])


def test_bad_arguments_are_refused(case):
    mixture, x = case
    sets = [mixture.draw((N,), source()) for _ in x]
    with pytest.raises(ValueError, match="extra"):
        spectra_on(x, sets, extra=D)
    with pytest.raises(ValueError, match="matrix"):
        block_weights(x, mixture, N, source(), "regularized")
    with pytest.raises(ValueError, match="few"):
        gradients(x, mixture, N, source(), few=N + 1)
