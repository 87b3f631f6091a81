"""Softmax regression in closed form, against automatic differentiation."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn.functional import cross_entropy

from traindyn.curvature import SoftmaxRegression, softmax, top_eigenpairs, weighted_gram

K, D, M = 3, 4, 9


def model(seed: int = 0) -> SoftmaxRegression:
    g = np.random.default_rng(seed)
    return SoftmaxRegression(
        g.standard_normal((K, D)), g.standard_normal((M, D)), g.integers(0, K, M)
    )


def losses(flat: torch.Tensor, found: SoftmaxRegression) -> torch.Tensor:
    logits = torch.tensor(found.inputs) @ flat.view(K, D).T
    return cross_entropy(logits, torch.tensor(found.labels), reduction="none")


def autograd(found: SoftmaxRegression, decay: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """Hessian and gradient matrix, formed entry by entry."""
    flat = torch.tensor(found.parameters.reshape(-1))

    def each(w):
        return losses(w, found) + decay / 2 * (w**2).sum()

    hessian = torch.autograd.functional.hessian(lambda w: each(w).mean(), flat)
    gradients = torch.autograd.functional.jacobian(each, flat).numpy()
    return hessian.numpy(), gradients.T @ gradients / M


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10**6))
def test_products_and_blocks_are_those_of_autograd(seed):
    found = model(seed)
    hessian, second_moment = autograd(found)
    for operator, block, dense in (
        (found.hessian(), found.hessian_block, hessian),
        (found.gradient_matrix(), found.gradient_block, second_moment),
    ):
        np.testing.assert_allclose(operator @ np.eye(K * D), dense, atol=1e-13)
        np.testing.assert_allclose(
            operator @ np.arange(K * D), dense @ np.arange(K * D), atol=1e-12
        )
        for a in range(K):
            np.testing.assert_allclose(block(a), block(a, a))
            for b in range(K):
                rows, columns = slice(a * D, a * D + D), slice(b * D, b * D + D)
                np.testing.assert_allclose(block(a, b), dense[rows, columns], atol=1e-13)


@pytest.mark.parametrize("samples", [1, 31, 32, 256, 257, 600])
def test_products_go_through_the_samples_once(monkeypatch, samples):
    """In blocks of 256, and of 32 where the product of a block would be large."""
    g = np.random.default_rng(0)
    found = SoftmaxRegression(
        g.standard_normal((K, D)), g.standard_normal((samples, D)), g.integers(0, K, samples)
    )
    for operator, block in (
        (found.hessian, found.hessian_block),
        (found.gradient_matrix, found.gradient_block),
    ):
        whole = np.block([[block(a, b) for b in range(K)] for a in range(K)])
        for most in (1, 10**6):
            monkeypatch.setattr(softmax, "BLOCK", most)
            np.testing.assert_allclose(operator() @ np.eye(K * D), whole, atol=1e-13)


def test_the_gradient_is_that_of_autograd():
    found = model()
    flat = torch.tensor(found.parameters.reshape(-1), requires_grad=True)
    (gradient,) = torch.autograd.grad(losses(flat, found).mean(), flat)
    np.testing.assert_allclose(found.gradient().reshape(-1), gradient.numpy(), atol=1e-15)


def test_a_shift_of_all_classes_changes_nothing():
    found = model()
    shifted = SoftmaxRegression(found.parameters + np.arange(D), found.inputs, found.labels)
    np.testing.assert_allclose(shifted.residuals, found.residuals, atol=1e-14)
    gauge = np.tile(np.arange(1.0, D + 1), K)
    assert np.abs(found.hessian() @ gauge).max() < 1e-14
    assert np.abs(found.gradient_matrix() @ gauge).max() < 1e-14


def test_rotated_inputs_keep_the_eigenvalues():
    found = model()
    turn, _ = np.linalg.qr(np.random.default_rng(1).standard_normal((D, D)))
    turned = SoftmaxRegression(found.parameters @ turn, found.inputs @ turn, found.labels)
    for one, other in (
        (found.hessian(), turned.hessian()),
        (found.gradient_matrix(), turned.gradient_matrix()),
    ):
        np.testing.assert_allclose(
            top_eigenpairs(one, 4).values, top_eigenpairs(other, 4).values, rtol=1e-10
        )


def test_weight_decay_in_every_sample_takes_a_direction_from_the_gradient_matrix():
    """Where the regularized loss is stationary its gradient matrix is G - uuᵀ."""
    found, decay = model(), 0.1
    w = found.parameters
    for _ in range(4000):
        found = SoftmaxRegression(w, found.inputs, found.labels)
        w = w - 0.5 * (found.gradient() + decay * w)
    mean = found.gradient().reshape(-1)
    np.testing.assert_allclose(mean, -decay * found.parameters.reshape(-1), atol=1e-12)
    _, plain = autograd(found)
    _, decayed = autograd(found, decay)
    np.testing.assert_allclose(decayed, plain - np.outer(mean, mean), atol=1e-12)
    np.testing.assert_allclose(found.gradient_matrix() @ np.eye(K * D), plain, atol=1e-13)


def test_weighted_gram_takes_weights_of_any_sign():
    g = np.random.default_rng(0)
    x = g.standard_normal((8, 3))
    for weights in (g.uniform(size=8), g.standard_normal(8)):
        slow = sum(w * np.outer(row, row) for w, row in zip(weights, x, strict=True)) / 8
        np.testing.assert_allclose(weighted_gram(x, weights), slow, atol=1e-15)
        np.testing.assert_allclose(weighted_gram(3 * x, weights), 9 * weighted_gram(x, weights))


def test_bad_input_is_refused(unchecked):
    w, x, y = np.zeros((2, 3)), np.zeros((4, 3)), np.zeros(4, dtype=int)
    with pytest.raises(ValueError, match="inputs must be"):
        SoftmaxRegression(w, x[:, :2], y)
    with pytest.raises(ValueError, match="labels must be"):
        SoftmaxRegression(w, x, y[:3])
    with pytest.raises(ValueError, match="labels must lie in"):
        SoftmaxRegression(w, x, y + 2)
    with pytest.raises(ValueError, match="weights must hold"):
        weighted_gram(x, np.ones(3))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda w, x, y: (w * np.nan, x, y), "parameters must be finite"),
        (lambda w, x, y: (w, x * np.inf, y), "inputs must be finite"),
        (lambda w, x, y: (w[:0], x, y), "parameters must hold at least 1"),
        (lambda w, x, y: (w[:, :0], x[:, :0], y), "parameters must hold at least 1"),
        (lambda w, x, y: (w, x[:0], y[:0]), "inputs must hold at least 1"),
        (lambda w, x, y: (w * 1j, x, y), "parameters must hold real numbers"),
        (lambda w, x, y: (w[0], x, y), "parameters must be an array of 2 axes"),
        (lambda w, x, y: (w, x, y.astype(float)), "labels must be integers"),
        (lambda w, x, y: (w, x, y - 1), "labels must lie in"),
        (lambda w, x, y: (w, x, None), "labels must hold real numbers"),
    ],
)
def test_arrays_of_a_model_are_checked(change, message, unchecked):
    found = model()
    with pytest.raises(ValueError, match=message):
        SoftmaxRegression(*change(found.parameters, found.inputs, found.labels))


def test_arrays_of_any_kind_give_the_same_model(unchecked):
    found = model()
    for wrap in (np.ndarray.tolist, np.asfortranarray, torch.tensor):
        made = SoftmaxRegression(
            wrap(found.parameters), wrap(found.inputs), wrap(found.labels.astype(np.uint8))
        )
        np.testing.assert_allclose(made.gradient(), found.gradient(), atol=1e-15)
        np.testing.assert_allclose(made.hessian_block(0, 2), found.hessian_block(0, 2), atol=1e-15)


@pytest.mark.parametrize("bad", [-1, 3, 1.0, np.nan, "0", True])
def test_blocks_belong_to_classes(bad, unchecked):
    found = model()
    for block in (found.hessian_block, found.gradient_block):
        with pytest.raises(ValueError, match="row must"):
            block(bad)
        with pytest.raises(ValueError, match="column must"):
            block(0, bad)


def test_what_is_beyond_all_numbers_is_refused(unchecked):
    w, x, y = np.ones((2, 1)), np.full((3, 1), 1e160), np.zeros(3, dtype=int)
    with pytest.raises(ValueError, match="logits must be finite"):
        SoftmaxRegression(1e160 * w, x, y).gradient()
    with pytest.raises(ValueError, match="product must be finite"):
        SoftmaxRegression(0 * w, x, y).hessian() @ np.array([1.0, 0.0])
    with pytest.raises(ValueError, match="weighted_gram must be finite"):
        weighted_gram(x, np.ones(3))
    np.testing.assert_allclose(weighted_gram(x, np.full(3, 1e-300)), [[1e20]])


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        (np.full(8, np.nan), "weights must be finite"),
        (np.ones((8, 1)), "weights must be an array of 1 axes"),
        (np.ones(8) * 1j, "weights must hold real numbers"),
        (None, "weights must hold real numbers"),
    ],
)
def test_weights_are_checked(weights, message, unchecked):
    with pytest.raises(ValueError, match=message):
        weighted_gram(np.ones((8, 2)), weights)
    with pytest.raises(ValueError, match="inputs must hold at least 1"):
        weighted_gram(np.ones((0, 2)), np.ones(0))
