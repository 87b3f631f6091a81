"""Balance, landscape, escapes and outputs against slow references."""

import numpy as np
import pytest
import torch
from torch import nn

from traindyn.curvature import gauss_newton_operator, hessian_operator
from traindyn.symmetry import NeuronLayer
from traindyn.your_own_network.experiments.balance import PAIRS, both_squares, budget, squares
from traindyn.your_own_network.experiments.escapes import leaving_steps
from traindyn.your_own_network.experiments.landscape import (
    copy_of,
    landscape,
    noise_and_curvature,
)
from traindyn.your_own_network.experiments.lenses import accuracy, output_values, singular_values
from traindyn.your_own_network.experiments.networks import (
    KINDS,
    ConvNet,
    Transformer,
    make_network,
    random_copies,
)
from traindyn.your_own_network.experiments.training import images_of_digits, logits_of, train

IMAGES, LABELS = images_of_digits()
IMAGES = IMAGES.double()


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def loaded(net, weights, number=0):
    with torch.no_grad():
        for name, parameter in net.named_parameters():
            parameter.copy_(weights[name][number])
    return net


@pytest.mark.parametrize("kind", KINDS)
def test_imbalances_are_those_of_neuron_layers(kind):
    net = make_network(kind).double()
    weights = random_copies(net, 2, 1.0, generator())
    for name in weights:
        weights[name] += 0.1  # biases, too
    loaded(net, weights, 1)
    for pair in PAIRS[kind]:
        if pair.rows:
            rows = [
                torch.cat([getattr(net, n).weight, getattr(net, n).bias[:, None]], dim=1)
                for n in (pair.outgoing, pair.incoming)
            ]
            wanted = rows[0].square().sum(dim=1) - rows[1].square().sum(dim=1)
        else:
            maps = (getattr(net, pair.incoming), getattr(net, pair.outgoing))
            wanted = NeuronLayer(*maps).imbalance()
        torch.testing.assert_close(budget(weights, pair)[1], wanted)
        both = squares(weights, pair, outgoing=True) + squares(weights, pair, outgoing=False)
        torch.testing.assert_close(both_squares(weights, pair), both)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("momentum", [0.0, 0.5])
def test_the_account_is_exact_without_momentum_alone(kind, momentum):
    net = make_network(kind).double()
    start = random_copies(net, 2, 1.0, generator())
    run = train(
        net, start, [5], generator(), learning_rate=0.1, momentum=momentum, pairs=PAIRS[kind]
    )
    for pair, account in zip(PAIRS[kind], run.account, strict=True):
        change = budget(run.weights[0], pair) - budget(start, pair)
        exact = torch.allclose(change, account, rtol=1e-9, atol=1e-12)
        assert exact == (momentum == 0.0)


def test_noise_and_curvature_are_traces():
    net = ConvNet(2, 3).double()
    weights = copy_of(random_copies(net, 1, 1.0, generator()), 0)
    images, labels = IMAGES[:40], LABELS[:40]
    size = sum(w.numel() for w in weights.values())
    basis = np.linalg.qr(np.random.default_rng(0).standard_normal((size, 3)))[0]
    noise, curvature = noise_and_curvature(net, weights, images, labels, basis, generator())
    gradients = []
    for image, label in zip(images, labels, strict=True):
        loss = nn.functional.cross_entropy(
            torch.func.functional_call(net, weights, (image[None],)), label[None]
        )
        found = torch.autograd.grad(loss, list(weights.values()))
        gradients.append(torch.cat([g.flatten() for g in found]).numpy())
    covariance = np.cov(np.array(gradients).T)
    np.testing.assert_allclose(
        noise, [np.trace(basis.T @ covariance @ basis), np.trace(covariance)]
    )
    logits = torch.func.functional_call(net, weights, (images,))
    loss = nn.functional.cross_entropy(logits, labels)
    matrix = gauss_newton_operator(loss, logits, list(weights.values())) @ np.eye(size)
    wanted = [np.trace(basis.T @ matrix @ basis), np.trace(matrix)]
    # 80 random sign vectors: the traces scatter by about a tenth
    np.testing.assert_allclose(curvature, wanted, rtol=0.4)


def test_a_landscape_has_the_eigenvalues_of_the_hessian():
    net = ConvNet(2, 3).double()
    start = random_copies(net, 1, 1.0, generator())
    end = train(net, start, [20], generator(), learning_rate=0.1).weights[0]
    weights, first = copy_of(end, 0), copy_of(start, 0)
    images, labels = IMAGES[:40], LABELS[:40]
    found = landscape(net, weights, first, images, labels, 2, generator(), PAIRS["convolutional"])
    loss = nn.functional.cross_entropy(torch.func.functional_call(net, weights, (images,)), labels)
    parameters = list(weights.values())
    size = sum(w.numel() for w in parameters)
    matrix = hessian_operator(loss, parameters) @ np.eye(size)
    values, vectors = np.linalg.eigh((matrix + matrix.T) / 2)
    np.testing.assert_allclose(found.values, values[:-4:-1], rtol=1e-4)
    way = torch.cat([(weights[n] - first[n]).detach().flatten() for n in weights]).numpy()
    wanted = np.linalg.norm(vectors[:, -2:].T @ way) / np.linalg.norm(way)
    assert found.displacement == pytest.approx(wanted, abs=1e-3)
    assert found.random == pytest.approx((2 / size) ** 0.5)
    assert found.gradient > found.random
    assert found.asymmetry < 1e-12  # u·g_u = w·g_w
    assert found.decaying > 1e-4


def test_outputs_and_accuracy_are_of_each_copy():
    net = ConvNet(2, 3).double()
    weights = random_copies(net, 2, 1.0, generator())
    logits = logits_of(net, weights, IMAGES[:30])[1].numpy()
    wanted = np.linalg.svd(logits - logits.mean(axis=0), compute_uv=False) / 30**0.5
    np.testing.assert_allclose(output_values(net, weights, IMAGES[:30])[1], wanted)
    share = (logits.argmax(axis=1) == LABELS[:30].numpy()).mean()
    assert accuracy(net, weights, IMAGES[:30], LABELS[:30])[1] == pytest.approx(share)
    matrix = weights["second.weight"]
    wanted = np.linalg.svd(matrix[1].flatten(1).numpy(), compute_uv=False)
    np.testing.assert_allclose(singular_values(matrix)[1], wanted)


def test_a_copy_is_a_leaf_and_must_exist():
    weights = random_copies(ConvNet(2, 3), 2, 1.0, generator())
    assert all(w.is_leaf and w.requires_grad for w in copy_of(weights, 1).values())
    with pytest.raises(ValueError, match="number"):
        copy_of(weights, 2)


def test_smaller_starts_leave_later():
    net = Transformer(6, 6)
    start = random_copies(net, 2, 0.01, generator())
    images, labels = IMAGES[:30], LABELS[:30]
    times = [
        leaving_steps(
            net, {n: w / s for n, w in start.items()}, images, labels, 0.2, 300, learning_rate=1.0
        )
        for s in (1, 10)
    ]
    assert (times[1] > times[0] + 5).all()
    with pytest.raises(ValueError, match="most"):
        leaving_steps(net, start, images, labels, 0.2, 2, learning_rate=1.0)
    with pytest.raises(ValueError, match="level"):
        leaving_steps(net, start, images, labels, 1e-9, 2, learning_rate=1.0)
