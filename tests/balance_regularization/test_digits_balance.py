"""Noise and norms of both layers on the digits data."""

import numpy as np
import pytest
import torch

from traindyn.balance_regularization.experiments.digits_balance import (
    follow_on_digits,
    noise_of_layers,
)


def stream(seed=0):
    generator = torch.Generator()
    generator.manual_seed(seed)
    return generator


def drawn_weights(networks=2):
    generator = stream()
    shapes = (networks, 3, 5), (networks, 10, 3), (networks, 10)
    return tuple(torch.randn(*shape, generator=generator).double() for shape in shapes)


def test_noise_terms_are_those_of_autograd():
    weights = drawn_weights(1)
    x = torch.randn(6, 5, generator=stream(1)).double()
    labels = torch.randint(10, (6,), generator=stream(2))
    target = torch.nn.functional.one_hot(labels, 10)[None].double()
    noise, squares = noise_of_layers(weights, x, target)
    gradients = []
    for image, label in zip(x, labels, strict=True):
        incoming, outgoing, offset = (w[0].clone().requires_grad_() for w in weights)
        logits = outgoing @ (incoming @ image).relu() + offset
        loss = torch.nn.functional.cross_entropy(logits[None], label[None])
        gradients.append(torch.autograd.grad(loss, (outgoing, incoming)))
    for layer, each in enumerate(zip(*gradients, strict=True)):
        flat = torch.stack(each).flatten(1)
        assert noise[layer, 0].item() == pytest.approx(flat.var(dim=0).sum().item())
        assert squares[layer, 0].item() == pytest.approx(flat.square().sum(dim=1).mean().item())


def test_the_imbalance_moves_by_second_order_only():
    """Halving the rate over the same number of steps divides its change by four."""
    changes = []
    for rate in (2e-4, 1e-4):
        run = follow_on_digits(2, [0, 40], stream(), learning_rate=rate, hidden=8)
        changes.append(run.imbalance[1] - run.imbalance[0])
    assert changes[0] / changes[1] == pytest.approx(4.0, rel=0.1)


def test_networks_learn_the_images_and_random_labels_are_not_learned():
    learned, random = (
        follow_on_digits(2, [0, 1500], stream(), random_labels=share).accuracy
        for share in (0.0, 1.0)
    )
    assert (learned > 0.8).all()
    assert (random < 0.4).all()


def test_scales_stand_at_the_start():
    small, large = (
        follow_on_digits(2, [0], stream(), scales=scales).norms[0]
        for scales in ((1.0, 1.0), (2.0, 3.0))
    )
    assert large / small == pytest.approx(np.array([[4.0, 4.0], [9.0, 9.0]]))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"networks": 0}, "networks and hidden must be at least 1, got 0 and 32"),
        ({"records": [2, 1]}, "records must be step counts that increase"),
        ({"random_labels": 1.5}, r"random_labels must lie in \[0, 1\], got 1.5"),
        ({"learning_rate": 0.0}, "learning_rate must be positive"),
    ],
)
def test_bad_arguments_are_named(changes, message):
    with pytest.raises(ValueError, match=message):
        follow_on_digits(**{"networks": 1, "records": [0], **changes}, generator=stream())
