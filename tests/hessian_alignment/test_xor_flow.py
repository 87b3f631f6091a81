"""The flow of the XOR network without noise: symmetry, order, ends, and SGD with little noise."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from traindyn.hessian_alignment.experiments.xor import XorSetting
from traindyn.hessian_alignment.experiments.xor_chain import Summary, run_chain
from traindyn.hessian_alignment.theory.xor import captured_logit
from traindyn.hessian_alignment.theory.xor_flow import CORNERS, LABELS, flow

DECAY = 0.05


def start(seed=0, neurons=4):
    generator = np.random.default_rng(seed)
    return generator.normal(size=(neurons, 2)) / 4, generator.normal(size=neurons)


def test_a_step_is_that_of_autograd():
    m, v = (torch.tensor(part, requires_grad=True) for part in start())
    z = torch.relu(m @ torch.tensor(CORNERS).T).T @ v
    loss = torch.nn.functional.binary_cross_entropy_with_logits(z, torch.tensor(LABELS))
    loss = loss + DECAY / 2 * ((m**2).sum() + (v**2).sum())
    slopes = torch.autograd.grad(loss, (m, v))
    after = flow(*start(), DECAY, [0.01])
    for found, before, slope in zip(after, start(), slopes, strict=True):
        np.testing.assert_allclose(found[0], before - 0.01 * slope.numpy(), atol=1e-15)


def test_errors_are_of_the_order_of_the_step():
    fine = flow(*start(), DECAY, [20.0], 0.002)[0]
    errors = [np.abs(flow(*start(), DECAY, [20.0], h)[0] - fine).max() for h in (0.08, 0.04)]
    assert 1.5 < errors[0] / errors[1] < 3


@given(st.integers(0, 1000))
def test_exchange_of_corners_exchanges_the_paths(seed):
    m, v = start(seed)
    turned = flow(-m, v, DECAY, [5.0], 0.05)
    swapped = flow(m[:, ::-1], -v, DECAY, [5.0], 0.05)
    plain = flow(m, v, DECAY, [5.0], 0.05)
    np.testing.assert_allclose(turned[0], -plain[0], atol=1e-12)
    np.testing.assert_allclose(swapped[0], plain[0][..., ::-1], atol=1e-12)
    np.testing.assert_allclose(swapped[1], -plain[1], atol=1e-12)


def test_every_corner_with_a_neuron_is_captured():
    m = 0.1 * (CORNERS + 0.2 * CORNERS[::-1])
    end, v = flow(m, np.array([0.1, 0.1, -0.1, -0.1]), DECAY, [300.0])
    logits = v[0] @ np.maximum(end[0] @ CORNERS.T, 0)
    np.testing.assert_allclose(logits, captured_logit(DECAY) * np.array([1, 1, -1, -1]), rtol=0.02)


def test_sgd_with_little_noise_follows_the_flow():
    """Noise of SGD falls as d^(-1/2) = 0.02; the largest of 12 numbers stays below five times."""
    d, (m, v) = 2000, start()
    first = Summary(v[None], m[None], np.zeros((1, 4, 4)))
    setting = XorSetting(4, d, 1e8, DECAY, 1)
    end = run_chain(setting, [5.0], np.random.default_rng(0), first)[-1]
    means, second = flow(m, v, DECAY, [5.0])
    np.testing.assert_allclose(end.means[0], means[0], atol=0.1)
    np.testing.assert_allclose(end.second[0], second[0], atol=0.1)


@pytest.mark.parametrize(
    ("changed", "name"),
    [({"step": 0.0}, "step"), ({"decay": -1.0}, "decay"), ({"times": []}, "times")],
)
def test_bad_arguments_are_refused(changed, name):
    arguments = {"decay": DECAY, "times": [1.0], **changed}
    with pytest.raises(ValueError, match=name):
        flow(*start(), **arguments)
