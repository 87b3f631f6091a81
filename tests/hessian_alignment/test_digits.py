"""Networks on the digits: steps with parts of the gradient, spectra, the figure."""

import copy

import numpy as np
import pytest
import torch
from torch.nn.functional import cross_entropy

from traindyn.hessian_alignment.experiments.digits import (
    analyze,
    descend,
    digits,
    network,
    regress,
    separation,
)
from traindyn.hessian_alignment.figures.digits import digits as draw
from traindyn.hessian_alignment.results.digits import DigitsRun, Place
from traindyn.hessian_alignment.studies.digits import regressions
from traindyn.inference import Estimate, critical_value
from traindyn.runs import Context


def generator() -> torch.Generator:
    return torch.Generator().manual_seed(0)


@pytest.fixture(scope="module")
def data():
    x, y = digits(3)
    return x[::4], y[::4]


def test_images_are_centered_and_scaled():
    x, y = digits(4)
    assert x.mean(dim=0).abs().max() < 1e-12
    assert float(x.square().sum(dim=1).mean()) == pytest.approx(1.0)
    assert y.unique().tolist() == [0, 1, 2, 3]
    with pytest.raises(ValueError, match="classes must lie in"):
        digits(11)


def test_a_step_is_that_of_torch(data):
    x, y = data
    net = network(3, 5, generator())
    other = copy.deepcopy(net)
    losses = descend(net, x, y, 3, 0.5, decay=0.1)
    optimizer = torch.optim.SGD(other.parameters(), lr=0.5, weight_decay=0.1)
    slow = []
    for _ in range(3):
        optimizer.zero_grad()
        loss = cross_entropy(other(x), y)
        loss.backward()
        optimizer.step()
        slow.append(loss.item())
    np.testing.assert_allclose(losses, slow, rtol=1e-12)
    for one, two in zip(net.parameters(), other.parameters(), strict=True):
        torch.testing.assert_close(one, two)


def test_the_two_parts_add_up_to_a_step(data):
    x, y = data
    start = network(3, 5, generator())
    moved = {}
    for part in ("all", "dominant", "bulk"):
        net = copy.deepcopy(start)
        descend(net, x, y, 1, 0.5, part=part, count=3)
        moved[part] = net[0].weight.detach() - start[0].weight.detach()
    torch.testing.assert_close(moved["dominant"] + moved["bulk"], moved["all"])
    assert moved["dominant"].norm() > 0 < moved["bulk"].norm()


def test_analysis_of_softmax_regression_has_the_trivial_directions(data):
    x, y = data
    found = analyze(network(3, 0, generator()), x, y, 3, extra=4)
    assert len(found.hessian) == 7
    assert (np.diff(found.hessian) <= 0).all()
    assert 0 <= found.loss_gradient <= 1
    assert found.random == pytest.approx(3 / (3 * 64))
    (weights,) = found.weights
    assert weights.random == pytest.approx(found.random**0.5)
    np.testing.assert_allclose(weights.values, found.hessian[:4])  # one layer is its own block


def test_regressions_are_those_of_descent_from_zero(data):
    x, y = data
    net = network(3, 0, generator())
    torch.nn.init.zeros_(net[0].weight)
    descend(net, x, y, 20, 1.0, 0.1)
    twice = torch.stack([x, x.flip(0)]), torch.stack([y, y.flip(0)])
    found = regress(*twice, 3, 20, 1.0, 0.1)
    for weights in found:
        torch.testing.assert_close(weights, net[0].weight.detach())


def test_separation_of_two_classes_is_that_of_their_pixels():
    x, y = (part.numpy() for part in digits(2))
    means = np.array([x[y == c].mean(axis=0) for c in range(2)])
    noise = ((x - means[y]) ** 2).mean()
    assert separation(2) == pytest.approx((means**2).sum(axis=1).mean() / noise)


def test_blocks_of_regressions_hold_their_weights_better_than_random_ones():
    found = regressions(Context("ci", 1000, "HA-23"), 3, 0.05)
    assert found.values.shape == (128, 64)
    assert (np.diff(found.values, axis=1) <= 1e-15).all()
    assert found.inside.min() > found.shuffled.max() > found.random.mean()
    assert (found.whole <= 1).all()


def test_the_figure_shows_blocks_overlaps_and_losses():
    values = np.geomspace(1, 1e-3, 64)
    places = [Place("one", Estimate(0.9, 0.01), 0.2), Place("two", Estimate(0.1, 0.01), 0.1)]
    losses = {"all": np.ones(3), "dominant": np.arange(3.0), "bulk": np.zeros(3)}
    left, middle, right = draw(DigitsRun({3: values}, places, losses), 5).axes
    np.testing.assert_allclose(left.lines[0].get_ydata(), values[:24])
    points, _, (bars,) = middle.containers[0]
    np.testing.assert_allclose(points.get_xdata(orig=False), [0.9, 0.1])
    ends = [segment[:, 0].tolist() for segment in bars.get_segments()]
    reach = 0.01 * critical_value()
    np.testing.assert_allclose(ends, [[0.9 - reach, 0.9 + reach], [0.1 - reach, 0.1 + reach]])
    assert [line.get_ydata().tolist() for line in right.lines] == [
        part.tolist() for part in losses.values()
    ]
