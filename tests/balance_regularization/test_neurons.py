"""The budget of neurons: against torch's optimizer, and what must break it."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from traindyn.balance_regularization.experiments.neurons import (
    ACTIVATIONS,
    BudgetRun,
    follow_budget,
    matrix_form,
    product_form,
)

SYMMETRIC = ("linear", "ReLU", "leaky ReLU")


def stream(seed=0):
    return torch.Generator().manual_seed(seed)


def budget(activation="ReLU", loss="square", **settings):
    return follow_budget(activation, loss, stream(), **{"steps": 20, **settings})


def plain_imbalance(activation, loss, sizes, batch_size, learning_rate, steps):
    """Imbalance along torch's own SGD, from the same weights on the same batches."""
    generator = stream()
    inputs, hidden, outputs = sizes
    model = nn.Sequential(
        nn.Linear(inputs, hidden), ACTIVATIONS[activation](), nn.Linear(hidden, outputs)
    ).double()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.normal_(std=parameter.shape[-1] ** -0.5, generator=generator)
    draw = {"generator": generator, "dtype": torch.float64}
    teacher = torch.randn(inputs, outputs, **draw)
    optimizer = torch.optim.SGD(model.parameters(), lr=learning_rate)
    rows = []
    for step in range(steps + 1):
        w, b, u = (p.detach() for p in (model[0].weight, model[0].bias, model[2].weight))
        rows.append([float(u[:, i] @ u[:, i] - w[i] @ w[i] - b[i] ** 2) for i in range(hidden)])
        if step == steps:
            return np.array(rows)
        x = torch.randn(batch_size, inputs, **draw)
        output = model(x)
        if loss == "square":
            target = x @ teacher + torch.randn(output.shape, **draw)
            value = ((output - target) ** 2).mean()
        else:
            classes = torch.randint(outputs, (batch_size,), generator=generator)
            value = -output.log_softmax(dim=1)[range(batch_size), classes].mean()
        optimizer.zero_grad()
        value.backward()
        optimizer.step()
    raise AssertionError


@pytest.mark.parametrize("activation", list(ACTIVATIONS))
@pytest.mark.parametrize("loss", ["square", "cross entropy"])
def test_measured_imbalance_is_that_of_torchs_optimizer(activation, loss):
    run = follow_budget(
        activation, loss, stream(), sizes=(4, 6, 3), batch_size=5, learning_rate=0.1, steps=10
    )
    expected = plain_imbalance(activation, loss, (4, 6, 3), 5, 0.1, 10)
    assert run.measured == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("activation", SYMMETRIC)
@pytest.mark.parametrize("learning_rate", [1e-3, 0.1])
def test_the_account_is_exact_at_any_learning_rate(activation, learning_rate):
    run = budget(activation, learning_rate=learning_rate)
    assert run.step.error < run.rounding
    assert run.total.error < 20 * run.rounding
    assert run.total.missed < 1e-3  # there was something to account for


@pytest.mark.parametrize("activation", ["tanh", "GELU"])
def test_without_the_symmetry_the_error_is_of_first_order(activation):
    errors = [
        budget(activation, learning_rate=rate, steps=1).step.error for rate in (0.02, 0.01, 0.005)
    ]
    assert np.array(errors[:-1]) / errors[1:] == pytest.approx(2.0, rel=1e-6)
    assert errors[-1] > 1e-4


def test_noise_on_the_gradient_breaks_the_account():
    clean, noisy = (budget(gradient_noise=noise) for noise in (0.0, 0.1))
    assert clean.step.error < clean.rounding
    assert noisy.step.error > 1e6 * noisy.rounding


def test_errors_of_a_run():
    measured = np.array([[0.0, 0.0], [1.0, 2.0], [1.0, 2.5]])
    accounted = np.array([[0.0, 0.0], [0.5, 2.0], [0.25, 2.0]])
    run = BudgetRun(measured, accounted, 1e-15)
    assert (run.step.error, run.step.change, run.step.missed) == (0.5, 2.0, 0.25)
    assert (run.total.error, run.total.change, run.total.missed) == (0.75, 2.5, 0.3)


@settings(max_examples=10)
@given(st.sampled_from(SYMMETRIC), st.integers(0, 1000), st.integers(1, 8))
def test_the_account_holds_for_any_weights_and_batch(activation, seed, batch_size):
    run = follow_budget(
        activation, "square", stream(seed), sizes=(3, 5, 2), batch_size=batch_size, steps=5
    )
    assert run.step.error < run.rounding


def product_error(start, rate, steps, *options, **named):
    return product_form(start, rate, steps, np.random.default_rng(0), *options, **named).error


def test_product_form():
    """To 1,000 roundings; a decay of one weight is seen."""
    assert product_error((2.0, 0.3), 0.005, 200) < 1000 * 2.3e-16
    assert product_error((2.0, 0.3), 0.005, 200, False) > 1e-4


def test_a_step_of_the_product_form_in_numbers():
    """From (1, 0) with x = 1 and noise 0 the slope is s = −1: the change is log(1 − 4η²)."""

    class Fixed(np.random.Generator):
        def normal(self, size):
            return np.tile([1.0, 0.0], (size[0], 1))

    exact, first = (
        product_form((1.0, 0.0), 0.25, 1, Fixed(np.random.PCG64()), first_order=first_order)
        for first_order in (False, True)
    )
    assert (exact.change, exact.error) == pytest.approx((-np.log(0.75), 0.0), abs=1e-15)
    assert first.error == pytest.approx(-np.log(0.75) - 0.25)


def test_the_first_order_of_the_product_form_misses_the_square_of_a_step():
    """−log(1 − a) − a is a²/2 = 8η⁴s⁴: halving η divides the sum by sixteen."""
    errors = [product_error((1.0, 0.9), rate, 200, first_order=True) for rate in (2e-3, 1e-3)]
    assert errors[0] / errors[1] == pytest.approx(16, rel=0.2)


def test_decay_of_one_weight_breaks_the_product_form_in_proportion_to_time():
    errors = [product_error((2.0, 0.3), 1e-3, steps, False) for steps in (50, 100)]
    assert errors[1] / errors[0] == pytest.approx(2.0, rel=0.1)


def test_matrix_form():
    linear, relu = (
        matrix_form((5, 4, 3), 6, 0.01, 20, stream(), activation)
        for activation in ("linear", "ReLU")
    )
    assert linear.error < 1e-13 < 1e-4 < linear.change
    assert relu.missed > 0.01


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"activation": "sine"}, "activation must be one of linear, ReLU, leaky ReLU, tanh, GELU"),
        ({"loss": "hinge"}, "loss must be 'square' or 'cross entropy', got 'hinge'"),
        ({"batch_size": 0}, "batch_size must be at least 1, got 0"),
        ({"steps": 0}, "steps must be at least 1, got 0"),
        ({"learning_rate": 0.0}, r"learning_rate must be positive, got 0\.0"),
        ({"learning_rate": math.nan}, "learning_rate must be positive, got nan"),
    ],
)
def test_a_budget_rejects(changes, message, unchecked):
    with pytest.raises(ValueError, match=message):
        budget(**changes)
