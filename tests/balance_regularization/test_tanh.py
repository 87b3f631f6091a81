"""One tanh unit under SGD against torch's optimizer."""

import numpy as np
import pytest
import torch

from traindyn.balance_regularization.experiments.noise import fill_normal
from traindyn.balance_regularization.experiments.tanh import sample_tanh_sgd


def generator():
    stream = torch.Generator()
    stream.manual_seed(3)
    return stream


@pytest.mark.parametrize("symmetric", [False, True])
@pytest.mark.parametrize("depth", [0, 1])
def test_a_replica_is_a_run_of_the_optimizer(depth, symmetric):
    rate, noise, steps, stream = 0.05, 0.5, 40, generator()
    inner, outer = (torch.ones(1, dtype=torch.float64, requires_grad=True) for _ in range(2))
    optimizer = torch.optim.SGD([inner, outer] if depth else [inner], lr=rate)
    for _ in range(steps):
        x = fill_normal(torch.empty(1, dtype=torch.float64), stream)
        label = fill_normal(torch.empty_like(x), stream) * noise + x.tanh()
        optimizer.zero_grad()
        hidden = inner * x.tanh() if symmetric else torch.tanh(inner * x)
        ((outer * hidden - label) ** 2).sum().backward()
        optimizer.step()
    found = sample_tanh_sgd(depth, noise, rate, steps, 1, generator(), symmetric=symmetric)
    np.testing.assert_allclose(found, (inner * outer).detach().numpy(), rtol=1e-12)


def test_the_teacher_is_a_fixed_point_without_noise():
    np.testing.assert_array_equal(sample_tanh_sgd(1, 0.0, 0.1, 5, 3, generator()), 1.0)


def test_the_symmetric_net_keeps_its_sign():
    """Equal weights get equal gradients, so that v = u² never turns negative."""
    v = sample_tanh_sgd(1, 5.0, 0.03, 500, 200, generator(), symmetric=True)
    assert (v >= 0).all()


def test_the_outer_weight_alone_is_a_linear_regression():
    """w ← w − 2η(w t − y)t with t = tanh x, from w = 1."""
    stream, rate = generator(), 0.1
    x = fill_normal(torch.empty(3, dtype=torch.float64), stream)
    label = fill_normal(torch.empty_like(x), stream) * 2.0 + x.tanh()
    expected = 1 - 2 * rate * (x.tanh() - label) * x.tanh()
    found = sample_tanh_sgd(1, 2.0, rate, 1, 3, generator(), frozen=True)
    np.testing.assert_allclose(found, expected.numpy(), rtol=1e-12)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"depth": 2}, "depth must be 0 or 1, got 2"),
        ({"noise": -1.0}, "noise must be at least 0"),
        ({"steps": 0}, "steps must be at least 1"),
        ({"learning_rate": 0.0}, "learning_rate must be positive"),
        ({"replicas": 0}, "replicas must be at least 1"),
    ],
)
def test_bad_arguments_are_named(changes, message):
    good = {"depth": 1, "noise": 1.0, "learning_rate": 0.1, "steps": 1, "replicas": 1}
    with pytest.raises(ValueError, match=message):
        sample_tanh_sgd(**{**good, **changes}, generator=generator())
