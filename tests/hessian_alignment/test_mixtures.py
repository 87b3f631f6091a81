"""Mixtures and one-pass SGD against autograd, one sample at a time."""

import math

import pytest
import torch

from traindyn.hessian_alignment.experiments.mixtures import (
    Mixture,
    orthonormal_means,
    probabilities,
    random_start,
    train,
)
from traindyn.hessian_alignment.experiments.runs import Setting, means_of, shuffled, simulate


def source(seed=0):
    return torch.Generator().manual_seed(seed)


def slow_train(x, labels, inputs, rate, decay):
    """Automatic differentiation of the regularized loss of one sample after another."""
    x = x.clone()
    for label, sample in zip(labels, inputs, strict=True):
        leaf = x.clone().requires_grad_()
        loss = -torch.log_softmax(leaf @ sample, dim=0)[label] + decay / 2 * (leaf**2).sum()
        loss.backward()
        x = x - rate * leaf.grad
    return x


@pytest.mark.parametrize("decay", [0.0, 0.3])
def test_training_is_that_of_autograd(decay):
    mixture = Mixture(orthonormal_means(3, 5, source()), 4.0)
    start = random_start(2, 3, 5, source(1))
    blocks = list(mixture.stream(2, 10, source(2), block=4))
    found = train(start, blocks, 0.2, decay, [0, 7, 10])
    labels, inputs = (torch.cat(parts) for parts in zip(*blocks, strict=True))
    assert torch.equal(found[0], start)
    for snapshot, steps in ((1, 7), (2, 10)):
        for r in range(2):
            slow = slow_train(start[r], labels[:steps, r], inputs[:steps, r], 0.2, decay)
            torch.testing.assert_close(found[snapshot, r], slow, rtol=0, atol=1e-12)


def test_the_sum_over_classes_decays_without_noise():
    mixture = Mixture(orthonormal_means(3, 6, source()), 2.0)
    start = random_start(4, 3, 6, source(1))
    end = train(start, mixture.stream(4, 50, source(2)), 0.1, 0.5, [50])[0]
    torch.testing.assert_close(end.sum(1), 0.95**50 * start.sum(1), rtol=0, atol=1e-13)


@pytest.mark.parametrize("noise", ["gaussian", "rademacher"])
def test_moments_of_the_samples(noise):
    """Fails by chance about once in 10,000 seeds: five standard errors of 20,000 samples."""
    means = orthonormal_means(2, 4, source())
    mixture = Mixture(means, 4.0, (0.25, 0.75), noise)
    component, x = mixture.draw((20_000,), source(3))
    assert abs(float((component == 0).double().mean()) - 0.25) < 5 * 0.0031
    rest = x - means[component]
    assert float((rest.T @ rest / len(rest) - torch.eye(4) / 4).abs().max()) < 5 * 0.0025
    if noise == "rademacher":
        torch.testing.assert_close(rest.abs(), torch.full_like(rest, 0.5))


@pytest.mark.parametrize("noise", ["gaussian", "rademacher"])
@pytest.mark.parametrize(("d", "shape"), [(3, (1,)), (5, (40, 3)), (400, (173,)), (2, (200, 513))])
def test_samples_drawn_in_parts_are_those_drawn_at_once(d, shape, noise):
    mixture = Mixture(torch.eye(2, d, dtype=torch.float64), 3.0, noise=noise)
    labels, inputs = mixture.draw(shape, source(1))
    generator = source(1)
    uniform = torch.rand(*shape, generator=generator, dtype=torch.float64)
    z = torch.randn(*shape, d, generator=generator)
    if noise == "rademacher":
        z = torch.where(z > 0, 1.0, -1.0)
    assert torch.equal(labels, (uniform >= 0.5).long())
    assert torch.equal(inputs, z.double() * 3.0**-0.5 + mixture.means[labels])


def test_probabilities_are_those_of_softmax():
    x, inputs = torch.tensor([[0.0], [math.log(3.0)]]), torch.ones(1, 1)
    torch.testing.assert_close(probabilities(x, inputs), torch.tensor([[0.25, 0.75]]))


@pytest.mark.parametrize(
    ("geometry", "gram"),
    [
        ("orthonormal", lambda k: torch.eye(k)),
        ("overlapping", lambda k: (torch.eye(k) + 1) / 2),
        ("simplex", lambda k: (k * torch.eye(k) - 1) / (k - 1)),
        ("offset", lambda k: torch.eye(k) + 1),
        ("zero", lambda k: torch.zeros(k, k)),
    ],
)
def test_geometry_of_the_means(geometry, gram):
    means = means_of(geometry, 4, 9, source())
    torch.testing.assert_close(means @ means.T, gram(4).double(), rtol=0, atol=1e-7)


def test_shuffled_labels_keep_the_inputs():
    mixture = Mixture(orthonormal_means(3, 5, source()), 4.0)
    kept = list(mixture.stream(40, 30, source(1)))
    other = list(shuffled(iter(kept), 3, source(2)))
    assert all(torch.equal(a[1], b[1]) for a, b in zip(kept, other, strict=True))
    same = torch.cat([(a[0] == b[0]).double() for a, b in zip(kept, other, strict=True)])
    assert abs(float(same.mean()) - 1 / 3) < 5 * (2 / 9 / 1200) ** 0.5


def test_a_run_keeps_its_times():
    setting = Setting(10.0, 0.1, 20, replicas=3, step=2.0)
    found = simulate(setting, [0.0, 1.0], source())
    assert found.weights.shape == (2, 3, 4, 20)
    assert setting.learning_rate == 0.1
    assert torch.equal(found.last, found.weights[1])


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"precision": 0.0}, "precision"),
        ({"weights": (0.5, 0.6)}, "weights"),
    ],
)
def test_a_bad_mixture_is_refused(change, name):
    arguments = {"means": torch.eye(2, 3, dtype=torch.float64), "precision": 1.0, **change}
    with pytest.raises(ValueError, match=name):
        Mixture(**arguments)


@pytest.mark.parametrize(
    ("rate", "decay", "snapshots", "name"),
    [
        (0.0, 0.0, [1], "learning_rate"),
        (0.1, -1.0, [1], "decay"),
        (0.1, 0.0, [2, 1], "snapshots"),
        (0.1, 0.0, [9], "samples"),
    ],
)
def test_bad_training_is_refused(rate, decay, snapshots, name):
    mixture = Mixture(torch.eye(2, 3, dtype=torch.float64), 1.0)
    start = random_start(1, 2, 3, source())
    with pytest.raises(ValueError, match=name):
        train(start, mixture.stream(1, 4, source()), rate, decay, snapshots)
