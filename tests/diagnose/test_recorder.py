"""The weights over time, and what recording costs."""

from __future__ import annotations

import time

import numpy as np
import pytest
import torch
from torch import nn

from traindyn.diagnose import Recorder
from traindyn.diagnose.weights import eigenvalues_of, ranks


def test_it_records_at_every_so_many_steps():
    net = nn.Sequential(nn.Linear(6, 4), nn.Linear(4, 3))
    record, seen = Recorder(net, every=3), []
    for step in range(8):
        if step % 3 == 0:
            seen.append(ranks(eigenvalues_of(net[0].weight.detach().double().numpy())))
        record()
        with torch.no_grad():
            net[0].weight.mul_(torch.linspace(1, 1.5, 6))
    assert record.steps == [0, 3, 6]
    found = zip(record.stable_rank["0.weight"], record.effective_rank["0.weight"], strict=True)
    np.testing.assert_allclose(list(found), seen)
    assert set(record.outliers) == {"0.weight", "1.weight"}
    assert len(record.largest["1.weight"]) == 3


@pytest.mark.parametrize("slow_at", [0, 100])
def test_by_default_it_keeps_to_its_share(monkeypatch, slow_at):
    """A clock by hand: a step takes 1 s, a look 0.5 s, but 2 s once."""
    now = [0.0]
    monkeypatch.setattr(time, "perf_counter", lambda: now[0])
    record = Recorder(nn.Linear(2, 2))
    look = record._look

    def slow(step):
        now[0] += 2.0 if step <= slow_at < step + 20 else 0.5
        look(step)

    monkeypatch.setattr(record, "_look", slow)
    for _ in range(200):
        record()
        now[0] += 1.0
    assert 8 <= len(record.steps) <= 21
    assert record.cost <= 0.05


def test_a_weight_of_zeros_is_recorded_as_such():
    net = nn.Linear(3, 2)
    nn.init.zeros_(net.weight)
    record = Recorder(net)
    record()
    assert record.stable_rank["weight"] == [0.0]
    assert record.largest["weight"] == [np.inf]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"every": 0}, "every must be at least 1, got 0"),
        ({"share": 0.0}, "share must lie in .0, 1.,"),
        ({"share": 1.0}, "share must lie in .0, 1.,"),
    ],
)
def test_bad_input_is_refused(change, message):
    with pytest.raises(ValueError, match=message):
        Recorder(nn.Linear(2, 2), **change)
