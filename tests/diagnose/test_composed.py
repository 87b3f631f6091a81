"""Weights that layers compute from others."""

from __future__ import annotations

import copy

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.utils import parametrizations, parametrize, prune

from traindyn.diagnose import diagnose
from traindyn.diagnose.composed import composed_weights
from traindyn.diagnose.weights import start_matrices, weight_matrices
from traindyn.symmetry import find_symmetries

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


WAYS = {
    "weight_norm": parametrizations.weight_norm,
    "old weight_norm": nn.utils.weight_norm,
    "spectral_norm": parametrizations.spectral_norm,
    "old spectral_norm": nn.utils.spectral_norm,
    "orthogonal": parametrizations.orthogonal,
    "pruned": pruned,
    "skew": skewed,
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
    """Not even the vectors that spectral_norm turns at every pass of training."""
    net = network_of(way).train()
    before = copy.deepcopy(net.state_dict())
    first = dict(weight_matrices(net))
    again = dict(weight_matrices(net))
    assert all((first[name] == again[name]).all() for name in first)
    assert all(torch.equal(value, before[name]) for name, value in net.state_dict().items())


@pytest.mark.parametrize("way", WAYS)
def test_a_report_of_such_a_network(way):
    net, images = network_of(way), torch.randn(32, 24)
    data = [(images, torch.randint(3, (32,)))]
    start = copy.deepcopy(net.state_dict())
    found = diagnose(
        net, data, count=2, samples=32, start=start, lenses=["weights", "curvature", "balance"]
    )
    assert [layer.layer for layer in found.weights] == ["0.weight", "2.weight", "4.weight"]
    assert [layer.moved for layer in found.weights] == [0.0, pytest.approx(0, abs=1e-6), 0.0]
    assert "weight is computed from other parameters" in str(found.skipped)
    assert not any("copy" in reason for reason in found.skipped.values())


def test_the_balance_of_a_network_whose_weights_hang_in_a_graph_can_be_read():
    net = network_of("old weight_norm")
    assert not net[2].weight.is_leaf
    report = find_symmetries(net, torch.randn(5, 24))
    assert "computed from other parameters" in str(report)


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
