"""The account of an attention head: torch's own attention, exactness, and what breaks it."""

import math

import pytest
import torch

from traindyn.balance_regularization.experiments.attention import _loss, follow_attention


def stream(seed=0):
    return torch.Generator().manual_seed(seed)


def run(recipe="SGD", **settings):
    return follow_attention(recipe, stream(), steps=20, **settings)


def test_the_head_is_torchs_attention():
    x, target = torch.randn(2, 3, 5, 4, generator=stream()).double()
    query, key = torch.randn(2, 3, 5, generator=stream(1)).double()
    value = torch.randn(4, 4, generator=stream(2)).double()
    queries, keys = (x @ w[:, :4].T + w[:, 4] for w in (query, key))
    output = torch.nn.functional.scaled_dot_product_attention(queries, keys, x @ value.T)
    expected = (output - target).square().sum() / 3
    torch.testing.assert_close(_loss(x, target, query, key, value, "SGD"), expected)


def test_the_account_closes_to_rounding_while_the_imbalance_moves():
    found = run()
    assert found.step_error <= found.rounding < 1e-12 < 1e-6 < found.step_change
    assert abs(found.change) > 1e-4
    assert found.change == pytest.approx(found.accounted, rel=1e-9)


@pytest.mark.parametrize("recipe", ["momentum", "Adam", "normalized queries and keys"])
def test_other_recipes_break_the_account(recipe):
    assert run(recipe).step_error > 1e-4


def test_half_the_rate_moves_a_fourth_in_as_many_steps():
    """Up to the change of the weights on the way."""
    coarse, fine = (run(learning_rate=rate).change for rate in (2e-4, 1e-4))
    assert coarse / fine == pytest.approx(4.0, rel=0.1)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"learning_rate": 0.0}, "learning_rate must be positive"),
        ({"learning_rate": math.inf}, "learning_rate must be positive and finite"),
        ({"tokens": 0}, "tokens must be at least 1, got 0"),
        ({"key_size": 0}, "key_size must be at least 1, got 0"),
    ],
)
def test_bad_input_is_named(change, message):
    with pytest.raises(ValueError, match=message):
        run(**change)


def test_no_step_is_refused():
    with pytest.raises(ValueError, match="steps must be at least 1, got 0"):
        follow_attention("SGD", stream(), steps=0)
