"""Two-layer networks: against torch's autograd and optimizer, exact laws, bad input."""

import numpy as np
import pytest
import torch

from traindyn.balance_regularization.experiments.network_runs import follow_networks
from traindyn.balance_regularization.experiments.networks import (
    Networks,
    NetworkTask,
    initial_networks,
)
from traindyn.balance_regularization.experiments.neuron_noise import (
    follow_neurons,
    noise_matrices,
)
from traindyn.balance_regularization.theory.networks import (
    active_second_moment,
    balance_rate,
    eigenvalue_floors,
    norm_ratio,
)

TASK = NetworkTask(3, 4, 2, bias=True)


def stream(seed=0):
    return torch.Generator().manual_seed(seed)


def networks(task=TASK, replicas=2):
    return initial_networks(task, replicas, (1.0, 1.0), stream())


def losses(w, u, x, y):
    """The loss of every sample of one replica."""
    return ((x @ w.T).relu() @ u.T - y).square().sum(1)


def sample_gradients(nets, replica, x, y):
    """Per-sample gradients of U and W by autograd, one row per sample."""
    u = nets.outgoing[replica].clone().requires_grad_()
    w = nets.incoming[replica].clone().requires_grad_()
    rows = []
    for loss in losses(w, u, x[replica], y[replica]):
        gradients = torch.autograd.grad(loss, (u, w), retain_graph=True)
        rows.append([gradient.flatten() for gradient in gradients])
    return [torch.stack(column) for column in zip(*rows, strict=True)]


@pytest.mark.parametrize("samples", [1, 5])
def test_a_step_is_that_of_the_optimizer(samples):
    nets = networks()
    x, y = TASK.draw((2, samples), stream(1))
    expected = []
    for i in range(2):
        u = nets.outgoing[i].clone().requires_grad_()
        w = nets.incoming[i].clone().requires_grad_()
        loss = losses(w, u, x[i], y[i]).mean()
        u.grad, w.grad = torch.autograd.grad(loss, (u, w))
        torch.optim.SGD([u, w], lr=0.01).step()
        expected.append((u.detach(), w.detach(), loss.detach()))
    loss = nets.step(x, y, 0.01)
    for i, (u, w, value) in enumerate(expected):
        torch.testing.assert_close(nets.outgoing[i], u)
        torch.testing.assert_close(nets.incoming[i], w)
        torch.testing.assert_close(loss[i], value)


def test_noise_terms_are_traces_of_sample_covariances():
    nets = networks()
    x, y = TASK.draw((2, 7), stream(1))
    u_noise, w_noise = nets.noise_terms(x, y)
    for i in range(2):
        u, w = sample_gradients(nets, i, x, y)
        torch.testing.assert_close(u_noise[i], u.var(0).sum())
        torch.testing.assert_close(w_noise[i], w.var(0).sum())


def test_noise_matrices_give_the_noise_terms_neuron_by_neuron():
    """u·C1u and w·C2w are the variances of the gradients of w and of u (the swap)."""
    nets = networks()
    x, y = TASK.draw((2, 9), stream(1))
    c1, c2 = noise_matrices(nets, x, y)
    for i in range(2):
        u, w = sample_gradients(nets, i, x, y)
        for k in range(4):
            out, into = nets.outgoing[i, :, k], nets.incoming[i, k]
            of_u = u.unflatten(1, (2, 4))[..., k].var(0, unbiased=False).sum()
            of_w = w.unflatten(1, (4, 4))[:, k].var(0, unbiased=False).sum()
            torch.testing.assert_close(out @ c1[i, k] @ out, of_w)
            torch.testing.assert_close(into @ c2[i, k] @ into, of_u)


def test_active_moment_and_floors_against_samples():
    w = np.array([0.8, -0.3, 0.4])
    x = np.random.default_rng(0).normal(size=(400_000, 2))
    full = np.concatenate([x, np.ones((len(x), 1))], axis=1)
    on = full[full @ w > 0]
    moment = on.T @ on / len(x)
    assert np.allclose(active_second_moment(w), moment, atol=0.01)
    first, second = eigenvalue_floors(w, 0.5, 3)
    assert first == pytest.approx(np.trace(moment), rel=0.01)
    assert second == pytest.approx(3 * np.linalg.eigvalsh(moment)[0], rel=0.02)


def test_a_neuron_that_is_always_active_has_the_full_moment():
    assert np.allclose(active_second_moment(np.array([1.0, 0.0, 50.0])), np.eye(3))


def test_ratios_and_rates():
    assert norm_ratio(5, 20) == 4
    assert balance_rate(20, 20, 1.0, 0.01) == pytest.approx(0.4)


def test_runs_record_norms_losses_and_bounds():
    nets = networks()
    before = nets.norms
    run = follow_networks(TASK, nets, 1e-3, [0, 3, 8], stream(), probe=4)
    assert run.norms[0, 0] == pytest.approx(before[0].numpy())
    assert run.imbalance.shape == (3, 2)
    assert (run.loss[0] == 0).all()
    assert (run.loss[1:] > 0).all()
    assert run.ratio("norms", 2) == pytest.approx(run.norms[2, 0] / run.norms[2, 1])
    neurons = follow_neurons(TASK, networks(), 1e-3, [0, 4], 50, stream(), last_samples=80)
    low, ratio, high = neurons.bounds()
    active = neurons.active.min(axis=0) > 0.1
    assert active.sum() >= 6
    assert (low < high)[active].all()
    assert ratio.shape == (2, 4)


def test_small_steps_of_full_batch_descent_conserve_the_imbalance():
    drift = []
    for rate in (2e-3, 1e-3):
        run = follow_networks(TASK, networks(), rate, [0, round(0.2 / rate)], stream(), dataset=20)
        drift.append(np.abs(run.imbalance[1] - run.imbalance[0]))
    assert drift[1] / drift[0] == pytest.approx(0.5, rel=0.1)


def test_labels():
    x, y = NetworkTask(3, 1, 5, noise=0.0).draw((6,), stream())
    assert (y[:, :3] == x).all()
    assert (y[:, 3:] == 0).all()
    x, y = NetworkTask(2, 1, 2, noisy_outputs=1, bias=True).draw((6,), stream())
    assert (x[:, 2] == 1).all()
    assert (y[:, 1] == x[:, 1]).all()
    assert (y[:, 0] != x[:, 0]).all()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: NetworkTask(0, 1, 1), "inputs must be at least 1"),
        (lambda: NetworkTask(1, 1, 1, noise=-1.0), "noise must be at least 0"),
        (lambda: NetworkTask(1, 1, 1, noisy_outputs=2), r"noisy_outputs must lie in \[0, 1\]"),
        (lambda: networks(replicas=0), "replicas must be at least 1"),
        (lambda: initial_networks(TASK, 1, (0.0, 1.0), stream()), "scales must be positive"),
        (lambda: networks().noise_terms(*TASK.draw((2, 1), stream())), "at least 2 samples"),
        (lambda: noise_matrices(networks(), *TASK.draw((2, 1), stream())), "at least 2 samples"),
        (lambda: follow_networks(TASK, networks(), 0.0, [1], stream()), "learning_rate must be"),
        (lambda: follow_networks(TASK, networks(), 1e-3, [2, 1], stream()), "records must be"),
        (lambda: follow_networks(TASK, networks(), 9.0, [99], stream()), "small enough"),
        (lambda: norm_ratio(0, 1), "inputs must be at least 1"),
        (lambda: balance_rate(1, 1, 0.0, 1.0), "noise must be positive"),
        (lambda: active_second_moment(np.zeros(3)), "incoming must be finite"),
        (lambda: eigenvalue_floors(np.ones(3), 0.0, 1), "noise must be positive"),
        (lambda: eigenvalue_floors(np.ones(3), 1.0, 0), "outputs must be at least 1"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_ratios_of_unknown_quantities_are_refused():
    run = follow_networks(TASK, networks(), 1e-3, [0, 1], stream(), probe=2)
    with pytest.raises(ValueError, match="quantity must be"):
        run.ratio("loss", 0)
    with pytest.raises(ValueError, match=r"first must lie in \[0, 1\]"):
        run.ratio("norms", 2)


def test_networks_hold_tensors():
    nets = Networks(torch.ones(1, 2, 3), torch.ones(1, 4, 2))
    assert [n.item() for n in nets.norms] == [8, 6]
    assert [n.shape for n in nets.neuron_norms] == [(1, 2), (1, 2)]
