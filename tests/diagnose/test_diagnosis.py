"""All lenses on one network: what comes out, what stays as it was, what is refused."""

from __future__ import annotations

import copy
import dataclasses
import json
import re

import jsonschema
import numpy as np
import pytest
import torch
from torch import nn

from traindyn.curvature import NotConvergedError
from traindyn.diagnose import Diagnosis, as_json, diagnose, draw, markdown, readings, schema
from traindyn.diagnose.diagnosis import LENSES
from traindyn.diagnose.reading import plain, with_error
from traindyn.inference import Estimate


@pytest.fixture(scope="module")
def data():
    torch.manual_seed(1)
    x = torch.randn(128, 5)
    return [(x[i : i + 32], (x[i : i + 32, 0] > 0).long()) for i in range(0, 128, 32)]


def network():
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Linear(5, 30), nn.ReLU(), nn.Linear(30, 24), nn.ReLU(), nn.Linear(24, 2)
    )


@pytest.fixture(scope="module")
def found(data):
    net = network()
    return diagnose(net, data, count=3, samples=128, start=copy.deepcopy(net.state_dict()))


def test_every_lens_has_a_finding(found):
    assert [layer.layer for layer in found.weights] == ["0.weight", "2.weight", "4.weight"]
    assert {layer.moved for layer in found.weights} == {0.0}
    assert found.curvature.values.shape == (3,)
    assert [layer.layer for layer in found.layers] == ["0.weight", "2.weight", "4.weight"]
    assert len(found.noise.variances) == 3
    assert [layer.neurons for layer in found.balance] == [30, 24]
    assert found.samples == 128
    assert set(found.seconds) == set(LENSES)
    assert not found.skipped


def test_it_is_the_same_the_second_time_and_nothing_is_changed(data, found):
    net = network()
    net.train()
    before, state = copy.deepcopy(net.state_dict()), torch.get_rng_state()
    again = diagnose(net, data, count=3, samples=128, start=before)
    told, expected = as_json(again), as_json(found)
    told.pop("seconds"), expected.pop("seconds")
    assert json.dumps(told) == json.dumps(expected)
    assert all(torch.equal(value, before[name]) for name, value in net.state_dict().items())
    assert all(p.grad is None for p in net.parameters())
    assert net.training
    assert torch.equal(torch.get_rng_state(), state)


def test_curvature_is_that_of_the_whole_matrix(data, found):
    net = network()
    x, y = (torch.cat(part) for part in zip(*[(x[:16], y[:16]) for x, y in data], strict=True))
    names = [name for name, _ in net.named_parameters()]
    flat = nn.utils.parameters_to_vector(net.parameters()).detach().double()

    def loss(vector):
        sizes = [p.numel() for p in net.parameters()]
        parts = [v.view_as(p) for v, p in zip(vector.split(sizes), net.parameters(), strict=True)]
        out = torch.func.functional_call(net, dict(zip(names, parts, strict=True)), x.double())
        return nn.functional.cross_entropy(out, y)

    hessian = torch.autograd.functional.hessian(loss, flat)
    values = torch.linalg.eigvalsh(hessian).flip(0)[:3].numpy()
    np.testing.assert_allclose(found.curvature.values, values, rtol=1e-3)
    trace = float(hessian.trace())
    assert abs(found.density.trace.value - trace) < 5 * found.density.trace.stderr
    assert found.loss.value == pytest.approx(float(loss(flat)), rel=1e-5)


@pytest.mark.parametrize("lens", LENSES)
def test_each_lens_can_be_left_out(lens, data):
    told = diagnose(
        network(), data, count=2, samples=64, lenses=[other for other in LENSES if other != lens]
    )
    assert not getattr(told, lens)
    assert lens not in told.seconds
    assert told.skipped == (
        {"noise": "it needs the directions of the lens curvature"} if lens == "curvature" else {}
    )


def test_the_cost_is_told_before_the_work(data):
    lines = []
    diagnose(network(), data, count=2, samples=64, lenses=["curvature"], tell=lines.append)
    assert lines[0].startswith("974 parameters: about ")
    assert "Hessian products, at most" in lines[0]
    assert lines[1].startswith("curvature: ")


def test_what_does_not_converge_is_told_and_the_rest_goes_on(data, monkeypatch):
    def fails(*_):
        raise NotConvergedError("Lanczos gave up")

    monkeypatch.setattr("traindyn.diagnose.diagnosis.top_directions", fails)
    told = diagnose(network(), data, count=2, samples=64, lenses=["curvature", "noise", "balance"])
    assert told.skipped["curvature"] == "Lanczos gave up"
    assert told.curvature is told.noise is None
    assert told.balance


def test_a_transformer_on_dictionaries_is_looked_at():
    torch.manual_seed(0)
    layer = nn.TransformerEncoderLayer(8, 2, 16, dropout=0.1, batch_first=True)

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.words, self.body, self.head = nn.Embedding(11, 8), layer, nn.Linear(8, 3)

        def forward(self, tokens):
            return {"logits": self.head(self.body(self.words(tokens)).mean(1))}

    data = [{"tokens": torch.randint(11, (24, 5)), "labels": torch.randint(3, (24,))}]
    told = diagnose(Net(), data, count=2, samples=24, lenses=["curvature", "layers", "balance"])
    assert told.curvature.values[0] > 0
    assert {"body.linear1.weight", "words.weight"} <= {layer.layer for layer in told.layers}
    assert [layer.layer for layer in told.balance] == ["body.linear1"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"samples": 3}, "samples must be at least 4, got 3"),
        ({"count": 0}, "count must lie in .1, 973., got 0"),
        ({"count": 974}, "count must lie in .1, 973., got 974"),
        ({"seed": -1}, "seed must be at least 0"),
        ({"loss": "hinge"}, "loss must be a function or one of cross_entropy, mse, got 'hinge'"),
        ({"lenses": ["x-ray"]}, "lenses must be of weights, .* got 'x-ray'"),
        ({"network": nn.ReLU()}, "parameters must hold at least one tensor"),
        ({"network": network().half()}, "must be float32 or float64"),
        ({"loader": []}, "at least one batch"),
    ],
)
def test_bad_input_is_refused(change, message, data):
    arguments = {"network": network(), "loader": data, "count": 2} | change
    with pytest.raises(ValueError, match=message):
        diagnose(arguments.pop("network"), arguments.pop("loader"), **arguments)


def test_json_obeys_its_schema(found):
    jsonschema.Draft7Validator.check_schema(schema())
    jsonschema.validate(as_json(found), schema())
    jsonschema.validate(as_json(found, vectors=True), schema())
    empty = Diagnosis(2, 2, 0, Estimate(1.0, np.inf), Estimate(np.inf, 0.0))
    told = as_json(empty)
    jsonschema.validate(told, schema())
    assert told["loss"] == {"value": 1.0, "stderr": None, "n": 1}
    json.dumps(told, allow_nan=False)


def test_the_report_has_every_layer_and_what_was_left_out(found):
    told = dataclasses.replace(found, skipped={"balance of x": "it is tied"})
    text = markdown(told)
    for name in ("0.weight", "2.weight", "4.weight"):
        assert text.count(f"| {name} |") == 2
    assert "* balance of x: it is tied" in text
    for reading in readings(found):
        assert f"* {reading.says} *{reading.limit}*" in text
    assert "nan" not in text
    assert "Estimate" not in text


def test_the_picture_draws_what_was_found(found):
    weights, density, noise, layers = draw(found).axes
    np.testing.assert_allclose(weights.lines[0].get_ydata(), found.weights[0].top)
    np.testing.assert_allclose(
        density.lines[0].get_ydata(), np.maximum(found.density.density, 1e-12)
    )
    positive = found.noise.hessian > 0
    np.testing.assert_allclose(
        noise.containers[0].lines[0].get_xdata(), found.noise.hessian[positive]
    )
    np.testing.assert_allclose(layers.lines[0].get_ydata(), [x.gradient for x in found.layers])


@pytest.mark.parametrize(
    ("estimate", "text"),
    [
        (Estimate(0.12345, 0.0021), "0.1235 ± 0.0021"),
        (Estimate(-1234.5, 67.0), "-1234 ± 67"),
        (Estimate(1.0, np.inf), "1 ± ?"),
        (Estimate(2.5, 0.0), "2.5"),
        (Estimate(np.inf, 0.0), "–"),
        (None, "–"),
    ],
)
def test_a_number_has_the_digits_of_its_error(estimate, text):
    assert with_error(estimate) == text
    assert plain(np.nan) == "–"


def planted(**fields):
    return Diagnosis(10, 10, 0, Estimate(1.0, 0.1), Estimate(1.0, 0.1), **fields)


def test_readings_follow_the_numbers(found):
    top = found.curvature
    apart = dataclasses.replace(top, gap=9.0, gradient=0.9, random=0.1)
    close = dataclasses.replace(top, gap=1.1)
    unlike = dataclasses.replace(top, gap=9.0, gradient=0.2, random=0.1)
    assert "The gradient lies to 0.90" in readings(planted(curvature=apart))[1].says
    assert "not apart from the rest (ratio 1.10" in readings(planted(curvature=close))[1].says
    assert len(readings(planted(curvature=unlike))) == 1
    balance = found.balance[0]
    for value, change, words in (
        (0.5, -0.1, "tilted to their outgoing weights.*toward balance"),
        (-0.5, -0.1, "tilted to their incoming weights.*away from balance"),
        (0.001, 0.1, "balanced on average"),
    ):
        told = dataclasses.replace(balance, imbalance=Estimate(value, 0.01), change=change)
        (reading,) = readings(planted(balance=(told,)))
        assert re.search(words, reading.says)
