"""Which layers are called symmetric, against the exact account of their networks."""

import copy
import random

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from traindyn.symmetry import NeuronLayer, find_symmetries


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


X = torch.randn(7, 4, generator=torch.Generator().manual_seed(0))


class Custom(nn.Module):
    """Two layers of four neurons, with a user's code between them."""

    def __init__(self, between):
        super().__init__()
        self.first, self.second, self.last = nn.Linear(4, 4), nn.Linear(4, 4), nn.Linear(4, 2)
        self.between = between

    def forward(self, x):
        return self.last(torch.relu(self.second(self.between(self, x, self.first(x)))))


class Reversed(torch.autograd.Function):
    """The identity, whose gradient has the other sign."""

    @staticmethod
    def forward(ctx, x):
        return x.clone()

    @staticmethod
    def backward(ctx, gradient):
        return -gradient


class LowRank(nn.Linear):
    """A linear map with an adapter."""

    def __init__(self):
        super().__init__(4, 6)
        self.down, self.up = nn.Parameter(torch.ones(2, 4)), nn.Parameter(torch.ones(6, 2))

    def forward(self, x):
        return super().forward(x) + x @ self.down.T @ self.up.T


class Named(nn.Linear):
    """A linear map under another name, as packages have them."""

    def forward(self, x):
        return x @ self.weight.mT + self.bias


@pytest.mark.parametrize(
    ("make", "symmetric", "reason"),
    [
        (lambda: Named(4, 6), {"0", "2"}, None),
        (LowRank, {"2"}, "no other map makes up for a rescaling"),
        (
            lambda: nn.utils.parametrizations.weight_norm(nn.Linear(4, 6)),
            {"2"},
            "its weight is computed from other parameters",
        ),
    ],
)
def test_what_a_class_of_a_user_computes_counts_not_its_name(make, symmetric, reason):
    torch.manual_seed(0)
    net = nn.Sequential(make(), nn.ReLU(), Named(6, 5), nn.ReLU(), nn.Linear(5, 2))
    found = find_symmetries(net, X)
    assert set(found.layers) == symmetric
    if reason:
        assert reason in found.broken["0"]
    assert error_of_the_account(net, found.layers, X) < 1e-12


def error_of_the_account(network, layers, x):
    """Largest error over three steps of plain SGD from weights near those of the network."""
    errors = [0.0]
    for seed in range(3):
        torch.manual_seed(seed)
        stepped = copy.deepcopy(network).double().train()
        with torch.no_grad():
            for parameter in stepped.parameters():
                parameter.add_(0.2 * torch.randn_like(parameter))
        modules, names = dict(stepped.named_modules()), {m: n for n, m in network.named_modules()}
        moved = [
            NeuronLayer(modules[names[layer.incoming]], modules[names[layer.outgoing]])
            for layer in layers.values()
        ]
        (stepped(x.double()) - 1).square().mean().backward()
        before, change = [i.imbalance() for i in moved], [i.step_change(0.3) for i in moved]
        torch.optim.SGD(stepped.parameters(), lr=0.3).step()
        after = [i.imbalance() for i in moved]
        errors += [
            float((a - b - c).abs().max()) for a, b, c in zip(after, before, change, strict=True)
        ]
    return max(errors)


BETWEEN = {
    "relu": (lambda net, x, h: torch.relu(h), {"first", "second"}),
    "a slope that may be negative": (
        lambda net, x, h: functional.leaky_relu(h, -2.0),
        {"first", "second"},
    ),
    "dropout": (lambda net, x, h: functional.dropout(h.relu(), 0.5), {"first", "second"}),
    "tanh": (lambda net, x, h: torch.tanh(h), {"second"}),
    "a cap far away": (lambda net, x, h: h.relu().clamp(max=1e6), {"second"}),
    "a small shift": (lambda net, x, h: torch.relu(h + 1e-3), {"second"}),
    "a skip": (lambda net, x, h: x + torch.relu(h), {"second"}),
    "a skip over the second": (lambda net, x, h: net.second(h.relu()), set()),
    "another use": (lambda net, x, h: h.relu() + net.first.weight.sum(), {"second"}),
    "no gradient": (lambda net, x, h: h.detach(), {"second"}),
    "another gradient": (lambda net, x, h: Reversed.apply(h), {"second"}),
    "training only": (lambda net, x, h: h.tanh() if net.training else h.relu(), {"second"}),
}


@pytest.mark.parametrize(("between", "symmetric"), BETWEEN.values(), ids=BETWEEN)
@pytest.mark.parametrize("training", [True, False])
def test_code_of_a_user_is_seen_on_a_sample(between, symmetric, training):
    torch.manual_seed(0)
    net = Custom(between).train(training)
    with pytest.raises(ValueError, match=r"got Custom: give sample, a batch of inputs"):
        find_symmetries(net)
    found = find_symmetries(net, X)
    assert set(found.layers) == symmetric
    assert set(found.broken) == {"first", "second"} - symmetric
    assert error_of_the_account(net, found.layers, X) < 1e-12


def test_an_activation_may_be_used_twice():
    for activation, symmetric in ((nn.Tanh(), set()), (nn.ReLU(), {"0", "2"})):
        net = nn.Sequential(
            nn.Linear(4, 6), activation, nn.Linear(6, 5), activation, nn.Linear(5, 2)
        )
        for sample in (None, X):
            found = find_symmetries(net, sample)
            assert set(found.layers) == symmetric
            assert set(found.broken) == {"0", "2"} - symmetric


def deep():
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Linear(4, 6), nn.ReLU(), nn.Linear(6, 6), nn.ReLU(), nn.Linear(6, 6), nn.ReLU(),
        nn.Linear(6, 2),
    )  # fmt: skip


def twice(net):
    net[4] = net[2]


def tied(net):
    net[4].weight = net[2].weight


def tied_by_memory(net):
    net[4].weight.data = net[2].weight.data


def frozen(net):
    net[2].bias.requires_grad_(False)


def hooked_gradient(net):
    net[2].weight.register_hook(lambda gradient: 2 * gradient)


def pooled(net):
    net[3] = nn.BatchNorm1d(6)


@pytest.mark.parametrize(
    ("change", "symmetric", "reason"),
    [
        (twice, set(), "used 2 times"),
        (tied, set(), "2.weight is tied to another weight"),
        (tied_by_memory, set(), "2.weight is tied to another weight"),
        (frozen, {"0", "4"}, "2.bias is frozen"),
        (hooked_gradient, {"4"}, "a hook may change the gradient of 2.weight"),
        (pooled, {"0", "4"}, "BatchNorm1d stands between the linear maps"),
    ],
)
def test_what_breaks_the_account_of_a_plain_network_is_named(change, symmetric, reason):
    net = deep()
    change(net)
    found = find_symmetries(net)
    assert set(found.layers) == symmetric
    assert reason in " ".join(found.broken.values())
    assert set(find_symmetries(net, X).layers) == symmetric
    if change is not hooked_gradient:  # copies of a network have no hooks of gradients
        assert error_of_the_account(net, found.layers, X) < 1e-12


def forward_hook(net):
    net[0].register_forward_hook(lambda module, args, output: torch.tanh(output))


def backward_hook(net):
    net[1].register_full_backward_hook(lambda module, grad, _: (2 * grad[0],))


def weight_norm(net):
    nn.utils.parametrizations.weight_norm(net[0])


def adapter(net):
    net[0] = LowRank()


def own_forward(net):
    net[1].forward = torch.tanh


@pytest.mark.parametrize("change", [forward_hook, backward_hook, weight_norm, adapter, own_forward])
def test_what_modules_hide_is_found_on_a_sample(change):
    net = deep()
    change(net)
    with pytest.raises(ValueError, match="give sample"):
        find_symmetries(net)
    found = find_symmetries(net, X)
    assert set(found.layers) == {"2", "4"}
    assert set(found.broken) == {"0"}


def test_convolutions_keep_their_channels_through_pooling_and_flattening():
    torch.manual_seed(0)
    net = nn.Sequential(
        nn.Conv2d(2, 4, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Dropout2d(),
        nn.Conv2d(4, 6, 3, groups=2), nn.PReLU(6), nn.AvgPool2d(2), nn.Flatten(), nn.Linear(6, 3),
    )  # fmt: skip
    found = find_symmetries(net)
    assert set(found.layers) == {"0"}
    assert "give sample" in found.broken["4"]
    images = torch.randn(3, 2, 8, 8)
    found = find_symmetries(net, images)
    assert set(found.layers) == {"0", "4"}
    assert error_of_the_account(net, found.layers, images) < 1e-12
    alone = nn.Sequential(nn.Conv2d(2, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(36, 3))
    assert not find_symmetries(alone, images[0]).layers  # flattens positions of one image


def test_neurons_that_nothing_reaches_are_not_called_symmetric():
    found = find_symmetries(nn.Sequential(nn.Linear(4, 6, bias=False), nn.Linear(6, 2)), 0 * X)
    assert found.broken == {"0": "the sample does not reach its neurons"}


def test_the_network_and_all_generators_stay_as_they_are():
    net = nn.Sequential(
        nn.Linear(4, 6), nn.BatchNorm1d(6), nn.Dropout(), nn.ReLU(), nn.Linear(6, 2)
    ).eval()
    net[0].weight.requires_grad_(False)
    net[4].weight.grad = torch.ones(2, 6)

    def state():
        return [
            *(part.clone() for part in net.state_dict().values()),
            torch.get_rng_state(),
            torch.tensor(np.random.get_state()[1].astype(int)),  # noqa: NPY002
            torch.tensor(random.getstate()[1]),
            torch.tensor([part.requires_grad for part in net.parameters()]),
            torch.tensor([part.grad is None for part in net.parameters()]),
            torch.tensor([module.training for module in net.modules()]),
            torch.tensor(torch.get_default_dtype() == torch.float32),
            net[4].weight.grad,
        ]

    before = state()
    find_symmetries(net, X)
    assert all(torch.equal(a, b) for a, b in zip(before, state(), strict=True))


@pytest.mark.parametrize(
    ("sample", "message"),
    [
        (X[:, :3], "network must run on sample"),
        (X[:0], "network must give outputs on sample that are finite"),
        (X * float("nan"), "network must give outputs on sample that are finite"),
        ((X, X), "network must run on sample"),
    ],
)
def test_a_sample_on_which_nothing_can_be_seen_is_refused(sample, message):
    with pytest.raises(ValueError, match=message):
        find_symmetries(deep(), sample)


def test_arguments_may_be_given_in_a_tuple_or_by_name():
    for sample in ((X,), {"input": X}):
        assert set(find_symmetries(deep(), sample).layers) == {"0", "2", "4"}


def test_networks_that_cannot_be_tried_are_refused(unchecked):
    with pytest.raises(ValueError, match="network must be a module of torch, got str"):
        find_symmetries("net")
    with pytest.raises(ValueError, match="network must be initialized"):
        find_symmetries(nn.Sequential(nn.LazyLinear(3), nn.Linear(3, 2)), X)
    noise = Custom(lambda net, x, h: h + next(numbers))
    numbers = iter(torch.arange(1.0, 9.0))
    with pytest.raises(ValueError, match=r"network must (run on sample|give the same outputs)"):
        find_symmetries(noise, X)
