"""Steps of the scalar model against autograd and torch.optim.SGD on the same batches."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from traindyn.balance_regularization.experiments.noise import fill_batch_means
from traindyn.balance_regularization.experiments.trajectories import (
    Paths,
    descent_step,
    follow,
    langevin_step,
    sgd_step,
)
from traindyn.data import ScalarRegression

GAUSSIAN = ScalarRegression(slope=1.0, noise=2.0)
LIGHT = ScalarRegression(slope=1.0, noise=2.0, inputs="rademacher")


def stream(seed=0):
    return torch.Generator().manual_seed(seed)


def tensors(*values):
    return tuple(torch.tensor([value], dtype=torch.float64) for value in values)


def plain_sgd(draw_loss, start, learning_rate, steps):
    """(u, w) after every step of torch's own optimizer on a loss of v = uw."""
    u, w = (torch.tensor(s, dtype=torch.float64, requires_grad=True) for s in start)
    optimizer = torch.optim.SGD([u, w], lr=learning_rate)
    states = []
    for _ in range(steps):
        optimizer.zero_grad()
        draw_loss(u * w).backward()
        optimizer.step()
        states.append((u.item(), w.item()))
    return np.array(states)


def batch_losses(data, batch_size, seed=0):
    """Square losses on the batches that the library draws, up to a constant."""
    second, cross = torch.empty(2, 1, dtype=torch.float64)
    generator = stream(seed)

    def loss(v):
        fill_batch_means(data, second, cross, batch_size, generator)
        return second[0] * v**2 - 2 * cross[0] * v

    return loss


def walk(step, start, steps):
    u, w = tensors(*start)
    states = []
    for _ in range(steps):
        u, w, _ = step(u, w)
        states.append((u.item(), w.item()))
    return np.array(states)


# --- steps ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("data", [GAUSSIAN, LIGHT])
@pytest.mark.parametrize("batch_size", [1, 8])
@pytest.mark.parametrize("loss_factor", [1.0, 0.5])
def test_sgd_equals_autograd_and_torchs_optimizer(data, batch_size, loss_factor):
    losses = batch_losses(data, batch_size)
    reference = plain_sgd(lambda v: loss_factor * losses(v), (1.5, 0.4), 0.01, 200)
    step = sgd_step(data, 0.01, batch_size, 1, stream(), loss_factor=loss_factor)
    assert walk(step, (1.5, 0.4), 200) == pytest.approx(reference, rel=1e-12, abs=1e-13)


def test_a_step_by_hand():
    """x = ±1 without much noise: v = 2, y = x, so the gradient is 2(2 - 1)·(w, u)."""
    step = sgd_step(ScalarRegression(1.0, 1e-12, "rademacher"), 0.1, 1, 1, stream())
    u, w, v = step(*tensors(2.0, 1.0))
    assert (u.item(), w.item(), v.item()) == pytest.approx((1.8, 0.6, 2.0))


def test_a_step_leaves_its_arguments_alone_but_for_the_second():
    """The old u is kept (the records of a run hold it); w is updated in place."""
    step = sgd_step(GAUSSIAN, 0.1, 1, 1, stream())
    u, w = tensors(2.0, 1.0)
    new_u, new_w, _ = step(u, w)
    assert u.item() == 2.0
    assert new_w is w
    assert new_u is not u


def test_independent_noise_draws_a_second_batch():
    """The steps of u and w divided by the other weight are equal for SGD, uncorrelated here."""
    replicas = 20_000
    u, w = (torch.full((replicas,), s, dtype=torch.float64) for s in (2.0, 0.5))
    for independent in (False, True):
        step = sgd_step(GAUSSIAN, 0.01, 1, replicas, stream(), independent_noise=independent)
        new_u, new_w, _ = step(u.clone(), w.clone())
        by_u, by_w = ((new_u - u) / w).numpy(), ((new_w - w) / u).numpy()
        if not independent:
            assert by_u == pytest.approx(by_w, rel=1e-9, abs=1e-12)
            continue
        # a product of heavy but finite tails; five standard errors: 6e-7 by chance, three times
        centered = (by_u - by_u.mean()) * (by_w - by_w.mean())
        assert abs(centered.mean()) < 5 * centered.std() / math.sqrt(replicas)
        for moment in (1, 2):
            gap = by_u**moment - by_w**moment
            assert abs(gap.mean()) < 5 * gap.std() / math.sqrt(replicas)


def test_descent_equals_autograd_on_the_mean_loss():
    """E(vx - y)² = (v - k)² + constant."""
    reference = plain_sgd(lambda v: (v - 1.0) ** 2, (1.5, 0.4), 0.05, 100)
    assert walk(descent_step(GAUSSIAN, 0.05), (1.5, 0.4), 100) == pytest.approx(reference)


def test_drift_of_the_imbalance_under_descent_halves_with_the_learning_rate():
    lost = []
    for rate in (0.02, 0.01, 0.005):
        paths = follow(descent_step(GAUSSIAN, rate), (2.0, 0.3), rate, [0, round(10 / rate)], 1)
        lost.append(1 - paths.imbalance[-1, 0] / paths.imbalance[0, 0])
    assert np.array(lost[:-1]) / lost[1:] == pytest.approx(2.0, abs=0.15)


def test_langevin_without_noise_is_descent():
    silent = walk(langevin_step(GAUSSIAN, 0.05, 0.0, stream()), (1.5, 0.4), 50)
    assert (silent == walk(descent_step(GAUSSIAN, 0.05), (1.5, 0.4), 50)).all()


def test_langevin_kicks_both_weights_alike():
    """One step from the minimum; five standard errors of mean, variance and covariance (6e-7)."""
    replicas = 20_000
    u, w = (torch.ones(replicas, dtype=torch.float64) for _ in range(2))
    u, w, _ = langevin_step(GAUSSIAN, 0.05, 0.1, stream())(u, w)
    kicks = np.stack([u.numpy() - 1, w.numpy() - 1])
    assert np.abs(kicks.mean(axis=1)).max() < 5 * 0.1 / math.sqrt(replicas)
    covariance = kicks @ kicks.T / replicas
    error = 0.01 * math.sqrt(2 / replicas)
    assert covariance == pytest.approx(0.01 * np.eye(2), abs=5 * error)


# --- invariances ----------------------------------------------------------------------------------

starts = st.tuples(st.floats(-1.5, 1.5), st.floats(-1.5, 1.5))


@settings(max_examples=30)
@given(starts, st.sampled_from([GAUSSIAN, LIGHT]), st.booleans())
def test_exchange_and_joint_sign_of_the_weights_change_nothing(start, data, independent):
    def run(u, w):
        return walk(sgd_step(data, 0.01, 1, 1, stream()), (u, w), 20)

    u, w = start
    plain = run(u, w)
    assert run(w, u)[:, ::-1] == pytest.approx(plain, abs=1e-12)
    assert (run(-u, -w) == -plain).all()


@settings(max_examples=30)
@given(starts)
def test_the_exact_law_of_a_step(start):
    """u² - w² is multiplied by 1 - 4η²s², whatever the batch."""
    u, w = start
    losses, rate = batch_losses(GAUSSIAN, 1), 0.05
    v = torch.tensor(u * w, dtype=torch.float64, requires_grad=True)
    slope = torch.autograd.grad(losses(v), v)[0].item() / 2
    ((new_u, new_w),) = walk(sgd_step(GAUSSIAN, rate, 1, 1, stream()), start, 1)
    predicted = (u * u - w * w) * (1 - 4 * rate**2 * slope**2)
    assert new_u**2 - new_w**2 == pytest.approx(predicted, abs=1e-10)


# --- records --------------------------------------------------------------------------------------


def test_paths_hold_states_and_averages_of_every_step():
    step = sgd_step(GAUSSIAN, 0.02, 1, 3, stream())
    paths = follow(step, (1.5, 0.4), 0.02, [0, 3, 10], 3)
    again = sgd_step(GAUSSIAN, 0.02, 1, 3, stream())
    u, w = (torch.full((3,), s, dtype=torch.float64) for s in (1.5, 0.4))
    states = [(u.numpy().copy(), w.numpy().copy())]
    for _ in range(10):
        u, w, _ = again(u, w)
        states.append((u.numpy().copy(), w.numpy().copy()))
    v = np.array([a * b for a, b in states])
    assert paths.times == pytest.approx([0, 0.06, 0.2])
    for row, steps in enumerate((0, 3, 10)):
        assert (paths.u[row] == states[steps][0]).all()
        assert (paths.w[row] == states[steps][1]).all()
        assert paths.mean_v[row] == pytest.approx(v[:steps].mean(axis=0) if steps else 0.0)
        expected = (v[:steps] ** 2).mean(axis=0) if steps else 0.0
        assert paths.mean_v_squared[row] == pytest.approx(expected)
    assert paths.imbalance == pytest.approx(paths.u**2 - paths.w**2)
    assert paths.log_imbalance == pytest.approx(np.log(np.abs(paths.imbalance)))
    mean_v, mean_v_squared = paths.window(1, 2)
    assert mean_v == pytest.approx(v[3:10].mean(axis=0))
    assert mean_v_squared == pytest.approx((v[3:10] ** 2).mean(axis=0))


@pytest.mark.parametrize(("first", "last"), [(1, 1), (2, 1)])
def test_a_window_must_not_be_empty(first, last):
    zeros = np.zeros((3, 1))
    paths = Paths(np.array([0.0, 1.0, 2.0]), zeros, zeros, zeros, zeros)
    message = f"first must come before last, got {first} and {last}"
    with pytest.raises(ValueError, match=message):
        paths.window(first, last)


# --- input ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("rate", [0.0, -0.1, math.nan, math.inf])
def test_learning_rate_must_be_positive(rate):
    for make in (
        lambda: sgd_step(GAUSSIAN, rate, 1, 1, stream()),
        lambda: descent_step(GAUSSIAN, rate),
        lambda: langevin_step(GAUSSIAN, rate, 0.1, stream()),
    ):
        with pytest.raises(ValueError, match="learning_rate must be positive and finite, got"):
            make()


def test_steps_reject():
    with pytest.raises(ValueError, match="batch_size must be at least 1, got 0"):
        sgd_step(GAUSSIAN, 0.1, 0, 1, stream())
    with pytest.raises(ValueError, match="replicas must be at least 1, got 0"):
        sgd_step(GAUSSIAN, 0.1, 1, 0, stream())
    with pytest.raises(ValueError, match=r"noise must be at least 0, got -0\.1"):
        langevin_step(GAUSSIAN, 0.1, -0.1, stream())


@pytest.mark.parametrize("records", [[], [3, 3], [4, 2], [-1, 2]])
def test_records_must_increase(records):
    with pytest.raises(ValueError, match="records must be step counts that increase, got"):
        follow(descent_step(GAUSSIAN, 0.1), (1.0, 1.0), 0.1, records, 1)


def test_a_run_needs_replicas_that_stay_finite():
    with pytest.raises(ValueError, match="replicas must be at least 1, got 0"):
        follow(descent_step(GAUSSIAN, 0.1), (1.0, 1.0), 0.1, [1], 0)
    with pytest.raises(ValueError, match=r"stay finite, got 2\.0: 3 of 3 diverged"):
        follow(descent_step(GAUSSIAN, 2.0), (3.0, 2.0), 2.0, [50], 3)
