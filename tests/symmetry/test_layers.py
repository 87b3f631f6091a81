"""The imbalance of hidden neurons and its change in a step, against torch's own step."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn
from torch.nn.utils import prune

from traindyn.symmetry import NeuronLayer


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


CHANNELS = [
    (nn.Conv1d(2, 4, 3), nn.ReLU(), nn.Conv1d(4, 6, 2, groups=2), (3, 2, 8)),
    (nn.Conv2d(2, 4, 3, padding=1), nn.MaxPool2d(2), nn.Conv2d(4, 8, 2, groups=4), (3, 2, 8, 8)),
    (nn.Conv3d(1, 2, 2), nn.LeakyReLU(), nn.Conv3d(2, 3, 1, bias=False), (2, 1, 3, 3, 3)),
    (nn.Conv2d(2, 4, 3), nn.Sequential(nn.ReLU(), nn.Flatten()), nn.Linear(16, 3), (3, 2, 4, 4)),
]


@pytest.mark.parametrize(("incoming", "middle", "outgoing", "shape"), CHANNELS)
def test_the_neurons_of_a_convolution_are_its_channels(incoming, middle, outgoing, shape):
    torch.manual_seed(0)
    model = nn.Sequential(incoming, middle, outgoing).double()
    layer = NeuronLayer(incoming, outgoing)
    x = torch.randn(shape, dtype=torch.float64)
    model.zero_grad()
    (model(x) - 1).square().mean().backward()
    before, change = layer.imbalance(), layer.step_change(0.3)
    assert before.shape == (incoming.out_channels,)
    with torch.no_grad():
        squares = outgoing.weight.square().sum() - incoming.weight.square().sum()
        assert before.sum().item() == pytest.approx((squares - incoming.bias.square().sum()).item())
    torch.optim.SGD(model.parameters(), lr=0.3).step()
    assert (layer.imbalance() - before).tolist() == pytest.approx(change.tolist(), abs=1e-13)
    assert change.abs().max() > 1e-8

    outputs = model(x)
    layer.rescale(torch.linspace(0.5, 2.0, layer.neurons, dtype=torch.float64))
    assert (model(x) - outputs).abs().max() < 1e-12


@pytest.mark.parametrize("frozen", ["incoming.weight", "incoming.bias", "outgoing.weight"])
def test_a_frozen_part_is_named(frozen):
    layer, model = network(nn.ReLU())
    side, part = frozen.split(".")
    getattr(getattr(layer, side), part).requires_grad_(False)
    backward(model)
    with pytest.raises(ValueError, match=f"{frozen} must not be frozen"):
        layer.step_change(0.1)


def test_what_the_account_cannot_use_is_refused():
    layer, model = network(nn.ReLU(), sizes=(4, 4, 4))
    backward(model)
    with pytest.raises(ValueError, match="learning_rate must be finite, got inf"):
        layer.step_change(math.inf)
    with pytest.raises(ValueError, match="gradients must have finite squares"):
        layer.step_change(1e200)
    layer.incoming.bias.grad = None
    with pytest.raises(ValueError, match=r"call backward\(\), incoming.bias has none"):
        layer.step_change(0.1)
    layer.incoming.bias.grad = torch.full((4,), math.nan, dtype=torch.float64)
    with pytest.raises(ValueError, match=r"gradient of incoming\.bias must be finite"):
        layer.step_change(0.1)
    layer.outgoing.weight = layer.incoming.weight
    with pytest.raises(ValueError, match="must not share weights"):
        layer.step_change(0.1)
    nn.utils.parametrizations.weight_norm(layer.incoming)
    with pytest.raises(ValueError, match=r"incoming\.weight must be a parameter"):
        layer.step_change(0.1)


def test_half_precision_has_norms_beyond_its_range():
    layer = NeuronLayer(nn.Linear(1, 1, bias=False).half(), nn.Linear(1, 1).half())
    with torch.no_grad():
        layer.outgoing.weight.fill_(300.0)
        layer.incoming.weight.fill_(2.0)
    assert layer.imbalance().tolist() == [300.0**2 - 4]


@pytest.mark.parametrize(
    ("incoming", "outgoing", "message"),
    [
        (nn.ReLU(), nn.Linear(2, 1), "incoming must be a Linear, Conv1d, Conv2d or Conv3d"),
        (nn.Linear(2, 3), nn.ConvTranspose1d(3, 1, 1), "outgoing must be a Linear"),
        (nn.Linear(2, 3), nn.Linear(6, 1), "as many neurons .* got 3 and 6"),
        (nn.LazyLinear(3), nn.Linear(3, 1), "incoming must be initialized"),
        (nn.Linear(2, 3).to(torch.cfloat), nn.Linear(3, 1), "must have real weights"),
    ],
)
def test_other_maps_are_refused(incoming, outgoing, message, unchecked):
    with pytest.raises(ValueError, match=message):
        NeuronLayer(incoming, outgoing)


@pytest.mark.parametrize("factors", [torch.zeros(6), -torch.ones(6), torch.ones(5), [1.0] * 6])
def test_factors_must_be_positive_and_fit(factors, unchecked):
    layer, _ = network(nn.ReLU())
    with pytest.raises(ValueError, match="factors must be"):
        layer.rescale(factors)


def test_values_to_sum_must_have_the_shape_of_the_weights(unchecked):
    layer, _ = network(nn.ReLU())
    with pytest.raises(ValueError, match="values must be a tensor of shape"):
        layer.sum_outgoing(torch.ones(3))
    with pytest.raises(ValueError, match="values must be a tensor of shape"):
        layer.sum_incoming(layer.incoming.weight, torch.ones(5))


@pytest.mark.parametrize("place", [0, 1])
@pytest.mark.parametrize(
    "changed",
    [nn.utils.parametrizations.weight_norm, lambda m: prune.l1_unstructured(m, "weight", 1)],
)
def test_weights_that_would_be_computed_again_are_not_rescaled(changed, place):
    """They can be read, but what is written into them is lost at the next pass."""
    maps = [nn.Linear(3, 4), nn.Linear(4, 2)]
    changed(maps[place])
    layer = NeuronLayer(*maps)
    assert layer.imbalance().shape == (4,)
    with pytest.raises(ValueError, match="must hold its weight as a parameter, got a computed one"):
        layer.rescale(torch.full((4,), 2.0))


def test_a_bias_that_would_be_computed_again_is_not_rescaled():
    maps = [nn.Linear(3, 4), nn.Linear(4, 2)]
    prune.l1_unstructured(maps[1], "bias", 1)  # it is not rescaled
    NeuronLayer(*maps).rescale(torch.full((4,), 2.0))
    prune.l1_unstructured(maps[0], "bias", 1)
    with pytest.raises(ValueError, match="incoming must hold its bias as a parameter"):
        NeuronLayer(*maps).rescale(torch.full((4,), 2.0))
