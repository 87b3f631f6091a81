"""Spectra of weights beside random matrices of their shape."""

from __future__ import annotations

import copy

import numpy as np
import pytest
import torch
from scipy import stats
from torch import nn

from traindyn.diagnose.weights import (
    bulk_of,
    eigenvalues_of,
    layer_weights,
    null_of_hill,
    ranks,
    start_matrices,
    weight_matrices,
)


@pytest.mark.parametrize(
    ("shape", "number"), [((20, 20), 4000), ((20, 200), 4000), ((40, 60), 2000), ((60, 60), 1000)]
)
def test_a_random_matrix_has_an_outlier_once_in_a_thousand(shape, number, rng):
    """Edges come from the median; by the law of Poisson the limit is passed once in 100,000."""
    matrices = rng.standard_normal((number, *shape))
    values = np.linalg.eigvalsh(matrices @ matrices.mT / max(shape))[:, ::-1]
    found = sum(bulk_of(one, max(shape)).outliers > 0 for one in values)
    assert found <= stats.poisson.isf(1e-5, 0.0015 * number)


@pytest.mark.parametrize("shape", [(4, 9), (9, 4)])
def test_eigenvalues_fall_and_are_those_of_the_shorter_side(shape, rng):
    weights = rng.standard_normal(shape)
    gram = weights @ weights.T if shape[0] < shape[1] else weights.T @ weights
    np.testing.assert_allclose(eigenvalues_of(weights), np.linalg.eigvalsh(gram / 9)[::-1])


@pytest.mark.parametrize("scale", [1e-3, 1.0, 50.0])
def test_a_spike_is_found_and_the_bulk_not_moved(scale, rng):
    noise = rng.standard_normal((60, 200))
    spike = np.outer(np.ones(60), np.ones(200))
    random = layer_weights("w", scale * noise, rng)
    spiked = layer_weights("w", scale * (noise + spike), rng)
    assert (random.name, random.outliers) == ("random", 0)
    assert (spiked.name, spiked.outliers) == ("spikes", 1)
    assert spiked.edge == pytest.approx(random.edge, rel=0.1)


def test_a_heavy_tail_is_told_from_a_power_law(rng):
    left, right = (np.linalg.qr(rng.standard_normal((n, 200)))[0] for n in (200, 400))
    power = (1 - (np.arange(200) + 0.5) / 200) ** -1.0
    found = layer_weights("w", left @ np.diag(np.sqrt(power)) @ right.T, rng)
    assert found.name == "power law"
    assert abs(found.exponent.value - 2) < 3 * found.exponent.stderr
    two = np.concatenate([np.full(150, 1.0), np.full(50, 100.0)]) * (1 + 0.01 * rng.random(200))
    found = layer_weights("w", left @ np.diag(np.sqrt(two)) @ right.T, rng)
    assert found.name == "heavy tail"
    assert found.objections


def test_small_and_empty_matrices_are_called_so(rng):
    assert layer_weights("w", rng.standard_normal((5, 90)), rng).name == "small"
    nothing = layer_weights("w", np.zeros((30, 30)), rng)
    assert (nothing.name, nothing.outliers, nothing.stable_rank) == ("zero", 0, 0.0)
    low = np.outer(rng.standard_normal(40), rng.standard_normal(50))
    found = layer_weights("w", low, rng)
    assert (found.name, round(found.effective_rank, 6)) == ("small", 1.0)


def test_the_start_is_compared_with(rng):
    start = rng.standard_normal((30, 40))
    found = layer_weights("w", 2 * start, rng, start)
    assert (found.moved, found.start_outliers) == (1.0, 0)
    assert layer_weights("w", start, rng, np.zeros((30, 40))).moved == np.inf
    with pytest.raises(ValueError, match=r"start must have the shape \(30, 40\), got \(40, 30\)"):
        layer_weights("w", start, rng, start.T)
    with pytest.raises(ValueError, match="weights must be finite"):
        layer_weights("w", start * np.nan, rng)


@pytest.mark.parametrize("shape", [(100, 100), (100, 150), (60, 1200)])
def test_both_nulls_agree_where_one_gives_way_to_the_other(shape, rng, monkeypatch):
    """A standard deviation of 40 draws is off by 11 % of itself."""
    drawn = null_of_hill(shape, rng)
    monkeypatch.setattr("traindyn.diagnose.weights.DRAWN_UP_TO", 10)
    law = null_of_hill(shape, rng)
    assert abs(drawn.value - law.value) < 0.8 * drawn.stderr
    assert 0.6 < drawn.stderr / law.stderr < 1.5


def test_a_side_that_cannot_be_drawn_has_the_null_of_large_matrices(rng):
    found = null_of_hill((64, 50_257), rng)
    assert 34 < found.value < 36
    assert 1.5 < found.stderr < 3


def test_the_smallest_matrix_may_have_a_spike(rng):
    spike = 3 * np.outer(rng.standard_normal(20), rng.standard_normal(100))
    found = layer_weights("w", rng.standard_normal((20, 100)) + spike, rng)
    assert (found.name, found.outliers) == ("spikes", 1)


def test_ranks_of_equal_and_single_directions():
    assert ranks(np.ones(7)) == (7.0, 7.0)
    assert ranks(np.array([3.0, 0.0])) == (1.0, 1.0)
    assert ranks(np.zeros(2)) == (0.0, 0.0)


def test_matrices_of_a_network_are_its_weights_once():
    net = nn.Sequential(nn.Conv2d(2, 4, 3), nn.Linear(4, 4), nn.Linear(4, 4))
    net[2].weight = net[1].weight
    found = dict(weight_matrices(net))
    assert {name: matrix.shape for name, matrix in found.items()} == {
        "0.weight": (4, 18),
        "1.weight": (4, 4),
    }
    start = start_matrices(net, copy.deepcopy(net.state_dict())).matrices
    np.testing.assert_array_equal(start["0.weight"], found["0.weight"])
    assert start_matrices(net, None) == ({}, {})
    assert torch.equal(torch.tensor(found["1.weight"]).float(), net[1].weight)
