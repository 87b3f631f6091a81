"""Curvature and noise where both are known in closed form."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from traindyn.curvature import hessian_operator
from traindyn.diagnose.data import Batch, loss_function, sample_losses
from traindyn.diagnose.landscape import (
    density_sizes,
    flat,
    gradient_of,
    layer_alignments,
    mean_loss,
    spectral_density,
    top_directions,
)
from traindyn.diagnose.noise import balances, gradient_noise, projections


def losses_of(net, x, y):
    return sample_losses(net, [Batch((x,), {}, y)], loss_function("mse"))


def test_directions_of_a_line_are_those_of_its_inputs(line, rng):
    net, x, y = line
    losses, others = losses_of(net, x[:200], y[:200]), losses_of(net, x[200:], y[200:])
    parameters = list(net.parameters())
    found = top_directions(losses.mean(), others, parameters, 2, rng, 1e-8)
    hessian = 2 * (x[:200].T @ x[:200] / 200).numpy()
    values, vectors = np.linalg.eigh(hessian)
    np.testing.assert_allclose(found.values, values[:0:-1])
    np.testing.assert_allclose(np.abs((found.vectors * vectors[:, :0:-1]).sum(axis=0)), 1)
    assert found.residuals.max() < 1e-8
    assert found.gap == pytest.approx(values[1] / values[0])
    for estimate, vector in zip(found.held_out, found.vectors.T, strict=True):
        along = 2 * (x[200:].numpy() @ vector) ** 2
        assert estimate.value == pytest.approx(along.mean())
        assert estimate.stderr == pytest.approx(along.std() / np.sqrt(200), rel=0.7)
    projected = vectors[:, 1:].T @ np.ones(3) / np.sqrt(3)
    assert found.weights == pytest.approx(np.linalg.norm(projected))
    assert found.random == pytest.approx(np.sqrt(2 / 3))


def test_a_held_out_half_that_is_too_small_gives_no_error(line, rng):
    net, x, y = line
    found = top_directions(
        losses_of(net, x, y).mean(), losses_of(net, x[:9], y[:9]), [net.weight], 1, rng, 1e-8
    )
    assert found.held_out is None


def test_the_density_of_a_line_has_its_trace(line, rng):
    net, x, y = line
    density = spectral_density(hessian_operator(losses_of(net, x, y).mean(), [net.weight]), rng)
    trace = float(2 * (x.T @ x / 400).trace())
    assert abs(density.trace.value - trace) < 5 * density.trace.stderr + 1e-9
    assert np.trapezoid(density.density, density.points) == pytest.approx(1, abs=0.01)
    assert density.negative.value == 0


@pytest.mark.parametrize("size", [3, 1000, 10**5, 10**6, 10**8])
def test_the_density_keeps_to_its_memory(size):
    steps, probes = density_sizes(size)
    assert probes >= 2
    assert probes == 2 or 8 * steps * probes * size <= 2**30


def test_layers_are_aligned_with_their_own_blocks(small, rng):
    net, batches = small
    taken = [Batch((x,), {}, y) for x, y in batches]
    loss = sample_losses(net, taken, loss_function("cross_entropy"))
    named = [(name, p) for name, p in net.named_parameters() if p.ndim > 1]
    skipped = {}
    found = list(layer_alignments(loss.mean(), named, 2, rng, 1e-3, skipped))
    assert [layer.layer for layer in found] == ["0.weight", "2.weight", "4.weight"]
    assert all(0 <= layer.gradient <= 1 and 0 <= layer.weights <= 1 for layer in found)
    assert found[0].random == pytest.approx(np.sqrt(2 / 150))
    assert not skipped
    one = nn.Linear(1, 1, bias=False)
    loss = (one(torch.ones(1, 1)) ** 2).mean()
    assert not list(layer_alignments(loss, [("w", one.weight)], 2, rng, 1e-3, skipped))
    assert skipped == {"w": "a single weight has no directions"}


def test_gradients_are_zero_where_the_loss_does_not_reach():
    used, other = (torch.ones(2, requires_grad=True) for _ in range(2))
    assert flat(gradient_of((3 * used).sum(), [used, other])).tolist() == [3, 3, 0, 0]


def test_the_mean_loss_has_an_error(line):
    net, x, y = line
    losses, told = mean_loss(net, [Batch((x,), {}, y)], loss_function("mse"))
    assert told.value == pytest.approx(float(losses.detach().mean()))
    assert told.stderr == pytest.approx(float(losses.detach().std()) / 20)


def test_projections_are_the_gradients_of_single_samples(line, rng):
    net, x, y = line
    vectors = rng.standard_normal((3, 2))
    found = projections(losses_of(net, x, y), [net.weight], vectors)
    each = (2 * (x @ net.weight.T - y) * x).detach().numpy()
    np.testing.assert_allclose(found, each @ vectors)


def test_noise_of_a_fitted_line_is_four_times_its_noise_over_two_hessians(line, rng):
    """At the optimum C = 4 s² E[x xᵀ] = 2 s² H for label noise of variance s² = 1."""
    net, x, y = line
    losses = losses_of(net, x, y)
    hessian = hessian_operator(losses.mean(), [net.weight])
    found = gradient_noise(losses, [net.weight], hessian, np.eye(3), rng)
    for variance, curvature in zip(found.variances, found.hessian, strict=True):
        assert abs(variance.value - 2 * curvature) < 5 * variance.stderr
    assert abs(found.slope.value - 1) < 0.2
    assert found.commutator.value < 0.25


def test_the_commutator_of_noise_across_the_axes_is_large(rng):
    """Noise along the diagonal of a bowl with axes 1 and 0 in (u, w): [C, H] has the norm of CH."""
    u = torch.zeros(2, dtype=torch.float64, requires_grad=True)
    slopes = torch.tensor([[1.0, 1.0], [-1.0, -1.0]], dtype=torch.float64)
    losses = slopes @ u + u[0] ** 2 / 2
    found = gradient_noise(losses, [u], hessian_operator(losses.mean(), [u]), np.eye(2), rng)
    assert [v.value for v in found.variances] == [2.0, 2.0]  # n - 1 for n = 2
    # ‖CH - HC‖² = 2 and ‖CH‖² = 2: the ratio to twice the norm is 1/2, by probes within errors
    assert abs(found.commutator.value - np.sqrt(1 / 2) * np.sqrt(1 / 2)) < 0.2
    with pytest.raises(ValueError, match="at least 2, got 1"):
        gradient_noise(losses[:1], [u], hessian_operator(losses.mean(), [u]), np.eye(2), rng)


def test_balance_is_that_of_the_norms(small):
    net, batches = small
    with torch.no_grad():
        net[2].weight.zero_()
    x, y = batches[0]
    loss = nn.functional.cross_entropy(net(x), y)
    skipped = {}
    first, second = balances(net, (x,), loss, skipped)
    assert (first.layer, first.neurons, first.imbalance.value) == ("0", 30, -1.0)
    assert second.layer == "2"
    out = net[4].weight.square().sum(0)
    into = net[2].bias.square()
    expected = ((out - into) / (out + into)).detach()
    assert second.imbalance.value == pytest.approx(float(expected.mean()), rel=1e-5)
    gradients = torch.autograd.grad(loss, [net[4].weight, net[2].weight, net[2].bias])
    squares = [float(g.square().sum()) for g in gradients] if gradients else []
    change = (squares[0] - squares[1] - squares[2]) / sum(squares)
    assert second.change == pytest.approx(change, rel=1e-4)
    assert not skipped
    assert not list(balances(nn.Linear(2, 1), torch.ones(3, 2), torch.ones(()), skipped))
    assert "two linear maps" in skipped["balance"]
