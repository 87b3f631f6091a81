"""Products with Hessian, Gauss-Newton and gradient matrix, against dense ones."""

import copy

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.functional import cross_entropy

from traindyn.curvature import (
    exact_weight_norm,
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


def every_operator(outputs, losses, parameters):
    """The three operators of one forward pass, as calls."""
    loss = losses.mean()
    return (
        lambda: hessian_operator(loss, parameters),
        lambda: gauss_newton_operator(loss, outputs, parameters),
        lambda: gradient_matrix_operator(losses, parameters),
    )


def passed(net, x, y):
    outputs = net(x)
    return outputs, cross_entropy(outputs, y, reduction="none")


def without_gradients(net, x, y):
    with torch.no_grad():
        return passed(net, x, y)


def inferred(net, x, y):
    with torch.inference_mode():
        return passed(net, x, y)


def detached(net, x, y):
    outputs = net(x).detach()
    return outputs, cross_entropy(outputs, y, reduction="none")


def of_a_copy(net, x, y):
    return passed(copy.deepcopy(net), x, y)


@pytest.mark.parametrize("run", [without_gradients, inferred, detached, of_a_copy])
def test_a_loss_that_reaches_no_parameter_is_refused(run):
    net, x, y = network(nn.Tanh())
    for make in every_operator(*run(net, x, y), list(net.parameters())):
        with pytest.raises(ValueError, match="must be computed from the parameters, got none"):
            make()


def test_outputs_of_another_forward_pass_are_refused():
    net, x, y = network(nn.Tanh())
    with pytest.raises(ValueError, match="loss must be computed from the outputs"):
        gauss_newton_operator(cross_entropy(net(x), y), net(x), net.parameters())


BAD_PARAMETERS = {
    "a tensor": (lambda net: net[0].weight, "must be a list of tensors"),
    "a module": (lambda net: net, "must be a list of tensors.* got Sequential"),
    "a dictionary": (lambda net: dict(net.named_parameters()), "must be a list of tensors"),
    "names": (
        lambda net: list(net.named_parameters()),
        r"parameters\[0\] must be a tensor, got tuple",
    ),
    "an array": (lambda net: [np.ones(2)], r"parameters\[0\] must be a tensor, got ndarray"),
    "twice": (lambda net: [net[0].weight] * 2, r"\[0\] and parameters\[1\] that share memory"),
    "a view": (lambda net: [net[0].weight, net[0].weight.view(-1)], "that share memory"),
    "integers": (lambda net: [torch.arange(3)], "must be float32 or float64, got torch.int64"),
    "complex": (lambda net: [torch.ones(1, dtype=torch.complex64)], "must be float32 or float64"),
    "half": (lambda net: [net[0].weight.bfloat16()], r"got torch.bfloat16: use .float\(\)"),
    "frozen": (lambda net: [net[0].weight.detach()], r"parameters\[0\] must require a gradient"),
    "expanded": (
        lambda net: [torch.ones(1, dtype=torch.float64, requires_grad=True).expand(3)],
        "must hold every element once",
    ),
    "sparse": (
        lambda net: [torch.eye(2).to_sparse().requires_grad_(True)],
        "must be dense and not empty",
    ),
    "computed": (
        lambda net: [net[0].weight, net[0].weight * 2],
        r"parameters\[1\] must not be computed from another",
    ),
}


@pytest.mark.parametrize(("give", "message"), BAD_PARAMETERS.values(), ids=BAD_PARAMETERS)
def test_parameters_of_a_wrong_kind_are_refused_by_name(give, message, unchecked):
    net, x, y = network(nn.Tanh())
    outputs, losses = passed(net, x, y)
    for make in every_operator(outputs, losses, give(net)):
        with pytest.raises(ValueError, match=message):
            make()


def test_parameters_tied_by_their_memory_are_refused():
    one, other = nn.Parameter(torch.ones(3)), nn.Parameter(torch.ones(3))
    other.data = one.data
    with pytest.raises(ValueError, match="that share memory: give a tied parameter once"):
        hessian_operator((one * other).sum(), [one, other])
    columns = torch.ones(3, 2)  # interleaved in memory, but distinct
    one, other = nn.Parameter(columns[:, 0]), nn.Parameter(columns[:, 1])
    product = hessian_operator((one**2 * other**2).sum(), [one, other]) @ np.ones(6)
    np.testing.assert_array_equal(product, 6)


@pytest.mark.parametrize("factor", [np.nan, np.inf])
def test_losses_must_be_finite(factor):
    net, x, y = network(nn.Tanh())
    outputs, losses = passed(net, x, y)
    for make in every_operator(outputs, losses * factor, list(net.parameters())):
        with pytest.raises(ValueError, match=r"loss(es)? must be finite, got (nan|inf)"):
            make()


def test_an_empty_batch_is_refused():
    net, x, y = network(nn.Tanh())
    outputs, losses = passed(net, x[:0], y[:0])
    for make in every_operator(outputs, losses, list(net.parameters())):
        with pytest.raises(ValueError, match=r"must be finite, got nan|not empty"):
            make()


def test_a_second_derivative_must_be_finite():
    w = torch.zeros(2, requires_grad=True)
    with pytest.raises(ValueError, match="product must be finite"):
        hessian_operator(w.sqrt().sum(), [w]) @ np.ones(2)


def test_a_loss_must_be_a_tensor_with_its_graph(unchecked):
    net, x, y = network(nn.Tanh())
    parameters = list(net.parameters())
    outputs, losses = passed(net, x, y)
    with pytest.raises(ValueError, match="loss must be a tensor with its graph, got float"):
        hessian_operator(losses.mean().item(), parameters)
    with pytest.raises(ValueError, match="loss must be real"):
        hessian_operator(losses.mean() + 0j, parameters)
    with pytest.raises(ValueError, match="outputs must be a tensor"):
        gauss_newton_operator(losses.mean(), [outputs], parameters)
    with pytest.raises(ValueError, match="losses must be a tensor"):
        gradient_matrix_operator(losses.tolist(), parameters)
    losses.mean().backward()
    with pytest.raises(ValueError, match="loss must keep its graph"):
        hessian_operator(losses.mean(), parameters)


def test_products_are_the_same_in_any_mode():
    net, x, y = network(nn.Tanh())
    outputs, losses = passed(net, x, y)
    makes = every_operator(outputs, losses, list(net.parameters()))
    expected = [dense(make()) for make in makes]
    for mode in (torch.no_grad(), torch.inference_mode(), torch.autocast("cpu")):
        with mode:
            found = [dense(make()) for make in makes]
        np.testing.assert_array_equal(found, expected)


def test_parameters_of_two_precisions_give_double_products():
    one = torch.ones(2, requires_grad=True)
    other = torch.ones(2, dtype=torch.float64, requires_grad=True)
    operator = hessian_operator((one**2 * other**2).sum(), [one, other])
    assert operator.dtype == np.float64
    np.testing.assert_array_equal(operator @ np.ones(4), 6)


def test_vectors_may_have_any_layout_but_must_be_real():
    net, x, y = network(nn.Tanh())
    operator = hessian_operator(cross_entropy(net(x), y), net.parameters())
    vector = np.arange(31.0)
    np.testing.assert_array_equal(operator @ vector[::-1], operator @ vector[::-1].copy())
    np.testing.assert_array_equal(operator @ vector.astype(int), operator @ vector)
    with pytest.raises(ValueError, match="vector must be real"):
        operator @ (1j * vector)
    with pytest.raises(ValueError, match="product must be finite"):
        operator @ (np.nan * vector)


class Once(torch.autograd.Function):
    """A square whose second derivative torch would leave out without a word."""

    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x**2

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx, gradient):
        return 2 * ctx.saved_tensors[0] * gradient


def attention(x):
    heads = x[None, None]
    return nn.functional.scaled_dot_product_attention(heads, heads, heads)[0, 0]


@pytest.mark.parametrize(
    ("operation", "message"),
    [
        (attention, r"sdpa_kernel\(SDPBackend.MATH\).*scaled_dot_product"),
        (nn.functional.hardsigmoid, "without the operation named here.*hardsigmoid"),
        (lambda x: torch.cdist(x, x + 1), "without the operation named here.*cdist"),
        (Once.apply, "Once.* is marked as once_differentiable"),
    ],
)
def test_an_operation_without_a_second_derivative_is_named(operation, message):
    w = torch.randn(4, 3, requires_grad=True, generator=torch.Generator().manual_seed(0))
    with pytest.raises(ValueError, match=message):
        hessian_operator((operation(w) ** 2).sum(), [w]) @ np.ones(12)


def test_attention_works_with_the_kernel_that_the_message_names():
    w = torch.randn(4, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    w.requires_grad_(True)
    with torch.nn.attention.sdpa_kernel(torch.nn.attention.SDPBackend.MATH):
        found = dense(hessian_operator((attention(w) ** 2).sum(), [w]))
        exact = torch.autograd.functional.hessian(lambda v: (attention(v) ** 2).sum(), w.detach())
    np.testing.assert_allclose(found, exact.reshape(12, 12), atol=1e-13)


@pytest.mark.parametrize("dim", [0, 1])
def test_weight_norm_is_refused_and_works_by_its_formula(dim):
    torch.manual_seed(0)
    layer = nn.utils.parametrizations.weight_norm(nn.Linear(3, 2, bias=False), dim=dim).double()
    x = torch.randn(5, 3, dtype=torch.float64)
    with pytest.raises(ValueError, match=r"curvature.exact_weight_norm\(\)"):
        hessian_operator(torch.tanh(layer(x)).square().mean(), layer.parameters())
    with exact_weight_norm():
        loss = torch.tanh(layer(x)).square().mean()
    g, v = (p.detach() for p in layer.parameters())

    def by_formula(flat):
        scale, way = flat[: g.numel()].view_as(g), flat[g.numel() :].view_as(v)
        weights = scale * way / way.norm(dim=1 - dim, keepdim=True)
        return torch.tanh(x @ weights.T).square().mean()

    flat = torch.cat([g.flatten(), v.flatten()])
    exact = torch.autograd.functional.hessian(by_formula, flat)
    np.testing.assert_allclose(dense(hessian_operator(loss, layer.parameters())), exact, atol=1e-14)


def test_the_gauss_newton_matrix_of_weight_norm_needs_no_formula():
    torch.manual_seed(0)
    layer = nn.utils.parametrizations.weight_norm(nn.Linear(3, 2, bias=False)).double()
    x = torch.randn(5, 3, dtype=torch.float64)
    outputs = torch.tanh(layer(x))
    found = dense(gauss_newton_operator(outputs.square().sum(), outputs, layer.parameters()))
    weights = [*layer.parameters()]
    rows = [
        torch.cat([g.flatten() for g in torch.autograd.grad(o, weights, retain_graph=True)])
        for o in outputs.flatten()
    ]
    jacobian = torch.stack(rows)
    np.testing.assert_allclose(found, 2 * jacobian.T @ jacobian, atol=1e-13)


def test_sparse_gradients_of_an_embedding_are_used():
    table = nn.Embedding(5, 2, sparse=True)
    found = dense(hessian_operator((table(torch.tensor([1, 3, 3])) ** 2).sum(), [table.weight]))
    np.testing.assert_array_equal(np.diag(found), np.repeat([0, 2, 0, 4, 0], 2))
