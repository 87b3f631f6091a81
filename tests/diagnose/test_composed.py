"""Weights that layers compute from others."""

from __future__ import annotations

import copy

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.utils import parametrizations, parametrize, prune

from traindyn.diagnose import diagnose
from traindyn.diagnose.composed import composed_weights, held
from traindyn.diagnose.weights import start_matrices, weight_matrices
from traindyn.symmetry import find_symmetries
from traindyn.symmetry.trial import copied

pytestmark = pytest.mark.filterwarnings("ignore:.*weight_norm.*is deprecated:FutureWarning")


class Skew(nn.Module):
    """A parametrization of a user."""

    def forward(self, raw):
        return raw.triu(1) - raw.triu(1).mT


def pruned(layer):
    prune.random_unstructured(layer, "weight", 0.3)
    return prune.l1_unstructured(layer, "weight", 0.2)


def skewed(layer):
    parametrize.register_parametrization(layer, "weight", Skew())
    return layer


class Factors(nn.Module):
    """A low rank on top of a frozen base."""

    def __init__(self, base):
        super().__init__()
        self.register_buffer("base", base.detach().clone())
        self.left, self.right = nn.Parameter(torch.randn(24, 2)), nn.Parameter(torch.randn(2, 24))

    def forward(self, raw):
        return self.base + 0 * raw + self.left @ self.right


class Noisy(nn.Module):
    """A parametrization with noise of its own."""

    def forward(self, raw):
        return raw + 0.01 * torch.randn_like(raw) if self.training else raw


def adapted(layer):
    parametrize.register_parametrization(layer, "weight", Factors(layer.weight))
    return layer


def noisy(layer):
    parametrize.register_parametrization(layer, "weight", Noisy())
    return layer


def pruned_direction(layer):
    nn.utils.weight_norm(layer)
    return prune.l1_unstructured(layer, "weight_v", 0.3)


def pruned_norm(layer):
    nn.utils.spectral_norm(layer)
    return prune.l1_unstructured(layer, "weight_orig", 0.3)


def pruned_inside(layer):
    parametrizations.spectral_norm(layer)
    prune.l1_unstructured(layer.parametrizations.weight, "original", 0.3)
    return layer


WAYS = {
    "weight_norm": parametrizations.weight_norm,
    "old weight_norm": nn.utils.weight_norm,
    "spectral_norm": parametrizations.spectral_norm,
    "old spectral_norm": nn.utils.spectral_norm,
    "orthogonal": parametrizations.orthogonal,
    "pruned": pruned,
    "skew": skewed,
    "low rank": adapted,
    "noisy": noisy,
    "pruned direction": pruned_direction,
    "pruned inside": pruned_inside,
}


def network_of(way: str, seed: int = 0) -> nn.Module:
    torch.manual_seed(seed)
    net = nn.Sequential(nn.Linear(24, 24), nn.ReLU(), nn.Linear(24, 24), nn.ReLU())
    net[2] = WAYS[way](net[2])
    net.append(nn.Linear(24, 3))
    net.eval()
    net(torch.randn(4, 24))
    return net


def multiplied(layer: nn.Module) -> np.ndarray:
    """What a layer multiplies with, by its outputs at unit vectors."""
    with torch.no_grad():
        return (layer(torch.eye(24)) - layer(torch.zeros(24))).T.double().numpy()


@pytest.mark.parametrize("way", WAYS)
def test_the_spectrum_is_that_of_what_the_layer_multiplies_with(way):
    net = network_of(way)
    found = dict(weight_matrices(net))
    assert list(found) == ["0.weight", "2.weight", "4.weight"]
    np.testing.assert_allclose(found["2.weight"], multiplied(net[2]), atol=1e-6)


@pytest.mark.parametrize("way", WAYS)
def test_the_start_is_computed_as_the_layer_does(way):
    net = network_of(way)
    start, before = copy.deepcopy(net.state_dict()), multiplied(net[2])
    with torch.no_grad():
        for parameter in net.parameters():
            parameter.add_(0.3 * torch.randn_like(parameter))
    found, now = start_matrices(net, start), dict(weight_matrices(net))["2.weight"]
    assert not found.skipped
    np.testing.assert_allclose(found.matrices["2.weight"], before, atol=1e-5)
    assert np.abs(now - before).max() > 0.01


@pytest.mark.parametrize("way", WAYS)
def test_looking_changes_nothing(way):
    """Not even the vectors that spectral_norm turns at every pass of training, nor a generator."""
    net = network_of(way).train()
    before, drawn = copy.deepcopy(net.state_dict()), torch.get_rng_state()
    first = dict(weight_matrices(net))
    again = dict(weight_matrices(net))
    assert all((first[name] == again[name]).all() for name in first)
    assert all(torch.equal(value, before[name]) for name, value in net.state_dict().items())
    assert torch.equal(torch.get_rng_state(), drawn)
    assert net[2].training


@pytest.mark.parametrize("way", WAYS)
def test_a_report_of_such_a_network(way):
    net, images = network_of(way).train(), torch.randn(32, 24)
    net(images)
    data = [(images, torch.randint(3, (32,)))]
    start = copy.deepcopy(net.state_dict())
    found = diagnose(
        net, data, count=2, samples=32, start=start, lenses=["weights", "curvature", "balance"]
    )
    assert [layer.layer for layer in found.weights] == ["0.weight", "2.weight", "4.weight"]
    assert [layer.moved for layer in found.weights] == [0.0, pytest.approx(0, abs=1e-6), 0.0]
    reason = "weight is computed from other parameters"
    if way == "pruned direction":  # a pass uses what was pruned in the pass before
        reason = "network must give the same outputs twice"
    assert reason in str(found.skipped)


def test_the_balance_of_a_network_whose_weights_hang_in_a_graph_can_be_read():
    net = network_of("old weight_norm")
    assert not net[2].weight.is_leaf
    report = find_symmetries(net, torch.randn(5, 24))
    assert "computed from other parameters" in str(report)


def test_a_hook_in_a_parametrization_keeps_what_it_has_set():
    net = network_of("pruned inside")
    before = net[2].parametrizations.weight.original
    start_matrices(net, copy.deepcopy(net.state_dict()))
    assert net[2].parametrizations.weight.original is before


def test_a_pruned_norm_is_that_of_the_last_hook():
    """The hooks run in their order, which torch's own spectral_norm comes first in."""
    layer = pruned_norm(nn.Linear(24, 24)).eval()
    layer(torch.randn(2, 24))
    (name,) = [one.name for one in composed_weights(layer)]
    assert name == "weight"


@pytest.mark.parametrize("first", [0, 1])
def test_a_weight_that_is_tied_and_pruned_once_is_told_in_both_forms(first):
    one, other = nn.Linear(24, 24), nn.Linear(24, 24)
    other.weight = one.weight
    prune.l1_unstructured(other, "weight", 8)
    other(torch.randn(2, 24))
    net = nn.Sequential(*([one, other] if first == 0 else [other, one]))
    zeros = {name: int((matrix == 0).sum()) for name, matrix in weight_matrices(net)}
    assert zeros == {f"{first}.weight": 0, f"{1 - first}.weight": 8}


def test_a_layer_that_is_used_twice_is_told_once():
    layer = parametrizations.weight_norm(nn.Linear(24, 24))
    assert [name for name, _ in weight_matrices(nn.Sequential(layer, layer))] == ["0.weight"]


@pytest.mark.parametrize("value", ["x", None, torch.ones(24, 1, device="meta")])
def test_a_start_without_numbers_is_told(value):
    for way, name in (("weight_norm", "parametrizations.weight.original0"), ("pruned", "bias")):
        start = copy.deepcopy(network_of(way).state_dict())
        start["0.weight"] = start[f"2.{name}"] = value
        skipped = start_matrices(network_of(way), start).skipped
        assert "start of 0.weight" in skipped
        assert ("start of 2.weight" in skipped) is (way == "weight_norm" or value is not None)


def test_a_start_that_was_never_run_is_no_start():
    net = nn.Sequential(nn.LazyLinear(4), nn.Linear(4, 4))
    lazy = copy.deepcopy(net.state_dict())
    assert list(start_matrices(net, lazy).matrices) == ["1.weight"]
    net(torch.randn(2, 3))
    assert list(start_matrices(net, lazy).matrices) == ["1.weight"]
    assert "no values" in start_matrices(net, lazy).skipped["start of 0.weight"]


def test_arrays_in_the_memory_of_the_network_are_no_start():
    net = network_of("pruned")
    start = {name: value.detach().numpy() for name, value in net.state_dict().items()}
    with pytest.raises(ValueError, match="must be a copy of the weights before training"):
        start_matrices(net, start)


def test_what_a_start_lacks_or_has_otherwise_is_told():
    net = network_of("weight_norm")
    start = {k: v.clone() for k, v in net.state_dict().items() if "original0" not in k}
    assert start_matrices(net, start).skipped == {
        "start of 2.weight": "start does not hold 2.parametrizations.weight.original0"
    }
    start = copy.deepcopy(net.state_dict())
    start["2.parametrizations.weight.original0"] = torch.ones(5, 1)
    assert "shape (5, 1), not (24, 1)" in start_matrices(net, start).skipped["start of 2.weight"]
    with pytest.raises(ValueError, match="must be a copy of the weights before training"):
        start_matrices(net, net.state_dict())


def test_a_transposed_convolution_has_its_outputs_as_rows():
    layer = parametrizations.weight_norm(nn.ConvTranspose2d(2, 5, 3), dim=1)
    (matrix,) = dict(weight_matrices(layer)).values()
    assert matrix.shape == (5, 18)
    assert [one.name for one in composed_weights(layer)] == ["weight"]


def test_a_network_with_tensors_of_its_own_is_tried_in_double_precision():
    """A mask, a table of positions: neither a parameter nor a buffer."""

    class Masked(nn.Module):
        def __init__(self):
            super().__init__()
            self.first, self.second = nn.Linear(24, 8), nn.Linear(8, 3)
            self.turn = torch.randn(24, 24)

        def forward(self, x):
            return self.second(torch.relu(self.first(x @ self.turn)))

    net = Masked()
    assert list(find_symmetries(net, torch.randn(5, 24)).layers) == ["first"]
    assert net.turn.dtype == torch.float32


def test_what_a_start_holds_in_the_place_of_a_weight():
    weight = torch.zeros(2, 3)
    assert torch.equal(held(weight, np.ones((2, 3))), torch.ones(2, 3, dtype=torch.float64))
    for value, told in [
        (None, "start does not hold it"),
        ("x", "start does not hold it"),
        (torch.ones(2, 3, device="meta"), "start holds no values for it"),
        (np.ones((3, 2)), r"it has the shape \(3, 2\), not \(2, 3\)"),
    ]:
        with pytest.raises(ValueError, match=told):
            held(weight, value)


def test_a_copy_shares_nothing_with_a_network_whose_weights_hang_in_a_graph():
    net = network_of("old weight_norm")
    with pytest.raises(RuntimeError, match="deepcopy"):
        copy.deepcopy(net)
    twin, images = copied(net), torch.randn(4, 24)
    assert torch.equal(twin(images), net(images))
    with torch.no_grad():
        for parameter in twin.parameters():
            parameter.zero_()
    assert net(images).any()
    assert not twin(images).nan_to_num().any()
