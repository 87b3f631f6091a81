"""Products with Hessian, Gauss-Newton and gradient matrix, against dense ones."""

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.functional import cross_entropy

from traindyn.curvature import (
    gauss_newton_operator,
    gradient_matrix_operator,
    hessian_operator,
    top_eigenpairs,
)


def network(activation: nn.Module, seed: int = 0):
    torch.manual_seed(seed)
    net = nn.Sequential(nn.Linear(3, 4), activation, nn.Linear(4, 3)).double()
    x, y = torch.randn(7, 3, dtype=torch.float64), torch.randint(0, 3, (7,))
    return net, x, y


def flat_function(net, evaluate):
    """A function of one flat vector of parameters, and that vector."""
    start = nn.utils.parameters_to_vector(net.parameters()).detach()
    names, shapes = zip(*((n, p.shape) for n, p in net.named_parameters()), strict=True)
    sizes = [shape.numel() for shape in shapes]

    def function(flat):
        pieces = [v.view(s) for v, s in zip(flat.split(sizes), shapes, strict=True)]
        return evaluate(
            lambda x: torch.func.functional_call(net, dict(zip(names, pieces, strict=True)), x)
        )

    return function, start


def dense(operator):
    return operator @ np.eye(operator.shape[0])


@pytest.mark.parametrize("activation", [nn.Tanh(), nn.ReLU(), nn.Identity()])
def test_the_three_operators_match_dense_matrices(activation):
    net, x, y = network(activation)
    outputs = net(x)
    losses = cross_entropy(outputs, y, reduction="none")

    function, start = flat_function(net, lambda f: cross_entropy(f(x), y))
    hessian = torch.autograd.functional.hessian(function, start).numpy()
    np.testing.assert_allclose(
        dense(hessian_operator(losses.mean(), net.parameters())), hessian, atol=1e-14
    )

    forward, _ = flat_function(net, lambda f: f(x))
    jacobian = torch.autograd.functional.jacobian(forward, start).reshape(21, -1).numpy()
    p = torch.softmax(outputs, dim=1).detach()
    curved = torch.block_diag(*(torch.diag(q) - torch.outer(q, q) for q in p)).numpy() / 7
    np.testing.assert_allclose(
        dense(gauss_newton_operator(losses.mean(), outputs, net.parameters())),
        jacobian.T @ curved @ jacobian,
        atol=1e-14,
    )

    each, _ = flat_function(net, lambda f: cross_entropy(f(x), y, reduction="none"))
    gradients = torch.autograd.functional.jacobian(each, start).numpy()
    np.testing.assert_allclose(
        dense(gradient_matrix_operator(losses, net.parameters())),
        gradients.T @ gradients / 7,
        atol=1e-14,
    )


def test_a_linear_network_has_no_curvature_but_that_of_the_loss():
    net, x, y = nn.Linear(3, 3).double(), *network(nn.Tanh())[1:]
    outputs = net(x)
    loss = cross_entropy(outputs, y)
    np.testing.assert_allclose(
        dense(hessian_operator(loss, net.parameters())),
        dense(gauss_newton_operator(loss, outputs, net.parameters())),
        atol=1e-15,
    )


def test_rotated_inputs_keep_the_eigenvalues():
    net, x, y = network(nn.Tanh())
    turn, _ = torch.linalg.qr(torch.randn(3, 3, dtype=torch.float64))

    def top(inputs):
        loss = cross_entropy(net(inputs), y)
        return top_eigenpairs(hessian_operator(loss, net.parameters()), 5).values

    before = top(x)
    with torch.no_grad():
        net[0].weight.copy_(net[0].weight @ turn.T)
    np.testing.assert_allclose(top(x @ turn.T), before, rtol=1e-10)


def test_part_of_the_parameters_gives_a_diagonal_block():
    net, x, y = network(nn.Tanh())
    loss = cross_entropy(net(x), y)
    whole = dense(hessian_operator(loss, net.parameters()))
    block = dense(hessian_operator(loss, [net[2].weight]))
    np.testing.assert_allclose(block, whole[16:28, 16:28], atol=1e-15)


def test_a_parameter_that_is_not_used_and_a_linear_loss_give_zeros():
    used, unused = torch.ones(2, requires_grad=True), torch.ones(3, requires_grad=True)
    operator = hessian_operator((used**3).sum(), [used, unused])
    np.testing.assert_array_equal(operator @ np.ones(5), [6, 6, 0, 0, 0])
    np.testing.assert_array_equal(hessian_operator(used.sum(), [used]) @ np.ones(2), [0, 0])


def test_bad_input_is_refused(unchecked):
    w = torch.ones(2, requires_grad=True)
    with pytest.raises(ValueError, match="loss must be one number"):
        hessian_operator(w, [w])
    with pytest.raises(ValueError, match="loss must be one number"):
        gauss_newton_operator(w, w, [w])
    with pytest.raises(ValueError, match="losses must be one axis"):
        gradient_matrix_operator(w.sum(), [w])
    with pytest.raises(ValueError, match="parameters must hold at least one"):
        hessian_operator(w.sum(), [])
