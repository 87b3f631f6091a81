"""The imbalance of hidden neurons and its change in a step, against torch's own step."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from traindyn.symmetry import NeuronLayer, find_symmetries


def network(activation, *, bias=True, seed=0, sizes=(4, 6, 3)):
    torch.manual_seed(seed)
    inputs, hidden, outputs = sizes
    layer = NeuronLayer(nn.Linear(inputs, hidden, bias=bias), nn.Linear(hidden, outputs))
    return layer, nn.Sequential(layer.incoming, activation, layer.outgoing).double()


def backward(model, seed=1):
    """One batch; returns the loss."""
    generator = torch.Generator().manual_seed(seed)
    x = torch.randn(5, model[0].in_features, generator=generator, dtype=torch.float64)
    y = torch.randn(5, model[2].out_features, generator=generator, dtype=torch.float64)
    model.zero_grad()
    loss = nn.functional.mse_loss(model(x), y)
    loss.backward()
    return loss.item()


def test_imbalance_of_a_network_by_hand():
    layer = NeuronLayer(nn.Linear(2, 1), nn.Linear(1, 2))
    with torch.no_grad():
        layer.incoming.weight.copy_(torch.tensor([[1.0, 2.0]]))
        layer.incoming.bias.fill_(3.0)
        layer.outgoing.weight.copy_(torch.tensor([[4.0], [5.0]]))
    assert layer.outgoing_norms().tolist() == [16 + 25]
    assert layer.incoming_norms().tolist() == [1 + 4 + 9]
    assert layer.imbalance().tolist() == [27]
    for parameter in (layer.incoming.weight, layer.incoming.bias, layer.outgoing.weight):
        parameter.grad = torch.ones_like(parameter)
    assert layer.step_change(0.5).tolist() == [0.25 * (2 - 3)]


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("activation", [nn.Identity(), nn.ReLU(), nn.LeakyReLU(0.1)])
def test_change_equals_a_step_of_torch(activation, bias):
    layer, model = network(activation, bias=bias)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.3)
    for batch in range(3):
        backward(model, seed=batch)
        before, change = layer.imbalance(), layer.step_change(0.3)
        optimizer.step()
        after = layer.imbalance()
        assert (after - before).tolist() == pytest.approx(change.tolist(), abs=1e-13)
        assert change.abs().max() > 1e-5  # far above the tolerance


@pytest.mark.parametrize("activation", [nn.Tanh(), nn.GELU()])
def test_without_the_symmetry_the_first_order_is_missing(activation):
    """The error of the account is -2η(u·g_u - w·g_w): it halves with the learning rate."""
    layer, model = network(activation)
    backward(model)
    euler = (layer.outgoing.weight * layer.outgoing.weight.grad).sum(dim=0)
    euler -= (layer.incoming.weight * layer.incoming.weight.grad).sum(dim=1)
    euler -= layer.incoming.bias * layer.incoming.bias.grad
    for learning_rate in (0.1, 0.05):
        stepped, model = network(activation)
        backward(model)
        before, change = stepped.imbalance(), stepped.step_change(learning_rate)
        torch.optim.SGD(model.parameters(), lr=learning_rate).step()
        missing = stepped.imbalance() - before - change
        assert missing.tolist() == pytest.approx((-2 * learning_rate * euler).tolist(), abs=1e-13)
        assert missing.abs().max() > 1e-3


@pytest.mark.parametrize("activation", [nn.ReLU(), nn.LeakyReLU(0.1)])
@given(factor=st.floats(0.2, 5), seed=st.integers(0, 100))
def test_rescaling_a_neuron_keeps_function_and_budget(activation, factor, seed):
    """The network and its loss stay; the squared gradients trade a factor; the account holds."""
    layer, model = network(activation, seed=seed)
    loss = backward(model)
    with torch.no_grad():
        layer.incoming.weight[0] *= factor
        layer.incoming.bias[0] *= factor
        layer.outgoing.weight[:, 0] /= factor
    outgoing, incoming = layer.outgoing.weight.grad[:, 0], layer.incoming.weight.grad[0]
    changed = 0.01 * (
        (factor * outgoing).square().sum()
        - (incoming / factor).square().sum()
        - (layer.incoming.bias.grad[0] / factor) ** 2
    )
    assert backward(model) == pytest.approx(loss)
    assert layer.step_change(0.1)[0].item() == pytest.approx(changed.item(), rel=1e-6, abs=1e-14)
    before, change = layer.imbalance(), layer.step_change(0.1)
    torch.optim.SGD(model.parameters(), lr=0.1).step()
    assert (layer.imbalance() - before).tolist() == pytest.approx(change.tolist(), abs=1e-12)


def test_the_change_is_quadratic_in_the_learning_rate():
    layer, model = network(nn.ReLU())
    backward(model)
    assert torch.equal(layer.step_change(0.2), 4 * layer.step_change(0.1))


def test_maps_must_meet():
    with pytest.raises(ValueError, match=r"outgoing must take as many neurons .* got 3 and 4"):
        NeuronLayer(nn.Linear(2, 3), nn.Linear(4, 2))


@pytest.mark.parametrize("learning_rate", [0.0, -1.0, math.nan])
def test_learning_rate_must_be_positive(learning_rate):
    layer, _ = network(nn.ReLU())
    with pytest.raises(ValueError, match=f"learning_rate must be positive, got {learning_rate}"):
        layer.step_change(learning_rate)


def test_gradients_must_be_there():
    layer, _ = network(nn.ReLU())
    with pytest.raises(ValueError, match="gradients must be there"):
        layer.step_change(0.1)


def test_symmetric_layers_are_found_through_nesting():
    block = nn.Sequential(nn.Linear(4, 6), nn.LeakyReLU(0.2), nn.Linear(6, 5))
    model = nn.Sequential(block, nn.ReLU(), nn.Identity(), nn.Linear(5, 3))
    found = find_symmetries(model)
    assert list(found.layers) == ["0.0", "0.2"]
    assert found.layers["0.2"].incoming is block[2]
    assert found.layers["0.2"].outgoing is model[3]
    assert found.broken == {}
    assert str(found) == "0.0: 6 neurons\n0.2: 5 neurons"


@pytest.mark.parametrize(
    ("middle", "reason"),
    [
        ([nn.GELU()], "GELU stands between the linear maps"),
        ([nn.LayerNorm(6), nn.ReLU()], "LayerNorm stands between the linear maps"),
        ([nn.Dropout(), nn.Tanh()], "Dropout and Tanh stand between the linear maps"),
    ],
)
def test_a_network_without_the_symmetry_is_told_why(middle, reason):
    found = find_symmetries(nn.Sequential(nn.Linear(4, 6), *middle, nn.Linear(6, 3)))
    assert found.layers == {}
    assert found.broken == {"0": reason}
    assert f"0: no rescaling symmetry, {reason}" in str(found)


def test_one_linear_map_has_no_hidden_layer():
    with pytest.raises(ValueError, match="network must hold at least two linear maps, got 1"):
        find_symmetries(nn.Sequential(nn.Linear(2, 2), nn.ReLU()))
